"""A chat as CSV, with the columns and the words of RealtimeKit's chat dump."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sonde.api.downloads.units import iso_milliseconds
from sonde.model.chat import ChatMessage, MessageKind
from sonde.model.sessions import Session

COLUMNS: Final = (
    "id",
    "participantId",
    "sessionId",
    "meetingId",
    "displayName",
    "pinned",
    "isEdited",
    "payloadType",
    "payload",
    "createdAt",
)

_TYPES: Final[Mapping[MessageKind, str]] = {
    MessageKind.TEXT: "TEXT_MESSAGE",
    MessageKind.IMAGE: "IMAGE_MESSAGE",
    MessageKind.FILE: "FILE_MESSAGE",
}


def write_chat_csv(session: Session, messages: Iterable[ChatMessage]) -> Iterator[str]:
    """The lines of a chat (RFC 4180), the names of the columns first."""
    yield _line(COLUMNS)
    for each in messages:
        yield _line(
            (
                each.message_id,
                # What the vendor calls the id of a participant in a session is that of the connection.
                each.peer_id or each.participant_id or "",
                each.session_id,
                session.meeting_id,
                each.name,
                _word(yes=each.is_pinned),
                _word(yes=each.edited_at is not None),
                _TYPES[each.kind],
                each.text if each.kind is MessageKind.TEXT else each.link,
                iso_milliseconds(each.sent_at),
            )
        )


def _word(*, yes: bool) -> str:
    return "true" if yes else "false"


def _line(values: Iterable[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(values)
    return line.getvalue()
