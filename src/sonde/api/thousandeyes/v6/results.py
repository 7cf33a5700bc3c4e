"""Paths, parameters and statuses of version 6: what voice tests measured."""

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.thousandeyes.addressing import Address, read_id, write_path
from sonde.api.thousandeyes.call import Call, agents_by_id, asked_address
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.operations import WINDOW, Parameter, operation
from sonde.api.thousandeyes.timerange import V6_RANGE, TimeRange, read_time_range
from sonde.api.thousandeyes.v6.answer import rendered
from sonde.api.thousandeyes.v6.measurements import results_document
from sonde.api.thousandeyes.v6.older import older_form
from sonde.api.thousandeyes.v6.paging import next_link
from sonde.api.thousandeyes.v6.schema import Pages, VoiceResults
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid, NotFound
from sonde.model.people import Access
from sonde.model.rounds import RoundOutcome
from sonde.model.voice_tests import VoiceTest
from sonde.services.rounds import RoundPage, RoundWindow

MOMENT: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}$"
RANGE: Final = (
    WINDOW,
    Parameter(name="from", meaning="The first round, `YYYY-mm-ddTHH:MM:SS` in UTC.", pattern=MOMENT),
    Parameter(name="to", meaning="The last round, likewise; now when it is left out.", pattern=MOMENT),
    Parameter(name="lastRoundId", meaning="The last round of the page before.", pattern="^[0-9]{1,18}$"),
    Parameter(name="page", meaning="The number that is shown as `current`.", pattern="^[0-9]{1,18}$"),
)
"""Which rounds; without any of these the last one that has data."""

PASSED_ON: Final = ("aid", "format")
"""Parameters that the link to the next page repeats."""


@get("/voice/rtp-stream/{test_id:str}", opt=operation(query=RANGE), sync_to_thread=True)
def show_results(
    request: Call,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> Response[VoiceResults]:
    """Show the rounds of a test that were asked for, or the last one that has data."""
    results = _results(request, _test(test_id, use_cases, access), use_cases, access, base)
    return rendered(request, results)


@get("/voice/metrics/{test_id:str}", opt=operation(query=RANGE, answers=(200, 301)), sync_to_thread=True)
def show_older_results(
    request: Call,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
    choices: NamedDependency[Choices],
) -> Response[VoiceResults]:
    """Lead to the results, as the vendor did since 2018; or show them in the form they had before."""
    if choices.serves_voice_metrics:
        results = _results(request, _test(test_id, use_cases, access), use_cases, access, base)
        return rendered(request, older_form(results))
    asked = asked_address(request)
    new = Address(version=asked.version, path=f"/voice/rtp-stream/{test_id}", suffix=asked.suffix)
    location = base + write_path(new, request.scope["query_string"])
    body: Any = b""
    return Response(body, status_code=301, headers={"Location": location})


@get("/net/metrics/{test_id:str}", opt=operation(answers=()), sync_to_thread=True)
def refuse_network_metrics(
    test_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> None:
    """Say that a voice test has none.

    Raises:
        Invalid: always.
    """
    test = _test(test_id, use_cases, access)
    raise Invalid(
        f"Test {test.test_id} is a voice test, which has no network metrics.",
        hint=f"Its results are at /voice/rtp-stream/{test.test_id}.",
        field="testId",
    )


HANDLERS: Final = (show_results, show_older_results, refuse_network_metrics)


def _test(test_id: str, use_cases: UseCases, access: Access) -> VoiceTest:
    """The test of some results; for these the vendor's clients take 400, not 404, as "no such test"."""
    try:
        return use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    except NotFound as error:
        raise Invalid(error.message, hint=error.hint, field="testId") from error


def _results(request: Call, test: VoiceTest, use_cases: UseCases, access: Access, base: str) -> VoiceResults:
    asked = read_time_range(request.query_params, use_cases.now().timestamp(), V6_RANGE)
    found = use_cases.rounds.outcomes(
        access,
        test.test_id,
        None if asked is None else RoundWindow(start=asked.start, end=asked.end),
        after=_read_last_round(request, asked),
    )
    return results_document(
        test,
        found.results,
        agents=agents_by_id(use_cases, access),
        base=base,
        pages=_pages(request, found, asked, base),
        asked=asked,
    )


def _read_last_round(request: Call, asked: TimeRange | None) -> int | None:
    last_round = request.query_params.get("lastRoundId")
    if last_round is None:
        return None
    if asked is None:
        raise Invalid("A page needs the range of all pages: give from as well.", field="lastRoundId")
    return read_id(last_round, "lastRoundId")


def _pages(request: Call, found: RoundPage[RoundOutcome], asked: TimeRange | None, base: str) -> Pages:
    number = read_id(request.query_params.get("page", "1"), "page")
    if asked is None or found.last_round is None:
        return Pages(current=number)
    parameters = request.query_params
    link = next_link(
        base + write_path(asked_address(request)),
        {name: parameters[name] for name in PASSED_ON if name in parameters},
        asked=asked,
        last_round=found.last_round,
        page=number + 1,
    )
    return Pages(current=number, next=link)
