"""What an address of a file names."""

from sonde.model.errors import NotFound
from sonde.services.downloads import Content, Grant


def read_grant(workspace_id: str, session_id: str, file_name: str) -> Grant:
    """The file that a path names; that the path is one of ours is not known yet.

    Raises:
        NotFound: sessions have no file of that name.
    """
    try:
        content = Content(file_name)
    except ValueError as error:
        raise NotFound(f"There is no file {file_name[:40]!r} of a session.") from error
    return Grant(workspace_id=read_number(workspace_id), session_id=session_id, content=content)


def read_number(text: str) -> int:
    """A number of an address; 0, which is in none of ours, where it is something else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
