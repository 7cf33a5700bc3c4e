"""What this process wrote of peers lately, so that a batch which says nothing new writes nothing."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec

from sonde.model.sightings import SeenPeer, Sighting

COARSE: Final = timedelta(seconds=10)
"""How old the directory's times of a peer that is there may be."""

PEERS_MAX: Final = 50_000
"""Most peers that are remembered; beyond them the one that was written longest ago is forgotten."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that was written before.

    Attributes:
        is_current: the directory's times of it are fresh enough.
    """

    seen: SeenPeer
    is_current: bool


class _Written(msgspec.Struct, kw_only=True):
    seen: SeenPeer
    words: int
    first_at: datetime
    last_at: datetime
    latest_at: datetime
    connected_at: datetime | None
    heard_at: datetime


class KnownPeers:
    """Remembers what was written. Forgetting any of it costs a look into the directory and nothing else.

    Safe to share by threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: OrderedDict[tuple[int, str], _Written] = OrderedDict()

    def recall(self, sighting: Sighting, *, now: datetime) -> Known | None:
        """A peer of which the sighting tells nothing but that it is still there; None for any other."""
        with self._lock:
            written = self._written.get(_key(sighting))
            if written is not None:
                written.latest_at = max(written.latest_at, sighting.last_at)
        if written is None or _is_news(sighting, written):
            return None
        return Known(
            seen=written.seen,
            is_current=now - written.heard_at < COARSE and sighting.last_at - written.last_at < COARSE,
        )

    def remember(self, sighting: Sighting, seen: SeenPeer, *, now: datetime) -> None:
        """Note that a sighting was written."""
        key = _key(sighting)
        with self._lock:
            before = self._written.pop(key, None)
            last_at = max(sighting.last_at, before.last_at) if before else sighting.last_at
            self._written[key] = _Written(
                seen=seen,
                words=_words(sighting),
                first_at=min(sighting.first_at, before.first_at) if before else sighting.first_at,
                last_at=last_at,
                latest_at=max(last_at, before.latest_at) if before else last_at,
                connected_at=sighting.connected_at or (before.connected_at if before else None),
                heard_at=now,
            )
            while len(self._written) > PEERS_MAX:
                self._written.popitem(last=False)

    def latest(self, workspace_id: int, peer_ids: Collection[str]) -> dict[str, datetime]:
        """The latest that was told of each of these peers, written or not; without those it forgot."""
        with self._lock:
            known = {peer_id: self._written.get((workspace_id, peer_id)) for peer_id in peer_ids}
        return {peer_id: written.latest_at for peer_id, written in known.items() if written is not None}


def _is_news(sighting: Sighting, written: _Written) -> bool:
    return (
        sighting.has_left
        or sighting.first_at < written.first_at
        or (sighting.connected_at is not None and sighting.connected_at != written.connected_at)
        or _words(sighting) != written.words
    )


def _key(sighting: Sighting) -> tuple[int, str]:
    return (sighting.workspace_id, sighting.peer_id)


def _words(sighting: Sighting) -> int:
    """Stands for all that a sighting says but its times."""
    return hash(
        (
            sighting.participant_id,
            sighting.custom_id,
            sighting.name,
            sighting.preset,
            sighting.view_type,
            sighting.user_agent,
            sighting.sdk,
            sighting.sdk_version,
            sighting.machine,
            sighting.address,
            *sorted(sighting.labels.items()),
        )
    )
