"""Requests and answers: how a method becomes HTTP, and a refusal an exception."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import httpx2
import msgspec

from sonde.model.errors import (
    Conflict,
    Denied,
    Invalid,
    Limited,
    NotFound,
    SondeError,
    Unauthenticated,
    Unavailable,
)

Json: TypeAlias = dict[str, Any]
Moment: TypeAlias = datetime | str
"""A time with its zone, or RFC 3339."""

_KINDS: Final[Mapping[int, type[SondeError]]] = {
    HTTPStatus.UNAUTHORIZED: Unauthenticated,
    HTTPStatus.FORBIDDEN: Denied,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: Limited,
}


class Caller:
    """Asks one server.

    Args:
        url: where the server is, such as `https://sonde.example.org`.
        token: whose the requests are, and what they may.
        workspace_id: the workspace to act in; None for the default one of the token's owner.
        timeout: seconds to wait for an answer to begin, or to go on.
        verify: check the server's certificate; a path names a file of authorities to trust.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str,
        workspace_id: int | None = None,
        timeout: float = 30.0,
        verify: bool | str = True,
    ) -> None:
        self._workspace = {} if workspace_id is None else {"workspace_id": str(workspace_id)}
        self._http = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            verify=verify,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def ask(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Send a request and return the JSON of its answer; None for an empty one.

        Args:
            method: of HTTP.
            path: of the operation.
            query: its parameters; those that are None are left out.
            body: sent as it is when it is bytes, and otherwise as JSON.

        Raises:
            SondeError: the server refused, or could not be reached.
        """
        with _explaining():
            response = self._http.request(
                method, path, params=self._parameters(query or {}), **_content(body)
            )
        _raise_refusal(response)
        return response.json() if response.content else None

    def ask_one(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """Read one thing.

        Raises:
            SondeError: the server refused, or could not be reached.
        """
        found: Json = self.ask("GET", path, query=query)
        return found

    def save(self, path: str, query: Mapping[str, Any], file: Path) -> None:
        """Write an answer of any size into a file, which is there only when it is complete.

        Raises:
            SondeError: the server refused, or could not be reached.
            OSError: the file cannot be written.
        """
        partial = file.with_name(f"{file.name}.part")
        with (
            _explaining(),
            self._http.stream("GET", path, params=self._parameters(query)) as response,
        ):
            if response.is_error:
                response.read()
                _raise_refusal(response)
            try:
                with partial.open("wb") as written:
                    written.writelines(response.iter_bytes())
                partial.replace(file)
            finally:
                partial.unlink(missing_ok=True)

    def listen(self, path: str) -> Iterator[tuple[str, Any]]:
        """Server-sent events (the HTML standard, 9.2) as they come: what each is called, and its JSON.

        Raises:
            SondeError: the server refused, or could not be reached, or was lost.
        """
        with (
            _explaining(),
            self._http.stream("GET", path, params=self._parameters({})) as response,
        ):
            if response.is_error:
                response.read()
                _raise_refusal(response)
            name = ""
            for line in response.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, msgspec.json.decode(value)

    def _parameters(self, query: Mapping[str, Any]) -> dict[str, str]:
        given = {name: _text(value) for name, value in query.items() if value is not None}
        return self._workspace | given


def at(path: str, *names: int | str) -> str:
    """A path with its names filled in, one for each `{}`."""
    return path.format(*(quote(str(name), safe="") for name in names))


def _content(body: Any) -> dict[str, Any]:
    if isinstance(body, bytes):
        return {"content": body, "headers": {"Content-Type": "application/octet-stream"}}
    return {} if body is None else {"json": body}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise Invalid("A time must say its zone.", hint="Use `datetime.now(UTC)`, for example.")
        return value.isoformat()
    return str(value)


@contextmanager
def _explaining() -> Iterator[None]:
    try:
        yield
    except httpx2.InvalidURL as error:
        raise Invalid(f"The server's address makes no sense: {error}", field="url") from error
    except httpx2.HTTPError as error:
        raise Unavailable(
            f"The server cannot be reached: {error or type(error).__name__}", hint="Check its address."
        ) from error


def _raise_refusal(response: httpx2.Response) -> None:
    if response.is_success:
        return
    told = _told(response)
    kind = _KINDS.get(response.status_code, Unavailable if response.status_code >= 500 else Invalid)
    if issubclass(kind, Limited):
        raise kind(told["message"], hint=told["hint"], retry_after=_retry_after(response))
    raise kind(told["message"], hint=told["hint"], field=told["field"], code=told["code"])


def _told(response: httpx2.Response) -> dict[str, str]:
    """What the server says of a refusal; something in between may have answered instead."""
    try:
        found = msgspec.json.decode(response.content, type=dict[str, dict[str, str]])["error"]
    except (msgspec.MsgspecError, KeyError):
        found = {"message": f"The answer was {response.status_code} {response.reason_phrase}."}
    return {"message": "", "hint": "", "field": "", "code": ""} | found


def _retry_after(response: httpx2.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0.0
