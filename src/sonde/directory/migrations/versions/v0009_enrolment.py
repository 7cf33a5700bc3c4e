"""Presets, pictures of participants, and participants who are taken off the list."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table and the columns; nobody has a picture yet, and everybody stays on the list."""
    op.create_table(
        "presets",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("view_type", sa.String(16), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_presets"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_presets_workspace_id"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_presets_workspace_id_name"),
    )
    op.add_column("participants", sa.Column("picture", sa.String(2048), nullable=False, server_default=""))
    op.add_column("participants", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("meetings", sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Drop them; who was taken off the list is on it again."""
    op.drop_column("meetings", "options")
    op.drop_column("participants", "removed_at")
    op.drop_column("participants", "picture")
    op.drop_table("presets")
