"""Call reports of the five Telnyx SDKs made samples: units, oddities, segments, events, hostile bodies."""

import gzip
import json
import math
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telnyx_bodies import BEGIN, SDKS, android, flutter, ios, javascript, moment, packed, react_native

from sonde.webrtc.call_analysis import analyse_calls
from sonde.webrtc.dialects.telnyx import FORMAT, read_call_reports, read_upload
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import MalformedRecording, PeerRecording
from sonde.webrtc.sample import StreamSample, TransportSample
from sonde.webrtc.tracks import StreamTrack

CALL = "6d6fb6f1-2b82-4d75-9eb5-3c8e995f1ed1"


def leg(body: dict[str, Any]) -> PeerRecording:
    """The one connection of a body."""
    (only,) = read_upload(body).recording.peers
    return only


def last(body: dict[str, Any], stream_id: str) -> StreamSample:
    """The last sample of a stream."""
    return next(each for each in leg(body).snapshots[-1].streams if each.stream_id == stream_id)


def path(body: dict[str, Any]) -> TransportSample:
    """The last sample of the transport."""
    (only,) = leg(body).snapshots[-1].transports
    return only


def track(peer: PeerRecording, stream_id: str) -> StreamTrack:
    """A stream made intervals."""
    return next(each for each in peer_intervals(peer.snapshots).streams if each.stream_id == stream_id)


def words(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Kinds and values of the events."""
    return [(event.kind.value, event.value) for event in leg(body).events]


@pytest.mark.parametrize("sdk", SDKS)
def test_each_sdk_is_recognised_and_read_whole(sdk: str) -> None:
    """Nothing of what it writes is unknown or out of place, and a call of a known codec has its score."""
    read = read_upload(json.loads(packed(sdk, SDKS[sdk]())))
    assert (read.summary.sdk, read.recording.format) == (sdk, FORMAT)
    assert (read.recording.notes.unknown, read.recording.notes.skipped) == ({}, {})
    report = analyse_calls({"call": read.recording})
    (peer,) = report.sessions[0].peers
    assert [each.stream for each in peer.streams] == ["inbound", "outbound"]
    for stream in peer.streams:
        # Of what was sent an SDK knows only what the far side reports, and two do not pass that on.
        if sdk == "telnyx-react-native" or (sdk, stream.direction) == ("telnyx-android", "send"):
            assert stream.mos.reason
        else:
            assert stream.mos.value > 4
    assert report.issues == ()


@pytest.mark.parametrize("sdk", SDKS)
def test_a_part_of_the_call_is_recognised_too(sdk: str) -> None:
    """A segment in the middle says less of its call, and its units are the same."""
    body = SDKS[sdk](segment=3)
    body["summary"].pop("voiceSdkId", None)
    assert read_upload(body).summary.sdk == sdk


@pytest.mark.parametrize("sdk", SDKS)
def test_jitter_comes_in_milliseconds_from_every_sdk(sdk: str) -> None:
    """As the average of an interval; 3 ms are 0.003 s."""
    wanted = 0.0034 if sdk == "telnyx-android" else 0.003
    assert last(SDKS[sdk](), "inbound").jitter == wanted


@pytest.mark.parametrize(("make", "said"), [(javascript, 4.2), (ios, 4.2), (flutter, 0.0042)])
def test_the_far_sides_jitter_is_in_seconds_from_flutter_alone(make: Any, said: float) -> None:
    """4.2 ms whoever tells."""
    body = make()
    assert body["stats"][0]["remoteRtcp"]["inbound"]["jitter"] == said
    assert last(body, "outbound").remote_jitter == pytest.approx(0.0042)


@pytest.mark.parametrize("make", [javascript, ios, flutter, react_native])
def test_round_trips_come_in_seconds_and_are_the_candidate_pairs(make: Any) -> None:
    """The mean of the interval comes before the last value."""
    body = make()
    body["stats"][-1]["connection"] |= {"roundTripTimeAvg": 0.05}
    assert path(body).current_round_trip_time == 0.05
    assert last(body, "outbound").round_trip_time in (None, 0.041)


def test_androids_round_trip_is_by_rtcp_and_zero_is_none() -> None:
    """So it is the stream's and not the path's."""
    body = android()
    assert (last(body, "outbound").round_trip_time, path(body).current_round_trip_time) == (0.052, None)
    body["stats"][-1]["connection"]["roundTripTimeAvg"] = 0
    assert last(body, "outbound").round_trip_time is None


def test_androids_zeros_are_no_traffic_and_its_ice_is_that_of_the_end() -> None:
    """What it writes into every interval once the call is over says nothing of the intervals."""
    found = path(android())
    assert (found.packets_sent, found.bytes_received) == (None, None)
    assert (found.ice_state, found.pair_state, found.selected_candidate_pair_changes) == (None, None, None)
    assert (found.local_candidate_type, found.local_network_type) == ("srflx", "wifi")
    assert (found.local_related_address, found.srtp_cipher) == ("10.0.0.2", "AES_CM_128_HMAC_SHA1_80")
    assert last(android(), "inbound").codec == "opus"
    assert max(each.packets_sent or 0 for each in leg(android()).snapshots[-1].streams) == 2000


def test_rates_are_of_the_intervals_own_length() -> None:
    """Not of the five seconds that JavaScript announces, and not of the bit rates it works out."""
    body = javascript()
    assert body["summary"]["clientSummary"]["callReports"]["intervalMs"] == 5000
    for interval in body["stats"]:
        interval["audio"]["inbound"]["bitrateAvg"] = 12_800.0
    rates = [each.bitrate for each in track(leg(body), "inbound").intervals]
    assert rates == pytest.approx([64_000.0] * 12)


def test_flutters_names_of_playout_are_the_standards() -> None:
    """Of each the SDK's own."""
    ours, theirs = last(flutter(), "inbound"), last(javascript(), "inbound")
    assert (ours.synthesized_samples_events, ours.synthesized_samples_duration) == (2, 0.04)
    assert (theirs.synthesized_samples_events, theirs.playout_samples_count) == (0, 480)


@pytest.mark.parametrize(
    ("word", "direction"),
    [
        ("inbound", "inbound"),
        ("INCOMING", "inbound"),
        ("OUTGOING", "outbound"),
        ("ATTACH", "attach"),
        ("unknown", ""),
        (None, ""),
    ],
)
def test_directions_have_one_word(word: str | None, direction: str) -> None:
    """And say whose number is whose."""
    summary = read_upload(javascript(summary={"direction": word})).summary
    assert summary.direction == direction
    assert summary.own_number == ("+15550100" if direction == "inbound" else "+15550111")


def split(body: dict[str, Any], *, at: int) -> list[dict[str, Any]]:
    """A body as JavaScript sends it in two segments."""
    first = {**body, "stats": body["stats"][:at], "segment": 0, "flushReason": {"type": "buffer-limit"}}
    return [first, {**body, "stats": body["stats"][at:], "segment": 1}]


def test_counters_run_on_across_segments() -> None:
    """In whatever order they come, twice or once: the intervals are those of the whole call."""
    body = javascript(CALL, loss=0.02)
    one, two = split(body, at=7)
    whole = peer_intervals(leg(body).snapshots)
    for reports in ([one, two], [two, one], [one, two, two, one]):
        (joined,) = read_call_reports(reports).peers
        assert peer_intervals(joined.snapshots) == whole
    lost = [each.packets_lost for each in track(leg(body), "inbound").intervals]
    assert sum(each for each in lost if each is not None) == 12


def test_chunks_without_numbers_are_parts_of_one_call() -> None:
    """As Android sends them: the whole summary again, and no segment."""
    body = android(CALL)
    chunks = [{**body, "stats": body["stats"][:2]}, {**body, "stats": body["stats"][2:]}]
    (joined,) = read_call_reports(chunks).peers
    assert joined.snapshots == leg(body).snapshots
    assert joined.events == leg(body).events


def test_a_snapshot_has_the_same_number_in_whatever_body_it_comes() -> None:
    """Milliseconds since the SDK began to collect, so that its rows are stored once."""
    body = javascript()
    one, two = split(body, at=7)
    assert [each.number for each in leg(body).snapshots] == [1000 * second for second in range(13)]
    assert [each.number for each in (*leg(one).snapshots, *leg(two).snapshots)] == [
        1000 * second for second in range(13)
    ]


def test_the_first_interval_counts_when_media_began_in_it() -> None:
    """Counters stood at zero then; where more was carried than fits, they did not."""
    body = javascript()
    assert [each.packets_sent for each in leg(body).snapshots[0].streams] == [0, None]
    assert [each.packets for each in track(leg(body), "inbound").intervals][:2] == [50, 50]
    body["stats"][0]["audio"]["outbound"]["packetsSent"] = 150
    assert len(leg(body).snapshots) == 12


def test_a_collector_that_is_made_anew_is_another_connection() -> None:
    """After the page was loaded again its counters begin at zero, under the same call."""
    first, second = javascript(CALL), javascript(CALL, begin=BEGIN + timedelta(minutes=1))
    assert len(read_call_reports([first, second]).peers) == 2


def test_null_blocks_and_values_are_not_measured() -> None:
    """React Native writes null for what it does not know yet."""
    body = react_native()
    first = leg(body).snapshots[0]
    assert first.streams == ()
    assert first.transports[0].packets_sent is None
    assert last(body, "outbound").audio_level is None


def test_five_seconds_after_one_are_no_gap() -> None:
    """React Native's pace; its later intervals are scored."""
    flags = [each.flags for each in track(leg(react_native()), "inbound").intervals]
    assert flags[-4:] == [(), (), (), ()]


def test_mute_hold_and_warnings_are_events() -> None:
    """With the SDK's own names for what it warns of."""
    body = javascript(CALL)
    for index in (5, 6):
        body["stats"][index]["audio"]["outbound"]["localTrack"] = {"id": "mic-1", "enabled": False}
    lines = ["state change from active to held", "state change from held to active", "no such code 31003"]
    body["logs"] = [
        {"timestamp": moment(BEGIN + timedelta(seconds=2 + second)), "level": "info", "message": line}
        for second, line in enumerate(lines)
    ]
    body["logs"].append({"timestamp": moment(BEGIN), "level": "error", "message": "ICE candidate error:"})
    assert words(body) == [
        ("created", ""),
        ("application", "error"),
        ("application", "hold"),
        ("application", "unhold"),
        ("track_disabled", "audio"),
        ("track_enabled", "audio"),
        ("closed", ""),
    ]
    assert ("application", "high_packet_loss") in words(javascript())


def test_a_segment_that_begins_muted_says_so_once() -> None:
    """What was before its first interval is in another body."""
    body = javascript(segment=1)
    for interval in body["stats"]:
        interval["audio"]["outbound"]["localTrack"] = {"enabled": False, "muted": True}
    assert [kind for kind, _ in words(body) if kind.startswith("track")] == ["track_disabled", "track_muted"]


@pytest.mark.parametrize(
    ("changes", "goodbye"),
    [
        ({}, "closed"),
        ({"segment": 4}, "closed"),
        ({"segment": 0, "flushReason": {"type": "page-unload"}}, "page_unloaded"),
        ({"segment": 0, "flushReason": {"type": "buffer-limit"}}, None),
        ({"segment": 0, "summary": {"state": "active"}}, None),
        ({"summary": {"endTimestamp": None}}, None),
    ],
)
def test_the_last_report_of_a_call_ends_it(changes: dict[str, Any], goodbye: str | None) -> None:
    """Nothing in a body marks it as the last one but its state and the want of a reason to flush."""
    said = {kind for kind, _ in words(javascript(**changes))} & {"closed", "page_unloaded"}
    assert said == ({goodbye} if goodbye else set())


def test_a_closed_socket_is_told() -> None:
    """With its code."""
    closing = {"type": "socket-close", "socketClose": {"code": 1006, "codeName": "ABNORMAL_CLOSURE"}}
    (event,) = [each for each in leg(javascript(flushReason=closing)).events if each.value == "socket-close"]
    assert "ABNORMAL_CLOSURE" in event.detail


def test_android_tells_of_its_states() -> None:
    """In the standard's words."""
    assert words(android())[1:3] == [("ice_connection_state", "connected"), ("application", "call_answered")]


def saved(content: bytes) -> Any:
    """What a file says."""
    return read_recording(BytesIO(content))


@pytest.mark.parametrize("sdk", SDKS)
def test_a_stored_body_is_a_file_like_any_other(sdk: str) -> None:
    """As it was sent, packed or not."""
    content = packed(sdk, SDKS[sdk](CALL))
    recording = saved(content)
    assert (recording.format, len(recording.peers)) == (FORMAT, 1)
    assert saved(gzip.compress(content)) == recording


def test_what_the_read_api_gives_is_a_file_too() -> None:
    """A bare array, a page of a list, or a body on each line."""
    one, two = split(javascript(CALL), at=7)
    served = [
        {"call_id": CALL, "user_agent": "TelnyxRTC/2.27.10", "stored_at": "x", **each} for each in (one, two)
    ]
    array = saved(json.dumps(served, indent=1).encode())
    assert array.user_agent == "TelnyxRTC/2.27.10"
    for content in (
        json.dumps(served).encode(),
        json.dumps({"data": served, "meta": {"page_number": 1}}).encode(),
        b"\n".join(json.dumps(each).encode() for each in served),
    ):
        assert saved(content) == array


def test_the_vendors_example_can_be_read() -> None:
    """One interval of jitter that looks like seconds: it is taken for milliseconds, like every other."""
    report = {
        "call_id": CALL,
        "summary": {"callId": CALL},
        "stats": [
            {
                "intervalStartUtc": "2026-05-06T20:00:00Z",
                "intervalEndUtc": "2026-05-06T20:00:05Z",
                "audio": {
                    "inbound": {"packetsReceived": 1840, "packetsLost": 0, "jitterAvg": 0.003},
                    "outbound": {"packetsSent": 1837, "bytesSent": 293920},
                },
                "ice": {"state": "succeeded", "local": {"candidateType": "host"}, "remote": {}},
            }
        ],
        "logs": {"entries": [{"timestamp": "2026-05-06T20:00:00Z", "level": "debug", "message": "selected"}]},
        "flushReason": {"type": "call-end"},
    }
    (peer,) = read_call_reports([report]).peers
    (snapshot,) = peer.snapshots
    assert next(each for each in snapshot.streams if each.jitter).jitter == pytest.approx(3e-6)


def test_what_is_no_call_report_is_said() -> None:
    """Of several, those that are some are read and the others counted."""
    with pytest.raises(MalformedRecording):
        read_call_reports([1, {"stats": []}])
    assert read_call_reports([None, javascript()]).notes.skipped == {"report: expected call reports": 1}


def test_values_that_cannot_be_are_left_out_and_counted() -> None:
    """One bad value harms no other."""
    body = javascript()
    body["stats"][-1]["audio"]["inbound"] |= {"jitterAvg": -1, "packetsReceived": "many", "newMember": 1}
    body["stats"][0]["intervalEndUtc"] = "yesterday"
    read = read_upload(body)
    assert read.recording.notes.unknown == {"inbound.newMember": 1}
    assert set(read.recording.notes.skipped) == {
        "inbound.jitterAvg: expected milliseconds from 0 on",
        "inbound.packetsReceived: expected a count",
        "stats.intervalEndUtc: expected a time",
    }
    assert last(body, "inbound").packets_lost == 0


NAMES = st.sampled_from(
    [
        *("summary", "stats", "logs", "flushReason", "type", "segment", "callId", "startTimestamp"),
        *("endTimestamp", "intervalStartUtc", "intervalEndUtc", "timestamp", "message", "level"),
        *("audio", "inbound", "outbound", "connection", "ice", "local", "transport", "remoteRtcp"),
        *("mediaPlayout", "jitterAvg", "packetsReceived", "android_extra", "deviceInfo", "iceConnection"),
        "stateTransitions",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=25,
)


def fractions(peer: PeerRecording) -> Iterator[float]:
    """Every number of its streams that may have a fraction."""
    for snapshot in peer.snapshots:
        for sample in snapshot.streams:
            yield from (each for each in msgspec.structs.asdict(sample).values() if isinstance(each, float))


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_any_object_is_read(document: dict[str, Any]) -> None:
    """Whatever its members are, and to numbers that are finite."""
    read = read_upload(document)
    assert all(math.isfinite(each) for each in fractions(read.recording.peers[0]))


@given(st.data(), st.sampled_from(sorted(SDKS)))
def test_a_body_with_anything_in_a_place_of_it_is_read(data: st.DataObject, sdk: str) -> None:
    """The hostile neighbour of a real one has finite numbers and no other streams."""
    body = json.loads(packed(sdk, SDKS[sdk](CALL)))
    place: Any = body
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    read = leg(body)
    assert all(math.isfinite(each) for each in fractions(read))
    assert {each.stream_id for each in peer_intervals(read.snapshots).streams} <= {"inbound", "outbound"}
