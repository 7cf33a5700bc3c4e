"""Layers of one sent video: which streams they are, and which of them stands for all.

W3C webrtc-stats has one outbound stream for each layer (`rid`) and for each restart. What goes over the
network is their sum; the picture is that of the largest layer that is active.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from sonde.webrtc.sample import Direction, Kind, StreamSample

Line: TypeAlias = Sequence[tuple[int, StreamSample]]
Pair: TypeAlias = tuple[StreamSample, StreamSample]


class VideoTraits(NamedTuple):
    """What tells which video a stream belongs to.

    Attributes:
        direction, kind: of the stream.
        mid, track: the first that it was known by.
        encoding_index: of its first sample, as is `at`; nanoseconds since the epoch.
    """

    direction: Direction
    kind: Kind
    mid: str | None
    track: str | None
    encoding_index: int | None
    at: int


def layered(lines: Mapping[str, Line]) -> dict[str, dict[str, Line]]:
    """Lines of streams put together by the video that they carry.

    Returns:
        Under the id of the lowest layer, the lines of all of them by their ids; other streams by themselves.
    """
    found = layers_of({stream_id: _traits(line) for stream_id, line in lines.items()})
    return {lowest: {name: lines[name] for name in names} for lowest, names in found.items()}


def layers_of(streams: Mapping[str, VideoTraits]) -> dict[str, list[str]]:
    """Ids of streams put together by the video that they carry: all under that of the lowest layer."""
    groups: dict[tuple[str, str], list[str]] = {}
    for stream_id, traits in streams.items():
        groups.setdefault(_video_of(traits) or ("stream", stream_id), []).append(stream_id)
    return {
        min(names, key=lambda name: _rank(streams[name], name)): sorted(names) for names in groups.values()
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


def _traits(line: Line) -> VideoTraits:
    at, first = line[0]
    return VideoTraits(
        direction=first.direction,
        kind=first.kind,
        mid=next((sample.mid for _, sample in line if sample.mid is not None), None),
        track=next((sample.track for _, sample in line if sample.track is not None), None),
        encoding_index=first.encoding_index,
        at=at,
    )


def _video_of(stream: VideoTraits) -> tuple[str, str] | None:
    """What all layers of a video have in common; None of a stream that has no layers.

    A transceiver (`mid`) sends one video. Only clients older than mids put several on one line, and there
    the track tells them apart.
    """
    if stream.direction != "send" or stream.kind != "video":
        return None
    if stream.mid is not None:
        return ("mid", stream.mid)
    return None if stream.track is None else ("track", stream.track)


def _rank(stream: VideoTraits, name: str) -> tuple[int, int, str]:
    """Lower layers first; among restarts, the first one."""
    return (stream.encoding_index or 0, stream.at, name)
