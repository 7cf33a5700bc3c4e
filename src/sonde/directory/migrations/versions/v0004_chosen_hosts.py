"""Addresses of agents that a person chose."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the mark; the addresses that are there were announced, or will be again."""
    op.add_column(
        "agents", sa.Column("host_is_chosen", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Take it away: every agent announces its own address again when it starts."""
    op.drop_column("agents", "host_is_chosen")
