"""Where RealtimeKit's statistics client sends its messages, and where it asks for its place.

The client takes the hosts of both as arguments, and looks at neither status nor body of what a message is
answered: whatever is refused is lost to it.
"""

from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import RawBody

from sonde.api.authentication import read_bearer
from sonde.api.body import decode_json
from sonde.api.ingest.cors import PREFLIGHT_SECONDS, readable_by_pages
from sonde.api.ingest.intake import spend
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid, Unauthenticated
from sonde.model.reports import Receipt
from sonde.model.sightings import ReportingClient
from sonde.services.callstats_messages import Origin

MAX_BODY: Final = 2 * 1024 * 1024
"""Bytes of a message: 25 entries about a call with a hundred people fit."""

CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
}
"""Pages of every origin may report: what lets them in is the token, never a cookie."""

Call: TypeAlias = Request[Any, Any, Any]

_message = msgspec.json.Decoder(dict[str, Any])


class CallerPlace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the caller is, in the client's words.

    Attributes:
        ip: the address without the part that names one subscriber.
        city, region, country, timezone: English names, ISO 3166-1 alpha-2 and the name of the time zone.
        loc: latitude and longitude in degrees, with a comma; the client wants nothing of the rest without.
        org: the autonomous system: its number and who runs it.
        asn: the same in parts.
    """

    ip: str
    city: str = ""
    region: str = ""
    country: str = ""
    timezone: str = ""
    loc: str = ""
    org: str = ""
    asn: dict[str, str] = {}


@post("/message", status_code=200)
async def take_message(request: Call, body: RawBody, use_cases: NamedDependency[UseCases]) -> Receipt:
    """Take one message of a client; it is on the disk when this answers."""
    client = await _identify(use_cases, request)
    spend(use_cases, client, credential="token", sent="messages")
    origin = Origin(address=_address(request), user_agent=request.headers.get("user-agent", ""))
    try:
        message = decode_json(body, _message)
        return await use_cases.callstats_messages.take(client, message, body, origin=origin)
    except Invalid as error:
        use_cases.reports.note_refusal(client, body, error)
        raise


@get("/location", sync_to_thread=True)
def show_location(request: Call, use_cases: NamedDependency[UseCases]) -> CallerPlace:
    """Tell callers where they are, as far as the databases of places know."""
    return _place(use_cases, _address(request))


@post("/location", status_code=200, sync_to_thread=True)
def show_location_again(request: Call, use_cases: NamedDependency[UseCases]) -> CallerPlace:
    """The same, for a client that was not content with the first answer."""
    return _place(use_cases, _address(request))


def create_callstats() -> Router:
    """Build the endpoints of RealtimeKit's statistics client."""
    return Router(
        "/api/v1",
        route_handlers=[take_message, show_location, show_location_again],
        response_headers=CORS,
        exception_handlers=readable_by_pages(CORS),
        request_max_body_size=MAX_BODY,
    )


async def _identify(use_cases: UseCases, request: Call) -> ReportingClient:
    """Whose token it is.

    Raises:
        Unauthenticated: there is none, it is not valid, or it is no participant's.
        Limited: the address showed too many that were not.
    """
    address = _address(request)
    use_cases.lockout.check(address)
    try:
        token = read_bearer(request.headers.get("authorization", "")).token
        # Most have reported a moment ago; only the others are worth a thread.
        client = use_cases.reporting.recognise(token)
        if client is None:
            client = await sync_to_thread(use_cases.reporting.authenticate, token)
        return _participant(client)
    except Unauthenticated:
        use_cases.lockout.note_failure(address)
        raise


def _participant(client: ReportingClient) -> ReportingClient:
    if client.participant_id is None:
        raise Unauthenticated(
            "This is no participant's token.", hint="A client key does not say who reports; make a token."
        )
    return client


def _place(use_cases: UseCases, address: str) -> CallerPlace:
    place, coordinates = use_cases.places.find(address), use_cases.places.coordinates(address)
    number = "" if place.asn is None else f"AS{place.asn}"
    system = {"asn": number, "name": place.organization}
    return CallerPlace(
        ip=place.address,
        city=place.city,
        region=place.region,
        country=place.country,
        timezone=place.timezone,
        loc=",".join(f"{each:.4f}" for each in coordinates or ()),
        org=f"{number} {place.organization}".strip(),
        asn={name: value for name, value in system.items() if value},
    )


def _address(request: Call) -> str:
    return request.client.host if request.client else ""
