"""Errors in both of the vendor's envelopes: its clients look into the one, its service speaks the other."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from sonde.api.errors import Problem
from sonde.api.realtimekit.schema import ErrorBody, ErrorItem

INSTEAD: Final[Mapping[int, int]] = {HTTPStatus.CONFLICT: HTTPStatus.UNPROCESSABLE_ENTITY}
"""The official clients repeat whatever is answered with 409, which would not change it."""


def shape_problem(problem: Problem) -> ErrorBody:
    """Give a problem its body."""
    place = f"{problem.field}: " if problem.field else ""
    item = ErrorItem(code=problem.status, message=f"{place}{problem.message} {problem.hint}".rstrip())
    return ErrorBody(error=item, errors=[item])
