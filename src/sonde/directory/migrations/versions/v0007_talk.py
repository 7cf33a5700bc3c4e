"""What people write and say in sessions, summaries of it, and the secret that signs their addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make their tables."""
    _make_messages()
    _make_segments()
    _make_summaries()
    op.create_table(
        "server_secrets",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_server_secrets"),
    )


def downgrade() -> None:
    """Drop them with all that was written and said."""
    for table in ("server_secrets", "summaries", "transcript_segments", "chat_messages"):
        op.drop_table(table)


def _make_messages() -> None:
    op.create_table(
        "chat_messages",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("peer_id", sa.String(36), nullable=True),
        sa.Column("participant_id", sa.String(36), nullable=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "id", name="pk_chat_messages"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_chat_messages_session_id"),
    )
    op.create_index("ix_chat_messages_session_id_sent_at", "chat_messages", ["session_id", "sent_at"])


def _make_segments() -> None:
    op.create_table(
        "transcript_segments",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("end", sa.Double(), nullable=True),
        sa.Column("peer_id", sa.String(36), nullable=True),
        sa.Column("participant_id", sa.String(36), nullable=True),
        sa.Column("custom_id", sa.String(255), nullable=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "id", name="pk_transcript_segments"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_transcript_segments_session_id"),
    )
    op.create_index("ix_transcript_segments_session_id_start", "transcript_segments", ["session_id", "start"])


def _make_summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("word_limit", sa.Integer(), nullable=False),
        sa.Column("text_format", sa.String(16), nullable=False),
        sa.Column("summary_type", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_summaries"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_summaries_session_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_summaries_workspace_id"),
    )
    op.create_index("ix_summaries_status", "summaries", ["status"])
