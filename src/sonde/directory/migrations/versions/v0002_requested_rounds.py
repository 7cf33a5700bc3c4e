"""Rounds that a person asked for, of tests without a timetable."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the id of the round asked for last."""
    op.add_column("voice_tests", sa.Column("requested_round", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take it away, and with it the tests that only ran on request: they would never run again."""
    op.execute(sa.text("DELETE FROM voice_tests WHERE interval = 0"))
    op.drop_column("voice_tests", "requested_round")
