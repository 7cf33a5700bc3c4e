"""The tables of webhooks, of what waits to be told, and of the key it is signed with."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from sonde.directory.call_tables import UUID_LENGTH
from sonde.directory.tables import IDS_ARE_NEVER_REUSED, Base


class WebhookRow(Base):
    """Where a workspace's events go."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    url: Mapped[str] = mapped_column(String(2048))
    events: Mapped[list[str]]
    enabled: Mapped[bool]
    failures: Mapped[int]
    rests_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SessionEventRow(Base):
    """Something that happened, written with what happened and gone once it is a delivery of each webhook."""

    __tablename__ = "session_events"
    __table_args__ = IDS_ARE_NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    peer_id: Mapped[str | None] = mapped_column(String(UUID_LENGTH))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]]


class WebhookDeliveryRow(Base):
    """One event for one webhook, and what was tried. The webhook takes its log along when it goes."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_webhook_id_id", "webhook_id", "id"),
        Index(
            "ix_webhook_deliveries_pending",
            "webhook_id",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        IDS_ARE_NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(String(UUID_LENGTH), unique=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    event: Mapped[str] = mapped_column(String(32))
    session_id: Mapped[str] = mapped_column(String(UUID_LENGTH))
    body: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(index=True)
    next_at: Mapped[datetime | None]
    give_up_at: Mapped[datetime]
    attempt_count: Mapped[int]
    attempts: Mapped[list[dict[str, Any]]]


class SigningKeyRow(Base):
    """A private key of this server, one for each purpose."""

    __tablename__ = "signing_keys"

    purpose: Mapped[str] = mapped_column(String(32), primary_key=True)
    private_key: Mapped[bytes]
    created_at: Mapped[datetime]
