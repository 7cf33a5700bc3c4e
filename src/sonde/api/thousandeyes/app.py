"""The ThousandEyes API as one application for each version, mounted beside the other APIs."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qs

from litestar.datastructures import Headers
from litestar.exceptions import NotFoundException
from litestar.handlers import ASGIRouteHandler, asgi
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

from sonde.api.thousandeyes.addressing import PREFIX, SERVED, SUFFIXED, Address, read_path, write_path
from sonde.api.thousandeyes.call import ADDRESS, FORMAT
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.formats import Format, choose_format
from sonde.api.thousandeyes.refusals import leading_somewhere
from sonde.api.thousandeyes.v6.app import create_v6
from sonde.api.thousandeyes.v7.app import create_v7
from sonde.api.use_cases import UseCases


def mount_thousandeyes(use_cases: UseCases, choices: Choices) -> ASGIRouteHandler:
    """Build the API and the handler that puts all of its versions under `/thousandeyes`."""
    legacy = leading_somewhere(create_v6(use_cases, choices))
    newest = leading_somewhere(create_v7(use_cases, choices))
    applications: Mapping[str, ASGIApp] = {"v5": legacy, "v6": legacy, "v7": newest}

    @asgi(PREFIX, is_mount=True, copy_scope=True)
    async def thousandeyes(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/"):
            # The mount also takes paths that only begin with the same letters.
            raise NotFoundException
        address = read_path(scope["path"])
        if not address.is_served:
            await _redirect(address, scope, receive, send)
            return
        scope["path"] = address.path
        known = cast("dict[str, Any]", scope)
        known[ADDRESS] = address
        known[FORMAT] = _format(address, scope, choices.default_format)
        await applications[address.version](scope, receive, send)

    return thousandeyes


def _format(address: Address, scope: Scope, default: Format) -> Format | None:
    parameters = parse_qs(scope["query_string"].decode("ascii", errors="replace"))
    accept = Headers.from_scope(scope).get("accept", "")
    if address.version not in SUFFIXED:
        return choose_format(accept=accept, parameter="", default="json", offered={"json"})
    parameter = parameters.get("format", [""])[-1]
    return address.suffix or choose_format(
        accept=accept, parameter=parameter, default=default, offered={"json", "xml"}
    )


async def _redirect(address: Address, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a caller of a version that does not exist to the oldest one that does."""
    oldest = Address(version=SERVED[0], path=address.path, suffix=address.suffix)
    headers = {"Location": write_path(oldest, scope["query_string"])}
    await ASGIResponse(status_code=301, headers=headers)(scope, receive, send)
