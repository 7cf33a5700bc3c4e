"""A transcript in RealtimeKit's four formats, piece by piece."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from sonde.api.downloads.units import clock_time, iso_milliseconds, milliseconds
from sonde.model.peers import Peer
from sonde.model.transcripts import Segment, end_of
from sonde.services.downloads import Content
from sonde.services.transcripts import FetchedTranscript


class Sentence(NamedTuple):
    """A segment, when it ends, and the connection it came from as far as that is known."""

    segment: Segment
    end: float
    peer: Peer | None


Writer: TypeAlias = Callable[[Iterable[Sentence]], Iterator[str]]


def write_transcript(transcript: FetchedTranscript, content: Content) -> Iterator[str]:
    """A transcript as one of its files."""
    return WRITERS[content](_sentences(transcript))


def _sentences(transcript: FetchedTranscript) -> Iterator[Sentence]:
    ahead: Iterable[Segment | None] = chain(transcript.segments, [None])
    for segment, following in pairwise(ahead):
        if segment is not None:
            peer = transcript.peers.get(segment.speaker.peer_id or "")
            yield Sentence(segment, end_of(segment, following), peer)


def _write_csv(sentences: Iterable[Sentence]) -> Iterator[str]:
    """Every value quoted, and no line of names: start in milliseconds, ids of the speaker, name, text.

    Lines end as in the vendor's example, with a line feed alone.
    """
    for segment, _, _ in sentences:
        speaker = segment.speaker
        line = io.StringIO(newline="")
        csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
            (
                milliseconds(segment.start),
                speaker.peer_id or "",
                speaker.participant_id or "",
                speaker.custom_id or "",
                speaker.name,
                segment.text,
            )
        )
        yield line.getvalue()


def _write_json(sentences: Iterable[Sentence]) -> Iterator[str]:
    yield "["
    before = ""
    for sentence in sentences:
        yield before + msgspec.json.encode(_json(sentence)).decode()
        before = ",\n"
    yield "]\n"


def _json(sentence: Sentence) -> dict[str, Any]:
    segment, end, peer = sentence
    speaker = segment.speaker
    return {
        "startTime": milliseconds(segment.start),
        "endTime": milliseconds(end),
        "sentence": segment.text,
        "peerData": {
            "id": speaker.peer_id or "",
            "userId": speaker.participant_id or "",
            "displayName": speaker.name,
            "cpi": speaker.custom_id or "",
            "joinedAt": iso_milliseconds(peer.joined_at) if peer else "",
            "leftAt": iso_milliseconds(peer.left_at) if peer and peer.left_at else "",
        },
    }


def _write_srt(sentences: Iterable[Sentence]) -> Iterator[str]:
    for number, (segment, end, _) in enumerate(sentences, 1):
        times = f"{clock_time(segment.start, mark=',')} --> {clock_time(end, mark=',')}"
        yield f"{number}\n{times}\n{_said(segment).replace('-->', '->')}\n\n"


def _write_vtt(sentences: Iterable[Sentence]) -> Iterator[str]:
    """WebVTT 3.4: text may have no `&`, `<` or `-->` as it is."""
    yield "WEBVTT\n\n"
    for segment, end, _ in sentences:
        times = f"{clock_time(segment.start, mark='.')} --> {clock_time(end, mark='.')}"
        said = _said(segment).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        yield f"{times}\n{said}\n\n"


def _said(segment: Segment) -> str:
    """The speaker and the words on one line: a blank one would end the caption."""
    name, text = (" ".join(each.split()) for each in (segment.speaker.name, segment.text))
    return f"{name}: {text}" if name else text


WRITERS: Final[Mapping[Content, Writer]] = {
    Content.TRANSCRIPT_CSV: _write_csv,
    Content.TRANSCRIPT_JSON: _write_json,
    Content.TRANSCRIPT_SRT: _write_srt,
    Content.TRANSCRIPT_VTT: _write_vtt,
}
