"""Which ended sessions have a chat or a transcript that nobody was told of yet."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make its table; of sessions that ended before nothing is told."""
    op.create_table(
        "untold_talk",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "kind", name="pk_untold_talk"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_untold_talk_session_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_untold_talk_workspace_id"),
    )
    op.create_index("ix_untold_talk_changed_at", "untold_talk", ["changed_at"])


def downgrade() -> None:
    """Drop it; what is not told by then never is."""
    op.drop_table("untold_talk")
