"""The `sonde` command as a child process."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

SONDE = [sys.executable, "-m", "sonde"]
DEADLINE = 60.0
"""Seconds after which something that must happen did not."""


def environment() -> dict[str, str]:
    """Ours without settings of Sonde, and with a terminal so wide that no table is folded."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SONDE_")},
        "COLUMNS": "150",
    }


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command to its end, `under` another that takes something away; no traceback may come out."""

    def run(*words: object, under: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*under, *SONDE, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
            env=environment(),
        )
        assert "Traceback" not in done.stderr
        return done

    return run


@contextmanager
def starter() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A function that starts commands that go on; whatever of them is left at the end is killed."""
    with ExitStack() as started:

        def start(*words: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [*SONDE, *map(str, words)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment(),
                start_new_session=True,
            )
            started.callback(process.communicate)
            started.callback(process.kill)
            return process

        yield start


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """See `starter`."""
    with starter() as start:
        yield start


@pytest.fixture(scope="module")
def start_once() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """The same for what all tests of a module share."""
    with starter() as start:
        yield start


def children(process: subprocess.Popen[str]) -> set[Path]:
    """The processes that a process has started and that still live, as folders of /proc."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {Path("/proc", number) for number in listed.split()}


def is_alive(process: Path) -> bool:
    """Whether a process of /proc runs; one that only waits to be reaped does not."""
    try:
        return process.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits for something that must happen."""

    def wait_until(happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not happened():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    return wait_until


@pytest.fixture(scope="session")
def family() -> tuple[Callable[[subprocess.Popen[str]], set[Path]], Callable[[Path], bool]]:
    """Functions that list the children of a process, and say whether one is alive."""
    return children, is_alive
