"""Rate limits: counted before a request is looked at, and told with every answer."""

from collections.abc import Iterator
from typing import Any, Final, cast

from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sonde.api.thousandeyes.call import INSTANT
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal
from sonde.services.rate_limits import Allowance

ORGANIZATION_LIMIT: Final = "X-Organization-Rate-Limit"
INSTANT_LIMIT: Final = "X-Instant-Test-Rate-Limit"
"""What the headers about each limit begin with."""

ALLOWANCES: Final = "thousandeyes_allowances"
"""Where in the scope the counts are kept until the answer is sent."""


class Metering:
    """Counts requests for the organization of whoever was let in, and refuses those that are too many."""

    def __init__(self, app: ASGIApp, *, use_cases: UseCases) -> None:
        self._app = app
        self._use_cases = use_cases

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class.

        Raises:
            HTTPException: 429. The headers say when to come back, so there is no `Retry-After`.
        """
        principal: Principal | None = scope.get("user")
        if principal is not None:
            organization_id = organization_of(principal, scope)
            allowances = dict(self._spend(organization_id, is_instant=_is_instant(scope)))
            cast("dict[str, Any]", scope)[ALLOWANCES] = allowances
            if any(each.is_exceeded for each in allowances.values()):
                raise HTTPException(
                    status_code=429, detail="Your organization made too many requests in this minute."
                )
        await self._app(scope, receive, send)

    def _spend(self, organization_id: int, *, is_instant: bool) -> Iterator[tuple[str, Allowance]]:
        yield ORGANIZATION_LIMIT, self._use_cases.request_limit.spend(organization_id)
        if is_instant:
            yield INSTANT_LIMIT, self._use_cases.instant_limit.spend(organization_id)


def organization_of(principal: Principal, scope: Scope) -> int:
    """Whose limit a request counts for: that of the account group it names, or of the caller's own."""
    query = scope["query_string"].decode("ascii", errors="replace").split("&")
    own = [each.workspace for each in principal.memberships]
    chosen = (each for each in own if f"aid={each.workspace_id}" in query)
    return next(chosen, principal.default_workspace).organization_id


async def tell_limits(message: Message, scope: Scope) -> None:
    """Put the counts into the headers of an answer."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        for name, allowance in cast("dict[str, Any]", scope).get(ALLOWANCES, {}).items():
            headers[f"{name}-Limit"] = str(allowance.limit)
            headers[f"{name}-Remaining"] = str(allowance.remaining)
            headers[f"{name}-Reset"] = str(allowance.reset)


def _is_instant(scope: Scope) -> bool:
    return bool(scope["route_handler"].opt.keys() & INSTANT.keys())
