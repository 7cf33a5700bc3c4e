"""Voice tests that measure both directions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the setting; tests that exist go one way, as they did."""
    op.add_column(
        "voice_tests", sa.Column("two_way", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Take it away: all tests go one way again."""
    op.drop_column("voice_tests", "two_way")
