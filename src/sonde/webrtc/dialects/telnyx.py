"""Call reports of the Telnyx Voice SDKs: one call leg, in one body or several.

A report is a list of intervals. Its counters run since the start of the call and across bodies, so each
interval becomes one snapshot at its end, and differences are made later, whatever body it came in.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from sonde.webrtc.dialects.members import Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.telnyx_events import read_events
from sonde.webrtc.dialects.telnyx_members import (
    CANDIDATES,
    CHOSEN_PAIR,
    CODEC_USED,
    FAR_RECEPTION,
    FAR_SENDING,
    FLUTTER_FAR_RECEPTION,
    ICE_TRANSPORT,
    INBOUND,
    MICROPHONE,
    OUTBOUND,
    PATH,
    PLAYOUT,
    TRACK,
    TRACK_SETTINGS,
)
from sonde.webrtc.dialects.telnyx_summary import CallSummary, intervals_of, part, read_summary
from sonde.webrtc.dialects.values import NANOSECONDS_PER_MICROSECOND, Value, read_moment, read_text
from sonde.webrtc.recording import MalformedRecording, PeerRecording, Recording
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

Object: TypeAlias = Mapping[str, object]

NAME: Final = "telnyx"
FORMAT: Final = f"{NAME} 1"
"""Which reader of which version made a sample."""

OUT, IN, PATH_ID = "outbound", "inbound", "ice"
"""Names of the two streams and of the transport that every leg has."""

MOST_INTERVALS: Final = 40_000
"""Intervals of one body: more than fit into the largest that is taken."""

FASTEST: Final = 60.0
"""Packets a second of one stream, and some more: sound comes in packets of 20 ms."""

MILLISECOND: Final = 1000 * NANOSECONDS_PER_MICROSECOND
SECOND: Final = 1000 * MILLISECOND
LARGEST_NUMBER: Final = (1 << 32) - 1

# What Android writes into every interval is how these were at the call's end.
_ENDING: Final = frozenset({"state", "nominated", "writable", "requestsSent", "responsesReceived"})
_ENDING_TRANSPORT: Final = frozenset({"iceState", "dtlsState", "selectedCandidatePairChanges"})


class ReadUpload(NamedTuple):
    """One body, read."""

    summary: CallSummary
    recording: Recording


def is_call_report(value: object) -> bool:
    """This may be such a report."""
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("android_extra"), Mapping) or "callId" in part(value, "summary"):
        return True
    return any("intervalEndUtc" in each for each in intervals_of(value))


def call_reports_in(document: object) -> list[object]:
    """The reports of a document: itself, an array of them, or a page of Telnyx's list; none in any other."""
    if is_call_report(document):
        return [document]
    found = document.get("data") if isinstance(document, Mapping) else document
    return found if isinstance(found, list) and any(map(is_call_report, found)) else []


def read_upload(report: Object) -> ReadUpload:
    """What one body says; whatever in it makes no sense is counted in the notes."""
    notebook = Notebook()
    summary = read_summary(report)
    peer = _peer(report, summary, notebook)
    return ReadUpload(
        summary,
        Recording(format=FORMAT, peers=(peer,), user_agent=summary.user_agent, notes=notebook.notes()),
    )


def read_call_reports(reports: Iterable[object], notebook: Notebook | None = None) -> Recording:
    """A recording of any number of bodies, as they were uploaded or as the read API gives them.

    Args:
        reports: the bodies, as decoded from JSON.
        notebook: where to count what is left out, when the caller counts too.

    Raises:
        MalformedRecording: none of them is a call report.
    """
    notebook = notebook or Notebook()
    peers: dict[str, PeerRecording] = {}
    user_agent = ""
    for report in reports:
        if not isinstance(report, Mapping) or not is_call_report(report):
            notebook.skip("report", "call reports")
            continue
        summary = read_summary(report)
        peer = _peer(report, summary, notebook)
        key = f"{summary.call_id.lower()} {peer.key}".strip()
        peers[key] = _joined(peers.get(key), peer, key)
        user_agent = user_agent or summary.user_agent or read_text(report.get("user_agent"))
    if not peers:
        raise MalformedRecording("", "call reports")
    return Recording(
        format=FORMAT, peers=tuple(peers.values()), user_agent=user_agent, notes=notebook.notes()
    )


def _joined(known: PeerRecording | None, new: PeerRecording, key: str) -> PeerRecording:
    """A call with what another of its bodies says; a repeated body adds nothing."""
    snapshots = {each.number: each for each in (*(known.snapshots if known else ()), *new.snapshots)}
    events = dict.fromkeys((*(known.events if known else ()), *new.events))
    return PeerRecording(
        key=key,
        label=new.label,
        snapshots=tuple(sorted(snapshots.values(), key=lambda each: each.at)),
        events=tuple(sorted(events, key=lambda each: each.at)),
    )


def _peer(report: Object, summary: CallSummary, notebook: Notebook) -> PeerRecording:
    reader = _IntervalReader(report, summary, notebook)
    snapshots = tuple(reader.snapshots())
    return PeerRecording(
        # A collector that was made anew, as after the page was loaded again, counts from zero.
        key=read_text(part(report, "summary").get("startTimestamp"), 40) or "call",
        label=summary.own_number or summary.call_id or "call",
        snapshots=snapshots,
        events=read_events(report, summary, snapshots, notebook),
    )


class _IntervalReader:
    """Makes snapshots of the intervals of one body."""

    def __init__(self, report: Object, summary: CallSummary, notebook: Notebook) -> None:
        self._report = report
        self._start = summary.started_at
        self._notebook = notebook
        self._is_android = summary.sdk == "telnyx-android"
        self._far = FLUTTER_FAR_RECEPTION if summary.sdk == "telnyx-flutter" else FAR_RECEPTION
        device = part(part(report, "android_extra"), "deviceInfo")
        self._codec = _encoding(device.get("selectedCodec"))

    def snapshots(self) -> Iterator[Snapshot]:
        """The snapshots, in order of time."""
        found: dict[int, Snapshot] = {}
        for index, interval in enumerate(intervals_of(self._report)):
            if index >= MOST_INTERVALS:
                self._notebook.skip("stats", f"at most {MOST_INTERVALS} intervals")
                break
            for snapshot in self._of_interval(interval, is_first=index == 0):
                found[snapshot.at] = snapshot
        yield from (found[at] for at in sorted(found))

    def _of_interval(self, interval: Object, *, is_first: bool) -> Iterator[Snapshot]:
        start, end = (read_moment(interval.get(name)) for name in ("intervalStartUtc", "intervalEndUtc"))
        if end is None:
            return self._notebook.skip("stats.intervalEndUtc", "a time")
        snapshot = Snapshot(
            at=end,
            number=self._number(end),
            streams=tuple(self._streams(interval)),
            transports=self._transports(interval),
        )
        if is_first and start is not None and start < end and self._begins(snapshot, (end - start) / SECOND):
            yield Snapshot(
                at=start, number=self._number(start), streams=tuple(map(_at_zero, snapshot.streams))
            )
        yield snapshot

    def _number(self, at: int) -> int:
        """Of a snapshot in its call: the same for the same interval in whatever body it comes."""
        since = at // SECOND if self._start is None else (at - self._start) // MILLISECOND
        return min(max(since, 0), LARGEST_NUMBER)

    def _begins(self, snapshot: Snapshot, seconds: float) -> bool:
        """Whether media began within the first interval, so that its counters stood at zero before.

        It did when no stream carried more than fits into the interval.
        """
        if self._report.get("segment") not in (None, 0):
            return False
        carried = [each.packets_sent or each.packets_received or 0 for each in snapshot.streams]
        return bool(carried) and max(carried) <= FASTEST * seconds

    def _streams(self, interval: Object) -> Iterator[StreamSample]:
        audio, told = part(interval, "audio"), part(interval, "remoteRtcp")
        if isinstance(audio.get(OUT), Mapping):
            yield self._outbound(part(audio, OUT), part(told, IN), part(interval, "connection"))
        if isinstance(audio.get(IN), Mapping):
            yield self._inbound(part(audio, IN), part(told, OUT), part(interval, "mediaPlayout"))

    def _outbound(self, stats: Object, told: Object, connection: Object) -> StreamSample:
        track = part(stats, "localTrack")
        fields = self._take(part(stats, "mediaSource"), MICROPHONE, "mediaSource")
        fields |= self._take(track, TRACK, "localTrack")
        fields |= self._settings(part(track, "settings"))
        if (state := read_text(track.get("readyState"))) in {"live", "ended"}:
            fields["track_ended"] = state == "ended"
        fields |= self._take(stats, OUTBOUND, OUT) | self._coding(stats)
        fields |= self._take(told, self._far, "remoteRtcp.inbound")
        if self._is_android:
            fields |= self._round_trip_of_android(connection)
        return _stream(OUT, "send", fields)

    def _inbound(self, stats: Object, told: Object, playout: Object) -> StreamSample:
        fields = self._take(stats, INBOUND, IN) | self._coding(stats)
        fields |= self._take(playout, PLAYOUT, "mediaPlayout")
        fields |= self._take(told, FAR_SENDING, "remoteRtcp.outbound")
        return _stream(IN, "recv", fields)

    def _round_trip_of_android(self, connection: Object) -> dict[str, Value]:
        """Android's is by RTCP where the others' is the candidate pair's; 0 says that there was none."""
        fields = self._take({"x": connection.get("roundTripTimeAvg")}, {"x": PATH["roundTripTimeAvg"]}, "x")
        value = fields.get("current_round_trip_time")
        return {"round_trip_time": value} if value else {}

    def _settings(self, settings: Object) -> dict[str, Value]:
        known = {name: settings[name] for name in TRACK_SETTINGS if name in settings}
        return self._take(known, TRACK_SETTINGS, "localTrack.settings")

    def _coding(self, stats: Object) -> dict[str, Value]:
        codec = part(stats, "codec")
        fields = self._take(codec, CODEC_USED, "codec")
        name = _encoding(codec.get("mimeType")) or self._codec
        return fields | {"codec": name} if name else fields

    def _transports(self, interval: Object) -> tuple[TransportSample, ...]:
        names = [
            name for name in ("connection", "ice", "transport") if isinstance(interval.get(name), Mapping)
        ]
        if not names:
            return ()
        fields = self._path(part(interval, "connection"))
        fields |= self._pair(part(interval, "ice"), fields)
        transport = self._without(part(interval, "transport"), _ENDING_TRANSPORT)
        fields |= self._take(transport, ICE_TRANSPORT, "transport")
        return (TransportSample(transport_id=PATH_ID, **fields),)  # type: ignore[arg-type]  # readers hold the types

    def _path(self, connection: Object) -> dict[str, Value]:
        fields = self._take(
            {name: connection[name] for name in PATH if name in connection}, PATH, "connection"
        )
        for name in connection:
            if name not in PATH:
                self._notebook.unknown(f"connection.{name}")
        if not self._is_android:
            return fields
        # Android writes 0 where it knows nothing, and its round trip is another one.
        return {name: value for name, value in fields.items() if value and name != "current_round_trip_time"}

    def _pair(self, ice: Object, known: Mapping[str, Value]) -> dict[str, Value]:
        fields = self._take(self._without(ice, _ENDING), CHOSEN_PAIR, "ice")
        for side, members in CANDIDATES.items():
            fields |= self._take(part(ice, side), members, f"ice.{side}")
        if "current_round_trip_time" in known:
            fields.pop("current_round_trip_time", None)
        return fields

    def _without(self, stats: Object, names: frozenset[str]) -> Object:
        if not self._is_android:
            return stats
        return {name: value for name, value in stats.items() if name not in names}

    def _take(self, stats: Object, members: Members, where: str) -> dict[str, Value]:
        """The values that have a place in a sample, by field; the rest is counted."""
        fields: dict[str, Value] = {}
        for name, raw in stats.items():
            if name not in members:
                self._notebook.unknown(f"{where}.{name}")
                continue
            field, reader = members[name]
            if raw is None or not field:
                continue
            try:
                value = reader.read(raw)
            except ValueError:
                self._notebook.skip(f"{where}.{name}", reader.expected)
            else:
                if value is not None:
                    fields[field] = value
        return fields


def _stream(stream_id: str, direction: str, fields: dict[str, Any]) -> StreamSample:
    return StreamSample(
        stream_id=stream_id,
        direction=direction,  # type: ignore[arg-type]  # one of two constants
        kind="audio",
        source="microphone",
        transport_id=PATH_ID,
        **fields,
    )


def _at_zero(sample: StreamSample) -> StreamSample:
    """The stream before its first packet; counters that the client does not have stay unknown."""
    zeros = {name: 0 for name in _COUNTERS[sample.direction] if getattr(sample, name) is not None}
    return StreamSample(
        stream_id=sample.stream_id,
        direction=sample.direction,
        kind=sample.kind,
        source=sample.source,
        transport_id=sample.transport_id,
        codec=sample.codec,
        **zeros,  # type: ignore[arg-type]  # the names are those of counters
    )


_GAUGES: Final = frozenset({"", "jitter", "audio_level", "target_bitrate", "active"})
_COUNTERS: Final = {
    direction: tuple({member.field for member in members.values()} - _GAUGES)
    for direction, members in (("send", OUTBOUND), ("recv", INBOUND))
}


def _encoding(value: object) -> str:
    """The name of an encoding without the kind: `opus` of `audio/opus`."""
    return read_text(value, 80).rpartition("/")[2]
