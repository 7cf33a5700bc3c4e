"""The standard's statistics, as Chromium, Firefox and Safari report them: one getStats call, one snapshot.

Browsers leave out what they do not measure, and so does the snapshot. Where they keep a value in another
place than the standard says, it is looked for there: in the `track` objects of older browsers, at the pair
that Firefox marks as `selected`, at the only source of a kind.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Final

from sonde.webrtc.dialects.members import (
    CODEC,
    LIMITS,
    PLAYED,
    RECEIVED,
    RECEPTION_REPORT,
    SENDER_REPORT,
    SENT,
    SOURCE,
    TRACK,
)
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.report import Fields, Report, Stats, laid_over
from sonde.webrtc.dialects.transports import read_transports
from sonde.webrtc.dialects.values import read_text
from sonde.webrtc.recording import MalformedRecording
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

MOST_STREAMS: Final = 500
"""Streams of one snapshot; a conference of a hundred people has fewer."""

FEW_SOURCES: Final = 8
"""Sources among which one can be the only one of its kind."""

CLOCK_TOLERANCE: Final = 86_400_000_000_000
"""Nanoseconds by which a browser's own stamp may be away from when a recorder heard it: a day."""


def read_report(raw: object, notebook: Notebook, *, heard_at: int | None = None) -> Snapshot:
    """One getStats report as a snapshot.

    Args:
        raw: a list of statistics objects, or a map from id to object, as decoded from JSON.
        notebook: where to count what is left out.
        heard_at: when the recorder had it, nanoseconds since the epoch. The report's own time counts unless
            it has none or is more than a day away.

    Raises:
        MalformedRecording: it is no report, has no time, or is in Chrome's form from before the standard.
    """
    report = Report(raw, notebook)
    return Snapshot(
        at=_time(report, heard_at),
        streams=tuple(StreamSample(**fields) for fields in read_streams(report, notebook)),  # type: ignore[arg-type]
        transports=tuple(TransportSample(**fields) for fields in read_transports(report)),  # type: ignore[arg-type]
    )


def read_streams(report: Report, notebook: Notebook) -> list[Fields]:
    """The streams of a report, received ones first; what is none is counted."""
    streams: list[Fields] = []
    for kind in ("inbound-rtp", "outbound-rtp"):
        for key, stats in report.of_type(kind).items():
            if len(streams) >= MOST_STREAMS:
                notebook.skip("streams", f"at most {MOST_STREAMS}")
            elif (fields := _stream(report, key, stats, kind)) is not None:
                streams.append(fields)
            else:
                notebook.skip(f"{kind}.kind", "audio or video")
    return streams


def _time(report: Report, heard_at: int | None) -> int:
    own = report.time()
    if own is not None and (heard_at is None or abs(own - heard_at) <= CLOCK_TOLERANCE):
        return own
    if heard_at is None:
        raise MalformedRecording("timestamp", "milliseconds since 1970 in some object of the report")
    return heard_at


def _stream(report: Report, key: str, stats: Stats, type_name: str) -> Fields | None:
    codec = report.by_id(stats.get("codecId"), "codec") or {}
    kind = _kind(stats, codec)
    if kind is None:
        return None
    usual: Fields = {"stream_id": key, "kind": kind}
    usual["source"] = "microphone" if kind == "audio" else "camera"
    said = _received(report, key, stats) if type_name == "inbound-rtp" else _sent(report, key, stats, kind)
    return laid_over(usual, said) | _codec(report, codec)


def _kind(stats: Stats, codec: Stats) -> str | None:
    said = stats.get("kind") or stats.get("mediaType") or read_text(codec.get("mimeType")).partition("/")[0]
    return said if isinstance(said, str) and said in {"audio", "video"} else None


def _received(report: Report, key: str, stats: Stats) -> Fields:
    fields = laid_over(_of_track(report, stats), report.take(stats, RECEIVED, "inbound-rtp"))
    fields["direction"] = "recv"
    playout = report.by_id(stats.get("playoutId"), "media-playout")
    if playout is not None:
        fields |= report.take(playout, PLAYED, "media-playout")
    return fields | _told(report, key, stats, "remote-outbound-rtp")


def _sent(report: Report, key: str, stats: Stats, kind: str) -> Fields:
    source = report.take(_source(report, stats, kind), SOURCE, "media-source")
    fields = laid_over(_of_track(report, stats), source)
    fields = laid_over(fields, report.take(stats, SENT, "outbound-rtp"))
    fields["direction"] = "send"
    fields |= _limits(report, stats.get("qualityLimitationDurations"))
    return fields | _told(report, key, stats, "remote-inbound-rtp")


def _of_track(report: Report, stats: Stats) -> Fields:
    """What older browsers kept in an object of its own for the track, where it has its own names."""
    track = report.by_id(stats.get("trackId"), "track")
    if track is None:
        return {}
    return report.take({name: track[name] for name in track if name in TRACK}, TRACK, "track")


def _source(report: Report, stats: Stats, kind: str) -> Stats:
    """What feeds a stream: the source it names, or else the only one of its kind."""
    named = report.by_id(stats.get("mediaSourceId"), "media-source")
    if named is not None:
        return named
    sources = report.of_type("media-source")
    of_kind = [each for each in islice(sources.values(), FEW_SOURCES) if each.get("kind") == kind]
    return of_kind[0] if len(of_kind) == 1 and len(sources) < FEW_SOURCES else {}


def _told(report: Report, key: str, stats: Stats, type_name: str) -> Fields:
    told = report.heard_from_remote(key, stats, type_name)
    members = RECEPTION_REPORT if type_name == "remote-inbound-rtp" else SENDER_REPORT
    return report.take(told, members, type_name) if told is not None else {}


def _codec(report: Report, codec: Stats) -> Fields:
    fields = report.take(codec, CODEC, "codec")
    name = read_text(codec.get("mimeType")).partition("/")[2]
    return fields | {"codec": name} if name else fields


def _limits(report: Report, durations: object) -> Fields:
    if durations is None:
        return {}
    if not isinstance(durations, Mapping):
        durations = {"none": durations}  # counted as a value of the wrong type
    return report.take(durations, LIMITS, "outbound-rtp.qualityLimitationDurations")
