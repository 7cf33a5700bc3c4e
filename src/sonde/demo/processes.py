"""Sonde's own commands as child processes that never outlive the demo."""

import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from sonde.model.errors import Unavailable

STOP_WITHIN = 10.0
_PR_SET_PDEATHSIG = 1


class Command:
    """A running `sonde` command.

    Args:
        arguments: after `sonde`.
        environment: settings on top of ours.
        log: file its standard error is appended to; without one its last words are kept for `check`.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str], log: Path | None = None) -> None:
        self.name = arguments[0]
        with ExitStack() as stack:
            errors = stack.enter_context(log.open("ab")) if log else subprocess.PIPE
            self._process = self._spawn(arguments, environment, errors)

    @staticmethod
    def _spawn(
        arguments: Sequence[str], environment: Mapping[str, str], errors: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
            [sys.executable, "-m", "sonde", *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - nothing else runs in the child before exec
        )

    def check(self) -> None:
        """Makes sure the command still runs.

        Raises:
            Unavailable: it ended; the message is what it said last.
        """
        if self._process.poll() is None:
            return
        said = (self._process.stderr.read() if self._process.stderr else b"").decode(errors="replace").strip()
        raise Unavailable(f"`sonde {self.name}` ended: {said or 'without a word'}")

    def kill(self) -> None:
        """Ends it at once, as a crash would (SIGKILL)."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """Asks it to leave, and insists after a while."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def run_json(*arguments: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Runs a `sonde` command that prints one JSON object.

    Raises:
        Unavailable: it failed; the message is what it said.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-m", "sonde", *arguments, "--json"],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"`sonde {' '.join(arguments[:2])}` failed: {done.stderr.strip()}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def require_free_port(host: str, port: int) -> None:
    """Makes sure the server will get its port.

    Raises:
        Unavailable: somebody listens there, or it is not ours to take.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            trouble = "is in use" if error.errno == errno.EADDRINUSE else "cannot be used"
            hint = "stop the other program or choose another port: sonde demo --port 8701"
            raise Unavailable(f"port {port} on {host} {trouble} ({error.strerror})", hint=hint) from error


def free_udp_port() -> int:
    """A UDP port nobody listens on right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
