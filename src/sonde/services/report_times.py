"""When that was of which a payload speaks, and what of it is too far from our own time to be believed."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from sonde.webrtc.event import PeerEvent
from sonde.webrtc.recording import PeerRecording, Recording
from sonde.webrtc.runs import within

CLOCK_ERROR_MAX: Final = 86_400 * 10**9
"""Nanoseconds by which a client's time may differ from ours: its clock, and how long it kept a batch."""

KEPT_BY_PHONES: Final = 30 * 86_400 * 10**9
"""Nanoseconds that a telephone may keep a call report before it sends it."""

CLOCK_REASON: Final = "time is more than a day from the server's"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def plausible(
    recording: Recording, received_at: int, *, oldest: int = CLOCK_ERROR_MAX
) -> tuple[Recording, Counter[str]]:
    """What is not far from our own time, and how much was left out and why.

    Args:
        recording: what a payload says.
        received_at: when it came, nanoseconds since the epoch.
        oldest: how long before that it may speak of, nanoseconds.
    """
    skipped = Counter(recording.notes.skipped)
    earliest, latest = received_at - oldest, received_at + CLOCK_ERROR_MAX
    times = sorted(times_of(recording))
    if not times or earliest <= times[0] <= times[-1] <= latest:
        return recording, skipped

    def kept_events(events: tuple[PeerEvent, ...]) -> tuple[PeerEvent, ...]:
        return tuple(event for event in events if earliest <= event.at <= latest)

    def kept(peer: PeerRecording) -> PeerRecording:
        runs = (within(run, earliest, latest) for run in peer.runs)
        return msgspec.structs.replace(
            peer,
            snapshots=tuple(each for each in peer.snapshots if earliest <= each.at <= latest),
            runs=tuple(run for run in runs if run.at),
            events=kept_events(peer.events),
        )

    found = msgspec.structs.replace(
        recording, peers=tuple(map(kept, recording.peers)), events=kept_events(recording.events)
    )
    skipped[CLOCK_REASON] += len(times) - sum(1 for _ in times_of(found))
    return found, skipped


def times_of(recording: Recording) -> Iterator[int]:
    """When all that is in a recording was, nanoseconds since the epoch."""
    for peer in recording.peers:
        yield from _snapshot_times(peer)
    yield from (event.at for event in events_of(recording))


def events_of(recording: Recording) -> Iterator[PeerEvent]:
    """All events of a recording: of none of its connections, then of each."""
    yield from recording.events
    for peer in recording.peers:
        yield from peer.events


def snapshots_in(recording: Recording) -> int:
    """How many snapshots a recording has, one by one and in runs."""
    return sum(1 for peer in recording.peers for _ in _snapshot_times(peer))


def _snapshot_times(peer: PeerRecording) -> Iterator[int]:
    yield from (snapshot.at for snapshot in peer.snapshots)
    for run in peer.runs:
        yield from run.at


def moment_of(nanoseconds: int) -> datetime:
    """An instant, in whole microseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
