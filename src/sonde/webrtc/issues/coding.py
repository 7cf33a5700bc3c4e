"""Issues of decoding, encoding and capturing pictures."""

from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Final

from sonde.webrtc.interval import NANOSECONDS, StreamInterval
from sonde.webrtc.issues.detector import Detector, PeerDetector, StreamDetector
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.rules import Pooled, Sustained
from sonde.webrtc.issues.views import UNSETTLED_PICTURE, PeerView, StreamView

LEAST_FRAMES: Final = 10
"""Frames in an interval below which what happened to them is left to chance."""

LEAST_FRAME_RATE: Final = 5.0
"""Frames per second below which a camera is not held to a share of its frames."""

_QUIET_LOSS: Final = 0.02
"""Loss from which frames are dropped because they are incomplete, not because the decoder is slow."""


def _is_seen(stream: StreamView) -> bool:
    return stream.is_received("video")


def _is_sent(stream: StreamView) -> bool:
    return stream.is_sent("video")


def _no_loss(each: StreamInterval) -> bool:
    return (each.loss_ratio or 0.0) < _QUIET_LOSS


def _decoder_load(each: StreamInterval) -> float | None:
    """Share of the time per frame that decoding takes, or over the limit where many frames are dropped."""
    if (each.frames or 0) < LEAST_FRAMES or not each.frame_rate or not _no_loss(each):
        return None
    busy = None if each.decode_time is None else each.decode_time * each.frame_rate
    dropped = None if each.drop_ratio is None else 8 * each.drop_ratio
    return max((load for load in (busy, dropped) if load is not None), default=None)


DECODER_OVERLOAD = StreamDetector(
    type="decoder_overload",
    applies=_is_seen,
    points=lambda stream: stream.points(_decoder_load, unsettled=UNSETTLED_PICTURE),
    measure="decoder_load",
    rules=(Sustained(on=0.80, off=0.60, need=2.0, of=4.0, least=2),),
    cause=Cause.THIS_DEVICE,
)


def _frameless(peer: PeerView) -> Iterator[tuple[StreamView, list[StreamInterval]]]:
    """Times in which pictures arrive and none can be shown, as runs of intervals."""
    for stream in filter(_is_seen, peer.streams):
        run: list[StreamInterval] = []
        for each in (*stream.intervals, None):
            if each is not None and (each.packets or each.bytes) and each.frames == 0:
                run.append(each)
                continue
            if run:
                yield stream, run
            run = []


def _requests(run: list[StreamInterval]) -> float:
    return sum((each.pli_rate or 0.0) * each.duration for each in run)


def _run_issue(name: str, stream: StreamView, run: list[StreamInterval], cause: Cause) -> Issue:
    seconds = (run[-1].end - run[0].start) / NANOSECONDS
    return Issue(
        type=name,
        severity=Severity.CRITICAL,
        cause=cause,
        peer=stream.peer.key,
        stream=stream.track.stream_id,
        direction="recv",
        kind="video",
        start=run[0].start,
        end=run[-1].end,
        evidence={"measure": "frames", "seconds": seconds, "pli_count": round(_requests(run))},
    )


def _stuck(peer: PeerView) -> Iterator[Issue]:
    for stream, run in _frameless(peer):
        long = (run[-1].end - run[0].start) / NANOSECONDS
        trips = [each.round_trip_time for each in run if each.round_trip_time is not None]
        flows = fmean(each.bitrate or 0.0 for each in run) > 10_000
        if flows and long >= max(4.0, 15 * max(trips, default=0.0)) and _requests(run) >= 1.5:
            yield _run_issue("stuck_decoder", stream, run, Cause.THIS_DEVICE)


def _unrecovered(peer: PeerView) -> Iterator[Issue]:
    for stream, run in _frameless(peer):
        long = (run[-1].end - run[0].start) / NANOSECONDS
        none_came = all(each.key_frames == 0 for each in run)
        if long >= 5.0 and _requests(run) >= 1.5 and none_came:
            yield _run_issue("recovery_failed", stream, run, Cause.OTHER_SIDE)


STUCK_DECODER = PeerDetector(type="stuck_decoder", find=_stuck)
RECOVERY_FAILED = PeerDetector(type="recovery_failed", find=_unrecovered)

RENDER_BACKLOG = StreamDetector(
    type="render_backlog",
    applies=_is_seen,
    points=lambda stream: stream.points(lambda each: each.render_backlog, unsettled=UNSETTLED_PICTURE),
    measure="render_backlog",
    rules=(Sustained(on=5.0, off=2.0),),
    cause=Cause.THIS_DEVICE,
)

KEYFRAME_STORM = StreamDetector(
    type="keyframe_storm",
    applies=lambda stream: stream.track.kind == "video" and not stream.receivers,
    points=lambda stream: stream.points(lambda each: each.pli_rate),
    measure="pli_rate",
    rules=(Pooled(on=0.5, off=0.15, of=30.0),),
)


def _cpu(each: StreamInterval) -> float | None:
    """Share of the time that the processor limits the encoder, or 1 where encoding takes nearly all of it."""
    if each.limited_by_cpu is None and each.encode_time is None:
        return None
    enough = (each.frames or 0) >= LEAST_FRAMES
    busy = enough and (each.encode_time or 0.0) * (each.frame_rate or 0.0) > 0.8
    return max(each.limited_by_cpu or 0.0, float(busy))


CPU_LIMITED = StreamDetector(
    type="cpu_limited",
    applies=_is_sent,
    points=lambda stream: stream.points(_cpu, unsettled=UNSETTLED_PICTURE),
    measure="limited_by_cpu",
    rules=(Sustained(on=0.3, off=0.1),),
    cause=Cause.THIS_DEVICE,
)


def _undecoded(each: StreamInterval) -> float | None:
    if (each.frames_received or 0) < LEAST_FRAMES or each.frames is None or not _no_loss(each):
        return None
    return 1 - each.frames / (each.frames_received or 1)


CPU_LIMITED_DECODER = StreamDetector(
    type="cpu_limited",
    applies=_is_seen,
    points=lambda stream: stream.points(_undecoded, unsettled=UNSETTLED_PICTURE),
    measure="undecoded_share",
    rules=(Sustained(on=0.3, off=0.15),),
    cause=Cause.THIS_DEVICE,
)


def _captured(each: StreamInterval) -> float | None:
    """Share of the frames asked of the camera that it does not give."""
    if each.source_frame_rate is None or (each.configured_frame_rate or 0.0) < LEAST_FRAME_RATE:
        return None
    return 1 - each.source_frame_rate / (each.configured_frame_rate or 1.0)


def _encoded(each: StreamInterval) -> float | None:
    """Share of the camera's frames that are not encoded, unless the network or nobody wants more."""
    unwanted = (each.limited_by_bandwidth or 0.0) > 0 or each.active is False or not each.target_bitrate
    if unwanted or not each.frame_rate or (each.source_frame_rate or 0.0) < LEAST_FRAME_RATE:
        return None
    return 1 - each.frame_rate / (each.source_frame_rate or 1.0)


def _is_camera_sent(stream: StreamView) -> bool:
    return _is_sent(stream) and stream.track.source != "screen"


def _slowed(name: str, value: Callable[[StreamInterval], float | None], limit: float) -> StreamDetector:
    return StreamDetector(
        type=name,
        applies=_is_camera_sent,
        points=lambda stream: stream.points(value, unsettled=UNSETTLED_PICTURE),
        measure="missing_frames",
        rules=(Sustained(on=limit, off=limit / 2, need=5.0, of=8.0, least=2),),
        cause=Cause.THIS_DEVICE,
    )


CAPTURE_BOTTLENECK = _slowed("capture_bottleneck", _captured, 0.5)
ENCODER_BOTTLENECK = _slowed("encoder_bottleneck", _encoded, 0.3)


DETECTORS: tuple[Detector, ...] = (
    DECODER_OVERLOAD,
    STUCK_DECODER,
    RENDER_BACKLOG,
    KEYFRAME_STORM,
    RECOVERY_FAILED,
    CPU_LIMITED,
    CPU_LIMITED_DECODER,
    CAPTURE_BOTTLENECK,
    ENCODER_BOTTLENECK,
)
