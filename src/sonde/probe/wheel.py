"""The timing wheel: which stream's packet is due when.

Three hundred milliseconds hold whole numbers of both packet intervals of the codecs, 20 and 30 ms, and of the
intervals between clock exchanges, so whatever is on the wheel keeps its slots for life. Deadlines are
absolute
and never move: a late slot is served at once and flagged by its lateness, none is skipped and nothing is
stretched.
"""

from bisect import bisect_left, insort
from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np

SLOT = 500_000
"""Nanoseconds of one slot. Waking up costs as much as ten packets, and more in a virtual machine."""

SLOTS = 600
"""Slots of one turn of the wheel: 300 ms."""

SHARED_BY = 4
"""Streams of different groups that share a slot while others are free, and so one waking up."""

T = TypeVar("T", bound=Hashable)

_GROUP_FIRST = 2**20
"""Weight that makes one neighbour of the same group worse than any number of strangers in a slot."""


class Wheel(Generic[T]):
    """Streams by the slot their packets are due in.

    Args:
        origin: monotonic ns of slot 0; every deadline is `origin + n * SLOT`.
    """

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._slots: dict[int, list[T]] = {}
        self._occupied: list[int] = []
        self._places: dict[T, range] = {}
        self._group: dict[T, Hashable] = {}
        self._crowd = np.zeros(SLOTS, dtype=np.int64)
        self._crowds: dict[Hashable, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
        self._tick = 0

    def __len__(self) -> int:
        """Streams on the wheel."""
        return len(self._places)

    def add(self, item: T, step: int, group: Hashable, now: int) -> None:
        """Puts a stream on the wheel, its first packet due within one interval.

        Args:
            item: the stream.
            step: slots between its packets; must divide `SLOTS`.
            group: streams of one group (one path) are kept in different slots while there is room.
            now: monotonic ns.

        Raises:
            ValueError: the step does not divide the wheel.
        """
        if step <= 0 or SLOTS % step:
            raise ValueError(f"a packet interval of {step * SLOT / 1e6:g} ms does not fit the wheel")
        if not self._places:
            self._tick = (now - self._origin) // SLOT
        places = range(self._freest(step, group), SLOTS, step)
        self._places[item], self._group[item] = places, group
        for slot in places:
            if slot not in self._slots:
                self._slots[slot] = []
                insort(self._occupied, slot)
            self._slots[slot].append(item)
        self._crowd[places.start :: step] += 1
        self._crowds.setdefault(group, np.zeros(SLOTS, dtype=np.int64))[places.start :: step] += 1

    def remove(self, item: T) -> None:
        """Takes a stream off the wheel."""
        group, places = self._group.pop(item), self._places.pop(item)
        for slot in places:
            self._slots[slot].remove(item)
            if not self._slots[slot]:
                del self._slots[slot]
                del self._occupied[bisect_left(self._occupied, slot)]
        self._crowd[places.start :: places.step] -= 1
        self._crowds[group][places.start :: places.step] -= 1
        if not self._crowds[group].any():
            del self._crowds[group]

    def next_due(self) -> int | None:
        """Monotonic ns of the next occupied slot that `take` has not handed out; None on an empty wheel."""
        tick = self._next_tick()
        return None if tick is None else self._origin + tick * SLOT

    def take(self) -> list[T]:
        """The streams of the next occupied slot; the wheel moves past it."""
        tick = self._next_tick()
        if tick is None:
            return []
        self._tick = tick + 1
        return list(self._slots[tick % SLOTS])

    def _next_tick(self) -> int | None:
        if not self._occupied:
            return None
        turn, slot = divmod(self._tick, SLOTS)
        at = bisect_left(self._occupied, slot)
        if at == len(self._occupied):
            return (turn + 1) * SLOTS + self._occupied[0]
        return turn * SLOTS + self._occupied[at]

    def _freest(self, step: int, group: Hashable) -> int:
        """The slot below `step` whose repetitions are best to share, the next one due among equals."""
        crowd = self._crowd.reshape(-1, step).sum(axis=0)
        enough = SHARED_BY * (SLOTS // step)
        crowd = np.where(crowd >= enough, crowd, crowd == 0)
        if group in self._crowds:
            crowd = crowd + _GROUP_FIRST * self._crowds[group].reshape(-1, step).sum(axis=0)
        ahead = self._tick % step
        return int((np.argmin(np.roll(crowd, -ahead)) + ahead) % step)
