"""Snapshots of one connection made intervals of its streams.

Snapshots may come in any order and more than once: the same set of them gives the same intervals to the last
digit. What a snapshot says twice within 50 ms counts once, because browsers answer from a cache.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from sonde.webrtc.interval import Flag, StreamInterval
from sonde.webrtc.remote_reports import RemoteReport, remote_reports
from sonde.webrtc.sample import Snapshot, StreamSample
from sonde.webrtc.simulcast import Line, layered
from sonde.webrtc.step import Step
from sonde.webrtc.timeline import Moment, moments, shortest_gap, stream_lines
from sonde.webrtc.tracks import PeerIntervals, StreamTrack
from sonde.webrtc.transport_intervals import transport_intervals

START_UP: Final = 2_000_000_000
"""Nanoseconds after media began to flow in which buffers still fill and rates still climb."""


FLOWING: Final = 0.5
"""Packets per second above which media flow; sound in silence has more."""


def peer_intervals(snapshots: Sequence[Snapshot]) -> PeerIntervals:
    """All intervals of all streams and transports of one connection.

    Args:
        snapshots: of this connection, in any order, with repeats.
    """
    videos = layered(stream_lines(snapshots))
    return PeerIntervals(
        streams=tuple(stream_track(stream_id, videos[stream_id]) for stream_id in sorted(videos)),
        transports=transport_intervals(snapshots),
    )


def stream_track(stream_id: str, layers: Mapping[str, Line]) -> StreamTrack:
    """One stream, from the lines of its layers."""
    line = moments(layers)
    samples = [sample for moment in line for sample in moment.layers.values()]
    last = samples[-1]
    return StreamTrack(
        stream_id=stream_id,
        direction=last.direction,
        kind=last.kind,
        source=_latest(samples, "source"),
        track=_latest(samples, "track"),
        mid=_latest(samples, "mid"),
        label=_latest(samples, "label"),
        codecs=tuple(dict.fromkeys(sample.codec for sample in samples if sample.codec)),
        ssrcs=tuple(sorted({sample.ssrc for sample in samples if sample.ssrc is not None})),
        remote_peer=_latest(samples, "remote_peer"),
        remote_stream=_latest(samples, "remote_stream"),
        first=line[0].at,
        last=line[-1].at,
        intervals=tuple(_intervals(stream_id, line)),
    )


def _latest(samples: Sequence[StreamSample], name: str) -> Any:
    return next((value for sample in reversed(samples) if (value := getattr(sample, name)) is not None), None)


def _intervals(stream_id: str, line: Sequence[Moment]) -> Iterator[StreamInterval]:
    gap = shortest_gap([moment.at for moment in line])
    reports = _reports(line)
    onset = _Onset()
    sent_layers: int | None = None
    for before, after in pairwise(line):
        step = Step(before, after, reports)
        interval = step.interval(stream_id)
        flags = {
            Flag.RESET: step.is_reset,
            Flag.GAP: after.at - before.at > gap,
            Flag.LAYER_CHANGE: step.is_resized or sent_layers not in (None, interval.layers),
            Flag.START: onset.is_recent(step, interval),
        }
        sent_layers = interval.layers
        yield msgspec.structs.replace(
            interval, flags=tuple(sorted(flag for flag, applies in flags.items() if applies))
        )


def _reports(line: Sequence[Moment]) -> dict[str, dict[int, RemoteReport]]:
    """The new reports of the other side by layer and time."""
    layers: dict[str, list[tuple[int, StreamSample]]] = {}
    for moment in line:
        for name, sample in moment.layers.items():
            layers.setdefault(name, []).append((moment.at, sample))
    return {name: remote_reports(samples) for name, samples in layers.items()}


class _Onset:
    """When media last began to flow."""

    def __init__(self) -> None:
        self._flowing = False
        self._since: int | None = None

    def is_recent(self, step: Step, interval: StreamInterval) -> bool:
        """Take the next interval; whether it begins within `START_UP` after the onset."""
        flows = interval.packets is None or interval.packets > FLOWING * interval.duration
        if step.is_reset:
            self._since = interval.end
        elif (flows and not self._flowing) or step.is_unmuted or self._since is None:
            self._since = interval.start
        self._flowing = flows
        return 0 <= interval.start - self._since < START_UP
