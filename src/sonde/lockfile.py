"""One process at a time: an advisory lock that says who holds it."""

import fcntl
import os
from pathlib import Path

from sonde.model.errors import Unavailable


class LockFile:
    """A file locked from construction until `release`, or until the process ends, however it ends.

    The file itself stays behind: deleting it would let two processes lock two different files of
    the same name.

    Args:
        path: the lock file. Missing folders above it are made.
        guarded: what it protects, as the first words of an error message.

    Raises:
        Unavailable: somebody else holds the lock, or the file cannot be opened.
    """

    def __init__(self, path: Path, *, guarded: str) -> None:
        try:
            make_folder(path.parent)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise Unavailable(f"{guarded} cannot be opened: {error.strerror}: {path}") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._fd, 20, 0).decode("ascii", "replace").strip()
            os.close(self._fd)
            raise Unavailable(
                f"{guarded} is in use by process {holder or '(unknown)'}.",
                hint="Stop that process or choose another folder.",
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let others in. Releasing twice is harmless."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def make_folder(folder: Path) -> None:
    """Make a folder and those above it so that they survive a power cut.

    Raises:
        OSError: it cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    parent = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
