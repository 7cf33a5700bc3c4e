"""One process at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sonde.lockfile import LockFile, make_folder
from sonde.model.errors import Unavailable

HOLDER = """
import sys
from pathlib import Path
from sonde.lockfile import LockFile
lock = LockFile(Path(sys.argv[1]), guarded="The thing")
print("held", flush=True)
sys.stdin.read()
"""


def test_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    """The message names the process that must be stopped, and what else can be done."""
    path = tmp_path / "thing.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Unavailable) as caught:
            LockFile(path, guarded="The thing")
        holder.kill()
    assert caught.value.message == f"The thing is in use by process {holder.pid}."
    assert caught.value.hint == "Stop that process or choose another folder."


def test_lock_is_free_after_its_holder_was_killed(tmp_path: Path) -> None:
    """A lock file left behind by a killed process stops nobody."""
    path = tmp_path / "thing.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    lock = LockFile(path, guarded="The thing")
    assert path.read_text() == f"{os.getpid()}\n"
    lock.release()


def test_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    """Releasing lets the next one in, and releasing twice is harmless."""
    first = LockFile(tmp_path / "thing.lock", guarded="The thing")
    with pytest.raises(Unavailable):
        LockFile(tmp_path / "thing.lock", guarded="The thing")
    first.release()
    first.release()
    LockFile(tmp_path / "thing.lock", guarded="The thing").release()


def test_folders_are_made(tmp_path: Path) -> None:
    """A lock in a folder that does not exist yet makes the folder."""
    LockFile(tmp_path / "a" / "b" / "thing.lock", guarded="The thing").release()
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "thing.lock").is_file()


def test_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    """A file where a folder should be gives a sentence with the path, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"The thing cannot be opened: .*file/thing.lock"):
        LockFile(tmp_path / "file" / "thing.lock", guarded="The thing")
