"""Addresses of files that whoever has them may fetch, without a token, until they expire.

An address names the session, the file and when it expires, and is signed over all of that, so that nobody
can change one into another. Nothing is kept of it; a new one can be had at any time.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urljoin

import msgspec

from sonde.directory import Directory
from sonde.model.errors import Conflict, Denied
from sonde.model.sessions import Session
from sonde.services.clock import Clock, utc_now

PREFIX: Final = "/downloads"
"""Where the files are served."""

LIFE: Final = timedelta(days=7)
"""How long an address works."""

SECRET: Final = "downloads"  # noqa: S105 - the name of the secret
SECRET_BYTES: Final = 32

_AGAIN: Final = "Ask the API for a new one."


class Content(StrEnum):
    """What can be fetched of a session; the name of the file."""

    CHAT_CSV = "chat.csv"
    TRANSCRIPT_CSV = "transcript.csv"
    TRANSCRIPT_JSON = "transcript.json"
    TRANSCRIPT_SRT = "transcript.srt"
    TRANSCRIPT_VTT = "transcript.vtt"
    SUMMARY = "summary.txt"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file can be fetched.

    Attributes:
        url: whole where the server knows its own address, and otherwise from the slash behind the host on.
        expires_at: when it works no more.
    """

    url: str
    expires_at: datetime


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What an address that was checked lets fetch."""

    workspace_id: int
    session_id: str
    content: Content


class Downloads:
    """Signs addresses, and checks them.

    Args:
        directory: keeps the secret.
        now: the present moment.
        public_url: what addresses begin with; empty where the server does not know.
        own_url: where the server listens, for addresses that nobody asked for and that must be whole.
    """

    def __init__(
        self, directory: Directory, now: Clock = utc_now, *, public_url: str = "", own_url: str = ""
    ) -> None:
        self._directory = directory
        self._now = now
        self._public_url = public_url.rstrip("/")
        self._own_url = own_url
        self._secret = b""

    def sign(self, session: Session, content: Content) -> Link:
        """Make an address of a session's file.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        expires_at = (self._now() + LIFE).replace(microsecond=0)
        grant = Grant(workspace_id=session.workspace_id, session_id=session.session_id, content=content)
        expires = int(expires_at.timestamp())
        query = urlencode({"expires": expires, "signature": self._signature(grant, expires)})
        return Link(url=f"{self._public_url}{_path(grant)}?{query}", expires_at=expires_at)

    def sign_whole(self, session: Session, content: Content) -> Link:
        """As `sign`, for whoever is told of a file without having asked.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        link = self.sign(session, content)
        return msgspec.structs.replace(link, url=urljoin(self._own_url, link.url))

    def check(self, grant: Grant, *, expires: int, signature: str) -> None:
        """Let pass what an address that we made names.

        Raises:
            Denied: it was changed or made by somebody else, or it has expired.
            Unavailable: the directory cannot be reached.
        """
        made = self._signature(grant, expires)
        if not hmac.compare_digest(made.encode(), signature.encode(errors="replace")):
            raise Denied(
                "This address was not made by this server, or was changed.", hint=_AGAIN, code="forged_link"
            )
        if expires <= self._now().timestamp():
            raise Denied("This address has expired.", hint=_AGAIN, code="expired_link")

    def _signature(self, grant: Grant, expires: int) -> str:
        signed = f"{_path(grant)}?{expires}".encode()
        digest = hmac.digest(self._key(), signed, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _key(self) -> bytes:
        if not self._secret:
            self._secret = self._kept_secret() or self._new_secret()
        return self._secret

    def _kept_secret(self) -> bytes | None:
        with self._directory.read() as tx:
            return tx.server_secrets.get(SECRET)

    def _new_secret(self) -> bytes:
        secret = secrets.token_bytes(SECRET_BYTES)
        try:
            with self._directory.write() as tx:
                tx.server_secrets.add(SECRET, secret, now=self._now())
        except Conflict:
            # Another process was faster, and everybody has to have the same.
            return self._kept_secret() or secret
        return secret


def _path(grant: Grant) -> str:
    return f"{PREFIX}/{grant.workspace_id}/{grant.session_id}/{grant.content}"
