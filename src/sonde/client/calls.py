"""Operations about meetings, sessions and who was in them, and about the keys of those who report."""

from typing import Literal

from sonde.client.caller import Caller, Json, Moment, at
from sonde.client.rows import Rows


class Calls(Caller):
    """Meetings, participants, sessions, peers and client keys."""

    def list_meetings(self, *, search: str = "", limit: int = 100) -> Rows:
        """The meetings of the workspace, the newest first."""
        return Rows(self, "/v1/meetings", {"search": search, "limit": limit})

    def create_meeting(self, body: Json) -> Json:
        """Make a meeting; `body` has the fields of `MeetingBody`."""
        made: Json = self.ask("POST", "/v1/meetings", body=body)
        return made

    def get_meeting(self, meeting_id: str) -> Json:
        """One meeting."""
        return self.ask_one(at("/v1/meetings/{}", meeting_id))

    def update_meeting(self, meeting_id: str, body: Json) -> Json:
        """Replace all that can be chosen about a meeting."""
        changed: Json = self.ask("PUT", at("/v1/meetings/{}", meeting_id), body=body)
        return changed

    def list_participants(self, meeting_id: str, *, limit: int = 100) -> Rows:
        """Everybody who was enrolled in a meeting or reported from it, the newest first."""
        return Rows(self, at("/v1/meetings/{}/participants", meeting_id), {"limit": limit})

    def add_participant(self, meeting_id: str, body: Json) -> Json:
        """Enrol somebody in a meeting; `body` has the fields of `ParticipantBody`."""
        made: Json = self.ask("POST", at("/v1/meetings/{}/participants", meeting_id), body=body)
        return made

    def get_participant(self, participant_id: str) -> Json:
        """One participant."""
        return self.ask_one(at("/v1/participants/{}", participant_id))

    def create_participant_token(self, participant_id: str, body: Json) -> Json:
        """Make a token with which a client reports as this participant; `body` may have `ttl`, in seconds."""
        made: Json = self.ask("POST", at("/v1/participants/{}/tokens", participant_id), body=body)
        return made

    def revoke_participant_tokens(self, participant_id: str) -> None:
        """End all tokens of a participant."""
        self.ask("DELETE", at("/v1/participants/{}/tokens", participant_id))

    def list_sessions(  # noqa: PLR0913 - one for each filter of the operation
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        sdk: str = "",
        sdk_version: str = "",
        issue: str = "",
        mos_from: float | None = None,
        mos_below: float | None = None,
        status: Literal["live", "ended"] | None = None,
        meeting_id: str | None = None,
        parent_session_id: str | None = None,
        participant: str = "",
        limit: int = 100,
    ) -> Rows:
        """The sessions of the workspace, the one that began last first."""
        times = {"since": since, "until": until, "status": status, "participant": participant}
        quality = {"issue": issue, "mos_from": mos_from, "mos_below": mos_below}
        program = {"sdk": sdk, "sdk_version": sdk_version}
        of = {"meeting_id": meeting_id, "parent_session_id": parent_session_id}
        return Rows(self, "/v1/sessions", {**times, **quality, **program, **of, "limit": limit})

    def get_session(self, session_id: str) -> Json:
        """One session."""
        return self.ask_one(at("/v1/sessions/{}", session_id))

    def end_session(self, session_id: str) -> Json:
        """End a session and its breakout rooms for everyone."""
        ended: Json = self.ask("POST", at("/v1/sessions/{}/end", session_id))
        return ended

    def list_session_peers(  # noqa: PLR0913 - one for each filter of the operation
        self,
        session_id: str,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        sdk: str = "",
        sdk_version: str = "",
        issue: str = "",
        mos_from: float | None = None,
        mos_below: float | None = None,
        limit: int = 100,
    ) -> Rows:
        """The connections of a session, in the order in which they came."""
        times = {"since": since, "until": until, "sdk": sdk, "sdk_version": sdk_version}
        quality = {"issue": issue, "mos_from": mos_from, "mos_below": mos_below}
        path = at("/v1/sessions/{}/peers", session_id)
        return Rows(self, path, {**times, **quality, "limit": limit})

    def list_session_participants(self, session_id: str, *, limit: int = 100) -> Rows:
        """The people of a session with all their connections, in the order in which they came."""
        return Rows(self, at("/v1/sessions/{}/participants", session_id), {"limit": limit})

    def get_peer(self, peer_id: str) -> Json:
        """One connection with its events."""
        return self.ask_one(at("/v1/peers/{}", peer_id))

    def join_meeting(self, meeting_id: str, body: Json) -> Json:
        """Note that somebody joins a meeting now; `body` has the fields of `JoinBody`."""
        joined: Json = self.ask("POST", at("/v1/meetings/{}/peers", meeting_id), body=body)
        return joined

    def leave_meeting(self, peer_id: str) -> Json:
        """Note that a connection ends now."""
        left: Json = self.ask("POST", at("/v1/peers/{}/leave", peer_id))
        return left

    def list_client_keys(self, *, limit: int = 100) -> Rows:
        """The client keys of the workspace, the ended ones too."""
        return Rows(self, "/v1/client-keys", {"limit": limit})

    def create_client_key(self, body: Json) -> Json:
        """Make a client key; `body` has its `label`."""
        made: Json = self.ask("POST", "/v1/client-keys", body=body)
        return made

    def revoke_client_key(self, key_id: int) -> None:
        """End a client key."""
        self.ask("DELETE", at("/v1/client-keys/{}", key_id))

    def list_call_report_tokens(self, *, limit: int = 100) -> Rows:
        """The workspace's tokens for Telnyx call reports, the ended ones too."""
        return Rows(self, "/v1/call-report-tokens", {"limit": limit})

    def create_call_report_token(self, body: Json) -> Json:
        """Make a token for Telnyx call reports; `body` has `email` and `label`, and may have `ttl`."""
        made: Json = self.ask("POST", "/v1/call-report-tokens", body=body)
        return made

    def revoke_call_report_token(self, token_id: int) -> None:
        """End a token for Telnyx call reports."""
        self.ask("DELETE", at("/v1/call-report-tokens/{}", token_id))

    def list_videosdk_keys(self, *, limit: int = 100) -> Rows:
        """The workspace's key pairs for VideoSDK's API, the ended ones too."""
        return Rows(self, "/v1/videosdk-keys", {"limit": limit})

    def create_videosdk_key(self, body: Json) -> Json:
        """Make a key pair for VideoSDK's API; `body` has `label`."""
        made: Json = self.ask("POST", "/v1/videosdk-keys", body=body)
        return made

    def rotate_videosdk_key(self, pair_id: int, body: Json) -> Json:
        """Give a key pair another secret; `body` may have `overlap`."""
        made: Json = self.ask("POST", at("/v1/videosdk-keys/{}/rotate", pair_id), body=body)
        return made

    def revoke_videosdk_key(self, pair_id: int) -> None:
        """End a key pair for VideoSDK's API."""
        self.ask("DELETE", at("/v1/videosdk-keys/{}", pair_id))
