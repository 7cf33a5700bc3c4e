"""Organizations, workspaces, people, tokens, agents and voice tests.

A migration says what the tables were on its day, so it shares nothing with `tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _create_tenancy()
    _create_people()
    _create_tokens()
    _create_agents()
    _create_voice_tests()


def downgrade() -> None:
    """Drop them all, with what they hold."""
    for table in (
        "voice_test_sources",
        "voice_tests",
        "agents",
        "enrolment_tokens",
        "api_tokens",
        "memberships",
        "people",
        "workspaces",
        "organizations",
    ):
        op.drop_table(table)


def _create_tenancy() -> None:
    op.create_table(
        "organizations",
        _id(),
        _text("name"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
        sa.UniqueConstraint("name", name="uq_organizations_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "workspaces",
        _id(),
        _number("organization_id"),
        _text("name"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        _reference("workspaces", "organization_id", "organizations.id"),
        sa.UniqueConstraint("organization_id", "name", name="uq_workspaces_organization_id_name"),
        sqlite_autoincrement=True,
    )


def _create_people() -> None:
    op.create_table(
        "people",
        _id(),
        _text("email", 254),
        _text("name"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("email", name="uq_people_email"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "memberships",
        _number("person_id"),
        _number("workspace_id"),
        _text("role", 16),
        _flag("is_default"),
        sa.PrimaryKeyConstraint("person_id", "workspace_id", name="pk_memberships"),
        _reference("memberships", "person_id", "people.id"),
        _reference("memberships", "workspace_id", "workspaces.id"),
    )
    _unique_where("uq_memberships_default", "memberships", ["person_id"], "is_default")


def _create_tokens() -> None:
    op.create_table(
        "api_tokens",
        _id(),
        _number("person_id"),
        _text("prefix", 32),
        _bytes("hash"),
        _text("label"),
        _moment("created_at"),
        _moment("last_used_at", nullable=True),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        _reference("api_tokens", "person_id", "people.id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_tokens_person_id", "api_tokens", ["person_id"])
    op.create_index("ix_api_tokens_prefix", "api_tokens", ["prefix"])
    op.create_table(
        "enrolment_tokens",
        _id(),
        _number("workspace_id"),
        _text("prefix", 32),
        _bytes("hash"),
        _text("label"),
        _text("created_by", 1024),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment_tokens"),
        _reference("enrolment_tokens", "workspace_id", "workspaces.id"),
    )
    op.create_index("ix_enrolment_tokens_prefix", "enrolment_tokens", ["prefix"])


def _create_agents() -> None:
    op.create_table(
        "agents",
        _id(),
        _number("workspace_id"),
        _text("name"),
        _text("host"),
        _number("port"),
        _text("country_id", 2),
        _text("location"),
        sa.Column("addresses", sa.JSON(), nullable=False),
        _text("version", 64),
        _text("key_prefix", 32),
        _bytes("key_hash"),
        _flag("enabled"),
        _moment("created_at"),
        _moment("last_seen_at", nullable=True),
        _moment("removed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        _reference("agents", "workspace_id", "workspaces.id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_agents_key_prefix", "agents", ["key_prefix"])
    _unique_where("uq_agents_workspace_id_name", "agents", ["workspace_id", "name"], "removed_at IS NULL")


def _create_voice_tests() -> None:
    op.create_table(
        "voice_tests",
        _id(),
        _number("workspace_id"),
        _text("name"),
        _number("target_agent_id"),
        _number("interval"),
        _number("duration"),
        _text("codec", 64),
        _number("dscp"),
        sa.Column("jitter_buffer", sa.Double(), nullable=False),
        _number("path_traces"),
        _flag("enabled"),
        _flag("alerts_enabled"),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("facade_settings", sa.JSON(), nullable=False),
        _bytes("probe_key"),
        _text("created_by", 1024),
        _moment("created_at"),
        _text("modified_by", 1024, nullable=True),
        _moment("modified_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_voice_tests"),
        _reference("voice_tests", "workspace_id", "workspaces.id"),
        _reference("voice_tests", "target_agent_id", "agents.id"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_voice_tests_workspace_id_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_voice_tests_target_agent_id", "voice_tests", ["target_agent_id"])
    op.create_table(
        "voice_test_sources",
        _number("test_id"),
        _number("agent_id"),
        sa.PrimaryKeyConstraint("test_id", "agent_id", name="pk_voice_test_sources"),
        _reference("voice_test_sources", "test_id", "voice_tests.id", ondelete="CASCADE"),
        _reference("voice_test_sources", "agent_id", "agents.id"),
    )
    op.create_index("ix_voice_test_sources_agent_id", "voice_test_sources", ["agent_id"])


def _id() -> sa.Column[int]:
    return _number("id")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _text(name: str, length: int = 255, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _reference(
    table: str, column: str, target: str, *, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete=ondelete)


def _unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
