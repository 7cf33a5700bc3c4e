"""The endpoints of agents under `/v1/agent`."""

from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.middleware import DefineMiddleware
from litestar.params import RawBody

from sonde.api.authentication import OPEN, Authentication, Credentials, read_bearer
from sonde.api.body import decode_json, unpack
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.control import (
    DesiredState,
    EnrolRequest,
    EnrolResponse,
    Presence,
    ResultsUpload,
    UploadReceipt,
)

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes of a body as it is sent."""

MAX_UNPACKED_BODY: Final = 16 * 1024 * 1024
"""Bytes of a body when its gzip is undone: 500 reports of ten times their usual size."""

MAX_ENROL_BODY: Final = 64 * 1024
"""Bytes of an enrolment, packed or not: it is read before anybody has proved anything."""

AgentCall: TypeAlias = Request[Agent, Credentials, Any]

_enrol_request = msgspec.json.Decoder(EnrolRequest)
_presence = msgspec.json.Decoder(Presence)
_results_upload = msgspec.json.Decoder(ResultsUpload)


@post("/enrol", opt=OPEN, request_max_body_size=MAX_ENROL_BODY, sync_to_thread=True)
def enrol(
    request: Request[Any, Any, Any], body: RawBody, use_cases: NamedDependency[UseCases]
) -> EnrolResponse:
    """Let an agent in that has a one-time token."""
    token = read_bearer(request.headers.get("authorization", "")).token
    return use_cases.agents.enrol(
        token, decode_json(_unpacked(request, body, MAX_ENROL_BODY), _enrol_request)
    )


@put("/presence", status_code=204, sync_to_thread=True)
def report_presence(request: AgentCall, body: RawBody, use_cases: NamedDependency[UseCases]) -> None:
    """Take note of where an agent is now and what it runs."""
    use_cases.agents.report_presence(
        request.user, decode_json(_unpacked(request, body, MAX_ENROL_BODY), _presence)
    )


@get("/state", sync_to_thread=True)
def show_state(request: AgentCall, use_cases: NamedDependency[UseCases]) -> Response[DesiredState | None]:
    """Tell an agent all it must do, or 304 when that is what it knows already."""
    state = use_cases.agents.desired_state(request.user)
    headers = {"ETag": f'"{state.version}"'}
    if state.version in _versions(request.headers.get("if-none-match", "")):
        return Response(None, status_code=304, headers=headers)
    return Response(state, headers=headers)


@post("/results", status_code=200)
async def take_results(
    request: AgentCall, body: RawBody, use_cases: NamedDependency[UseCases]
) -> UploadReceipt:
    """Take a batch of results; they are on disk when this answers."""
    upload = decode_json(_unpacked(request, body, MAX_UNPACKED_BODY), _results_upload)
    return await use_cases.rounds.record(request.user, upload.results)


def create_ingest(use_cases: UseCases) -> Router:
    """Build the endpoints of agents."""

    def identify(credentials: Credentials) -> Agent:
        return use_cases.agents.authenticate(credentials.token)

    return Router(
        "/v1/agent",
        route_handlers=[enrol, report_presence, show_state, take_results],
        middleware=[DefineMiddleware(Authentication, read=read_bearer, identify=identify)],
        request_max_body_size=MAX_BODY,
    )


def _unpacked(request: Request[Any, Any, Any], body: bytes, limit: int) -> bytes:
    encoding = request.headers.get("content-encoding", "")
    return unpack(body, encoding=encoding, limit=limit)


def _versions(if_none_match: str) -> set[str]:
    """The bare tags of an `If-None-Match` (RFC 9110 13.1.2); strong or weak makes no difference to it."""
    return {tag.strip().removeprefix("W/").strip('"') for tag in if_none_match.split(",")}
