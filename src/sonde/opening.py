"""The parts of a server that commands open alone, without all that answers HTTP."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sonde.directory import Directory
from sonde.lockfile import make_folder
from sonde.model.errors import Unavailable
from sonde.settings import Settings


@contextmanager
def open_directory(settings: Settings) -> Iterator[Directory]:
    """Open people, agents and tests only; a running server does not mind.

    Raises:
        SondeError: the data folder or the database cannot be used.
    """
    _make_data_folder(settings)
    with closing(Directory(settings.effective_directory_url)) as directory:
        yield directory


def _make_data_folder(settings: Settings) -> None:
    try:
        make_folder(settings.data_dir.absolute())
    except OSError as error:
        raise Unavailable(
            f"The data folder {settings.data_dir} cannot be made: {error.strerror}.",
            hint="Choose another with --data-dir.",
        ) from error
