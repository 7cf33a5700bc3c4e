"""What the handlers ask of a request."""

from typing import Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from sonde.api.authentication import Credentials
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid
from sonde.model.people import Access, Principal

Call: TypeAlias = Request[Principal, Credentials, Any]


def provide_access(request: Call, use_cases: NamedDependency[UseCases]) -> Access:
    """The workspace a call is about: `workspace_id`, or the caller's default one.

    Raises:
        Invalid: it is not a number, or there is no such workspace.
        Denied: the caller is not a member of it.
    """
    text = request.query_params.get("workspace_id")
    if text is None:
        return use_cases.accounts.access(request.user)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid(f"Expected the number of a workspace, got {text[:40]!r}.", field="workspace_id")
    return use_cases.accounts.access(request.user, int(text))


def require_json(request: Call) -> None:
    """Refuse a body that does not say it is JSON.

    Raises:
        HTTPException: 415.
    """
    if request.content_type[0].lower() != "application/json":
        raise HTTPException(
            status_code=415, detail="The body must be JSON and say so: Content-Type: application/json."
        )
