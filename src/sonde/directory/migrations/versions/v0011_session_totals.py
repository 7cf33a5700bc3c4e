"""The totals that sessions are found and sorted by, in columns and indexes of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_SESSIONS = sa.table(
    "sessions",
    sa.column("totals", sa.JSON()),
    sa.column("participants", sa.Integer()),
    sa.column("participant_minutes", sa.Double()),
)

OLD_INDEXES = ("ix_sessions_workspace_id_started_at", "ix_sessions_meeting_id", "ix_sessions_live")
INDEXES = {
    "ix_sessions_by_start": [
        *("workspace_id", "started_at", "id"),
        *("ended_at", "meeting_id", "participants"),
    ],
    "ix_sessions_by_minutes": [
        *("workspace_id", "participant_minutes", "id", "started_at"),
        *("ended_at", "meeting_id", "participants"),
    ],
    "ix_sessions_by_meeting": [
        *("meeting_id", "workspace_id", "started_at", "id", "participant_minutes"),
        *("ended_at", "participants"),
    ],
}


def upgrade() -> None:
    """Add the columns, fill them from the totals that were kept, and make the indexes."""
    op.add_column("sessions", sa.Column("participants", sa.Integer(), nullable=True))
    op.add_column("sessions", sa.Column("participant_minutes", sa.Double(), nullable=True))
    totals = _SESSIONS.c.totals
    op.execute(
        _SESSIONS.update()
        .where(totals.is_not(sa.null()))
        .values(
            participants=totals["participants"].as_integer(),
            participant_minutes=totals["participant_minutes"].as_float(),
        )
    )
    for name in OLD_INDEXES:
        op.drop_index(name, "sessions")
    for name, columns in INDEXES.items():
        op.create_index(name, "sessions", columns)
    _index_live(["workspace_id", "ended_at", "started_at", "id", "meeting_id"])
    op.create_index("ix_meetings_titles", "meetings", ["workspace_id", "title", "id"])


def downgrade() -> None:
    """Drop them; the totals are still kept as a whole."""
    op.drop_index("ix_meetings_titles", "meetings")
    for name in (*INDEXES, "ix_sessions_live"):
        op.drop_index(name, "sessions")
    op.create_index("ix_sessions_workspace_id_started_at", "sessions", ["workspace_id", "started_at"])
    op.create_index("ix_sessions_meeting_id", "sessions", ["meeting_id"])
    _index_live(["workspace_id"])
    op.drop_column("sessions", "participant_minutes")
    op.drop_column("sessions", "participants")


def _index_live(columns: list[str]) -> None:
    condition = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_sessions_live", "sessions", columns, sqlite_where=condition, postgresql_where=condition
    )
