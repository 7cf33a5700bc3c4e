"""Errors in the vendor's envelope."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from msgspec import UNSET

from sonde.api.errors import Problem
from sonde.api.telnyx.schema import ErrorBody, ErrorItem, ErrorMeta, ErrorSource

KINDS: Final[Mapping[int, tuple[str, str]]] = {
    HTTPStatus.BAD_REQUEST: ("10015", "Bad Request"),
    HTTPStatus.UNAUTHORIZED: ("10009", "Authentication failed"),
    HTTPStatus.FORBIDDEN: ("10010", "Authorization failed"),
    HTTPStatus.NOT_FOUND: ("10005", "Resource not found"),
    HTTPStatus.TOO_MANY_REQUESTS: ("10011", "Too many requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("10007", "Unexpected error"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("10007", "Unexpected error"),
}
"""The vendor's code and title for a status; any other one is a request that makes no sense."""

EXPLAINED: Final = "https://developers.telnyx.com/docs/overview/errors/"


def shape_problem(problem: Problem) -> ErrorBody:
    """Give a problem its body."""
    code, title = KINDS.get(problem.status, KINDS[HTTPStatus.BAD_REQUEST])
    error = ErrorItem(
        code=code,
        title=title,
        detail=f"{problem.message} {problem.hint}".rstrip(),
        meta=ErrorMeta(url=f"{EXPLAINED}{code}"),
        source=ErrorSource(parameter=problem.field) if problem.field else UNSET,
    )
    return ErrorBody(errors=[error])
