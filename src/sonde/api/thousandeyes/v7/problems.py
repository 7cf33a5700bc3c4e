"""Errors in the shapes of version 7."""

from http import HTTPStatus
from typing import Final

from msgspec import UNSET

from sonde.api.errors import Problem
from sonde.api.thousandeyes.names import field_and_sentence
from sonde.api.thousandeyes.v7.schema import FieldError, ProblemDocument, UnauthorizedDocument

MEDIA_TYPE: Final = "application/problem+json"


def shape_of(status: int) -> type[ProblemDocument | UnauthorizedDocument]:
    """Which body an error of a status has."""
    return UnauthorizedDocument if status == HTTPStatus.UNAUTHORIZED else ProblemDocument


def shape_problem(problem: Problem) -> ProblemDocument | UnauthorizedDocument:
    """Give a problem its body."""
    field, sentence = field_and_sentence(problem.field, problem.message)
    detail = f"{sentence} {problem.hint}".rstrip()
    if shape_of(problem.status) is UnauthorizedDocument:
        return UnauthorizedDocument(error="invalid_token", error_description=detail)
    return ProblemDocument(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=detail,
        instance=problem.path,
        errors=[FieldError(code=problem.code, field=field, message=sentence)] if field else UNSET,
    )
