"""Files with transcripts: SRT, WebVTT, and RealtimeKit's JSON and CSV.

Files come from anybody, so each is read in a time and memory that grow with its size only, and what is wrong
with it is said with the place.
"""

import csv
import html
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
import webvtt
from msgspec import Meta
from webvtt.errors import MalformedCaptionError, MalformedFileError

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.transcripts import Speaker

FILE_MAX: Final = 8 * 1024 * 1024
"""Bytes of a file; an hour of talk has a fortieth of it."""

LINE_MAX: Final = 100_000
"""Most characters of a line or a value."""

NAME_MAX: Final = 100
"""Most characters in front of a colon that are somebody's name."""

EPOCH_FROM: Final = 1e9
"""A first column of a CSV from here on is seconds since 1970: as milliseconds it would be eleven days."""

_NAMED: Final = re.compile(rf"(?P<name>[^:\n]{{1,{NAME_MAX}}}): +(?P<text>\S.*)", re.DOTALL)
_CSV_COLUMNS: Final = 6


class TranscriptFormat(StrEnum):
    """How a transcript is written."""

    CSV = "csv"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"


class NewSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A segment as an engine or a file tells of it. The meanings are those of `Segment`.

    Attributes:
        key: its id, or any other name of it; None for one that will not be told of again, or whose words
            make its id.
        start: seconds since the session began; None where `spoken_at` says when.
        spoken_at: when it began.
        duration: seconds; None where nobody said.
    """

    key: str | None = None
    start: float | None = None
    spoken_at: datetime | None = None
    duration: float | None = None
    speaker: Speaker
    text: str
    is_final: bool = True


class _PeerData(msgspec.Struct, frozen=True, kw_only=True):
    id: str | None = None
    userId: str | None = None  # noqa: N815 - the vendor's name
    displayName: str | None = None  # noqa: N815 - as above
    cpi: str | None = None


class _Sentence(msgspec.Struct, frozen=True, kw_only=True):
    startTime: Annotated[float, Meta(ge=0)]  # noqa: N815 - the vendor's name
    endTime: Annotated[float, Meta(ge=0)] | None = None  # noqa: N815 - as above
    sentence: str
    peerData: _PeerData = _PeerData()  # noqa: N815 - as above


_sentences = msgspec.json.Decoder(list[_Sentence])


def read_transcript(content: bytes, written: TranscriptFormat) -> list[NewSegment]:
    """Read a file.

    Raises:
        Invalid: it is no file of that format, is too large, or says nothing.
    """
    if len(content) > FILE_MAX:
        raise Invalid(f"A transcript has at most {FILE_MAX} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(written, f"it is no UTF-8 at byte {error.start}") from error
    if any(len(line) > LINE_MAX for line in text.splitlines()) and written is not TranscriptFormat.JSON:
        raise _malformed(written, f"a line has more than {LINE_MAX} characters")
    found = [each for each in _READERS[written](text) if each.text.strip()]
    if not found:
        raise _malformed(written, "it says nothing")
    return found


def _read_captions(text: str, written: TranscriptFormat) -> Iterator[NewSegment]:
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format=str(written)).captions
    except (MalformedFileError, MalformedCaptionError) as error:
        raise _malformed(written, str(error)[:200]) from error
    for caption in captions:
        start = caption.start_time.in_milliseconds()
        length = caption.end_time.in_milliseconds() - start
        if length < 0:
            raise _malformed(written, f"a caption ends before it begins, at {caption.start}")
        name, said = _speaker_of(caption)
        yield NewSegment(start=start / 1000, duration=length / 1000, speaker=Speaker(name=name), text=said)


def _speaker_of(caption: webvtt.Caption) -> tuple[str, str]:
    """The speaker and the words: a voice span of WebVTT (5.2) names one, and so does a name and a colon."""
    said = html.unescape(caption.text).strip()
    if caption.voice:
        return html.unescape(caption.voice).strip()[:NAME_MAX], said
    named = _NAMED.fullmatch(said)
    return (named["name"].strip(), named["text"]) if named else ("", said)


def _read_srt(text: str) -> Iterator[NewSegment]:
    return _read_captions(text, TranscriptFormat.SRT)


def _read_vtt(text: str) -> Iterator[NewSegment]:
    return _read_captions(text, TranscriptFormat.VTT)


def _read_json(text: str) -> Iterator[NewSegment]:
    try:
        sentences = _sentences.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _malformed(TranscriptFormat.JSON, str(error)[:200]) from error
    for each in sentences:
        if each.endTime is not None and each.endTime < each.startTime:
            raise _malformed(TranscriptFormat.JSON, f"a sentence ends before {each.startTime} ms, its start")
        data = each.peerData
        yield NewSegment(
            start=each.startTime / 1000,
            duration=None if each.endTime is None else (each.endTime - each.startTime) / 1000,
            speaker=_speaker(data.id, data.userId, data.cpi, data.displayName),
            text=each.sentence,
        )


def _read_csv(text: str) -> Iterator[NewSegment]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, row in enumerate(rows, 1):
            if not row:
                continue
            if len(row) != _CSV_COLUMNS:
                problem = f"row {number} has {len(row)} columns in place of {_CSV_COLUMNS}"
                raise _malformed(TranscriptFormat.CSV, problem)
            start, peer_id, participant_id, custom_id, name, said = row
            speaker = _speaker(peer_id, participant_id, custom_id, name)
            offset, moment = _time_of(start, number)
            yield NewSegment(start=offset, spoken_at=moment, speaker=speaker, text=said)
    except csv.Error as error:
        raise _malformed(TranscriptFormat.CSV, str(error)) from error


def _time_of(text: str, row: int) -> tuple[float | None, datetime | None]:
    """When something was said: milliseconds from the beginning, ISO 8601, or seconds since 1970."""
    try:
        if re.fullmatch(r"\d{1,13}(\.\d{1,9})?", text, re.ASCII):
            number = float(text)
            is_moment = number >= EPOCH_FROM
            return (None, datetime.fromtimestamp(number, UTC)) if is_moment else (number / 1000, None)
        moment = datetime.fromisoformat(text)
        return None, moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _malformed(TranscriptFormat.CSV, f"row {row} does not begin with a time") from error


def _speaker(peer: str | None, participant: str | None, custom_id: str | None, name: str | None) -> Speaker:
    """A speaker as a vendor's file names one; ids are made of names that are no UUIDs."""
    return Speaker(
        peer_id=peer_id_of(peer) if peer else None,
        participant_id=peer_id_of(participant) if participant else None,
        custom_id=custom_id or None,
        name=name or "",
    )


def _malformed(written: TranscriptFormat, problem: str) -> Invalid:
    return Invalid(f"The file cannot be read as {written.upper()}: {problem}.")


_READERS: Final[dict[TranscriptFormat, Callable[[str], Iterator[NewSegment]]]] = {
    TranscriptFormat.CSV: _read_csv,
    TranscriptFormat.JSON: _read_json,
    TranscriptFormat.SRT: _read_srt,
    TranscriptFormat.VTT: _read_vtt,
}
