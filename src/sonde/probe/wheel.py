"""The timing wheel: which stream's packet is due when.

Sixty milliseconds hold whole numbers of both packet intervals of the codecs, 20 and 30 ms, so a stream keeps
its slots for life. Deadlines are absolute and never move: a late slot is served at once and flagged by its
lateness, none is skipped and nothing is stretched.
"""

from bisect import bisect_left, insort
from collections.abc import Hashable
from typing import Generic, TypeVar

SLOT = 200_000
"""Nanoseconds of one slot."""

SLOTS = 300
"""Slots of one turn of the wheel: 60 ms."""

T = TypeVar("T", bound=Hashable)


class Wheel(Generic[T]):
    """Streams by the slot their packets are due in.

    Args:
        origin: monotonic ns of slot 0; every deadline is `origin + n * SLOT`.
    """

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._slots: dict[int, list[T]] = {}
        self._occupied: list[int] = []
        self._places: dict[T, list[int]] = {}
        self._crowd: dict[tuple[Hashable, int], int] = {}
        self._group: dict[T, Hashable] = {}
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
        first = self._freest(step, group)
        self._places[item] = list(range(first, SLOTS, step))
        self._group[item] = group
        for slot in self._places[item]:
            self._enter(slot, item, group)

    def remove(self, item: T) -> None:
        """Takes a stream off the wheel."""
        group = self._group.pop(item)
        for slot in self._places.pop(item):
            self._slots[slot].remove(item)
            self._crowd[group, slot] -= 1
            if not self._crowd[group, slot]:
                del self._crowd[group, slot]
            if not self._slots[slot]:
                del self._slots[slot]
                self._occupied.remove(slot)

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
        def crowd(slot: int) -> tuple[int, int, int]:
            ahead = (slot - self._tick) % step
            return self._crowd.get((group, slot), 0), len(self._slots.get(slot, ())), ahead

        return min(range(step), key=crowd)

    def _enter(self, slot: int, item: T, group: Hashable) -> None:
        if slot not in self._slots:
            self._slots[slot] = []
            insort(self._occupied, slot)
        self._slots[slot].append(item)
        self._crowd[group, slot] = self._crowd.get((group, slot), 0) + 1
