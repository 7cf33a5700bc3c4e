"""Intervals of a Telnyx call report made snapshots: two streams and the path they take."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from sonde.webrtc.dialects.members import Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.telnyx_members import (
    ANDROIDS_ROUND_TRIP,
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
from sonde.webrtc.dialects.telnyx_summary import CallSummary, intervals_of, part
from sonde.webrtc.dialects.values import NANOSECONDS_PER_MICROSECOND, Value, read_moment, read_text
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

Object: TypeAlias = Mapping[str, object]

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


class IntervalReader:
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
        known = {name: value for name, value in connection.items() if name in ANDROIDS_ROUND_TRIP and value}
        return self._take(known, ANDROIDS_ROUND_TRIP, "connection")

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
