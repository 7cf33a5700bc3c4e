"""When a session is worked out: at once, seldom while it goes on, and at once again when it has ended."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sonde.model.reports import Report
from sonde.model.samples import SampleSpan
from sonde.model.sightings import Sighting
from sonde.services import evaluations
from sonde.services.accounts import Accounts
from sonde.services.evaluations import Evaluations
from sonde.services.report_keeping import LAYOUT
from sonde.services.report_reading import with_rows
from sonde.services.reports import nanoseconds
from sonde.services.sessions import Sessions
from sonde.store.conclusions import PeerKey, select_summary
from sonde.store.peer_reports import select_body
from sonde.store.reports import insert_reports
from sonde.webrtc.recording import PeerRecording, Recording
from sonde.webrtc.sample import Snapshot, StreamSample


class Clock:
    """Says a time that only tests move on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def report(workspace_id: int, peer_id: str, clock: Clock, *, packets: int) -> Report:
    """Sound of which so many packets came until now."""
    at = nanoseconds(clock())
    sound = StreamSample(
        stream_id="sound", direction="recv", kind="audio", ssrc=1, packets_received=packets, packets_lost=0
    )
    number = at // 10**9 % 10**6
    shot = Snapshot(at=at, number=number, streams=(sound,))
    call = PeerRecording(key="call", label="call", snapshots=(shot,), events=())
    bare = Report(
        workspace_id=workspace_id,
        peer_id=peer_id,
        number=number,
        digest=number.to_bytes(16),
        received_at=at,
        source_id="test",
        dialect="test",
        payload=b"{}",
    )
    return with_rows(bare, Recording(format="test", peers=(call,)), {})


def test_a_session_that_ended_is_not_shown_as_it_was_before(directory, store, monkeypatch):
    """While it goes on it rests after it was worked out; whoever asks after its end sees all of it."""
    monkeypatch.setattr(evaluations, "PATIENCE", 10**9)
    clock = Clock()
    accounts, sessions = Accounts(directory), Sessions(directory, clock)
    access = accounts.access(
        accounts.bootstrap("Ours", "Ours", email="ada@ours.example", name="Ada").principal
    )
    workspace_id, peer_id = access.workspace.workspace_id, str(uuid4())
    worked_out = Evaluations(directory, store, clock)

    def tell(packets: int) -> str:
        clock.now += timedelta(seconds=1)
        insert_reports(
            store, [report(workspace_id, peer_id, clock, packets=packets)], token=f"{peer_id}/{packets}"
        )
        sighting = Sighting(
            workspace_id=workspace_id, peer_id=peer_id, meeting="room", first_at=clock(), last_at=clock()
        )
        return sessions.saw([sighting])[0].session_id

    def seen() -> list[int | None]:
        clock.now += timedelta(seconds=1)
        worked_out.of_session(access, session_id)
        summary = select_summary(store, PeerKey(workspace_id, peer_id))
        return [each.stream.packets for each in summary.streams] if summary else []

    tell(50)
    session_id = tell(100)
    assert seen() == [50]
    tell(150)
    assert seen() == [50]
    sessions.end(access, session_id)
    assert seen() == [100]
    # More may have been on its way: when the session has gone quiet all is there, and it is final.
    clock.now += 2 * evaluations.QUIET
    assert [worked_out.conclude_quiet(), worked_out.conclude_quiet()] == [1, 0]
    span = SampleSpan(workspace_id=workspace_id, peer_id=peer_id)
    assert select_body(store, span, layout=LAYOUT)
