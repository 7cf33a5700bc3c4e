"""Transcripts: what was understood, as it comes or from files, and where the whole of it can be fetched."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec

from sonde.directory import Directory
from sonde.model.errors import Invalid, NotFound
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.model.sessions import Session
from sonde.model.transcripts import (
    Segment,
    SegmentPosition,
    Speaker,
    segment_id_by_content,
    segment_id_of,
)
from sonde.model.webhooks import EventKind
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.downloads import Content, Downloads, Grant, Link
from sonde.services.session_checks import find_session, hold_session, note_talk
from sonde.services.sighting_checks import checked_uuid
from sonde.services.speakers import Speakers
from sonde.services.text import NAME_LENGTH, checked_name, checked_text
from sonde.services.transcript_reading import NewSegment, TranscriptFormat, read_transcript

AT_ONCE: Final = 1000
"""Most segments in one request, and in one transaction."""

SEGMENTS_MAX: Final = 50_000
"""Most segments of a session: a day of talk without a pause."""

SEGMENT_LENGTH: Final = 5000
"""Most characters of a segment."""

LONGEST: Final = timedelta(days=30).total_seconds()
"""Seconds after a session began in which things are said."""

CONTENTS: Final = {
    TranscriptFormat.CSV: Content.TRANSCRIPT_CSV,
    TranscriptFormat.JSON: Content.TRANSCRIPT_JSON,
    TranscriptFormat.SRT: Content.TRANSCRIPT_SRT,
    TranscriptFormat.VTT: Content.TRANSCRIPT_VTT,
}
"""The file of each format."""

_SECOND: Final = timedelta(seconds=1)


class FetchedTranscript(msgspec.Struct, frozen=True, kw_only=True):
    """A whole transcript.

    Attributes:
        session: what was said in.
        peers: of the session, by id.
        segments: the final ones, in the order in which they were said; can be read once.
    """

    session: Session
    peers: dict[str, Peer]
    segments: Iterator[Segment]


class Transcripts:
    """What was said in each workspace's sessions.

    Args:
        directory: where it is kept.
        downloads: signs the addresses of whole transcripts.
        now: the present moment.
    """

    def __init__(self, directory: Directory, downloads: Downloads, now: Clock = utc_now) -> None:
        self._directory = directory
        self._downloads = downloads
        self._now = now

    def add(self, access: Access, session_id: str, segments: Sequence[NewSegment]) -> list[str]:
        """Take segments as an engine sends them; final ones stay, partial ones are replaced by later ones.

        Returns:
            The id of each, in the order given.

        Raises:
            Denied: not an administrator.
            Invalid: a part of a segment cannot be used, or they are too many.
            NotFound: the workspace has no such session.
        """
        require_admin(access)
        if len(segments) > AT_ONCE:
            raise Invalid(f"At most {AT_ONCE} segments can come at once.", field="segments")
        return self._put(access, session_id, segments)

    def import_file(
        self, access: Access, session_id: str, content: bytes, *, written: TranscriptFormat
    ) -> list[str]:
        """Take all that a file says; again, and nothing is doubled.

        Returns:
            The id of each segment, in the order of the file.

        Raises:
            Denied: not an administrator.
            Invalid: it is no file of that format, or has too many segments.
            NotFound: the workspace has no such session.
        """
        require_admin(access)
        with self._directory.read() as tx:
            find_session(tx, access.workspace.workspace_id, session_id)
        segments = read_transcript(content, written)
        if len(segments) > SEGMENTS_MAX:
            raise _too_many()
        found: list[str] = []
        for first in range(0, len(segments), AT_ONCE):
            # In pieces, because nobody else can write to the directory meanwhile.
            found += self._put(access, session_id, segments[first : first + AT_ONCE])
        return found

    def page(
        self, access: Access, session_id: str, *, limit: int, after: SegmentPosition | None = None
    ) -> list[Segment]:
        """The segments of a session behind a position, the partial ones too, in the order they were said.

        Raises:
            NotFound: the workspace has no such session.
        """
        with self._directory.read() as tx:
            find_session(tx, access.workspace.workspace_id, session_id)
            return tx.transcripts.page(session_id, limit=limit, after=after)

    def link(
        self, access: Access, session_id: str, *, written: TranscriptFormat = TranscriptFormat.CSV
    ) -> Link:
        """Where the transcript of a session can be fetched.

        Raises:
            NotFound: the workspace has no such session, or nothing was understood for good in it.
        """
        with self._directory.read() as tx:
            session = find_session(tx, access.workspace.workspace_id, session_id)
            if not tx.transcripts.has_final(session_id):
                raise no_transcript(session_id)
        return self._downloads.sign(session, CONTENTS[written])

    def fetch(self, grant: Grant) -> FetchedTranscript:
        """The transcript of a session, for whoever has an address that was checked.

        Raises:
            NotFound: the session is gone.
        """
        with self._directory.read() as tx:
            session = find_session(tx, grant.workspace_id, grant.session_id)
            peers = tx.peers.of_session(grant.workspace_id, grant.session_id)
        return FetchedTranscript(
            session=session,
            peers={each.peer_id: each for each in peers},
            segments=read_final(self._directory, grant.session_id),
        )

    def _put(self, access: Access, session_id: str, segments: Sequence[NewSegment]) -> list[str]:
        with self._directory.write() as tx:
            session = hold_session(tx, access.workspace.workspace_id, session_id)
            speakers = Speakers(tx.peers.of_session(session.workspace_id, session_id))
            checked = [_checked(each, session, speakers) for each in segments]
            written = tx.transcripts.put(session_id, checked)
            if tx.transcripts.count(session_id) > SEGMENTS_MAX:
                raise _too_many()
            if written and any(each.is_final for each in checked):
                note_talk(tx, session, EventKind.TRANSCRIPT, now=self._now())
        return [each.segment_id for each in checked]


def read_final(directory: Directory, session_id: str) -> Iterator[Segment]:
    """The final segments of a session in the order in which they were said; few of them are in memory."""
    after: SegmentPosition | None = None
    while True:
        with directory.read() as tx:
            found = tx.transcripts.page(session_id, limit=AT_ONCE, after=after, only_final=True)
        yield from found
        if len(found) < AT_ONCE:
            return
        after = SegmentPosition(start=found[-1].start, segment_id=found[-1].segment_id)


def no_transcript(session_id: str) -> NotFound:
    """What is said of a session in which nothing was understood for good."""
    return NotFound(
        f"There is no transcript of session {session_id}.",
        hint="Send segments or a file first.",
        code="no_transcript",
    )


def _too_many() -> Invalid:
    return Invalid(f"A session has at most {SEGMENTS_MAX} segments.", field="segments")


def _checked(segment: NewSegment, session: Session, speakers: Speakers) -> Segment:
    start = _start_of(segment, session.started_at)
    end = None if segment.duration is None else start + segment.duration
    if not (math.isfinite(start) and 0 <= start <= LONGEST and (end is None or start <= end <= LONGEST)):
        raise Invalid(
            "A segment must begin and end within 30 days from the beginning of its session.", field="start"
        )
    text = checked_text(segment.text, field="text", longest=SEGMENT_LENGTH).strip()
    if not text:
        raise Invalid("A segment must have a text.", field="text")
    speaker = speakers.find(_checked_speaker(segment.speaker), start_at=session.started_at + start * _SECOND)
    return Segment(
        segment_id=_id_of(segment, start, end, text),
        start=start,
        end=end,
        speaker=speaker,
        text=text,
        is_final=segment.is_final,
    )


def _start_of(segment: NewSegment, began: datetime) -> float:
    """Seconds since the session began; clocks differ, so a little before it is its beginning."""
    if (segment.start is None) == (segment.spoken_at is None):
        raise Invalid("A segment has either start or spoken_at.", field="start")
    if segment.spoken_at is None:
        return segment.start or 0.0
    return max((segment.spoken_at - began).total_seconds(), 0.0)


def _id_of(segment: NewSegment, start: float, end: float | None, text: str) -> str:
    if segment.key is not None:
        return segment_id_of(checked_name(segment.key, field="segment_id"))
    if not segment.is_final:
        # What replaces it could not name it.
        return str(uuid4())
    return segment_id_by_content(start, end, segment.speaker, text)


def _checked_speaker(speaker: Speaker) -> Speaker:
    return Speaker(
        peer_id=None if speaker.peer_id is None else checked_uuid(speaker.peer_id, field="peer_id"),
        participant_id=None
        if speaker.participant_id is None
        else checked_uuid(speaker.participant_id, field="participant_id"),
        custom_id=None if speaker.custom_id is None else checked_name(speaker.custom_id, field="custom_id"),
        name=checked_text(speaker.name, field="name", longest=NAME_LENGTH).strip(),
    )
