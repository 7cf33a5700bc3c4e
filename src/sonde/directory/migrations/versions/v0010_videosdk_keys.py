"""The key pairs of programs written for VideoSDK's API."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "videosdk_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("api_key", sa.String(36), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("old_secret", sa.String(64), nullable=False),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("label", sa.String(255), nullable=False),
        sa.Column("created_by", sa.String(1024), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_videosdk_keys"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_videosdk_keys_workspace_id"),
        sa.UniqueConstraint("api_key", name="uq_videosdk_keys_api_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_videosdk_keys_workspace_id", "videosdk_keys", ["workspace_id"])


def downgrade() -> None:
    """Drop them; no program can read any more."""
    op.drop_table("videosdk_keys")
