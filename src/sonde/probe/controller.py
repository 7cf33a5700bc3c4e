"""The agent's side of the conversation with its server."""

from typing import TypeVar

import msgspec
from httpx2 import AsyncClient, HTTPError, Response

from sonde.model.control import (
    DesiredState,
    EnrolRequest,
    EnrolResponse,
    Presence,
    ResultsUpload,
    UploadReceipt,
)
from sonde.model.errors import Conflict, Denied, Invalid, SondeError, Unauthenticated, Unavailable

T = TypeVar("T")

TIMEOUT = 20.0

_KINDS: dict[int, type[SondeError]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Denied,
    409: Conflict,
    413: Invalid,
}


class Controller:
    """A server as an agent sees it.

    Args:
        server: its base URL.
        agent_key: proves who we are; empty before enrolment.
    """

    def __init__(self, server: str, agent_key: str = "") -> None:
        self._server = server
        self._headers = {"Authorization": f"Bearer {agent_key}"} if agent_key else {}
        self._client = AsyncClient(base_url=server.rstrip("/"), timeout=TIMEOUT)
        self._state: DesiredState | None = None

    async def enrol(self, token: str, request: EnrolRequest) -> EnrolResponse:
        """Trades a one-time token for an identity.

        Raises:
            SondeError: refused, or the server cannot be reached.
        """
        headers = {"Authorization": f"Bearer {token}"}
        response = await self._ask("POST", "/v1/agent/enrol", headers, msgspec.json.encode(request))
        return _read(response, EnrolResponse)

    async def report_presence(self, presence: Presence) -> None:
        """Says where this agent is now and what it runs.

        Raises:
            SondeError: refused, or the server cannot be reached.
        """
        await self._ask("PUT", "/v1/agent/presence", self._headers, msgspec.json.encode(presence))

    async def desired_state(self) -> DesiredState:
        """What the agent must do now.

        Raises:
            SondeError: refused, or the server cannot be reached.
        """
        headers = dict(self._headers)
        if self._state:
            headers["If-None-Match"] = f'"{self._state.version}"'
        response = await self._ask("GET", "/v1/agent/state", headers)
        if response.status_code != 304 or self._state is None:
            self._state = _read(response, DesiredState)
        return self._state

    async def upload(self, batch: ResultsUpload) -> UploadReceipt:
        """Hands results over; when it returns they are on the server's disk.

        Raises:
            SondeError: refused as a whole, or the server cannot be reached.
        """
        response = await self._ask("POST", "/v1/agent/results", self._headers, msgspec.json.encode(batch))
        return _read(response, UploadReceipt)

    async def close(self) -> None:
        """Lets go of connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Response:
        if body:
            headers = {**headers, "Content-Type": "application/json"}
        try:
            response = await self._client.request(method, path, headers=headers, content=body or None)
        except HTTPError as error:
            hint = "check the URL and that the server runs"
            raise Unavailable(f"{self._server} cannot be reached: {error}", hint=hint) from error
        if response.status_code >= 400:
            raise _refusal(response)
        return response


def _read(response: Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = "check that the URL is that of a Sonde server of about this release"
        raise Unavailable(f"the answer of {response.url} makes no sense: {error}", hint=hint) from error


def _refusal(response: Response) -> SondeError:
    try:
        said = msgspec.json.decode(response.content)["error"]
        message, hint = str(said["message"]), str(said.get("hint", ""))
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError):
        message, hint = f"the server answered with status {response.status_code}", ""
    kind = _KINDS.get(response.status_code, Unavailable)
    return kind(message, hint=hint)
