"""Webhooks: what applications are told of their sessions, where it goes, and what became of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

WEBHOOKS_MAX: Final = 20
"""Most webhooks of a workspace: each of its events is written once for every one of them."""

ATTEMPTS_KEPT: Final = 20
"""Most attempts that the log of a delivery has; of more the first ones are left out."""

LOG_KEPT: Final = timedelta(days=30)
"""How long a delivery is kept after it was made."""


class EventKind(StrEnum):
    """What webhooks can tell, under the names of Cloudflare RealtimeKit."""

    STARTED = "meeting.started"
    ENDED = "meeting.ended"
    JOINED = "meeting.participantJoined"
    LEFT = "meeting.participantLeft"
    CHAT = "meeting.chatSynced"
    TRANSCRIPT = "meeting.transcript"
    SUMMARY = "meeting.summary"
    RECORDING = "recording.statusUpdate"
    """Can be asked for and never comes: nothing here records."""
    LIVESTREAM = "livestreaming.statusUpdate"
    """Can be asked for and never comes: nothing here streams."""


class DeliveryState(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    """It will be sent, or sent again."""

    DELIVERED = "delivered"
    """The receiver answered 2xx."""

    FAILED = "failed"
    """It was refused for good, or nobody took it for a day."""


class SessionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a session, not told to anybody yet.

    Attributes:
        peer_id: whom it is about; None for the session as a whole.
        at: when it happened.
        details: what it says beside that, such as `url` and `expires_at` of a file to fetch.
    """

    kind: EventKind
    workspace_id: int
    session_id: str
    peer_id: str | None = None
    at: datetime
    details: dict[str, Any] = {}


class UntoldTalk(msgspec.Struct, frozen=True, kw_only=True):
    """What was written or said in a session that has ended, of which nobody was told yet.

    Attributes:
        kind: `CHAT` or `TRANSCRIPT`.
        changed_at: when the session ended, or something was added after that.
    """

    kind: EventKind
    workspace_id: int
    session_id: str
    changed_at: datetime


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What people choose about a webhook.

    Attributes:
        name: shown to people.
        url: where events are posted; http or https.
        events: which ones, each once.
        enabled: whether events are written for it, and sent.
    """

    name: str
    url: str
    events: tuple[EventKind, ...]
    enabled: bool = True


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Where a workspace's events go.

    Attributes:
        webhook_id: UUID in lower case.
        failures: attempts that failed since the last one that reached a working receiver.
        rests_until: nothing is sent to it before; None when it does not rest.
    """

    webhook_id: str
    workspace_id: int
    settings: WebhookSettings
    failures: int
    rests_until: datetime | None
    created_at: datetime
    updated_at: datetime

    def accepts(self, now: datetime) -> bool:
        """Whether anything may be sent to it at a moment."""
        return self.settings.enabled and (self.rests_until is None or self.rests_until <= now)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver.

    Attributes:
        at: when it began.
        seconds: how long it took.
        status: of the answer; None without one.
        error: why there was no answer; empty with one.
        answer: the beginning of the answer's body.
    """

    at: datetime
    seconds: float
    status: int | None = None
    error: str = ""
    answer: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one webhook.

    Attributes:
        number: rises with each delivery that is made.
        delivery_id: UUID in lower case, the same in each attempt and each replay.
        body: what is signed and sent, byte by byte.
        next_at: when it is tried next, if nothing else happens; None when it will not be.
        give_up_at: an attempt that fails later is the last one.
        attempts: what was tried, the earliest first, at most the last `ATTEMPTS_KEPT`.
        attempt_count: how often it was tried.
    """

    number: int
    delivery_id: str
    webhook_id: str
    workspace_id: int
    event: EventKind
    session_id: str
    body: bytes
    state: DeliveryState
    created_at: datetime
    next_at: datetime | None
    give_up_at: datetime
    attempt_count: int
    attempts: tuple[Attempt, ...]
