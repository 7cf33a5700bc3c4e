"""Live changes: who hears of what, and what a slow listener loses."""

import asyncio
from datetime import UTC, datetime

import pytest

from sonde.model.errors import Limited
from sonde.services.live_changes import LISTENERS_MAX, WAITING_MAX, Change, LiveChanges

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def change(number: int, workspace_id: int = 1) -> Change:
    return Change(
        workspace_id=workspace_id, peer_id=str(number), session_id=None, last_at=NOW, has_left=False
    )


def test_only_the_workspace_hears_of_its_peers():
    """In the order of the changes."""

    async def listen():
        changes = LiveChanges()
        with changes.listen(1) as listener:
            changes.announce([change(1), change(2, workspace_id=2), change(3)])
            heard = [await listener.next(5), await listener.next(5), await listener.next(0.01)]
        changes.announce([change(4)])
        return [each and each.peer_id for each in heard]

    assert asyncio.run(listen()) == ["1", "3", None]


def test_a_slow_listener_loses_the_oldest_and_is_told():
    """What waits for it is bounded."""

    async def listen():
        changes = LiveChanges()
        with changes.listen(1) as listener:
            changes.announce([change(number) for number in range(WAITING_MAX + 7)])
            first = await listener.next(5)
            return first.peer_id, listener.missed

    assert asyncio.run(listen()) == ("7", 7)


def test_listeners_are_bounded_and_make_room_when_they_leave():
    """One too many is refused."""

    async def listen():
        changes = LiveChanges()
        listeners = [changes.listen(1) for _ in range(LISTENERS_MAX)]
        with pytest.raises(Limited):
            changes.listen(1)
        changes.forget(listeners[0])
        changes.listen(1)

    asyncio.run(listen())
