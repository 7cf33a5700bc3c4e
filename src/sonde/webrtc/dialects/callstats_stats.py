"""A `ping_stat` of RealtimeKit's statistics client made a snapshot: what is sent, received, and the paths.

Producers and consumers are those of mediasoup: one for each track that is sent or received.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final, TypeAlias

from sonde.webrtc.dialects.callstats_members import (
    CHOSEN_PAIR,
    HEARD,
    PATH,
    RECEIVED_PICTURES,
    RECEIVED_SOUND,
    SENT_PICTURES,
    SENT_STREAM,
    STANDSTILLS,
)
from sonde.webrtc.dialects.members import LIMITS, Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import LONGEST_TEXT, Value, is_number, read_instant, read_text
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

Object: TypeAlias = Mapping[str, object]
Fields: TypeAlias = dict[str, Value]
Reading: TypeAlias = Callable[[Object, Object, str], Fields]

MOST_STREAMS: Final = 500
"""Streams of one snapshot; a conference of a hundred people has fewer."""

MOST_LAYERS: Final = 16
"""Streams of one producer; browsers send three layers at most."""

MOST_PAIRS: Final = 1_000
"""Candidate pairs of one transport that are looked at."""

SLOWEST_TARGET: Final = 1_000
"""Bit/s: where a client writes the encoder's target instead of its time, it is above this and whole."""

MILLISECOND: Final = 1_000_000
NUMBERS: Final = 1 << 32

_PLAIN_TYPES: Final[Mapping[int, str]] = {0: "PCMU", 8: "PCMA", 9: "G722"}
"""Payload types that mean one encoding everywhere (RFC 3551 section 6)."""

_PARAMETERS: Final[Mapping[str, str]] = {
    "useinbandfec": "opus",
    "minptime": "opus",
    "profile-level-id": "H264",
    "level-id": "H265",
    "profile-id": "VP9",
    "level-idx": "AV1",
}
"""Parameters of the SDP that tell an encoding among those that browsers send; of several, the first one here
(RFC 7587 section 6.1, RFC 6184 section 8.1, RFC 7798 section 7.1, RFC 9628 section 6 and section 7.2 of
AV1's payload format)."""


def read_snapshot(said: Object, at: int, notebook: Notebook) -> Snapshot:
    """What one `ping_stat` says.

    Args:
        said: its `metaData`.
        at: when it was, nanoseconds since the epoch.
        notebook: where to count what is left out.
    """
    reader = _Reader(notebook)
    streams: dict[str, StreamSample] = {}
    for stream in islice(reader.streams(said), MOST_STREAMS):
        streams.setdefault(stream.stream_id, stream)
    transports = {each.transport_id: each for each in reader.transports(said)}
    return Snapshot(
        at=at,
        number=number_of(at),
        streams=tuple(streams.values()),
        transports=tuple(transports.values()),
    )


def number_of(at: int) -> int:
    """The number of a snapshot: the same for the same entry, in whatever body and order it comes.

    Milliseconds of the client's clock, which begin again after seven weeks; no call is that long.
    """
    return at // MILLISECOND % NUMBERS


class _Reader:
    """Reads the parts of one `ping_stat`."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    def streams(self, said: Object) -> Iterator[StreamSample]:
        """Everything sent and received."""
        for name, key, read in (
            ("producerStats", "producerId", self._sent),
            ("consumerStats", "consumerId", self._received),
        ):
            path = read_text(part(said, _TRANSPORTS[name]).get("transportId"), LONGEST_TEXT)
            carried: Fields = {"transport_id": path} if path else {}
            for entry in objects_of(said, name)[:MOST_STREAMS]:
                if stream_id := read_text(entry.get(key), LONGEST_TEXT):
                    for fields in self._layers(entry, stream_id, read):
                        yield StreamSample(**(fields | carried))  # type: ignore[arg-type]  # readers hold the types
                else:
                    self._notebook.skip(f"{name}.{key}", "a text")

    def _layers(self, entry: Object, stream_id: str, read: Reading) -> Iterator[Fields]:
        """The streams of one producer or consumer: one, or as many as a video has layers."""
        for kind in ("audio", "video"):
            layers = objects_of(entry, f"{kind}Stats")[:MOST_LAYERS]
            for index, stats in enumerate(layers):
                fields = read(entry, stats, kind)
                fields |= {"kind": kind, "source": _source(entry, kind)} | _coding(stats, kind)
                # The first one bears the name by which the media server tells others of it.
                fields["stream_id"] = f"{stream_id}/{index}" if index else stream_id
                if len(layers) > 1:
                    fields["encoding_index"] = index
                yield fields

    def _sent(self, _: Object, stats: Object, kind: str) -> Fields:
        is_video = kind == "video"
        fields = self._take(stats, SENT_PICTURES if is_video else SENT_STREAM, f"{kind}Stats")
        fields |= self._take(part(stats, "remoteData"), HEARD, "remoteData")
        if is_video:
            limits = part(stats, "qualityLimitationDurations")
            fields |= self._take(limits, LIMITS, "qualityLimitationDurations")
            fields |= _encoding_time(stats.get("totalEncodeTime"))
        return fields | {"direction": "send"}

    def _received(self, entry: Object, stats: Object, kind: str) -> Fields:
        members = RECEIVED_PICTURES if kind == "video" else RECEIVED_SOUND
        fields = self._take(stats, members, f"{kind}Stats")
        if "total_inter_frame_delay" not in fields:
            for name in STANDSTILLS:
                fields.pop(name, None)
        for field, name in (("remote_peer", "peerId"), ("remote_stream", "producerId")):
            if text := read_text(entry.get(name), LONGEST_TEXT):
                fields[field] = text
        return fields | {"direction": "recv"}

    def transports(self, said: Object) -> Iterator[TransportSample]:
        """The paths to the media server: one for what is produced, one for what is consumed."""
        for name in _TRANSPORTS.values():
            whole = part(said, name)
            key, stats = read_text(whole.get("transportId"), LONGEST_TEXT), part(whole, "stats")
            if key and stats:
                fields = self._take(stats, PATH, "transport")
                yield TransportSample(transport_id=key, **(fields | self._pair(stats)))  # type: ignore[arg-type]

    def _pair(self, stats: Object) -> Fields:
        pairs = objects_of(stats, "candidatePairs")[:MOST_PAIRS]
        nominated = [pair for pair in pairs if pair.get("nominated") is True]
        if not nominated:
            return {}
        chosen = max(nominated, key=lambda pair: read_instant(pair.get("lastPacketReceivedTimestamp")) or 0)
        fields = self._take(chosen, CHOSEN_PAIR, "candidatePairs")
        ends = [fields.get(f"{side}_candidate_id") for side in ("local", "remote")]
        if all(ends):
            fields["candidate_pair_id"] = f"{ends[0]}/{ends[1]}"[:LONGEST_TEXT]
        return fields

    def _take(self, stats: Object, members: Members, where: str) -> Fields:
        """The values that have a place in a sample, by field; the rest is counted."""
        fields: Fields = {}
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


_TRANSPORTS: Final = {
    "producerStats": "producingTransportStats",
    "consumerStats": "consumingTransportStats",
}
"""Which transport carries what."""


def part(whole: Object, name: str) -> Object:
    """An object within an object; an empty one where there is none."""
    value = whole.get(name)
    return value if isinstance(value, Mapping) else {}


def objects_of(whole: Object, name: str) -> list[Object]:
    """The objects of a list within an object; what is none is left out, such as a null."""
    value = whole.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _source(entry: Object, kind: str) -> str:
    if part(entry, "appData").get("screenShare") is True:
        return "screen"
    return "microphone" if kind == "audio" else "camera"


def _encoding_time(value: object) -> Fields:
    """Of Chromium the client writes the encoder's target here, which is whole, of other browsers the time."""
    if not is_number(value) or value <= 0:
        return {}
    if value >= SLOWEST_TARGET and float(value).is_integer():
        return {"target_bitrate": float(value)}
    return {"total_encode_time": float(value)}


def _coding(stats: Object, kind: str) -> Fields:
    """The encoding, as far as the name tells that Chromium gives a codec: `CIT01_111_minptime=10`.

    It is the payload type and the parameters of the SDP; the client sends nothing else of it. Pictures
    without parameters are VP8, which alone has none that browsers write (RFC 7741 section 6.1).
    """
    _, _, rest = read_text(stats.get("codecId"), LONGEST_TEXT).partition("_")
    number, _, parameters = rest.partition("_")
    if not (number.isascii() and number.isdigit() and int(number) < 128):
        return {}
    fields: Fields = {"payload_type": int(number)}
    if parameters:
        fields["codec_fmtp"] = parameters
    elif kind == "video":
        fields["codec"] = "VP8"
    names = {each.partition("=")[0].strip().lower() for each in parameters.split(";")}
    codec = next((_PARAMETERS[name] for name in _PARAMETERS if name in names), None)
    codec = codec or _PLAIN_TYPES.get(int(number))
    return fields | {"codec": codec} if codec else fields
