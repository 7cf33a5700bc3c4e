"""Operations about what people write and say in sessions."""

from typing import Literal, TypeAlias

from sonde.client.caller import Caller, Json, at
from sonde.client.rows import Rows

TranscriptFormat: TypeAlias = Literal["csv", "json", "srt", "vtt"]


class Talk(Caller):
    """Chat, transcripts and summaries of sessions."""

    def list_chat_messages(self, session_id: str, *, limit: int = 100) -> Rows:
        """The messages of a session, oldest first."""
        return Rows(self, at("/v1/sessions/{}/chat", session_id), {"limit": limit})

    def list_meeting_chat(self, meeting_id: str, *, limit: int = 100) -> Rows:
        """What somebody who comes to a meeting now finds written there, oldest first."""
        return Rows(self, at("/v1/meetings/{}/chat", meeting_id), {"limit": limit})

    def add_chat_messages(self, session_id: str, body: Json) -> Json:
        """Take messages; `body` has the fields of `ChatBody`."""
        receipt: Json = self.ask("POST", at("/v1/sessions/{}/chat", session_id), body=body)
        return receipt

    def update_chat_message(self, session_id: str, message_id: str, body: Json) -> Json:
        """Edit a message, pin it or unpin it; `body` may have `text` and `is_pinned`."""
        path = at("/v1/sessions/{}/chat/{}", session_id, message_id)
        changed: Json = self.ask("PATCH", path, body=body)
        return changed

    def delete_chat_message(self, session_id: str, message_id: str) -> None:
        """Forget what a message said."""
        self.ask("DELETE", at("/v1/sessions/{}/chat/{}", session_id, message_id))

    def get_chat_download(self, session_id: str) -> Json:
        """Where the whole chat can be fetched as CSV."""
        return self.ask_one(at("/v1/sessions/{}/chat/download", session_id))

    def list_transcript_segments(self, session_id: str, *, limit: int = 100) -> Rows:
        """What was said in a session, in order."""
        return Rows(self, at("/v1/sessions/{}/transcript", session_id), {"limit": limit})

    def add_transcript_segments(self, session_id: str, body: Json) -> Json:
        """Take segments; `body` has the fields of `TranscriptBody`."""
        receipt: Json = self.ask("POST", at("/v1/sessions/{}/transcript", session_id), body=body)
        return receipt

    def import_transcript(
        self, session_id: str, body: bytes, *, file_format: TranscriptFormat = "json"
    ) -> Json:
        """Take all that a file says; `body` is its content."""
        path = at("/v1/sessions/{}/transcript/import", session_id)
        receipt: Json = self.ask("POST", path, query={"file_format": file_format}, body=body)
        return receipt

    def get_transcript_download(self, session_id: str, *, file_format: TranscriptFormat = "csv") -> Json:
        """Where the whole transcript can be fetched."""
        path = at("/v1/sessions/{}/transcript/download", session_id)
        return self.ask_one(path, {"file_format": file_format})

    def get_summary(self, session_id: str) -> Json:
        """The summary of a session as far as it is."""
        return self.ask_one(at("/v1/sessions/{}/summary", session_id))

    def request_summary(self, session_id: str, body: Json) -> Json:
        """Have a summary made; `body` may have `word_limit`, `text_format` and `summary_type`."""
        asked: Json = self.ask("POST", at("/v1/sessions/{}/summary", session_id), body=body)
        return asked

    def get_summary_download(self, session_id: str) -> Json:
        """Where the completed summary can be fetched as text."""
        return self.ask_one(at("/v1/sessions/{}/summary/download", session_id))
