"""Starting the program that hands rounds over, and reading what it said."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("hand_over.py")

FIRST_WORD_WITHIN = 60.0
"""Seconds after which a program that says nothing has failed."""


class HandOver:
    """One run of the program.

    Args:
        mode: what it does.
        folder: where its spool and its store are.
        words: file for its output, outside of the folder. A file and no pipe, so that the program never
            waits for us, and what it said is there whenever it is stopped.
        first: number of the first round it appends.
    """

    def __init__(self, mode: str, folder: Path, words: Path, *, first: int = 0) -> None:
        self._words = words
        with words.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM), mode, str(folder), str(first)],
                stdout=output,
                stderr=subprocess.PIPE,
            )

    def wait_for(self, word: str) -> None:
        """Wait until it says this word for the first time."""
        deadline = time.monotonic() + FIRST_WORD_WITHIN
        while not self.said(word):
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{self.process.args} never said {word!r}: {self._errors()}")
            time.sleep(0.005)

    def said(self, word: str) -> list[list[str]]:
        """What followed this word, for each line that begins with it."""
        lines = self._words.read_text().split("\n")[:-1]
        return [line.split()[1:] for line in lines if line.split()[0] == word]

    def numbers(self, word: str) -> list[int]:
        """All numbers that followed this word."""
        return [int(number) for line in self.said(word) for number in line]

    def stop(self) -> None:
        """Freeze it: from now on it says nothing and writes nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def kill(self) -> None:
        """End it at once, wherever it is. It must not have ended by itself."""
        assert self.process.poll() is None, self._errors()
        self.process.kill()
        self.process.communicate()

    def finish(self) -> None:
        """Wait until it ends well."""
        _, errors = self.process.communicate()
        assert self.process.returncode == 0, errors.decode()

    def _errors(self) -> str:
        self.process.kill()
        return self.process.communicate()[1].decode()


Start = Callable[..., HandOver]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the program; kills what still runs in the end."""
    runs: list[HandOver] = []

    def start(mode: str, folder: Path, *, first: int = 0) -> HandOver:
        runs.append(HandOver(mode, folder, tmp_path / f"words-{len(runs)}", first=first))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.communicate()


@pytest.fixture
def assert_nothing_lost(start: Start) -> Callable[[Path, set[int]], None]:
    """Checks a folder against all that was acknowledged there."""

    def check(folder: Path, acked: set[int]) -> None:
        rest = start("report", folder)
        rest.finish()
        stored = Counter(rest.numbers("stored"))
        assert acked, "nothing was acknowledged, so nothing was shown"
        assert sorted(acked - set(stored)) == [], "acknowledged and lost"
        assert [number for number, times in stored.items() if times > 1] == [], "doubled"
        assert rest.numbers("changed") == []

    return check
