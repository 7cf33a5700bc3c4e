from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from sonde.model.peers import (
    Device,
    LeaveReason,
    Participant,
    Peer,
    PeerEventKind,
    Place,
    peer_events,
    peer_id_of,
)
from sonde.model.sessions import ViewType

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def peer() -> Peer:
    return Peer(
        peer_id=peer_id_of("tab"),
        workspace_id=1,
        session_id="s",
        participant=Participant(
            participant_id="p",
            workspace_id=1,
            meeting_id="m",
            custom_id=None,
            name="Ada",
            preset="",
            view_type=ViewType.GROUP_CALL,
            created_at=NOON,
            updated_at=NOON,
        ),
        view_type=ViewType.GROUP_CALL,
        device=Device(),
        place=Place(),
        labels={},
        created_at=NOON,
        connected_at=NOON + timedelta(seconds=3),
        last_seen_at=NOON + timedelta(minutes=2),
        heard_at=NOON + timedelta(minutes=2),
        has_reported=True,
        left_at=None,
        leave_reason=None,
    )


def test_a_uuid_is_its_own_id_however_it_is_written() -> None:
    """Capitals and braces name the same peer."""
    assert (
        peer_id_of("{6F9619FF-8B86-D011-B42D-00C04FC964FF}")
        == peer_id_of("6f9619ff-8b86-d011-b42d-00c04fc964ff")
        == "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    )


@pytest.mark.parametrize("key", ["", "tab", "tab 2", "ü" * 1000, "\x00"])
def test_any_other_key_gets_an_id_that_is_always_the_same(key: str) -> None:
    """Nothing has to be looked up to know it."""
    assert str(UUID(peer_id_of(key))) == peer_id_of(key)
    assert peer_id_of(key) != peer_id_of(key + "x")


def test_events_tell_what_is_known(peer: Peer) -> None:
    """A peer that is there has not left; the minutes are counted from its joining."""
    assert [(each.kind, each.at - NOON) for each in peer_events(peer)] == [
        (PeerEventKind.CREATED, timedelta()),
        (PeerEventKind.JOINING, timedelta()),
        (PeerEventKind.JOINED, timedelta(seconds=3)),
    ]
    gone = msgspec.structs.replace(peer, left_at=NOON + timedelta(seconds=63), leave_reason=LeaveReason.LEFT)
    leaving = peer_events(gone)[-1]
    assert (leaving.kind, leaving.minutes) == (PeerEventKind.LEAVING, 1.0)


def test_late_news_move_an_event_and_double_none(peer: Peer) -> None:
    """An event is the same one when its time is known better."""
    earlier = msgspec.structs.replace(peer, created_at=NOON - timedelta(seconds=5))
    assert [each.event_id for each in peer_events(earlier)] == [each.event_id for each in peer_events(peer)]
    assert len({each.event_id for each in peer_events(peer)}) == 3


def test_until_when_somebody_was_there(peer: Peer) -> None:
    """To the last sample, or to now for those of whom only the application spoke."""
    now = NOON + timedelta(hours=1)
    assert peer.until(now) == peer.last_seen_at
    assert msgspec.structs.replace(peer, has_reported=False).until(now) == now
    assert msgspec.structs.replace(peer, left_at=NOON).until(now) == NOON
