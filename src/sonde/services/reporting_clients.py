"""Who may report what clients measured."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sonde.model.errors import Unauthenticated
from sonde.model.sightings import ReportingClient
from sonde.services.clock import Clock, utc_now
from sonde.services.lockout import Lockout

REMEMBERED: Final = timedelta(seconds=10)
"""How long a key is believed without another look; so much later than asked for, a revoked one stops."""

REMEMBERED_MAX: Final = 10_000
"""Most keys and tokens that are remembered."""


class ReportingClients:
    """Finds the holder of a client key or a participant token, at most every few seconds for each.

    A client reports several times a minute with the same key, and the look-up costs more than all else that
    taking a small batch does.

    Args:
        authenticate: finds the holder in the directory, or raises `Unauthenticated`; it may block.
        lockout: refuses addresses that failed too often.
    """

    def __init__(
        self, authenticate: Callable[[str], ReportingClient], lockout: Lockout, now: Clock = utc_now
    ) -> None:
        self._authenticate = authenticate
        self._lockout = lockout
        self._now = now
        self._known: dict[bytes, tuple[ReportingClient, datetime]] = {}

    async def identify(self, token: str, *, address: str) -> ReportingClient:
        """Whose key or token it is.

        Args:
            token: the secret.
            address: where it came from.

        Raises:
            Unauthenticated: it is not valid.
            Limited: the address showed too many that were not.
        """
        digest = sha256(token.encode(errors="replace")).digest()
        known = self._known.get(digest)
        if known is not None and self._now() < known[1]:
            return known[0]
        self._lockout.check(address)
        try:
            client = await asyncio.to_thread(self._authenticate, token)
        except Unauthenticated:
            self._known.pop(digest, None)
            self._lockout.note_failure(address)
            raise
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        self._known[digest] = (client, self._now() + REMEMBERED)
        return client
