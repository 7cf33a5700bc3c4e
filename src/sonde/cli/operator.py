"""What the commands of `sonde admin` share: their options, the directory, and how they answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sonde.model.errors import Unavailable

if TYPE_CHECKING:
    from sonde.directory import Directory

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of all that the server keeps.")]
WorkspaceId = Annotated[
    int | None, typer.Option(min=1, help="Id of the workspace; needed when there are several.")
]


@contextmanager
def open_directory(data_dir: Path | None) -> "Iterator[Directory]":
    """Open people, tokens and tests of the server in this folder, or of the one that the settings name.

    Raises:
        SondeError: the server is not installed, or its directory cannot be used.
    """
    try:
        from sonde import opening
        from sonde.settings import load_settings
    except ModuleNotFoundError as error:
        raise Unavailable(
            "The server is not part of this installation.",
            hint="Install it with: pip install 'sonde[server]'",
        ) from error
    with opening.open_directory(load_settings(data_dir=data_dir)) as directory:
        yield directory


def shown_once(token: str) -> str:
    """A secret on a line of its own, so that it can be copied."""
    return f"The token is shown this once:\n\n  {token}\n"


def answer(document: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print the result of a command, for programs or for people."""
    print(json.dumps(document) if as_json else sentence)
