"""Secrets that were right a moment ago, so that not every report costs a look into the directory."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from sonde.model.sightings import ReportingClient

TRUSTED_FOR: Final = timedelta(seconds=10)
"""How long secrets that were right are taken without another look: a revoked one may work so much longer.

The look is one for all of them, so that participants who report every ten seconds do not cost one each time.
"""

TRUSTED_MAX: Final = 20_000
"""Most secrets that are taken so; beyond them the one that was used longest ago is forgotten."""

UNUSED_FOR: Final = timedelta(minutes=2)
"""A secret that nobody showed for so long is forgotten at the next look."""


class Identified(msgspec.Struct, kw_only=True):
    """Whose a secret is.

    Attributes:
        is_token: it is a participant's token, and otherwise a client key.
        number: of the token or key.
        used_at: when it was shown last.
    """

    client: ReportingClient
    is_token: bool
    number: int
    used_at: datetime


class TrustedSecrets:
    """Remembers by its hash whose a secret is. Safe to share by threads.

    Forgetting any of it costs a look into the directory and nothing else.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._identified: OrderedDict[bytes, Identified] = OrderedDict()
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def is_fresh(self, now: datetime) -> bool:
        """Whether the last look is young enough for what is remembered to be believed."""
        return now - self._looked_at < TRUSTED_FOR

    def find(self, sealed: bytes, *, now: datetime) -> ReportingClient | None:
        """Whose it is; None when nobody knows, or knew lately."""
        with self._lock:
            known = self._identified.get(sealed) if self.is_fresh(now) else None
            if known is None:
                return None
            known.used_at = now
            self._identified.move_to_end(sealed)
            return known.client

    def add(self, sealed: bytes, identified: Identified) -> None:
        """Remember whose it is."""
        with self._lock:
            self._identified[sealed] = identified
            while len(self._identified) > TRUSTED_MAX:
                self._identified.popitem(last=False)

    def used_lately(self, now: datetime) -> list[Identified]:
        """What is worth another look."""
        with self._lock:
            return [each for each in self._identified.values() if now - each.used_at < UNUSED_FOR]

    def keep(self, *, keys: Collection[int], tokens: Collection[int], now: datetime) -> None:
        """Forget all but these, which a look has just found to be right."""
        with self._lock:
            kept = (
                (sealed, each)
                for sealed, each in self._identified.items()
                if each.number in (tokens if each.is_token else keys)
            )
            self._identified = OrderedDict(kept)
            self._looked_at = now

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._identified.clear()
