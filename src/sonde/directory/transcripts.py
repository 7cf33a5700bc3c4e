"""Transcripts of sessions."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from sonde.directory.talk_tables import TranscriptSegmentRow as Row
from sonde.model.transcripts import Segment, SegmentPosition, Speaker

ASKED_AT_ONCE: Final = 500
"""Most ids in one statement, which may have so many parameters only."""


class TranscriptRepository:
    """Reads and writes what was said. Whose a session is, is looked at by the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, session_id: str, segments: Collection[Segment]) -> int:
        """Keep segments; a final one stays as it is, others are replaced. Returns how many were written."""
        newest = {each.segment_id: each for each in _without_late_partials(segments)}
        rows = self._rows(session_id, list(newest))
        written = 0
        for segment_id, segment in newest.items():
            row = rows.get(segment_id)
            if row is None:
                row = Row(session_id=session_id, id=segment_id)
                self._session.add(row)
            elif row.is_final:
                continue
            _fill(row, segment)
            written += 1
        self._session.flush()
        return written

    def count(self, session_id: str) -> int:
        """How many segments the session has."""
        return self._session.scalar(select(func.count()).where(Row.session_id == session_id)) or 0

    def has_final(self, session_id: str) -> bool:
        """Whether anything was understood for good."""
        query = select(Row.id).where(Row.session_id == session_id, Row.is_final).limit(1)
        return self._session.scalar(query) is not None

    def page(
        self,
        session_id: str,
        *,
        limit: int,
        after: SegmentPosition | None = None,
        only_final: bool = False,
    ) -> list[Segment]:
        """The session's segments behind a position, in the order in which they were said."""
        query = select(Row).where(Row.session_id == session_id)
        if only_final:
            query = query.where(Row.is_final)
        if after:
            query = query.where(
                or_(Row.start > after.start, and_(Row.start == after.start, Row.id > after.segment_id))
            )
        query = query.order_by(Row.start, Row.id).limit(limit)
        return [_segment(row) for row in self._session.scalars(query)]

    def _rows(self, session_id: str, segment_ids: list[str]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for first in range(0, len(segment_ids), ASKED_AT_ONCE):
            query = select(Row).where(
                Row.session_id == session_id, Row.id.in_(segment_ids[first : first + ASKED_AT_ONCE])
            )
            found |= {row.id: row for row in self._session.scalars(query)}
        return found


def _without_late_partials(segments: Collection[Segment]) -> list[Segment]:
    """The segments but those that come behind their own final version."""
    final: set[str] = set()
    kept = []
    for segment in segments:
        if segment.segment_id not in final:
            kept.append(segment)
        if segment.is_final:
            final.add(segment.segment_id)
    return kept


def _fill(row: Row, segment: Segment) -> None:
    row.start = segment.start
    row.end = segment.end
    row.peer_id = segment.speaker.peer_id
    row.participant_id = segment.speaker.participant_id
    row.custom_id = segment.speaker.custom_id
    row.name = segment.speaker.name
    row.text = segment.text
    row.is_final = segment.is_final


def _segment(row: Row) -> Segment:
    return Segment(
        segment_id=row.id,
        start=row.start,
        end=row.end,
        speaker=Speaker(
            peer_id=row.peer_id,
            participant_id=row.participant_id,
            custom_id=row.custom_id,
            name=row.name,
        ),
        text=row.text,
        is_final=row.is_final,
    )
