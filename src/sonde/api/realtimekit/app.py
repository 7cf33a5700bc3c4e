"""The API as an application of its own, mounted beside the others."""

from typing import Final

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import ASGIRouteHandler
from litestar.middleware import DefineMiddleware

from sonde.api.authentication import Authentication, Credentials, read_bearer
from sonde.api.errors import exception_handlers
from sonde.api.mounting import mount, show_document
from sonde.api.realtimekit.active_session import HANDLERS as ACTIVE_SESSION
from sonde.api.realtimekit.analytics import HANDLERS as ANALYTICS
from sonde.api.realtimekit.apps import HANDLERS as APPS
from sonde.api.realtimekit.call import counting, provide_access, read_email_and_key
from sonde.api.realtimekit.enrolments import HANDLERS as ENROLMENTS
from sonde.api.realtimekit.meetings import HANDLERS as MEETINGS
from sonde.api.realtimekit.openapi import PREFIX, write_document
from sonde.api.realtimekit.presets import HANDLERS as PRESETS
from sonde.api.realtimekit.problems import INSTEAD, shape_problem
from sonde.api.realtimekit.sessions import HANDLERS as SESSIONS
from sonde.api.realtimekit.talk import HANDLERS as TALK
from sonde.api.realtimekit.webhooks import HANDLERS as WEBHOOKS
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal

HANDLERS: Final = (
    *SESSIONS,
    *TALK,
    *APPS,
    *MEETINGS,
    *ENROLMENTS,
    *ACTIVE_SESSION,
    *PRESETS,
    *ANALYTICS,
    *WEBHOOKS,
)
"""Every route that is described; a module of routes is added here."""

MAX_BODY: Final = 64 * 1024
"""Bytes of a request body."""


def mount_realtimekit(use_cases: UseCases) -> ASGIRouteHandler:
    """Build the API and the handler that puts it where its clients expect the version in the address."""
    return mount(PREFIX, create_realtimekit(use_cases))


def create_realtimekit(use_cases: UseCases) -> Litestar:
    """Build the application: who is asking, and every route."""

    def identify(credentials: Credentials) -> Principal:
        return use_cases.accounts.authenticate(credentials.token, credentials.email)

    document = show_document(write_document(HANDLERS))
    return Litestar(
        # In a router of their own: handed over one by one, those that share a path were prepared twice.
        route_handlers=[Router("/", route_handlers=[*HANDLERS, document])],
        dependencies={
            "use_cases": Provide(lambda: use_cases, sync_to_thread=False),
            "access": Provide(provide_access, sync_to_thread=True),
        },
        middleware=[
            DefineMiddleware(
                Authentication,
                read=read_bearer,
                otherwise=read_email_and_key,
                identify=identify,
                lockout=use_cases.lockout,
            )
        ],
        before_request=counting(use_cases),
        exception_handlers=exception_handlers(shape_problem, instead=INSTEAD),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )
