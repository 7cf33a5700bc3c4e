"""Results: across tests, one by one, and as files."""

from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.native.call import Call
from sonde.api.native.examples import RESULT, RESULT_PAGE
from sonde.api.native.files import refuse_paging, send_file
from sonde.api.native.formats import JSON, TABLES, choose_format
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, read_cursor, write_cursor
from sonde.api.native.query import Query, read_query
from sonde.api.native.ranges import RangeQuery, window_of
from sonde.api.native.result_shapes import Direction, Result, read_result_id, show_result
from sonde.api.native.units import EpochSeconds, Identifier
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.services.results import ResultKey, WantedResults


class ResultsQuery(RangeQuery, frozen=True, kw_only=True):
    """Which results, and how they are written.

    Attributes:
        test: only of this voice test.
        agent: only what this agent sent or received.
        direction: only of this one; a test that is not two-way has no `reverse`.
        format: how to write the answer; it wins over `Accept`. CSV and Parquet have a column for each value,
            named by the path to it in the JSON, and no pages.
    """

    test: Identifier | None = None
    agent: Identifier | None = None
    direction: Direction | None = None
    format: Literal["json", "csv", "parquet"] | None = None


class AfterResult(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The place behind a result; see `ResultKey`."""

    test_id: Identifier
    round_id: EpochSeconds
    source_agent_id: Identifier
    reverse_target_id: Annotated[int, msgspec.Meta(ge=0, le=10**18 - 1)]


@get(
    "/results",
    opt=describe(
        tag="Results",
        summary="List results",
        query=ResultsQuery,
        answer=Page[Result],
        formats=TABLES,
        errors=(404,),
        example=RESULT_PAGE,
    ),
    sync_to_thread=True,
)
def list_results(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[Any]:
    """The results of the workspace's voice tests, in the order of rounds, then of tests and agents.

    The order never changes, so that pages show each result exactly once while new ones arrive. CSV and
    Parquet are in the order of tests, then of rounds and agents.
    """
    query = read_query(request, ResultsQuery)
    written = choose_format(parameter=query.format, accept=request.headers.get("accept", ""), offered=TABLES)
    wanted = WantedResults(
        window=window_of(query, use_cases.now()),
        test_id=query.test,
        agent_id=query.agent,
        is_reverse=None if query.direction is None else query.direction == "reverse",
    )
    if written is not JSON:
        refuse_paging(request)
        file = use_cases.results.export(access, wanted, "csv" if written.name == "csv" else "parquet")
        return send_file(file, written, name="results")
    return Response(_page(query, wanted, use_cases, access))


@get(
    "/results/{result_id:str}",
    opt=describe(tag="Results", summary="Show a result", answer=Result, example=RESULT),
    sync_to_thread=True,
)
def get_result(
    request: Call,
    result_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Result:
    """One result: what happened to the packets, how well the agents worked, and both scores."""
    read_query(request, Query)
    return show_result(use_cases.results.get(access, read_result_id(result_id)))


HANDLERS: Final = (list_results, get_result)


def _page(query: ResultsQuery, wanted: WantedResults, use_cases: UseCases, access: Access) -> Page[Result]:
    place: ResultKey | None = None
    if query.cursor is not None:
        place = ResultKey(**msgspec.structs.asdict(read_cursor(query.cursor, AfterResult)))
        # The place says where to begin: a day before now would be later at every page.
        window = msgspec.structs.replace(wanted.window, start=place.round_id)
        wanted = msgspec.structs.replace(wanted, window=window)
    found = use_cases.results.page(access, wanted, limit=query.limit, after=place)
    return Page(
        items=[show_result(each) for each in found.results],
        next=None if found.last is None else write_cursor(AfterResult(**msgspec.structs.asdict(found.last))),
    )
