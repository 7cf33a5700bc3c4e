"""Version 7 as an application."""

from typing import Final

from litestar import Litestar, Response

from sonde.api.authentication import read_bearer
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.v7 import inventory, problems, router
from sonde.api.thousandeyes.v7.answer import HalAnswer
from sonde.api.thousandeyes.version import Manner, create_version
from sonde.api.use_cases import UseCases

HANDLERS: Final = (*router.HANDLERS, *inventory.HANDLERS)


def create_v7(use_cases: UseCases, choices: Choices) -> Litestar:
    """Build the application."""
    manner = Manner(
        read=read_bearer,
        challenge="Bearer",
        answer=HalAnswer,
        shape_error=problems.shape_problem,
        error_answer=Response,
        error_type=problems.MEDIA_TYPE,
    )
    return create_version(HANDLERS, manner, use_cases, choices)
