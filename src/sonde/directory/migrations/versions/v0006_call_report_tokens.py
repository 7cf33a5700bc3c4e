"""The tokens with which Telnyx SDKs upload their call reports."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "call_report_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.String(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(255), nullable=False),
        sa.Column("created_by", sa.String(1024), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call_report_tokens"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_call_report_tokens_workspace_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_call_report_tokens_person_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_report_tokens_workspace_id", "call_report_tokens", ["workspace_id"])
    op.create_index("ix_call_report_tokens_prefix", "call_report_tokens", ["prefix"])


def downgrade() -> None:
    """Drop them; no SDK can upload any more."""
    op.drop_table("call_report_tokens")
