"""What the directory hands out that is not one of the shared nouns."""

from datetime import datetime

import msgspec

from sonde.model.voice_tests import VoiceTest


class SealedToken(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a token.

    Attributes:
        prefix: its first characters, to find it and to show which one it is.
        hash: SHA-256 of the whole token, 32 bytes.
    """

    prefix: str
    hash: bytes


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A stored hash to compare a presented token with.

    Attributes:
        record_id: the API token, enrolment token or agent it belongs to.
        owner_id: the person of an API token, the workspace of the other two.
    """

    record_id: int
    owner_id: int
    hash: bytes


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a person's token after its making."""

    token_id: int
    prefix: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyedVoiceTest(msgspec.Struct, frozen=True, kw_only=True):
    """A voice test with its secret, for making the keys of its streams. Never leaves the server.

    Attributes:
        probe_key: 32 secret bytes.
    """

    test: VoiceTest
    probe_key: bytes


class SilentPeer(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that nothing was heard of for a while."""

    workspace_id: int
    peer_id: str
    session_id: str
    meeting_id: str
    has_reported: bool
    created_at: datetime
    last_seen_at: datetime
    heard_at: datetime


class PeerNews(msgspec.Struct, frozen=True, kw_only=True):
    """That a peer is still there, and nothing else."""

    workspace_id: int
    peer_id: str
    last_seen_at: datetime


class VideoSdkSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What tokens that name a key pair may be signed with.

    Attributes:
        workspace_id: whose pair it is.
        label: what it is for.
        secrets: the one that it has, and the one before while that still works.
    """

    workspace_id: int
    label: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        """Leave the secrets out, wherever this gets printed."""
        return f"VideoSdkSecrets({self.label!r})"
