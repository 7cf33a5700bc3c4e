"""Summaries of sessions, the pending ones too: they are the list of what is still to do."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from sonde.directory.talk_tables import SummaryRow
from sonde.model.summaries import Summary, SummaryStatus, SummaryType, SummaryWishes, TextFormat


class SummaryRepository:
    """Reads and writes summaries. Whose a session is, is looked at by the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, session_id: str) -> Summary | None:
        """The summary of a session, if anybody ever asked for one."""
        row = self._session.get(SummaryRow, session_id)
        return _summary(row) if row else None

    def put(self, summary: Summary) -> None:
        """Keep a summary in place of the one that the session has."""
        row = self._session.get(SummaryRow, summary.session_id)
        if row is None:
            row = SummaryRow(session_id=summary.session_id, workspace_id=summary.workspace_id)
            self._session.add(row)
        _fill(row, summary)
        self._session.flush()

    def oldest_pending(self) -> Summary | None:
        """The one of all workspaces that waits longest."""
        query = select(SummaryRow).where(SummaryRow.status == SummaryStatus.PENDING)
        query = query.order_by(SummaryRow.requested_at, SummaryRow.session_id).limit(1)
        row = self._session.scalar(query)
        return _summary(row) if row else None


def _fill(row: SummaryRow, summary: Summary) -> None:
    row.status = summary.status
    row.word_limit = summary.wishes.word_limit
    row.text_format = summary.wishes.text_format
    row.summary_type = summary.wishes.summary_type
    row.requested_at = summary.requested_at
    row.finished_at = summary.finished_at
    row.made_by = summary.made_by
    row.text = summary.text
    row.problem = summary.problem


def _summary(row: SummaryRow) -> Summary:
    return Summary(
        session_id=row.session_id,
        workspace_id=row.workspace_id,
        status=SummaryStatus(row.status),
        wishes=SummaryWishes(
            word_limit=row.word_limit,
            text_format=TextFormat(row.text_format),
            summary_type=SummaryType(row.summary_type),
        ),
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        made_by=row.made_by,
        text=row.text,
        problem=row.problem,
    )
