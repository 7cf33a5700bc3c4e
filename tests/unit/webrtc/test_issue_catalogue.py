"""Each type of issue, once seen where it is and once not seen where all is well."""

import pytest
from tracks import GOOD, path, peer, seconds_of, track

from sonde.webrtc.interval import Flag
from sonde.webrtc.issues.catalogue import TYPES
from sonde.webrtc.issues.finding import find_issues
from sonde.webrtc.issues.issue import Severity

BAD = range(20, 40)

IN_NUMBERS = {
    "packet_loss_in": ("recv", "video", {"packets_lost": 5, "loss_ratio": 0.05}),
    "packet_loss_out": ("send", "audio", {"remote_packets_lost": 3.0, "remote_loss_ratio": 0.06}),
    "jitter_high": ("recv", "audio", {"jitter": 0.040}),
    "rtt_high": ("send", "audio", {"round_trip_time": 0.350}),
    "bandwidth_limited": ("send", "video", {"limited_by_bandwidth": 1.0}),
    "congestion": ("send", "video", {"limited_by_bandwidth": 0.9, "remote_loss_ratio": 0.08}),
    "audio_concealment": ("recv", "audio", {"audible_concealment_ratio": 0.04, "concealment_events": 2}),
    "severely_concealed_seconds": ("recv", "audio", {"concealed_duration": 0.08}),
    "mos_low": ("recv", "audio", {"audible_concealment_ratio": 0.2, "concealment_events": 10}),
    "jitter_buffer_stress": ("recv", "audio", {"jitter_buffer_target": 0.3, "stretch_ratio": 0.03}),
    "audio_desync": ("recv", "audio", {"stretch_ratio": 0.12}),
    "synthesized_playout": ("recv", "audio", {"synthesized_playout": 0.3}),
    "video_freeze": ("recv", "video", {"freezes": 1, "freeze_duration": 0.4, "freeze_ratio": 0.4}),
    "low_fps": ("recv", "video", {"frame_rate": 3.0, "frames": 3, "frames_received": 3}),
    "poor_resolution": ("recv", "video", {"frame_height": 180}),
    "decoder_overload": ("recv", "video", {"decode_time": 0.030}),
    "stuck_decoder": ("recv", "video", {"frames": 0, "frame_rate": 0.0, "pli_rate": 0.5, "key_frames": 1}),
    "recovery_failed": ("recv", "video", {"frames": 0, "frame_rate": 0.0, "pli_rate": 0.5}),
    "render_backlog": ("recv", "video", {"render_backlog": 9}),
    "keyframe_storm": ("recv", "video", {"pli_rate": 1.0}),
    "cpu_limited": ("send", "video", {"limited_by_cpu": 0.8}),
    "capture_bottleneck": ("send", "video", {"source_frame_rate": 10.0, "frame_rate": 10.0}),
    "encoder_bottleneck": ("send", "video", {"frame_rate": 15.0, "frames": 15}),
    "silent_microphone": ("send", "audio", {"audio_rms": 0.0005}),
    "muted_by_os": ("send", "audio", {"track_muted": True}),
}
"""Numbers of each bad second, by what should be found; `silent_microphone` needs more than twenty of them."""


def found_in(*tracks, **more):
    """Type, start and end of all issues of one peer."""
    issues = find_issues([peer(*tracks, **more)])
    return {issue.type: (seconds_of(issue.start), seconds_of(issue.end)) for issue in issues}


@pytest.mark.parametrize("name", IN_NUMBERS)
def test_seen_in_numbers(name):
    """Bad numbers are found from their first second to their last."""
    direction, kind, numbers = IN_NUMBERS[name]
    seconds = range(10, 50) if name == "silent_microphone" else BAD
    found = found_in(track(direction, kind, bad=dict.fromkeys(seconds, numbers)))
    start, end = found[name]
    assert abs(start - seconds[0]) <= 4
    assert (
        abs(end - seconds[-1] - 1) <= 5 if name in ("keyframe_storm", "mos_low") else end == seconds[-1] + 1
    )


@pytest.mark.parametrize("stream", GOOD, ids="-".join)
def test_nothing_seen_where_all_is_well(stream):
    """A minute of good numbers has no issue."""
    assert found_in(track(*stream)) == {}


@pytest.mark.parametrize("name", IN_NUMBERS)
def test_unsettled_intervals_say_nothing(name):
    """The same bad numbers in a stream's first seconds or across a gap are not held against it."""
    direction, kind, numbers = IN_NUMBERS[name]
    unsettled = {"flags": (Flag.GAP, Flag.START), **numbers}
    found = found_in(track(direction, kind, bad=dict.fromkeys(range(3), unsettled)))
    assert set(found) <= {"stats_gap"}


@pytest.mark.parametrize("name", IN_NUMBERS)
def test_not_reported_is_not_bad(name):
    """A client that reports none of the numbers concerned has no issue with them."""
    direction, kind, numbers = IN_NUMBERS[name]
    silent = dict.fromkeys(numbers)
    assert name not in found_in(track(direction, kind, bad=dict.fromkeys(range(60), silent)))


def test_fps_volatile():
    """A frame rate between 15 and 30 is volatile."""
    bad = {second: {"frame_rate": 15.0 if second % 2 else 30.0} for second in BAD}
    start, end = found_in(track("recv", "video", bad=bad))["fps_volatile"]
    assert 20 <= start <= 28
    assert 38 <= end <= 48


def test_neteq_flush_cycle():
    """Flushes every four seconds are a cycle; two of them are none."""
    assert found_in(
        track("recv", "audio", bad={n: {"jitter_buffer_flushes": 1} for n in (20, 24, 28, 32)})
    ) == {"neteq_flush_cycle": (21, 33)}
    assert found_in(track("recv", "audio", bad={n: {"jitter_buffer_flushes": 1} for n in (20, 24)})) == {}


@pytest.mark.parametrize(("kind", "name"), [("audio", "no_audio_in"), ("video", "no_video")])
def test_nothing_arrives(kind, name):
    """A sender that sends and a receiver that gets nothing: found where the sender reports."""
    nothing = {"packets": 0, "packet_rate": 0.0, "packets_expected": 0, "frames": 0, "loss_ratio": None}
    receiver = peer(track("recv", kind, bad=dict.fromkeys(BAD, nothing), ssrcs=(7,)), key="B")
    sender = peer(track("send", kind, ssrcs=(7,)))
    issues = {issue.type: issue for issue in find_issues([sender, receiver])}
    assert (seconds_of(issues[name].start), seconds_of(issues[name].end)) == (20, 40)
    assert issues[name].severity is Severity.CRITICAL
    assert name not in {issue.type for issue in find_issues([receiver])}, "a server may hold it back"


def test_one_way_audio():
    """Packets arrive and nothing is heard though the sender speaks; a client that never plays is believed."""
    silent = {second: {"audio_rms": 0.0} for second in BAD}
    sender = peer(track("send", "audio", ssrcs=(7,)))
    found = find_issues([sender, peer(track("recv", "audio", bad=silent, ssrcs=(7,)), key="B")])
    assert [(issue.type, seconds_of(issue.start)) for issue in found] == [("one_way_audio", 20)]
    mute = track("recv", "audio", bad={key: {"audio_rms": 0.0} for key in range(60)}, ssrcs=(7,))
    assert find_issues([sender, peer(mute, key="B")]) == []


def test_capture_ended():
    """A track that ended while its stream went on is found by the numbers or by the event."""
    ended = track("send", "video", bad={key: {"track_ended": True} for key in range(30, 60)})
    assert found_in(ended) == {"capture_ended": (30, 60)}
    told = track("send", "video", track="cam")
    assert found_in(told, events=[(30, "track_ended", "video", "cam")]) == {"capture_ended": (30, 60)}
    assert found_in(told, events=[(60, "track_ended", "video", "cam")]) == {}


def ice(*states):
    """Events of ICE states by second."""
    return [(at, "ice_connection_state", value, None) for at, value in states]


def test_ice_disconnected():
    """Five seconds without a path are an issue, three are none."""
    stream = track("send", "audio")
    lost = ice((0, "checking"), (1, "connected"), (20, "disconnected"), (32, "connected"))
    assert found_in(stream, events=lost) == {"ice_disconnected": (20, 32)}
    assert found_in(stream, events=ice((1, "connected"), (20, "disconnected"), (23, "connected"))) == {}


def test_ice_failed():
    """A failed connection is found at once, by ICE or by the connection's own state."""
    stream = track("send", "audio")
    assert found_in(stream, events=ice((1, "connected"), (30, "failed"))) == {"ice_failed": (30, 60)}
    state = [(30, "connection_state", "failed", None)]
    assert found_in(stream, events=state) == {"ice_failed": (30, 60)}


def test_ice_stalled():
    """Sending while nothing arrives is found; a lobby where nothing ever came is none."""
    stalled = path(bad={key: {"packets_received": 0} for key in BAD})
    assert found_in(track("send", "audio"), transport=stalled) == {"ice_stalled": (20, 40)}
    alone = path(bad={key: {"packets_received": 0} for key in range(60)})
    assert found_in(track("send", "audio"), transport=alone) == {}


def test_ice_flapping():
    """Three path switches in thirty seconds are flapping, two are none."""
    flapping = path(bad={second: {"path_switches": 1} for second in (20, 30, 40)})
    assert found_in(track("send", "audio"), transport=flapping) == {"ice_flapping": (21, 41)}
    once = path(bad={second: {"path_switches": 1} for second in (20, 30)})
    assert found_in(track("send", "audio"), transport=once) == {}


def test_slow_setup():
    """Connecting that takes eight seconds is slow, two are not."""
    assert found_in(track("send", "audio"), events=ice((0, "checking"), (8, "connected"))) == {
        "slow_setup": (0, 8)
    }
    assert found_in(track("send", "audio"), events=ice((0, "checking"), (2, "connected"))) == {}


def test_relay_tcp_or_tls():
    """A relay over TLS is worth knowing, one over UDP is not."""
    relayed = {"local_candidate_type": "relay", "local_relay_protocol": "tls"}
    over_tls = path(bad=dict.fromkeys(range(60), relayed))
    over_udp = path(bad={key: {**relayed, "local_relay_protocol": "udp"} for key in range(60)})
    assert found_in(track("send", "audio"), transport=over_tls) == {"relay_tcp_or_tls": (0, 60)}
    assert found_in(track("send", "audio"), transport=over_udp) == {}


def test_stats_gap():
    """A gap in the samples is told once, however many streams have it."""
    gap = {30: {"flags": (Flag.GAP,)}}
    assert found_in(track("send", "audio", bad=gap), track("recv", "audio", bad=gap)) == {
        "stats_gap": (30, 31)
    }


@pytest.mark.parametrize(
    ("name", "stream", "changed"),
    [
        ("codec_change", ("recv", "audio"), {"codec": "PCMU"}),
        ("resolution_change", ("send", "video"), {"frame_height": 360}),
        ("simulcast_layer_lost", ("send", "video"), {"layers": 0}),
    ],
)
def test_observations(name, stream, changed):
    """A change for the worse in mid-stream is told at its second, as information only."""
    issues = find_issues([peer(track(*stream, bad=dict.fromkeys(range(30, 60), changed)))])
    assert [(issue.type, seconds_of(issue.start), issue.severity) for issue in issues] == [(name, 30, "info")]


def test_every_type_is_tested():
    """No type of the catalogue is missing in this file."""
    elsewhere = {
        "fps_volatile", "neteq_flush_cycle", "no_audio_in", "no_video", "one_way_audio", "capture_ended",
        "ice_disconnected", "ice_failed", "ice_stalled", "ice_flapping", "slow_setup", "relay_tcp_or_tls",
        "stats_gap", "codec_change", "resolution_change", "simulcast_layer_lost",
    }  # fmt: skip
    assert elsewhere | set(IN_NUMBERS) == set(TYPES)
