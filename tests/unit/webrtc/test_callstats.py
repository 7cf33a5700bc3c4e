"""Messages of RealtimeKit's statistics client made samples: names, zeros, events, order, hostile bodies."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from callstats_bodies import BEGIN, OTHER, PEER, PICTURE, SCREEN, SOUND, entry, join, message, ping
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.call_analysis import analyse_calls
from sonde.webrtc.dialects.callstats import FORMAT, read_message, read_messages
from sonde.webrtc.dialects.callstats_stats import MOST_STREAMS
from sonde.webrtc.event import EventKind
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import MalformedRecording, PeerRecording
from sonde.webrtc.sample import StreamSample, TransportSample

CALL = [message(join(), ping(0)), *(message(ping(7.0 * turn, loss=0.1)) for turn in range(1, 10))]


def call(*entries: dict[str, Any]) -> PeerRecording:
    """The one connection of a message."""
    (only,) = read_message(message(*entries)).recording.peers
    return only


def stream(said: dict[str, Any], stream_id: str) -> StreamSample:
    """A stream of one `ping_stat`."""
    (snapshot,) = call(said).snapshots
    return next(each for each in snapshot.streams if each.stream_id == stream_id)


def path(said: dict[str, Any], transport_id: str = "t-out") -> TransportSample:
    """A transport of it."""
    (snapshot,) = call(said).snapshots
    return next(each for each in snapshot.transports if each.transport_id == transport_id)


def changed(said: dict[str, Any], place: str, **changes: Any) -> dict[str, Any]:
    """A `ping_stat` with other members in the first statistics of a producer or consumer."""
    for each in said["metaData"]["producerStats"] + said["metaData"]["consumerStats"]:
        if place in {each.get("producerId"), each.get("consumerId")}:
            (each["audioStats"] or each["videoStats"])[0].update(changes)
    return said


def test_all_that_the_client_writes_is_known() -> None:
    """Nothing is unknown or out of place."""
    notes = read_message(message(join(), ping(7, layers=3))).recording.notes
    assert (notes.unknown, notes.skipped) == ({}, {})


def test_streams_are_producers_and_consumers() -> None:
    """With whose they are, where they come from, and the transport that carries them."""
    (snapshot,) = call(ping(7)).snapshots
    found = {each.stream_id: each for each in snapshot.streams}
    assert {key: (each.direction, each.kind, each.source) for key, each in found.items()} == {
        SOUND: ("send", "audio", "microphone"),
        PICTURE: ("send", "video", "camera"),
        SCREEN: ("send", "video", "screen"),
        "c-sound": ("recv", "audio", "microphone"),
        "c-picture": ("recv", "video", "camera"),
    }
    assert (found["c-sound"].remote_peer, found["c-sound"].remote_stream) == (OTHER, "p-theirs")
    assert {each.transport_id for each in snapshot.streams if each.direction == "send"} == {"t-out"}
    assert {each.transport_id for each in snapshot.streams if each.direction == "recv"} == {"t-in"}
    assert (found[SOUND].packets_sent, found["c-sound"].total_samples_received) == (350, 336_000)


def test_layers_of_a_video_are_streams_of_their_own_and_one_video() -> None:
    """The first bears the producer's name, which is what receivers name."""
    pings = [ping(7.0 * turn, layers=3) for turn in range(4)]
    (snapshot, *_) = call(*pings).snapshots
    layers = [each for each in snapshot.streams if each.stream_id.startswith(PICTURE)]
    assert [(each.stream_id, each.encoding_index, each.frame_width) for each in layers] == [
        (PICTURE, 0, 320),
        (f"{PICTURE}/1", 1, 640),
        (f"{PICTURE}/2", 2, 1280),
    ]
    tracks = {each.stream_id: each for each in peer_intervals(call(*pings).snapshots).streams}
    assert PICTURE in tracks
    assert f"{PICTURE}/2" not in tracks
    assert tracks[PICTURE].intervals[-1].frame_width == 1280


def test_the_time_of_encoding_is_chromiums_target() -> None:
    """Whole and large; the time of other browsers is neither, and 0 says nothing."""
    assert stream(ping(7), PICTURE).target_bitrate == 1_500_000
    assert stream(ping(7), PICTURE).total_encode_time is None
    time = stream(changed(ping(7), PICTURE, totalEncodeTime=12.25), PICTURE)
    assert (time.target_bitrate, time.total_encode_time) == (None, 12.25)
    nothing = stream(changed(ping(7), PICTURE, totalEncodeTime=0), PICTURE)
    assert (nothing.target_bitrate, nothing.total_encode_time) == (None, None)


def test_zeros_in_the_place_of_nothing_are_nothing() -> None:
    """A browser without times between pictures counts no freezes either."""
    found = stream(changed(ping(7), "c-picture", totalInterFrameDelay=0, qpSum=0), "c-picture")
    assert (found.total_inter_frame_delay, found.qp_sum) == (None, None)
    assert (found.freeze_count, found.total_freezes_duration) == (None, None)
    assert stream(ping(7), "c-picture").freeze_count == 0


@pytest.mark.parametrize(
    ("place", "codec_id", "codec"),
    [
        ("c-sound", "CIT01_111_minptime=10;useinbandfec=1", "opus"),
        ("c-sound", "CIT01_0", "PCMU"),
        ("c-sound", "CIT01_96", None),
        ("c-sound", "7fb2a1c9", None),
        ("c-picture", "CIT01_96", "VP8"),
        ("c-picture", "CIT01_98_profile-id=0", "VP9"),
        ("c-picture", "CIT01_102_level-asymmetry-allowed=1;profile-level-id=42e01f", "H264"),
        ("c-picture", "CIT01_49_level-id=93;profile-id=1;tier-flag=0", "H265"),
        ("c-picture", "CIT01_45_level-idx=5;profile=0;tier=0", "AV1"),
        ("c-picture", "CIT01_999", None),
        ("c-picture", 7, None),
    ],
)
def test_the_codec_is_told_by_its_parameters(place: str, codec_id: object, codec: str | None) -> None:
    """The client names none; what Chromium calls it gives it away, and other browsers do not."""
    assert stream(changed(ping(7), place, codecId=codec_id), place).codec == codec


def test_paths_are_those_of_the_pair_in_use() -> None:
    """Not of the round trip that the client makes up, and without what names a subscriber."""
    found = path(ping(7))
    assert (found.candidate_pair_id, found.current_round_trip_time) == ("L1/R1", 0.041)
    assert (found.bytes_sent, found.pair_bytes_sent) == (63_000, 63_000)
    assert (found.local_address, found.local_related_address) == ("192.0.0.0", "10.0.0.0")
    assert (found.remote_address, found.local_network_type) == ("2001:db8::", "wifi")
    alone = ping(7)
    alone["metaData"]["producingTransportStats"]["stats"]["candidatePairs"] = []
    assert path(alone).current_round_trip_time is None
    hidden = ping(7)
    pairs = hidden["metaData"]["producingTransportStats"]["stats"]["candidatePairs"]
    pairs[1]["localCandidateAddress"] = "0b5e6a2c.local.0.0"
    assert path(hidden).local_address == "0b5e6a2c.local"


def test_what_the_far_side_reports_is_taken_where_it_is_told() -> None:
    """Version 8.0.0 declares it and never fills it."""
    assert stream(ping(7), SOUND).round_trip_time is None
    told = {"jitter": 0.003, "fractionLost": 0.02, "roundTripTime": 0.05, "packetsLost": 7}
    found = stream(changed(ping(7), SOUND, remoteData=told), SOUND)
    assert (found.remote_jitter, found.round_trip_time, found.remote_packets_lost) == (0.003, 0.05, 7)


HEADSET = {"deviceId": "m1", "kind": "audioinput", "label": "Headset"}


@pytest.mark.parametrize(
    ("name", "said", "kind", "value", "detail"),
    [
        ("audio_off", None, EventKind.TRACK_DISABLED, "audio", ""),
        ("video_on", None, EventKind.TRACK_ENABLED, "video", ""),
        ("audio_track_muted", {"deviceType": "AUDIO"}, EventKind.TRACK_MUTED, "audio", ""),
        ("disconnect", None, EventKind.LEFT, "", ""),
        ("tab_change", {"isMeetingsTabActive": False}, EventKind.PAGE_HIDDEN, "", ""),
        ("tab_change", {"isMeetingsTabActive": True}, EventKind.PAGE_VISIBLE, "", ""),
        ("browser_backgrounded", None, EventKind.PAGE_HIDDEN, "", ""),
        ("screenshare_started", {"ssrc": None}, EventKind.DISPLAY_GRANTED, "video", ""),
        ("screenshare_stopped", None, EventKind.APPLICATION, "screenshare_stopped", ""),
        ("dominant_speaker", {"peerId": PEER}, EventKind.DOMINANT_SPEAKER, PEER, ""),
        ("audio_devices_updates", {"deviceList": [HEADSET]},
         EventKind.DEVICES_CHANGED, "audioinput", [HEADSET]),
        ("video_devices_updates", {"deviceList": []}, EventKind.DEVICES_CHANGED, "videoinput", []),
        ("selected_microphone_update", {"device": HEADSET}, EventKind.DEVICE_SELECTED, "audioinput", HEADSET),
        ("precall_end", {"connectionInfo": {"RTT": 1}}, EventKind.APPLICATION, "precall_end",
         {"connectionInfo": {"RTT": 1}}),
    ],
)  # fmt: skip
def test_entries_become_events(name: str, said: Any, kind: EventKind, value: str, detail: Any) -> None:
    """In our words where there is one; what the entry says stays with it."""
    (event,) = call(entry(name, BEGIN, said)).events
    wanted = detail if isinstance(detail, str) else json.dumps(detail, separators=(",", ":"))
    assert (event.kind, event.value, event.detail) == (kind, value, wanted)


@pytest.mark.parametrize(
    ("device", "answer", "kind", "value"),
    [
        ("AUDIO", "ACCEPTED", "media_granted", "audio"),
        ("VIDEO", "DENIED", "media_refused", "NotAllowedError"),
        ("VIDEO", "NO_DEVICES_AVAILABLE", "media_refused", "NotFoundError"),
        ("SCREENSHARE", "CANCELED", "display_refused", "NotAllowedError"),
        ("SCREENSHARE", "ACCEPTED", "application", "media_permission"),
        ("SPEAKER", "ACCEPTED", "application", "media_permission"),
        ("AUDIO", "NOT_REQUESTED", "application", "media_permission"),
        ("AUDIO", 7, "application", "media_permission"),
    ],
)
def test_permissions_are_told_in_the_browsers_words(
    device: str, answer: object, kind: str, value: str
) -> None:
    """Where nothing was given or refused, in the client's; a screen is given when its sharing starts."""
    (event,) = call(entry("media_permission", BEGIN, {"deviceType": device, "permission": answer})).events
    assert (event.kind.value, event.value) == (kind, value)


def test_every_entry_that_the_client_can_send_is_known() -> None:
    """Also with what it says in a member of another name."""
    names = [
        *("precall_begin", "precall_end", "net_quality_test_begin", "net_quality_test_end", "call_join"),
        *("websocket_connected", "transport_connected", "audio_on", "audio_off", "video_on", "video_off"),
        *("participant_role", "disconnect", "reconnect_attempt", "screenshare_start_requested"),
        *("screenshare_started", "screenshare_stopped", "tab_change", "browser_backgrounded"),
        *("browser_foregrounded", "dominant_speaker", "audio_devices_updates", "video_devices_updates"),
        *("speaker_devices_updates", "selected_microphone_update", "selected_camera_update"),
        *("selected_speaker_update", "expected_video_resolution", "expected_screenshare_resolution"),
        *("media_permission", "legacy_switch", "audio_play_failed", "video_play_failed"),
        *("audio_track_muted", "video_track_muted", "ivs_player_rebuffering", "ivs_player_audio_blocked"),
        *("ivs_player_playback_blocked", "ivs_player_error", "ivs_player_recoverable_error"),
        *("ivs_player_worker_error", "ivs_player_network_unavailable", "livestream_latency"),
        *("ivs_player_analytics_event", "ivs_player_playback_rate_changed", "ivs_player_quality_changed"),
        "ivs_player_initialized",
    ]
    said = {"isMeetingsTabActive": True}
    entries = [entry(name, BEGIN + timedelta(milliseconds=number), said) for number, name in enumerate(names)]
    read = read_message(message(*entries)).recording
    assert (len(read.peers[0].events), read.notes.unknown) == (len(names), {})
    (switch,) = call(entry("legacy_switch", BEGIN) | {"metadata": {"on": True}}).events
    assert (switch.value, switch.detail) == ("legacy_switch", '{"on":true}')


def test_who_joins_says_what_runs() -> None:
    """Browser, kit and the application's own ids."""
    joined = read_message(message(join())).joined
    assert (joined.sdk, joined.sdk_version) == ("web-core", "2.0.2")
    assert joined.labels == {"room_uuid": "room", "user_id": "u-1", "environment": "prod"}
    assert "Chrome" in joined.user_agent
    assert (joined.cpus, joined.is_mobile, joined.webgl) == (8, False, None)
    odd = read_message(message(join(deviceInfo={"cpus": True, "isMobile": 1, "webglSupport": 0}))).joined
    assert (odd.cpus, odd.is_mobile, odd.webgl) == (None, True, False)
    assert read_message(message(ping(7))).joined.sdk == ""


def test_order_repetition_and_packing_change_nothing() -> None:
    """Entries behind newer ones, sent twice, or in other messages give the same recording."""
    wanted = read_messages(CALL)
    entries = [each for one in CALL for each in one["payload"]["entries"]]
    shuffled = [message(*entries[5:], *entries[:7]), message(*reversed(entries)), *reversed(CALL)]
    assert read_messages(shuffled) == wanted
    assert [each.number for each in wanted.peers[0].snapshots] == sorted(
        {each.number for each in wanted.peers[0].snapshots}
    )


@pytest.mark.parametrize("text", ["\n".join(map(json.dumps, CALL)), json.dumps(CALL, indent=1)])
def test_saved_messages_are_recognised_and_analysed(text: str) -> None:
    """One a line, or in a list: the same call with its scores, and the loss found."""
    recording = read_recording(BytesIO(text.encode()))
    assert recording.format == FORMAT
    report = analyse_calls({"call": recording})
    (peer,) = report.sessions[0].peers
    scores = {each.stream: each.mos.value for each in peer.streams if each.direction == "recv"}
    assert set(scores) == {"c-sound", "c-picture"}
    assert all(value is not None for value in scores.values())
    assert "packet_loss_in" in {issue.type for issue in report.issues}


def test_one_message_alone_is_recognised() -> None:
    """As it is kept in tier 0."""
    assert read_recording(BytesIO(json.dumps(CALL[0]).encode())).format == FORMAT


def test_what_has_no_time_is_left_out_and_counted() -> None:
    """The rest of the message stays."""
    broken = [
        {**ping(7), "timestamp": "yesterday"},
        {"event": "audio_on"},
        entry("new_thing", BEGIN),
        7,
        None,
    ]
    recording = read_message(message(*broken, ping(14))).recording
    assert len(recording.peers[0].snapshots) == 1
    assert recording.notes.unknown == {"new_thing": 1}
    assert sum(recording.notes.skipped.values()) == 2


def test_a_file_of_something_else_is_none() -> None:
    """Neither is a list without any message."""
    with pytest.raises(MalformedRecording):
        read_messages([{"a": 1}])


def test_however_many_streams_are_told_of_not_all_are_kept() -> None:
    """What is kept of a message is bounded."""
    said = ping(7)
    producer = said["metaData"]["producerStats"][0]
    said["metaData"]["producerStats"] = [producer | {"producerId": f"p{index}"} for index in range(5000)]
    said["metaData"]["consumerStats"] = [{"consumerId": "c", "videoStats": [{}] * 50_000}]
    (snapshot,) = call(said).snapshots
    assert len(snapshot.streams) == MOST_STREAMS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(st.data())
def test_anything_in_any_place_costs_that_place(data: st.DataObject) -> None:
    """A message is read whatever stands in it."""
    body = message(join(), entry("media_permission", BEGIN, {"deviceType": "AUDIO"}), ping(7, layers=2))
    place: Any = body["payload"]["entries"]
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    for peer in read_message(body).recording.peers:
        tracks = peer_intervals(peer.snapshots).streams
        assert all(each.start < each.end for track in tracks for each in track.intervals)


def test_a_day_of_entries_has_numbers_that_rise_but_once() -> None:
    """Milliseconds tell two entries of one second apart."""
    at = [BEGIN, BEGIN + timedelta(milliseconds=1), BEGIN + timedelta(hours=20)]
    numbers = [each.number for each in call(*(entry("ping_stat", each, {}) for each in at)).snapshots]
    assert len(set(numbers)) == 3
    assert all(number is not None and 0 <= number < 1 << 32 for number in numbers)
