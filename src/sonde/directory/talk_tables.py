"""The tables of what people wrote and said in sessions. `migrations` makes these as well."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sonde.directory.call_tables import UUID_LENGTH
from sonde.directory.tables import Base


class ChatMessageRow(Base):
    """A message. Of a deleted one nothing is left but its id, so that it does not come back."""

    __tablename__ = "chat_messages"
    __table_args__ = (Index("ix_chat_messages_session_id_sent_at", "session_id", "sent_at"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    peer_id: Mapped[str | None] = mapped_column(String(UUID_LENGTH))
    participant_id: Mapped[str | None] = mapped_column(String(UUID_LENGTH))
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(String(255))
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    is_pinned: Mapped[bool]
    sent_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class TranscriptSegmentRow(Base):
    """A piece of what somebody said; times are seconds since the session began."""

    __tablename__ = "transcript_segments"
    __table_args__ = (Index("ix_transcript_segments_session_id_start", "session_id", "start"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(UUID_LENGTH), primary_key=True)
    start: Mapped[float]
    end: Mapped[float | None]
    peer_id: Mapped[str | None] = mapped_column(String(UUID_LENGTH))
    participant_id: Mapped[str | None] = mapped_column(String(UUID_LENGTH))
    custom_id: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    is_final: Mapped[bool]


class SummaryRow(Base):
    """The summary of a session that somebody asked for: what it shall be, and what came of it."""

    __tablename__ = "summaries"
    __table_args__ = (Index("ix_summaries_status", "status"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    status: Mapped[str] = mapped_column(String(16))
    word_limit: Mapped[int]
    text_format: Mapped[str] = mapped_column(String(16))
    summary_type: Mapped[str] = mapped_column(String(32))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    made_by: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)


class UntoldTalkRow(Base):
    """The chat or the transcript of a session that has ended, gone once that it is there was told."""

    __tablename__ = "untold_talk"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    changed_at: Mapped[datetime] = mapped_column(index=True)


class ServerSecretRow(Base):
    """Random bytes that all processes of the server share and nobody else knows."""

    __tablename__ = "server_secrets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    secret: Mapped[bytes]
    created_at: Mapped[datetime]
