"""The `sonde analyze` command as people run it."""

import json
import subprocess
import sys

import pytest

ANALYZE = [sys.executable, "-m", "sonde", "analyze"]


@pytest.fixture
def run():
    """Runs the command to its end; no traceback may come out of it."""

    def run(*words: object, stdin: bytes | None = None):
        done = subprocess.run(
            [*ANALYZE, *map(str, words)], input=stdin, capture_output=True, timeout=100, check=False
        )
        assert b"Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def streams(run):
    """A function that returns the streams in a file."""

    def streams(path, *options):
        return json.loads(run(path, "--json", *options).stdout)["streams"]

    return streams
