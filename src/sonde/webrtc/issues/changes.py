"""Observations: what changed for the worse in the middle of a stream, for whoever looks for reasons."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final

from sonde.webrtc.interval import NANOSECONDS, StreamInterval
from sonde.webrtc.issues.detector import Detector, PeerDetector
from sonde.webrtc.issues.issue import Issue, Severity
from sonde.webrtc.issues.views import PeerView, StreamView

SETTLING: Final = 10 * NANOSECONDS
"""After the start of a stream, in which its first codec, size and layers are still being found."""


def _observation(
    name: str, value: Callable[[StreamInterval], Any], is_worse: Callable[[Any, Any], bool]
) -> PeerDetector:
    def find(peer: PeerView) -> Iterator[Issue]:
        for stream in peer.streams:
            for (_, before), (each, after) in pairwise(_settled(stream, value)):
                if is_worse(before, after):
                    yield _issue(name, stream, each, {"before": before, "after": after})

    return PeerDetector(type=name, find=find)


def _settled(
    stream: StreamView, value: Callable[[StreamInterval], Any]
) -> Iterator[tuple[StreamInterval, Any]]:
    for each in stream.intervals:
        flows = each.packets and each.start - stream.track.first >= SETTLING
        if flows and (known := value(each)) is not None:
            yield each, known


def _issue(name: str, stream: StreamView, each: StreamInterval, evidence: dict[str, Any]) -> Issue:
    return Issue(
        type=name,
        severity=Severity.INFO,
        peer=stream.peer.key,
        stream=stream.track.stream_id,
        direction=stream.track.direction,
        kind=stream.track.kind,
        start=each.start,
        end=each.end,
        evidence=evidence,
    )


CODEC_CHANGE = _observation("codec_change", lambda each: each.codec, lambda before, after: before != after)

RESOLUTION_CHANGE = _observation(
    "resolution_change",
    lambda each: each.frame_height if each.direction == "send" else None,
    lambda before, after: 2 * after <= before,
)
"""Of streams sent: what a server forwards changes with the size in which the receiver shows it."""

SIMULCAST_LAYER_LOST = _observation(
    "simulcast_layer_lost",
    lambda each: each.layers if each.direction == "send" and each.kind == "video" else None,
    lambda before, after: after < before,
)

DETECTORS: tuple[Detector, ...] = (CODEC_CHANGE, RESOLUTION_CHANGE, SIMULCAST_LAYER_LOST)
