"""How ingest goes: which keys are reported with, and what becomes of it."""

from datetime import timedelta
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.query import Query, read_query
from sonde.api.native.report_examples import INGEST
from sonde.api.use_cases import UseCases
from sonde.model.ingest import SourceHealth
from sonde.model.people import Access

WEEK: Final = 7 * 86_400


class IngestQuery(Query, frozen=True, kw_only=True):
    """How far back to look.

    Attributes:
        seconds: before now.
    """

    seconds: Annotated[int, Meta(ge=1, le=WEEK)] = 86_400


@get(
    "/ingest",
    opt=describe(
        tag="Ingest", summary="Show ingest", query=IngestQuery, answer=Page[SourceHealth], example=INGEST
    ),
    sync_to_thread=True,
)
def show_ingest(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[SourceHealth]:
    """What came with each client key and participant token: taken, refused, left out, and not understood."""
    query = read_query(request, IngestQuery)
    return Page(items=use_cases.ingest_health.sources(access, timedelta(seconds=query.seconds)))


HANDLERS: Final = (show_ingest,)
