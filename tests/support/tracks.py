"""Intervals of one stream, second by second, from the numbers that matter to a test."""

from collections.abc import Mapping
from typing import Any

from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.interval import StreamInterval, TransportInterval
from sonde.webrtc.issues.views import ObservedPeer
from sonde.webrtc.tracks import PeerIntervals, StreamTrack

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND

GOOD: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("recv", "audio"): {
        "packets": 50, "packets_lost": 0, "packets_expected": 50, "loss_ratio": 0.0, "packets_discarded": 0,
        "bitrate": 32_000.0, "packet_rate": 50.0, "jitter": 0.002, "jitter_buffer_delay": 0.040,
        "jitter_buffer_target": 0.040, "jitter_buffer_flushes": 0, "samples": 48_000,
        "concealment_ratio": 0.0, "audible_concealment_ratio": 0.0, "concealed_duration": 0.0,
        "concealment_events": 0, "stretch_ratio": 0.0, "audio_rms": 0.05, "synthesized_playout": 0.0,
        "round_trip_time": 0.050, "codec": "opus",
    },
    ("send", "audio"): {
        "packets": 50, "packet_rate": 50.0, "bitrate": 32_000.0, "target_bitrate": 32_000.0,
        "remote_packets_lost": 0.0, "remote_packets_expected": 50, "remote_loss_ratio": 0.0,
        "round_trip_time": 0.050, "audio_rms": 0.05, "track_enabled": True, "track_muted": False,
        "track_ended": False, "codec": "opus",
    },
    ("recv", "video"): {
        "packets": 100, "packets_lost": 0, "packets_expected": 100, "loss_ratio": 0.0, "bitrate": 1e6,
        "packet_rate": 100.0, "jitter": 0.010, "frames": 30, "frames_received": 30, "frame_rate": 30.0,
        "drop_ratio": 0.0, "render_backlog": 0, "frame_width": 1280, "frame_height": 720,
        "render_width": 1280, "render_height": 720, "freezes": 0, "freeze_duration": 0.0,
        "freeze_ratio": 0.0, "decode_time": 0.004, "pli_rate": 0.0, "key_frames": 0, "qp": 30.0,
        "codec": "VP8",
    },
    ("send", "video"): {
        "packets": 100, "packet_rate": 100.0, "bitrate": 1e6, "target_bitrate": 1e6, "active": True,
        "remote_packets_lost": 0.0, "remote_packets_expected": 100, "remote_loss_ratio": 0.0,
        "round_trip_time": 0.050, "frames": 30, "frame_rate": 30.0, "frame_width": 1280,
        "frame_height": 720, "source_width": 1280, "source_height": 720, "source_frame_rate": 30.0,
        "configured_frame_rate": 30.0, "encode_time": 0.005, "limited_by_cpu": 0.0,
        "limited_by_bandwidth": 0.0, "qp": 30.0, "track_muted": False, "track_ended": False, "codec": "VP8",
    },
}  # fmt: skip
"""What nobody would complain about."""


def interval(second: int, direction: str, kind: str, **numbers: Any) -> StreamInterval:
    """One good second, with other numbers where a test gives them."""
    given = {**GOOD[direction, kind], **numbers}
    return StreamInterval(
        stream_id=f"{direction}-{kind}", direction=direction, kind=kind,
        start=START + second * SECOND, end=START + (second + 1) * SECOND, **given,
    )  # fmt: skip


def track(direction: str, kind: str, *, seconds: int = 60, bad: Mapping[int, Mapping] | None = None, **names):
    """A stream of good seconds but for those that a test makes bad; more about the stream by name."""
    intervals = [interval(each, direction, kind, **(bad or {}).get(each, {})) for each in range(seconds)]
    return StreamTrack(
        stream_id=f"{direction}-{kind}", direction=direction, kind=kind, first=START,
        last=START + seconds * SECOND, intervals=tuple(intervals), **names,
    )  # fmt: skip


def path(*, seconds: int = 60, bad: Mapping[int, Mapping] | None = None) -> tuple[TransportInterval, ...]:
    """The transport of a peer, second by second."""
    good = {"packets_sent": 150, "packets_received": 150, "path_switches": 0, "local_candidate_type": "host"}
    return tuple(
        TransportInterval(
            transport_id="T", start=START + each * SECOND, end=START + (each + 1) * SECOND,
            **{**good, **(bad or {}).get(each, {})},
        )
        for each in range(seconds)
    )  # fmt: skip


def peer(*tracks: StreamTrack, key: str = "A", transport=None, events=()) -> ObservedPeer:
    """A peer with these streams; events as second, kind and value."""
    return ObservedPeer(
        key=key,
        label=key,
        intervals=PeerIntervals(streams=tracks, transports={"T": transport or path()}),
        events=tuple(
            PeerEvent(at=START + round(at * SECOND), kind=EventKind(kind), value=value, track=named)
            for at, kind, value, named in events
        ),
    )


def seconds_of(at: int) -> float:
    """Seconds since the start of the streams."""
    return (at - START) / SECOND
