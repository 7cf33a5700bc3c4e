"""Version 7 as an application."""

from typing import Final

from litestar import Litestar, Response

from sonde.api.authentication import read_bearer
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.openapi import Dialect
from sonde.api.thousandeyes.v7 import accounts, answer, inventory, problems, router
from sonde.api.thousandeyes.v7.answer import HalAnswer
from sonde.api.thousandeyes.version import Manner, create_version
from sonde.api.use_cases import UseCases

HANDLERS: Final = (*router.HANDLERS, *inventory.HANDLERS, *accounts.HANDLERS)


DIALECT: Final = Dialect(
    version="v7",
    text=(
        "Version 7 of ThousandEyes' API for voice tests, as this server answers it: what it has of the "
        "vendor's own document. It is written from the routes themselves."
    ),
    media_types=(answer.MEDIA_TYPE,),
    error_media_types=(problems.MEDIA_TYPE,),
    error=problems.shape_of,
    security={"token": {"type": "http", "scheme": "bearer"}},
)


def create_v7(use_cases: UseCases, choices: Choices) -> Litestar:
    """Build the application."""
    manner = Manner(
        dialect=DIALECT,
        document="/openapi.json",
        read=read_bearer,
        challenge="Bearer",
        answer=HalAnswer,
        shape_error=problems.shape_problem,
        error_answer=Response,
        error_type=problems.MEDIA_TYPE,
    )
    return create_version(HANDLERS, manner, use_cases, choices)
