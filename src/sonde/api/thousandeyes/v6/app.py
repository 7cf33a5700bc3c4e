"""Version 6 as an application."""

from typing import Final

from litestar import Litestar, MediaType

from sonde.api.authentication import read_basic_or_bearer
from sonde.api.errors import Problem
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.names import field_and_sentence
from sonde.api.thousandeyes.openapi import Dialect
from sonde.api.thousandeyes.operations import Parameter
from sonde.api.thousandeyes.v6 import accounts, inventory, results, router
from sonde.api.thousandeyes.v6.answer import Answer
from sonde.api.thousandeyes.v6.schema import ErrorDocument
from sonde.api.thousandeyes.v6.xml import MEDIA_TYPE
from sonde.api.thousandeyes.version import Manner, create_version
from sonde.api.use_cases import UseCases

HANDLERS: Final = (*router.HANDLERS, *results.HANDLERS, *inventory.HANDLERS, *accounts.HANDLERS)


DIALECT: Final = Dialect(
    version="v6",
    text=(
        "Version 6, and version 5, of ThousandEyes' API for voice tests, as this server answers it. "
        "The vendor has no such document; it is written from the routes themselves.\n\n"
        "Every path may end in `.json` or `.xml`, which wins over `Accept`, and that over `format`. "
        "The XML has an element of its name for each field, and one for each item of a list."
    ),
    media_types=(MediaType.JSON, MEDIA_TYPE),
    error_media_types=(MediaType.JSON, MEDIA_TYPE),
    error=lambda _: ErrorDocument,
    query=(Parameter(name="format", meaning="The format of the answer.", choices=("json", "xml")),),
    security={
        "token": {"type": "http", "scheme": "bearer"},
        "mail and token": {"type": "http", "scheme": "basic"},
    },
)


def create_v6(use_cases: UseCases, choices: Choices) -> Litestar:
    """Build the application."""
    manner = Manner(
        dialect=DIALECT,
        document="/openapi",  # the suffix is taken off every path
        read=read_basic_or_bearer,
        challenge='Basic realm="Sonde", charset="UTF-8", Bearer',
        answer=Answer,
        shape_error=shape_error,
        error_answer=Answer,
    )
    return create_version(HANDLERS, manner, use_cases, choices)


def shape_error(problem: Problem) -> ErrorDocument:
    """Put all a problem says into the one sentence that callers of this API look at."""
    field, sentence = field_and_sentence(problem.field, problem.message)
    if field and not sentence.startswith(f"{field} "):
        sentence = f"{field}: {sentence}"
    return ErrorDocument(error_message=f"{sentence} {problem.hint}".rstrip())
