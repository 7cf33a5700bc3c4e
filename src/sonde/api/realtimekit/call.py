"""What handlers ask of a request: whose app it is about, its query, and its allowance."""

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import Headers
from litestar.di import NamedDependency

from sonde.api.authentication import Credentials
from sonde.api.realtimekit.schema import Query
from sonde.api.use_cases import UseCases
from sonde.model.errors import Denied, Invalid, Limited
from sonde.model.people import Access, Principal, Workspace

Call: TypeAlias = Request[Principal, Credentials, Any]
QueryT = TypeVar("QueryT", bound=Query)

_COMPLAINT: Final = re.compile(r"^(?P<what>.*) - at `\$\.(?P<field>\w+)`$", re.DOTALL)


def read_email_and_key(headers: Headers) -> Credentials | None:
    """A mail address and a token of its person, the vendor's older credentials; None without both."""
    email, key = (headers.get(name, "").strip() for name in ("x-auth-email", "x-auth-key"))
    return Credentials(token=key, email=email) if email and key else None


def workspaces_of(call: Call) -> Iterator[Workspace]:
    """The caller's workspaces in the account that the path names.

    Raises:
        Denied: there are none; whether there is such an account is not said.
    """
    account = call.path_params["account_id"]
    found = [
        each.workspace
        for each in call.user.memberships
        if _is_named(each.workspace.organization_uuid, account)
    ]
    if not found:
        raise Denied(f"You have no part in the account {account[:40]}.", hint=_WHERE)
    return iter(found)


def provide_access(request: Call, use_cases: NamedDependency[UseCases]) -> Access:
    """The workspace that the path names as an app.

    Raises:
        Denied: the caller is not a member of it; whether it exists is not said.
    """
    app = request.path_params["app_id"]
    for workspace in workspaces_of(request):
        if _is_named(workspace.uuid, app):
            return use_cases.accounts.access(request.user, workspace.workspace_id)
    raise Denied(f"You have no part in the app {app[:40]}.", hint=_WHERE)


def counting(use_cases: UseCases) -> Callable[[Call], Awaitable[None]]:
    """What counts each request for the organization that its path names, or else for the caller's own.

    It raises `Limited` for one that is too many.
    """

    async def count(request: Call) -> None:
        principal: Principal | None = request.scope.get("user")
        if principal is None:
            return
        account = str(request.path_params.get("account_id", ""))
        own = [each.workspace for each in principal.memberships]
        chosen = (each for each in own if _is_named(each.organization_uuid, account))
        payer = next(chosen, principal.default_workspace).organization_id
        allowance = use_cases.request_limit.spend(payer)
        if allowance.is_exceeded:
            raise Limited(
                "Your organization made too many requests in this minute.", retry_after=allowance.wait
            )

    return count


def read_query(request: Call, kind: type[QueryT]) -> QueryT:
    """Read the query. A parameter without a value was not given; unknown ones are not looked at.

    Of one that comes several times all values hold, as if they came with commas between.

    Raises:
        Invalid: a value that there cannot be; `field` is the parameter.
    """
    listed = {name: filter(str.strip, values) for name, values in request.query_params.dict().items()}
    given = {name: text for name, values in listed.items() if (text := ",".join(values))}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        found = _COMPLAINT.match(str(error))
        what, field = (found["what"], found["field"]) if found else (str(error), "")
        raise Invalid(f"{what}.", field=field) from error


def read_uuid(text: str, field: str) -> str:
    """An id of a path, in lower case.

    Raises:
        Invalid: it is no UUID.
    """
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid("Expected a UUID.", field=field) from None


_WHERE: Final = "GET /v1/workspaces lists yours, with the ids of accounts and apps."


def _is_named(uuid: str, given: str) -> bool:
    """Whether somebody means a UUID, with or without its hyphens."""
    try:
        return UUID(given) == UUID(uuid)
    except ValueError:
        return False
