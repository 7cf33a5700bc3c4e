"""Layers of one sent video: which streams they are, and which of them stands for all.

W3C webrtc-stats has one outbound stream for each layer (`rid`) and for each restart. What goes over the
network is their sum; the picture is that of the largest layer that is active.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from sonde.webrtc.sample import StreamSample

Line: TypeAlias = Sequence[tuple[int, StreamSample]]
Pair: TypeAlias = tuple[StreamSample, StreamSample]


def layered(lines: Mapping[str, Line]) -> dict[str, dict[str, Line]]:
    """Lines of streams put together by the video that they carry.

    Returns:
        Under the id of the lowest layer, the lines of all of them by their ids; other streams by themselves.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for stream_id, line in lines.items():
        groups.setdefault(_video_of(line) or ("stream", stream_id), []).append(stream_id)
    return {
        min(names, key=lambda name: _rank(lines[name], name)): {name: lines[name] for name in sorted(names)}
        for names in groups.values()
    }


def largest(pairs: Iterable[Pair]) -> Pair:
    """The layer that stands for all: active, giving pictures, and of the most pixels, in this order."""
    return max(pairs, key=_size)


def is_active(sample: StreamSample) -> bool:
    """Whether the layer is to be sent; a client that does not say sends it."""
    return sample.active is not False


def _size(pair: Pair) -> tuple[bool, bool, int, str]:
    earlier, later = pair
    pictures = (later.frames_encoded or 0) > (earlier.frames_encoded or 0)
    pixels = (later.frame_width or 0) * (later.frame_height or 0)
    return (is_active(later), pictures, pixels, later.stream_id)


def _video_of(line: Line) -> tuple[str, str] | None:
    """What all layers of a video have in common; None of a stream that has no layers.

    A transceiver (`mid`) sends one video. Only clients older than mids put several on one line, and there
    the track tells them apart.
    """
    first = line[0][1]
    if first.direction != "send" or first.kind != "video":
        return None
    for name in ("mid", "track"):
        value = next((getattr(sample, name) for _, sample in line if getattr(sample, name) is not None), None)
        if value is not None:
            return (name, value)
    return None


def _rank(line: Line, name: str) -> tuple[int, int, str]:
    """Lower layers first; among restarts, the first one."""
    at, first = line[0]
    return (first.encoding_index or 0, at, name)
