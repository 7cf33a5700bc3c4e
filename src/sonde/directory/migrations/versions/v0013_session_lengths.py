"""How long sessions lasted, which bounds when those began that ended after a moment."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_SESSIONS = sa.table(
    "sessions",
    sa.column("started_at", sa.DateTime(timezone=True)),
    sa.column("ended_at", sa.DateTime(timezone=True)),
    sa.column("seconds", sa.BigInteger()),
)

_BY_START = ["workspace_id", "started_at", "id"]
_BY_MINUTES = ["workspace_id", "participant_minutes", "id"]
_OLD = ["ended_at", "meeting_id", "participants"]
_NEW = ["participants", "ended_at", "meeting_id"]


def upgrade() -> None:
    """Add the column, fill it, and index it; put what is compared most in front in the other indexes."""
    op.add_column("sessions", sa.Column("seconds", sa.BigInteger(), nullable=True))
    began, ended = (sa.extract("epoch", _SESSIONS.c[name]) for name in ("started_at", "ended_at"))
    # SQLite leaves fractions out and rounds to milliseconds; no session may be longer than what is kept.
    op.execute(
        _SESSIONS.update()
        .where(_SESSIONS.c.ended_at.is_not(None))
        .values(seconds=sa.cast(ended - began, sa.BigInteger()) + 2)
    )
    _index_again(by_start=[*_BY_START, *_NEW], by_minutes=[*_BY_MINUTES, *_NEW, "started_at"])
    op.create_index("ix_sessions_by_length", "sessions", ["workspace_id", "seconds"])
    op.create_index("ix_sessions_by_people", "sessions", ["workspace_id", "participants"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_sessions_by_people", "sessions")
    op.drop_index("ix_sessions_by_length", "sessions")
    _index_again(by_start=[*_BY_START, *_OLD], by_minutes=[*_BY_MINUTES, "started_at", *_OLD])
    op.drop_column("sessions", "seconds")


def _index_again(**columns: list[str]) -> None:
    for name, indexed in columns.items():
        op.drop_index(f"ix_sessions_{name}", "sessions")
        op.create_index(f"ix_sessions_{name}", "sessions", indexed)
