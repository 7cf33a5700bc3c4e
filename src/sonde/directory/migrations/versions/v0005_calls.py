"""Meetings, sessions, participants, peers, and the keys and tokens of those who report."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    """Make their tables."""
    _create_meetings()
    _create_sessions()
    _create_participants()
    _create_peers()
    _create_client_keys()
    _create_participant_tokens()


def downgrade() -> None:
    """Drop them, with what they hold."""
    for table in (
        "participant_tokens",
        "client_keys",
        "peers",
        "participants",
        "sessions",
        "meetings",
    ):
        op.drop_table(table)


def _create_meetings() -> None:
    op.create_table(
        "meetings",
        _text("id", 36),
        _number("workspace_id"),
        _text("custom_id", nullable=True),
        _text("title"),
        _text("preferred_region", 64),
        _number("keep_alive"),
        _text("status", 16),
        _text("parent_meeting_id", 36, nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
        _reference("meetings", "workspace_id", "workspaces.id"),
        _reference("meetings", "parent_meeting_id", "meetings.id"),
        sa.UniqueConstraint("workspace_id", "custom_id", name="uq_meetings_workspace_id_custom_id"),
    )
    op.create_index("ix_meetings_workspace_id_created_at", "meetings", ["workspace_id", "created_at"])
    op.create_index("ix_meetings_parent_meeting_id", "meetings", ["parent_meeting_id"])


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        _text("id", 36),
        _number("workspace_id"),
        _text("meeting_id", 36),
        _text("parent_session_id", 36, nullable=True),
        _moment("started_at"),
        _moment("ended_at", nullable=True),
        _text("end_reason", 16, nullable=True),
        sa.Column("totals", sa.JSON(), nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        _reference("sessions", "workspace_id", "workspaces.id"),
        _reference("sessions", "meeting_id", "meetings.id"),
        _reference("sessions", "parent_session_id", "sessions.id"),
    )
    op.create_index("ix_sessions_workspace_id_started_at", "sessions", ["workspace_id", "started_at"])
    op.create_index("ix_sessions_meeting_id", "sessions", ["meeting_id"])
    op.create_index("ix_sessions_parent_session_id", "sessions", ["parent_session_id"])
    _index_where("ix_sessions_live", "sessions", "workspace_id", "ended_at IS NULL")


def _create_participants() -> None:
    op.create_table(
        "participants",
        _text("id", 36),
        _number("workspace_id"),
        _text("meeting_id", 36),
        _text("custom_id", nullable=True),
        _text("name"),
        _text("preset"),
        _text("view_type", 16),
        _moment("created_at"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_participants"),
        _reference("participants", "workspace_id", "workspaces.id"),
        _reference("participants", "meeting_id", "meetings.id"),
        sa.UniqueConstraint("meeting_id", "custom_id", name="uq_participants_meeting_id_custom_id"),
    )


def _create_peers() -> None:
    op.create_table(
        "peers",
        _number("workspace_id"),
        _text("id", 36),
        _text("session_id", 36),
        _text("participant_id", 36),
        _text("view_type", 16),
        sa.Column("device", sa.JSON(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        _moment("created_at"),
        _moment("connected_at", nullable=True),
        _moment("last_seen_at"),
        _moment("heard_at"),
        sa.Column("has_reported", sa.Boolean(), nullable=False),
        _moment("left_at", nullable=True),
        _text("leave_reason", 16, nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_peers"),
        _reference("peers", "workspace_id", "workspaces.id"),
        _reference("peers", "session_id", "sessions.id"),
        _reference("peers", "participant_id", "participants.id"),
    )
    op.create_index("ix_peers_session_id", "peers", ["session_id"])
    op.create_index("ix_peers_participant_id", "peers", ["participant_id"])
    _index_where("ix_peers_present", "peers", "heard_at", "left_at IS NULL")


def _create_client_keys() -> None:
    op.create_table(
        "client_keys",
        _number("id"),
        _number("workspace_id"),
        _text("prefix", 32),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _text("label"),
        _text("created_by", 1024),
        _moment("created_at"),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_client_keys"),
        _reference("client_keys", "workspace_id", "workspaces.id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_client_keys_workspace_id", "client_keys", ["workspace_id"])
    op.create_index("ix_client_keys_prefix", "client_keys", ["prefix"])


def _create_participant_tokens() -> None:
    op.create_table(
        "participant_tokens",
        _number("id"),
        _number("workspace_id"),
        _text("participant_id", 36),
        _text("prefix", 32),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _text("created_by", 1024),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_participant_tokens"),
        _reference("participant_tokens", "workspace_id", "workspaces.id"),
        _reference("participant_tokens", "participant_id", "participants.id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_participant_tokens_participant_id", "participant_tokens", ["participant_id"])
    op.create_index("ix_participant_tokens_prefix", "participant_tokens", ["prefix"])


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str, length: int = 255, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _index_where(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
