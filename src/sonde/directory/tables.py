"""The tables, as SQLAlchemy sees them. `migrations` is what makes them; a test keeps the two equal."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

MAX_ID = 2**31 - 1
"""The largest id a column holds. A larger number names nothing."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Aware on the way in and out; SQLite, which knows no zones, keeps it in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Turn a moment of any zone into UTC.

        Raises:
            ValueError: the moment has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Give the moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: how Python types are stored and how constraints are named."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        bytes: LargeBinary,
        float: Double,
        list[str]: JSON,
        list[dict[str, Any]]: JSON,
        dict[str, Any]: JSON,
    }


# SQLite gives the id of a deleted last row to the next one unless told otherwise. Telemetry is kept
# under these ids, so a new test or agent would inherit the rounds of a deleted one.
IDS_ARE_NEVER_REUSED = {"sqlite_autoincrement": True}


class OrganizationRow(Base):
    """A tenant."""

    __tablename__ = "organizations"
    __table_args__ = IDS_ARE_NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime]


class WorkspaceRow(Base):
    """What owns data."""

    __tablename__ = "workspaces"
    __table_args__ = (UniqueConstraint("organization_id", "name"), IDS_ARE_NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    organization: Mapped[OrganizationRow] = relationship(lazy="joined", innerjoin=True)


class PersonRow(Base):
    """Somebody with a mail address, kept in lower case."""

    __tablename__ = "people"
    __table_args__ = IDS_ARE_NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    memberships: Mapped[list["MembershipRow"]] = relationship(
        lazy="selectin", order_by="MembershipRow.workspace_id"
    )


class MembershipRow(Base):
    """A person in a workspace, as what. One of a person's is their default."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "uq_memberships_default",
            "person_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    is_default: Mapped[bool]
    workspace: Mapped[WorkspaceRow] = relationship(lazy="joined", innerjoin=True)


class ApiTokenRow(Base):
    """A person's token: its SHA-256 hash, and its first characters to find and show it by."""

    __tablename__ = "api_tokens"
    __table_args__ = IDS_ARE_NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    prefix: Mapped[str] = mapped_column(String(32), index=True)
    hash: Mapped[bytes]
    label: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class EnrolmentTokenRow(Base):
    """What lets one agent into a workspace, once."""

    __tablename__ = "enrolment_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    prefix: Mapped[str] = mapped_column(String(32), index=True)
    hash: Mapped[bytes]
    label: Mapped[str] = mapped_column(String(255))
    created_by: Mapped[str] = mapped_column(String(1024))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AgentRow(Base):
    """A measuring program. A removed one stays, without its key, so that old rounds keep a name."""

    __tablename__ = "agents"
    __table_args__ = (
        Index(
            "uq_agents_workspace_id_name",
            "workspace_id",
            "name",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        IDS_ARE_NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(255))
    host: Mapped[str] = mapped_column(String(255))
    host_is_chosen: Mapped[bool]
    port: Mapped[int]
    country_id: Mapped[str] = mapped_column(String(2))
    location: Mapped[str] = mapped_column(String(255))
    addresses: Mapped[list[str]]
    version: Mapped[str] = mapped_column(String(64))
    key_prefix: Mapped[str] = mapped_column(String(32), index=True)
    key_hash: Mapped[bytes]
    enabled: Mapped[bool]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class VoiceTestSourceRow(Base):
    """One agent that sends in one voice test."""

    __tablename__ = "voice_test_sources"

    test_id: Mapped[int] = mapped_column(ForeignKey("voice_tests.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True, index=True)


class VoiceTestRow(Base):
    """A voice test: its settings, and the secret that the keys of its streams are made from."""

    __tablename__ = "voice_tests"
    __table_args__ = (UniqueConstraint("workspace_id", "name"), IDS_ARE_NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(255))
    target_agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    interval: Mapped[int]
    duration: Mapped[int]
    codec: Mapped[str] = mapped_column(String(64))
    dscp: Mapped[int]
    jitter_buffer: Mapped[float]
    two_way: Mapped[bool]
    path_traces: Mapped[int]
    enabled: Mapped[bool]
    alerts_enabled: Mapped[bool]
    description: Mapped[str] = mapped_column(Text)
    facade_settings: Mapped[dict[str, Any]]
    probe_key: Mapped[bytes]
    created_by: Mapped[str] = mapped_column(String(1024))
    created_at: Mapped[datetime]
    modified_by: Mapped[str | None] = mapped_column(String(1024))
    modified_at: Mapped[datetime | None]
    requested_round: Mapped[int | None]
    sources: Mapped[list[VoiceTestSourceRow]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by=VoiceTestSourceRow.agent_id,
    )
