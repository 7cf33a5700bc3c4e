"""From one moment of a stream to the next one: every number an interval has, or why it has not."""

from collections.abc import Mapping
from typing import Final

from sonde.webrtc.continuity import goes_on
from sonde.webrtc.difference import Difference
from sonde.webrtc.interval import StreamInterval
from sonde.webrtc.measures import Measure, measure_all
from sonde.webrtc.packet_measures import FEEDBACK, RECEIVED, SENT
from sonde.webrtc.picture_measures import PICTURES_RECEIVED, PICTURES_SENT
from sonde.webrtc.remote_reports import RemoteReport
from sonde.webrtc.sample import StreamSample
from sonde.webrtc.simulcast import is_active, largest
from sonde.webrtc.sound_measures import SOUND_RECEIVED, SOUND_SENT
from sonde.webrtc.timeline import Moment

OF_ALL_LAYERS: Final[dict[tuple[str, str], dict[str, Measure]]] = {
    ("send", "audio"): SENT,
    ("recv", "audio"): RECEIVED,
    ("send", "video"): {**SENT, **FEEDBACK},
    ("recv", "video"): {**RECEIVED, **FEEDBACK},
}
"""Made of all layers of simulcast together, by direction and kind."""

OF_THE_LARGEST: Final[dict[tuple[str, str], dict[str, Measure]]] = {
    ("send", "audio"): SOUND_SENT,
    ("recv", "audio"): SOUND_RECEIVED,
    ("send", "video"): PICTURES_SENT,
    ("recv", "video"): PICTURES_RECEIVED,
}
"""Made of the largest active layer alone."""

_AS_IN_THE_SAMPLE: Final = (
    *("direction", "kind", "source", "ssrc", "mid", "track", "label"),
    *("codec", "codec_fmtp", "clock_rate", "codec_implementation", "power_efficient", "active"),
    *("quality_limitation_reason", "configured_height", "render_width", "render_height"),
    *("track_enabled", "track_muted", "track_ended", "device_id"),
)


class Step:
    """Two moments of a stream that follow each other.

    Attributes:
        is_reset: a layer's counters started again, or no layer is in both moments.
        is_resized: the picture has another size than before.
        is_unmuted: the person or the system gave the medium back.
    """

    def __init__(self, before: Moment, after: Moment, reports: Mapping[str, dict[int, RemoteReport]]) -> None:
        """Take the moments and the other side's new reports by layer and time."""
        both = [
            (before.layers[name], after.layers[name])
            for name in sorted(after.layers)
            if name in before.layers
        ]
        pairs = [(earlier, later) for earlier, later in both if goes_on(earlier, later)]
        alone = [(after.layers[name], after.layers[name]) for name in sorted(after.layers)]
        first, self._last = largest(pairs or both or alone)
        new = (reports[name].get(after.at) for name in sorted(after.layers))
        self._before, self._after = before, after
        self._all = Difference(
            before.at,
            after.at,
            pairs=pairs,
            last=self._last,
            reports=tuple(report for report in new if report is not None),
        )
        self._largest = Difference(
            before.at, after.at, pairs=[(first, self._last)] if pairs else [], last=self._last
        )
        self._layers = [later for earlier, later in pairs if _is_sent(earlier, later)]
        self.is_reset = len(pairs) < len(both) or not both
        self.is_resized = bool(pairs) and _size(first) != _size(self._last) and None not in _size(first)
        self.is_unmuted = _is_silenced(first) and not _is_silenced(self._last)

    def interval(self, stream_id: str) -> StreamInterval:
        """The interval, still without flags."""
        last, reports = self._last, self._all.reports
        stream = (last.direction, last.kind)
        numbers, missing = measure_all(
            (self._all, OF_ALL_LAYERS[stream]), (self._largest, OF_THE_LARGEST[stream])
        )
        return StreamInterval(
            stream_id=stream_id,
            start=self._before.at,
            end=self._after.at,
            layers=len(self._layers) if len(self._after.layers) > 1 else 1,
            missing=missing,
            target_bitrate=self._target_bitrate(),
            configured_frame_rate=last.configured_frames_per_second,
            remote_start=min((report.start for report in reports if report.start is not None), default=None),
            remote_end=max((report.end for report in reports if report.end is not None), default=None),
            **{name: getattr(last, name) for name in _AS_IN_THE_SAMPLE},
            **numbers,  # type: ignore[arg-type]  # the tables name fields of numbers only
        )

    def _target_bitrate(self) -> float | None:
        """Of all layers that are sent, or of the one there is."""
        targets = [layer.target_bitrate for layer in self._layers or [self._last]]
        known = [target for target in targets if target is not None]
        return float(sum(known)) if known else None


def _is_sent(earlier: StreamSample, later: StreamSample) -> bool:
    """Whether a layer is active and sent something, where that is counted."""
    if not is_active(later):
        return False
    return later.packets_sent is None or later.packets_sent > (earlier.packets_sent or 0)


def _is_silenced(sample: StreamSample) -> bool:
    return sample.track_enabled is False or sample.track_muted is True


def _size(sample: StreamSample) -> tuple[int | None, int | None]:
    return sample.frame_width, sample.frame_height
