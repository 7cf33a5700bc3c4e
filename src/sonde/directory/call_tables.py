"""The tables of meetings, sessions and who was in them. `migrations` makes these as well."""

import re
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sonde.directory.tables import IDS_ARE_NEVER_REUSED, Base

UUID_LENGTH = 36
PICTURE_LENGTH = 2048

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def possible_id(text: str) -> str:
    """An id as it was given, or an empty one, which nothing has, where it cannot be one of ours.

    Text with a NUL in it must not reach PostgreSQL, which refuses the whole statement.
    """
    return text if _UUID.fullmatch(text) else ""


class MeetingRow(Base):
    """A reusable room."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("workspace_id", "custom_id"),
        Index("ix_meetings_workspace_id_created_at", "workspace_id", "created_at"),
        Index("ix_meetings_titles", "workspace_id", "title", "id"),
    )

    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    custom_id: Mapped[str | None] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(255))
    preferred_region: Mapped[str] = mapped_column(String(64))
    keep_alive: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    parent_meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meetings.id"), index=True)
    options: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


LISTED: Final = ("participants", "ended_at", "meeting_id")
"""What lists of sessions are narrowed by; indexes hold it, so that no row is read but those shown."""


class SessionRow(Base):
    """One live instance of a meeting. What it adds up to is kept once it has ended.

    Two of the totals have columns of their own, for lists that are narrowed or sorted by them. It lasted for
    no more than `seconds`, and for at most three less.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_by_start", "workspace_id", "started_at", "id", *LISTED),
        Index("ix_sessions_by_minutes", "workspace_id", "participant_minutes", "id", *LISTED, "started_at"),
        Index(
            "ix_sessions_by_meeting",
            *("meeting_id", "workspace_id", "started_at", "id", "participant_minutes"),
            *("ended_at", "participants"),
        ),
        # As narrow as can be: in these sessions are counted.
        Index("ix_sessions_by_length", "workspace_id", "seconds"),
        Index("ix_sessions_by_people", "workspace_id", "participants"),
        Index(
            "ix_sessions_live",
            *("workspace_id", "ended_at", "started_at", "id", "meeting_id"),
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id"))
    parent_session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))
    totals: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    participants: Mapped[int | None]
    participant_minutes: Mapped[float | None]
    seconds: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ParticipantRow(Base):
    """A person in a meeting."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("meeting_id", "custom_id"),)

    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id"))
    custom_id: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    preset: Mapped[str] = mapped_column(String(255))
    view_type: Mapped[str] = mapped_column(String(16))
    picture: Mapped[str] = mapped_column(String(PICTURE_LENGTH))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class PresetRow(Base):
    """A set of permissions and looks that participants are given by its name."""

    __tablename__ = "presets"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(255))
    view_type: Mapped[str] = mapped_column(String(16))
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PeerRow(Base):
    """One connection of a participant. Its id is the client's choice, so each workspace has its own."""

    __tablename__ = "peers"
    __table_args__ = (
        Index(
            "ix_peers_present",
            "heard_at",
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"), index=True)
    view_type: Mapped[str] = mapped_column(String(16))
    device: Mapped[dict[str, Any]]
    place: Mapped[dict[str, Any]]
    labels: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    connected_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    has_reported: Mapped[bool]
    left_at: Mapped[datetime | None]
    leave_reason: Mapped[str | None] = mapped_column(String(16))
    participant: Mapped[ParticipantRow] = relationship(lazy="joined", innerjoin=True)


class ClientKeyRow(Base):
    """What lets browsers report to a workspace, and do nothing else."""

    __tablename__ = "client_keys"
    __table_args__ = IDS_ARE_NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    prefix: Mapped[str] = mapped_column(String(32), index=True)
    hash: Mapped[bytes]
    label: Mapped[str] = mapped_column(String(255))
    created_by: Mapped[str] = mapped_column(String(1024))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ParticipantTokenRow(Base):
    """What lets one participant report, until it expires."""

    __tablename__ = "participant_tokens"
    __table_args__ = IDS_ARE_NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"), index=True)
    prefix: Mapped[str] = mapped_column(String(32), index=True)
    hash: Mapped[bytes]
    created_by: Mapped[str] = mapped_column(String(1024))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CallReportTokenRow(Base):
    """What lets the calls of one person's application upload Telnyx call reports, until it expires."""

    __tablename__ = "call_report_tokens"
    __table_args__ = IDS_ARE_NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    prefix: Mapped[str] = mapped_column(String(32), index=True)
    hash: Mapped[bytes]
    label: Mapped[str] = mapped_column(String(255))
    created_by: Mapped[str] = mapped_column(String(1024))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class VideoSdkKeyRow(Base):
    """A key pair whose secret programs sign their tokens with. Checking those takes the secret itself."""

    __tablename__ = "videosdk_keys"
    __table_args__ = (UniqueConstraint("api_key"), IDS_ARE_NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    api_key: Mapped[str] = mapped_column(String(UUID_LENGTH))
    secret: Mapped[str] = mapped_column(String(64))
    old_secret: Mapped[str] = mapped_column(String(64))
    old_secret_until: Mapped[datetime | None]
    label: Mapped[str] = mapped_column(String(255))
    created_by: Mapped[str] = mapped_column(String(1024))
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
