"""A call that another client measured, as the document of an upload that no SDK made."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from one_call import as_telnyx, read_call

from sonde.api.telnyx.measured_mapping import measured_document
from sonde.api.telnyx.schema import CallReportDocument
from sonde.model.call_reports import name_organization
from sonde.model.peers import Device, Participant, Peer, Place
from sonde.model.sessions import ViewType
from sonde.services.measured_calls import MeasuredCall, intervals_of
from sonde.webrtc.dialects.telnyx import read_upload
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.sample import Snapshot, StreamSample

CALL_ID = "6d6fb6f1-2b82-4d75-9eb5-3c8e995f1ed1"
MOMENT = datetime(2026, 11, 20, 21, 17, 15, tzinfo=UTC)
SECOND = 10**9


def peer(**changes: Any) -> Peer:
    """Whose call it is."""
    participant = Participant(
        participant_id="0d9a4c7e-52b1-4f0e-9d7c-3a0f1f5b6c21",
        workspace_id=1,
        meeting_id="m",
        custom_id=None,
        name="Ann",
        preset="",
        view_type=ViewType.GROUP_CALL,
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    usual = {
        "peer_id": CALL_ID,
        "workspace_id": 1,
        "session_id": "s",
        "participant": participant,
        "view_type": ViewType.GROUP_CALL,
        "device": Device(sdk="browser", sdk_version="0.1.0", user_agent="Mozilla/5.0"),
        "place": Place(),
        "labels": {},
        "created_at": MOMENT,
        "connected_at": None,
        "last_seen_at": MOMENT,
        "heard_at": MOMENT,
        "has_reported": True,
        "left_at": None,
        "leave_reason": None,
    }
    return Peer(**usual | changes)


def document(recording: PeerRecording, **changes: Any) -> dict[str, Any]:
    """The only document of a call."""
    call = MeasuredCall(
        peer=peer(**changes),
        started_at=round(MOMENT.timestamp()) * SECOND,
        ended_at=round(MOMENT.timestamp()) * SECOND + 49 * SECOND,
        duration=49.0,
        intervals=list(intervals_of(recording)),
    )
    [only] = msgspec.json.decode(measured_document(call, 7))
    msgspec.convert(only, CallReportDocument)
    return only


@pytest.fixture(scope="module")
def uploaded() -> PeerRecording:
    """A recorded call as an SDK's upload is read."""
    [recording] = read_upload(as_telnyx(read_call("audio-pcmu-delay300-both"), CALL_ID)).recording.peers
    return recording


def test_what_was_read_of_an_upload_is_what_an_upload_is_made_of(uploaded):
    """The same table reads and writes: what comes back of the document is what went into it."""
    made = document(uploaded)
    [again] = read_upload(made).recording.peers
    before, after = ({each.at: each.streams for each in some.snapshots} for some in (uploaded, again))
    common = sorted(before.keys() & after.keys())
    assert len(common) >= len(made["stats"]) > 40
    for at in common[1:]:
        for one, other in zip(before[at], after[at], strict=True):
            assert msgspec.structs.asdict(other) == pytest.approx(msgspec.structs.asdict(one))


def test_the_server_says_whose_it_is(uploaded):
    """In the members that every document has, and in the summary."""
    made = document(uploaded)
    assert (made["call_id"], made["version"], made["user_agent"]) == (CALL_ID, "0.1.0", "Mozilla/5.0")
    assert made["organization_id"] == name_organization(7)
    assert made["user_id"] == made["call_report_id"] == peer().participant.participant_id
    assert made["stored_at"] == made["created_at"] == "2026-11-20T21:18:04Z"
    assert made["summary"] == {
        "callId": CALL_ID,
        "direction": "unknown",
        "state": "active",
        "durationSeconds": 49.0,
        "startTimestamp": "2026-11-20T21:17:15Z",
        "endTimestamp": "2026-11-20T21:18:04Z",
        "sdkVersion": "0.1.0",
    }
    assert document(uploaded, left_at=MOMENT)["summary"]["state"] == "done"
    assert document(uploaded, labels={"direction": "inbound"})["summary"]["direction"] == "inbound"


def test_units_are_those_of_the_sdks(uploaded):
    """Jitter in milliseconds, round trips in seconds and by the candidate pair, rates in bit/s."""
    last = document(uploaded)["stats"][-1]
    assert last["audio"]["inbound"]["jitterAvg"] == pytest.approx(6)
    assert last["audio"]["inbound"]["bitrateAvg"] == pytest.approx(64_000, rel=0.1)
    assert last["connection"]["roundTripTimeAvg"] == pytest.approx(0.314)
    assert last["connection"]["roundTripTimeSource"] == "candidate-pair.currentRoundTripTime"
    assert last["remoteRtcp"]["inbound"]["jitter"] == pytest.approx(7)
    assert last["audio"]["outbound"]["codec"]["mimeType"] == "audio/PCMU"


def heard(index: int, stream_id: str = "sound", **fields: Any) -> StreamSample:
    """One stream of sound after some seconds."""
    return StreamSample(
        stream_id=stream_id, direction="recv", kind="audio", ssrc=1, packets_received=50 * index, **fields
    )


def test_of_many_voices_the_one_that_lasts_longest_is_shown():
    """An SDK's call has one stream each way; what is not known is not there."""
    snapshots = tuple(
        Snapshot(
            at=index * SECOND,
            number=index,
            streams=(heard(index), *([heard(index, "guest")] if index < 3 else [])),
        )
        for index in range(1, 6)
    )
    stats = document(PeerRecording(key="k", label="l", snapshots=snapshots, events=()))["stats"]
    assert [each["audio"] for each in stats] == [
        {"inbound": {"packetsReceived": 50 * index}} for index in range(2, 6)
    ]
    assert [each["intervalEndUtc"] for each in stats] == [
        f"1970-01-01T00:00:0{each}Z" for each in range(2, 6)
    ]
    assert "connection" not in stats[0]


def test_a_connection_without_sound_has_no_intervals():
    """It is no call that an SDK would tell of."""
    assert list(intervals_of(PeerRecording(key="k", label="l", snapshots=(), events=()))) == []
