"""Errors in the vendor's shape, as far as its clients tell of one: the text is in `message`."""

from collections.abc import Mapping
from http import HTTPStatus

from litestar.types import ExceptionHandlersMap

from sonde.api.errors import Problem, exception_handlers
from sonde.api.videosdk.choices import Choices
from sonde.api.videosdk.schema import ErrorBody
from sonde.model.errors import NotFound


def shape_problem(problem: Problem) -> ErrorBody:
    """Give a problem its body."""
    return ErrorBody(
        status_code=problem.status,
        message=f"{problem.message} {problem.hint}".rstrip(),
        error=HTTPStatus(problem.status).phrase,
        code=problem.code,
    )


def problem_handlers(choices: Choices) -> ExceptionHandlersMap:
    """Answer every failure; a thing that is not there has a status of its own, unlike a path."""
    challenge = "Bearer" if choices.accepts_bearer else "JWT"
    instead: Mapping[int, int] = {HTTPStatus.NOT_FOUND: choices.not_found_status}
    usual = exception_handlers(shape_problem, challenge=challenge)
    of_things = exception_handlers(shape_problem, challenge=challenge, instead=instead)
    return {**usual, NotFound: of_things[Exception]}
