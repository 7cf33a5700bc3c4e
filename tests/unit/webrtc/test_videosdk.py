"""Statistics of VideoSDK's clients read into samples: units, names, times, and what is left out."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from videosdk_bodies import around_it

from sonde.webrtc.dialects.videosdk import FORMAT, read_post, read_posts
from sonde.webrtc.event import EventKind
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import MalformedRecording, PeerRecording
from sonde.webrtc.sample import StreamSample

AT = 1_795_210_726_018
"""Milliseconds since the epoch."""

MS = 1_000_000
"""Nanoseconds."""


def said(body) -> PeerRecording:
    """The connection that a body tells of."""
    [only] = read_post(body).recording.peers
    return only


def received(medium="audio", **fields) -> StreamSample:
    """The sample of one object of a stream received."""
    body = around_it(statsData={"consumerStats": {"bob": {medium: [{"timestamp": AT, **fields}]}}})
    [snapshot] = said(body).snapshots
    [sample] = snapshot.streams
    return sample


def sent(medium="audio", **fields) -> StreamSample:
    """The sample of one object of a stream sent."""
    body = around_it(statsData={"producerStats": {medium: [{"timestamp": AT, **fields}]}})
    [snapshot] = said(body).snapshots
    [sample] = snapshot.streams
    return sample


def path(**fields):
    """What one object says of the way it took."""
    body = around_it(statsData={"consumerStats": {"bob": {"audio": [{"timestamp": AT, **fields}]}}})
    [snapshot] = said(body).snapshots
    return snapshot.transports


def looks(*items, **options) -> list:
    """Intervals of a stream received whose objects come each second, or so many seconds apart."""
    apart = options.pop("apart", 1000)
    listed = [{"timestamp": AT + apart * index, "ssrc": 7, **each} for index, each in enumerate(items)]
    [stream] = peer_intervals(
        said(around_it(statsData={"consumerStats": {"bob": {"audio": listed}}})).snapshots
    ).streams
    return list(stream.intervals)


def test_bit_rates_come_in_kilobits():
    """60 kbit/s of Opus are 60 000 bit/s, in the interval too."""
    assert received(bitrate=60.5).recent_bitrate == 60_500
    assert looks({"bitrate": 0}, {"bitrate": 60.5})[0].bitrate == 60_500


def test_jitter_comes_in_milliseconds():
    """At both ends; of what is sent it is the server's report."""
    assert received(jitter=30).jitter == 0.030
    assert (sent(jitter=30).remote_jitter, sent(jitter=30).jitter) == (0.030, None)
    python = {"totalPacketsReceived": 1, "direction": "inbound"}
    assert received(jitter=12.5, **python).jitter == 0.0125


def test_round_trips_come_in_milliseconds_and_are_whose_they_are():
    """JavaScript's is the candidate pair's, Python's is RTCP's, and 0 says that there is none."""
    [way] = path(rtt=250)
    assert (way.transport_id, way.current_round_trip_time) == ("recv", 0.250)
    assert received(rtt=250).round_trip_time is None
    assert path(rtt=0) == ()
    python = {"totalPacketsReceived": 1, "rtt": 250}
    assert received(**python).round_trip_time == 0.250
    assert path(**python) == ()


def test_losses_of_looks_are_summed_and_no_running_total():
    """3, then 2, then 5 more of 50 are ten lost, not two and three."""
    packets = [{"packetsLost": lost, "totalPackets": 50 - lost} for lost in (0, 3, 2, 5)]
    intervals = looks(*packets)
    assert [each.packets_lost for each in intervals] == [3, 2, 5]
    assert [each.packets_expected for each in intervals] == [50, 50, 50]
    assert [each.loss_ratio for each in intervals] == [0.06, 0.04, 0.1]


def test_a_look_of_five_speaks_for_itself_alone():
    """Of five looks the SDK uploads one: what it lost is set against what it received, not against all."""
    packets = [{"packetsLost": 5, "totalPackets": 45, "packetsReceived": 250 * each} for each in (1, 2)]
    [only] = looks(*packets, apart=5000)
    assert (only.packets, only.packets_lost, only.packets_expected) == (250, 5, 50)
    assert only.loss_ratio == 0.1


def test_losses_of_python_run_from_the_start():
    """Its differences and percents are worked out again from them."""
    packets = [
        {"totalPacketsReceived": 50 * each, "totalPacketsLost": 2 * each, "deltaPacketsLost": 9}
        for each in range(1, 4)
    ]
    assert [each.packets_lost for each in looks(*packets)] == [2, 2]


def test_bit_rates_of_python_are_made_of_its_bytes():
    """Because it rounds them down to whole kbit/s."""
    octets = [
        {"totalPacketsReceived": each, "totalBytesReceived": 1000 * each, "bitrate": 7} for each in (1, 2)
    ]
    assert looks(*octets)[0].bitrate == 8000


def test_the_first_look_has_no_bit_rate():
    """The SDK has no time yet to divide by and says 0 with bytes; silence is 0 without."""
    assert received(bitrate=0, deltaKBytes=7.5).recent_bitrate is None
    assert received(bitrate=0, deltaKBytes=0).recent_bitrate == 0


def test_what_servers_report_of_a_sent_stream_counts_since_their_report_before():
    """A report has jitter; without one there is nothing new. Of looks with gaps nothing can be said."""
    told = [(50, 0, 4), (100, 0, None), (150, 6, 4), (200, 0, None)]
    listed = [
        {
            "timestamp": AT + 1000 * index, "ssrc": 7, "packetsSent": packets, "totalPackets": 50,
            "packetsLost": lost, "jitter": jitter,
        }
        for index, (packets, lost, jitter) in enumerate(told)
    ]  # fmt: skip

    def of(chosen):
        body = around_it(statsData={"producerStats": {"audio": chosen}})
        return peer_intervals(said(body).snapshots).streams[0].intervals

    assert [each.remote_packets_lost for each in of(listed)] == [None, 6, None]
    assert of(listed)[1].remote_packets_expected == 100
    assert of(listed)[1].remote_loss_ratio == 0.06
    [only] = of(listed[::2])
    assert (only.remote_packets_lost, only.remote_loss_ratio, only.remote_jitter) == (None, None, 0.004)


def test_seconds_stay_seconds_and_shares_stay_shares():
    """Freezes, decoding and limits are W3C's own; Python's fraction is 0 to 1."""
    video = received("video", totalFreezesDuration=1.5, totalDecodeTime=2.5, totalPausesDuration=6)
    assert (video.total_freezes_duration, video.total_decode_time) == (1.5, 2.5)
    assert video.total_pauses_duration == 6
    limits = {"reason": "cpu", "durations": {"none": 1, "cpu": 2.5}, "resolutionChanges": 3}
    camera = sent("video", limitation=limits)
    assert (camera.quality_limitation_reason, camera.quality_limitation_duration_cpu) == ("cpu", 2.5)
    assert camera.quality_limitation_resolution_changes == 3
    assert sent(totalPacketsSent=1, fractionLost=0.25).remote_fraction_lost == 0.25


def test_what_is_0_because_nobody_said_it_is_unknown():
    """The SDK writes 0 where the browser has no such member."""
    sound = sent(totalPacketSendDelay=0, echoReturnLoss=0, audioLevel=0, totalSamplesDuration=0)
    assert sound.total_packet_send_delay is sound.echo_return_loss is sound.audio_level is None
    assert sent(audioLevel=0, totalSamplesDuration=3.5).audio_level == 0


@pytest.mark.parametrize("stamp", [AT, "2026-11-20T21:38:46.018Z", AT + 0.0])
def test_times_come_as_texts_or_milliseconds(stamp):
    """On the entry, in the object, or on the body, in this order from the inside."""
    assert received(timestamp=stamp)
    entries = [
        {"timestamp": stamp, "stats": [{"bitrate": 1}]},
        {"timestamp": 1, "stats": [{"timestamp": stamp}]},
    ]
    for entry in entries:
        [snapshot] = said(around_it(statsData={"producerStats": {"video": [entry]}})).snapshots
        assert snapshot.at == AT * MS
    [snapshot] = said(around_it(timestamp=stamp, stats={"ann": {"audio": [{"bitrate": 1}]}})).snapshots
    assert snapshot.at == AT * MS


def test_layers_of_a_camera_are_one_stream():
    """They add up, and the picture is that of the largest."""

    def entry(second: int):
        layers = [
            {"trackId": "t", "bitrate": rate, "size": {"width": 16 * height // 9, "height": height},
             "packetsSent": 10 * second, "framesEncoded": 30 * second}
            for rate, height in ((100, 180), (900, 720))
        ]  # fmt: skip
        return {"timestamp": AT + 1000 * second, "stats": layers}

    body = around_it(statsData={"producerStats": {"video": [entry(1), entry(2)]}})
    [camera] = peer_intervals(said(body).snapshots).streams
    [only] = camera.intervals
    assert (only.bitrate, only.frame_height, only.packets, only.layers) == (1e6, 720, 20, 2)


def test_arrays_are_the_own_ones_or_those_of_others():
    """As `getAudioStats()` and its like give them, by participant."""
    arrays = {
        "ann": {"video": [{"bitrate": 10}], "shareAudio": [{"bitrate": 11}]},
        "bob": {"audio": [{"bitrate": 12}], "share": [{"bitrate": 13}], "video": None, "shareAudio": []},
    }
    [snapshot] = said(around_it(timestamp=AT, stats=arrays)).snapshots
    found = {(each.direction, each.kind, each.source, each.label): each for each in snapshot.streams}
    assert {key: each.recent_bitrate for key, each in found.items()} == {
        ("send", "video", "camera", None): 10_000,
        ("send", "audio", "screen", None): 11_000,
        ("recv", "audio", "microphone", "bob"): 12_000,
        ("recv", "video", "screen", "bob"): 13_000,
    }


def test_transports_count_bytes():
    """Their bit rates, in kbit/s, are made of these."""
    transport = {
        "send": {"outgoingBitrate": 9, "totalSentBytes": 1000},
        "receive": {"totalReceivedBytes": 70},
    }
    [snapshot] = said(around_it(timestamp=AT, transport=transport)).snapshots
    found = {each.transport_id: (each.bytes_sent, each.bytes_received) for each in snapshot.transports}
    assert found == {"send": (1000, None), "recv": (None, 70)}


def test_a_file_of_bodies_is_a_recording():
    """One a line or all in a list, in any order and twice; each participant has a connection."""
    bodies = [
        around_it(
            statsData={"consumerStats": {"bob": {"audio": [{"timestamp": AT + turn, "ssrc": 7}]}}},
            participantId=who,
        )
        for turn in (0, 1000, 2000)
        for who in ("ann", "carl")
    ]
    recording = read_recording(BytesIO("\n".join(map(json.dumps, [*bodies, bodies[0]])).encode()))
    crooked = read_recording(BytesIO(json.dumps([*bodies[::-1], *bodies]).encode()))
    assert {each.key: each for each in recording.peers} == {each.key: each for each in crooked.peers}
    assert (recording.format, [peer.label for peer in recording.peers]) == (FORMAT, ["ann", "carl"])
    assert [len(peer.snapshots) for peer in recording.peers] == [3, 3]


def test_forwarded_arrays_are_no_reports_of_a_series():
    """Both have a time, a peer and statistics; only one of them has a room."""
    body = around_it(timestamp=AT, peer="p", stats={"bob": {"audio": [{"ssrc": 7, "packetsReceived": 9}]}})
    [only] = read_recording(BytesIO(json.dumps(body).encode())).peers
    assert [each.packets_received for each in only.snapshots[0].streams] == [9]


def test_a_file_of_other_things_is_no_recording():
    """None of it names a room and has statistics."""
    with pytest.raises(MalformedRecording):
        read_posts([1, {}, {"meetingId": "m"}, {"meetingId": "m", "stats": 7}])


def test_limits_and_silences_are_events():
    """On a layer or on the whole body, in milliseconds, each once."""
    limit = {"type": "bandwidth", "state": "detected", "timestamp": AT}
    layer = {"timestamp": AT, "trackId": "t", "qualityLimitation": [limit, limit]}
    silence = {"deviceLabel": "Headset", "state": "resolved", "timestamp": AT + 1}
    body = around_it(
        statsData={"producerStats": {"video": [{"timestamp": AT, "stats": [layer]}]}},
        qualityLimitation=[limit | {"state": "resolved", "timestamp": AT + 2}],
        localAudioSilence=[silence],
    )
    assert [(each.at, each.kind, each.value, each.detail, each.track) for each in said(body).events] == [
        (AT * MS, EventKind.LIMITED, "bandwidth", "", "t"),
        ((AT + 1) * MS, EventKind.APPLICATION, "microphone heard", "Headset", None),
        ((AT + 2) * MS, EventKind.UNLIMITED, "bandwidth", "", None),
    ]


def test_the_answer_of_an_sdk_may_come_as_it_is():
    """With the message around it, whose peer is the participant."""
    entry = {"timestamp": AT, "bitrate": 3}
    answer = {"peerId": "ann", "statsData": {"producerStats": {"audio": [entry]}}}
    forwarder, recording = read_post({"meetingId": "m", "response": True, "data": answer})
    assert (forwarder.meeting, forwarder.participant, recording.format) == ("m", "ann", FORMAT)
    assert recording.peers[0].snapshots


def test_what_makes_no_sense_is_counted():
    """By its place, with what should be there; the rest is taken."""
    fields = {"jitter": -1, "bitrate": "fast", "totalPackets": 1.5, "newField": 1, "packetsReceived": 9}
    body = around_it(
        statsData={"consumerStats": {"bob": {"audio": [{"timestamp": AT, **fields}, {"jitter": 1}], "x": []}}}
    )
    recording = read_post(body).recording
    assert recording.notes.unknown == {"recv.audio.newField": 1, "stats.x": 1}
    assert recording.notes.skipped == {
        "recv.audio.jitter: expected milliseconds from 0 on": 1,
        "recv.audio.bitrate: expected kbit/s from 0 on": 1,
        "recv.audio.totalPackets: expected a count": 1,
        "stats: expected objects with a time": 1,
    }
    assert recording.peers[0].snapshots[0].streams[0].packets_received == 9


WORDS = st.sampled_from(
    [
        *("statsData", "stats", "producerStats", "consumerStats", "audio", "video", "timestamp", "ssrc"),
        *("trackId", "limitation", "durations", "size", "qualityLimitation", "state", "type", "transport"),
        *("send", "receive", "totalPacketsSent", "rtt", "jitter", "codec", "data", "sdk", "bitrate"),
    ]
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(st.dictionaries(WORDS, JSON, max_size=6))
def test_no_json_is_a_reason_to_fail(body):
    """Whatever stands wherever; and intervals can be made of it."""
    for peer in read_post(body).recording.peers:
        tracks = peer_intervals(peer.snapshots).streams
        assert all(each.start < each.end for track in tracks for each in track.intervals)
