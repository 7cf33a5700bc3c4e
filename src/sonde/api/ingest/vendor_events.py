"""Where Cloudflare RealtimeKit and VideoSDK tell of the sessions that they host: their own webhooks.

A vendor signs for all its customers with one key. So a caller needs a client key of the workspace as well,
which stands in the query, because all that one can tell these vendors is a URL.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from litestar import Request, Router, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.ingest.intake import identify, read_caller, spend
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.session_news import NewsKind, SessionNews, Vendor
from sonde.model.sightings import ReportingClient

MAX_BODY: Final = 64 * 1024
"""Bytes of an event; the vendors' have about one thousand."""

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9000

Call: TypeAlias = Request[Any, Any, Any]
Identifier: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]

REALTIMEKIT_KINDS: Final = {
    "meeting.started": NewsKind.STARTED,
    "meeting.ended": NewsKind.ENDED,
    "meeting.participantJoined": NewsKind.JOINED,
    "meeting.participantLeft": NewsKind.LEFT,
}
VIDEOSDK_KINDS: Final = {
    "session-started": NewsKind.STARTED,
    "session-ended": NewsKind.ENDED,
    "participant-joined": NewsKind.JOINED,
    "participant-left": NewsKind.LEFT,
}


class _Meeting(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: Identifier
    title: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class _Participant(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    peer_id: Identifier
    user_display_name: str | None = None
    custom_participant_id: str | None = None
    joined_at: datetime | None = None
    left_at: datetime | None = None


class RealtimeKitEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of Cloudflare RealtimeKit; of kinds that are not ours only the name is read."""

    event: str
    meeting: _Meeting | None = None
    participant: _Participant | None = None


class _Data(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    meeting_id: Identifier
    session_id: Identifier
    participant_id: Identifier | None = None
    participant_name: str | None = None
    start: datetime | None = None
    end: datetime | None = None


class VideoSdkEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event of VideoSDK."""

    webhook_type: str
    data: _Data


_realtimekit = msgspec.json.Decoder(RealtimeKitEvent)
_videosdk = msgspec.json.Decoder(VideoSdkEvent)
_named = msgspec.json.Decoder(dict[str, Any])


@post("/realtimekit", status_code=204)
async def take_realtimekit_event(request: Call, body: RawBody, use_cases: NamedDependency[UseCases]) -> None:
    """Take an event of Cloudflare RealtimeKit, or of Dyte, which it was before."""
    client = await _admit(request, use_cases)
    signature = request.headers.get("rtk-signature", "") or request.headers.get("dyte-signature", "")
    use_cases.vendor_sessions.check(Vendor.REALTIMEKIT, body, signature)
    if _is_one_of(body, "event", REALTIMEKIT_KINDS):
        news = read_realtimekit(decode_json(body, _realtimekit), client.workspace_id, use_cases.now())
        await sync_to_thread(use_cases.vendor_sessions.take, news)


@post("/videosdk", status_code=204)
async def take_videosdk_event(request: Call, body: RawBody, use_cases: NamedDependency[UseCases]) -> None:
    """Take an event of VideoSDK."""
    client = await _admit(request, use_cases)
    signature = request.headers.get("videosdk-signature", "")
    use_cases.vendor_sessions.check(Vendor.VIDEOSDK, body, signature)
    if _is_one_of(body, "webhookType", VIDEOSDK_KINDS):
        news = read_videosdk(decode_json(body, _videosdk), client.workspace_id, use_cases.now())
        await sync_to_thread(use_cases.vendor_sessions.take, news)


def create_vendor_events() -> Router:
    """Build the endpoints of vendors' events."""
    return Router(
        "/v1/events",
        route_handlers=[take_realtimekit_event, take_videosdk_event],
        request_max_body_size=MAX_BODY,
    )


def read_realtimekit(event: RealtimeKitEvent, workspace_id: int, now: datetime) -> SessionNews:
    """An event of RealtimeKit in our words.

    Args:
        event: of one of `REALTIMEKIT_KINDS`.
        workspace_id: whose it is.
        now: when it happened, if it does not say.

    Raises:
        Invalid: a part is missing that such an event has.
    """
    kind, meeting, person = REALTIMEKIT_KINDS[event.event], event.meeting, event.participant
    if meeting is None:
        raise Invalid("This field is required.", field="meeting")
    told = partial(
        SessionNews, kind=kind, workspace_id=workspace_id, meeting=meeting.id, title=meeting.title or ""
    )
    if kind is NewsKind.STARTED:
        return told(at=_utc(meeting.started_at, now))
    if kind is NewsKind.ENDED:
        since = _utc(meeting.started_at, now) if meeting.started_at else None
        return told(at=_utc(meeting.ended_at, now), since=since)
    if person is None:
        raise Invalid("This field is required.", field="participant")
    joined_at = _utc(person.joined_at, now)
    has_left = kind is NewsKind.LEFT
    return told(
        at=_utc(person.left_at, now) if has_left else joined_at,
        since=joined_at if person.joined_at else None,
        peer_id=peer_id_of(person.peer_id),
        custom_id=person.custom_participant_id or None,
        name=person.user_display_name or "",
    )


def read_videosdk(event: VideoSdkEvent, workspace_id: int, now: datetime) -> SessionNews:
    """An event of VideoSDK in our words. Of those about participants it tells no time, so it is now.

    Args:
        event: of one of `VIDEOSDK_KINDS`.
        workspace_id: whose it is.
        now: when it happened, if it does not say.

    Raises:
        Invalid: a part is missing that such an event has.
    """
    kind, data = VIDEOSDK_KINDS[event.webhook_type], event.data
    told = partial(SessionNews, kind=kind, workspace_id=workspace_id, meeting=data.meeting_id)
    if kind is NewsKind.STARTED:
        return told(at=_utc(data.start, now))
    if kind is NewsKind.ENDED:
        since = _utc(data.start, now) if data.start else None
        return told(at=_utc(data.end, now), since=since)
    if data.participant_id is None:
        raise Invalid("This field is required.", field="data.participantId")
    return told(
        at=now,
        peer_id=peer_id_of(f"videosdk/{data.session_id}/{data.participant_id}"),
        custom_id=data.participant_id,
        name=data.participant_name or "",
    )


async def _admit(request: Call, use_cases: UseCases) -> ReportingClient:
    """Whose workspace an event is for.

    Raises:
        Unauthenticated: there is no key, or it is not valid.
        Limited: too much came with it.
    """
    client = await identify(use_cases, read_caller(request.scope))
    spend(use_cases, client, credential="key", sent="events")
    return client


def _is_one_of(body: bytes, field: str, kinds: Mapping[str, NewsKind]) -> bool:
    """Whether an event is of a kind that is read; the vendors have more, which are answered and forgotten.

    Raises:
        Invalid: the body is no JSON object.
    """
    return str(decode_json(body, _named).get(field)) in kinds


def _utc(at: datetime | None, now: datetime) -> datetime:
    """A time that an event tells, or now.

    Raises:
        Invalid: it is none at which anybody can have been in a call.
    """
    if at is None:
        return now
    # Beyond these years a time has no neighbours, or none in UTC, that can be reckoned with.
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Invalid(f"The year of a time must be {FIRST_YEAR} to {LAST_YEAR}, got {at.year}.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)
