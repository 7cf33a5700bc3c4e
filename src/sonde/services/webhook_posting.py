"""One POST to a stranger: to a checked address and no other, bounded in time and in what is read."""

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final

import msgspec

from sonde.services.webhook_targets import Network, Target, TargetRefused, read_target, resolve

TIME_LIMIT: Final = 10.0
"""Seconds from the connection to the end of the answer, all addresses of the host together."""

ANSWER_MAX: Final = 1024
"""Bytes of an answer that are read, and characters of it that are kept."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a POST led to.

    Attributes:
        status: of the answer; None without one.
        error: why there was none; empty with one.
        answer: the beginning of its body.
        is_refused: it was not even tried, and never will be.
    """

    status: int | None = None
    error: str = ""
    answer: str = ""
    is_refused: bool = False

    @property
    def is_success(self) -> bool:
        """2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_worth_repeating(self) -> bool:
        """5xx, or no answer at all."""
        return not self.is_refused and (self.status is None or self.status >= 500)


def post(url: str, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network] = ()) -> Outcome:
    """Post a body. Redirections are not followed: they are an answer like any other.

    Args:
        url: where to.
        body: what.
        headers: beside those that every request has.
        allowed: private networks that may be reached.

    Raises:
        Invalid: the URL is none that a webhook can have.
    """
    target = read_target(url)
    try:
        addresses = resolve(target, allowed)
        return _post(target, addresses, body, headers)
    except TargetRefused as error:
        return Outcome(error=f"{error}, and webhook_networks does not allow it", is_refused=True)
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(error=_reason(error))


def _post(target: Target, addresses: Sequence[str], body: bytes, headers: Mapping[str, str]) -> Outcome:
    deadline = time.monotonic() + TIME_LIMIT
    connection = _PinnedConnection(target, addresses, deadline)
    # A time-out of the socket begins anew with each byte; this one does not.
    timer = threading.Timer(TIME_LIMIT, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        connection.request("POST", target.path, body, {"Host": target.authority, **headers})
        answer = connection.getresponse()
        return Outcome(status=answer.status, answer=_beginning(answer))
    except (OSError, HTTPException) as error:
        if connection.was_cut:
            raise TimeoutError(f"no answer within {TIME_LIMIT:g} seconds") from error
        raise
    finally:
        timer.cancel()
        connection.close()


class _PinnedConnection(HTTPConnection):
    """Connects to addresses that were checked; a second look-up could find others."""

    def __init__(self, target: Target, addresses: Sequence[str], deadline: float) -> None:
        super().__init__(target.host, target.port)
        self._target = target
        self._addresses = addresses
        self._deadline = deadline
        self.was_cut = False

    def connect(self) -> None:
        """Reach the first address that answers."""
        self.sock = self._reach()
        if self._target.is_secure:
            secure = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            # Before the handshake, so that it can be cut as well.
            self.sock = secure
            secure.do_handshake()

    def cut(self) -> None:
        """End whatever goes on, from another thread."""
        self.was_cut = True
        if self.sock is not None:
            try:
                # Past the layer of TLS, which would want to say good-bye.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return

    def _reach(self) -> socket.socket:
        refusal = OSError("the host has no address")
        for address in self._addresses:
            try:
                return socket.create_connection((address, self._target.port), self._left())
            except OSError as error:
                refusal = error
        raise refusal

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no answer within {TIME_LIMIT:g} seconds")
        return left


def _beginning(answer: HTTPResponse) -> str:
    """The first characters of an answer's body, without those that no database keeps."""
    text = answer.read(ANSWER_MAX).decode("utf-8", errors="replace")
    return "".join(
        each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return "".join(each for each in str(text)[:200] if each.isprintable())
