"""Paths, parameters and statuses of version 7: voice tests, instant tests and their results."""

from typing import Final

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.thousandeyes.addressing import read_id
from sonde.api.thousandeyes.call import INSTANT, Call, agents_by_id
from sonde.api.thousandeyes.names import agent_name
from sonde.api.thousandeyes.operations import WINDOW, JsonBody, Parameter, operation
from sonde.api.thousandeyes.timerange import V7_RANGE, read_time_range
from sonde.api.thousandeyes.units import show_iso_moment
from sonde.api.thousandeyes.v7.answer import created
from sonde.api.thousandeyes.v7.bodies import NewInstantTest, NewVoiceTest, VoiceTestChange
from sonde.api.thousandeyes.v7.changes import changed_settings, new_settings
from sonde.api.thousandeyes.v7.cursor import read_cursor
from sonde.api.thousandeyes.v7.expansion import read_expand
from sonde.api.thousandeyes.v7.links import page_links, self_links
from sonde.api.thousandeyes.v7.mapping import (
    TEST_EXPANSIONS,
    expanded_test,
    simple_test,
    voice_test,
)
from sonde.api.thousandeyes.v7.measurements import result_row
from sonde.api.thousandeyes.v7.schema import Results, TestDocument, TestList
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.voice_tests import VoiceTest
from sonde.services.rounds import RoundWindow

NEW_VOICE_TEST: Final = JsonBody(NewVoiceTest)
VOICE_TEST_CHANGE: Final = JsonBody(VoiceTestChange)
NEW_INSTANT_TEST: Final = JsonBody(NewInstantTest)
TEST_EXPAND: Final = Parameter(
    name="expand", meaning=f"What to show in full: a comma list of {', '.join(sorted(TEST_EXPANSIONS))}."
)
RANGE: Final = (
    WINDOW,
    Parameter(name="startDate", meaning="The first round, ISO 8601; without a zone in UTC."),
    Parameter(name="endDate", meaning="The last round, likewise; now when it is left out."),
    Parameter(name="cursor", meaning="Where the next page begins, from `_links.next`; it holds the range."),
)
"""Which rounds; without any of these the last one that has data."""


@get("/tests", sync_to_thread=True)
def list_tests(
    use_cases: NamedDependency[UseCases], access: NamedDependency[Access], base: NamedDependency[str]
) -> TestList:
    """List tests of every kind; here all of them are voice tests."""
    tests = [simple_test(test, base) for test in use_cases.voice_tests.list(access)]
    return TestList(tests=tests, links=self_links("/tests", base))


@get("/tests/voice", sync_to_thread=True)
def list_voice_tests(
    use_cases: NamedDependency[UseCases], access: NamedDependency[Access], base: NamedDependency[str]
) -> TestList:
    """List voice tests."""
    agents = agents_by_id(use_cases, access)
    tests = [
        voice_test(test, agents.get(test.settings.target_agent_id), base)
        for test in use_cases.voice_tests.list(access)
    ]
    return TestList(tests=tests, links=self_links("/tests/voice", base))


@get("/tests/voice/{test_id:str}", opt=operation(query=(TEST_EXPAND,), refuses=(404,)), sync_to_thread=True)
def show_voice_test(
    request: Call,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> TestDocument:
    """Show one voice test with what was asked for."""
    test = use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    return _shown(request, test, use_cases, access, base)


@post(
    "/tests/voice",
    opt=operation(takes=NEW_VOICE_TEST, query=(TEST_EXPAND,), refuses=(409,)),
    sync_to_thread=True,
)
def create_voice_test(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> Response[TestDocument]:
    """Make a test; without a name it is called like its target."""
    wanted = NEW_VOICE_TEST.read(request, body)
    settings = new_settings(wanted, _target_name(wanted.target_agent_id, use_cases, access))
    return _made(request, use_cases.voice_tests.create(access, settings), use_cases, access, base)


@put(
    "/tests/voice/{test_id:str}",
    opt=operation(takes=VOICE_TEST_CHANGE, query=(TEST_EXPAND,), refuses=(404, 409)),
    sync_to_thread=True,
)
def update_voice_test(
    request: Call,
    body: RawBody,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> TestDocument:
    """Change the fields of a test that the body has."""
    change = VOICE_TEST_CHANGE.read(request, body)
    test = use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    settings = changed_settings(test.settings, change)
    return _shown(
        request, use_cases.voice_tests.update(access, test.test_id, settings), use_cases, access, base
    )


@delete("/tests/voice/{test_id:str}", opt=operation(refuses=(404,)), sync_to_thread=True)
def delete_voice_test(
    test_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> None:
    """Delete a test."""
    use_cases.voice_tests.delete(access, read_id(test_id, "testId"))


@post(
    "/tests/voice/instant",
    opt={**INSTANT, **operation(takes=NEW_INSTANT_TEST, query=(TEST_EXPAND,))},
    sync_to_thread=True,
)
def create_instant_test(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> Response[TestDocument]:
    """Make a test that runs once, now. Its results are where those of every test are."""
    wanted = NEW_INSTANT_TEST.read(request, body)
    settings = new_settings(wanted, _target_name(wanted.target_agent_id, use_cases, access))
    test = use_cases.instant_tests.create(access, settings)
    return _made(request, test, use_cases, access, base)


@post(
    "/tests/{test_id:str}/run",
    opt={**INSTANT, **operation(refuses=(404,))},
    status_code=200,
    sync_to_thread=True,
)
def run_instant_test(
    test_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[bytes]:
    """Run an instant test once more. The answer is empty, and so may the body be."""
    use_cases.instant_tests.run(access, read_id(test_id, "testId"))
    return Response(b"")


@get(
    ["/test-results/{test_id:str}/rtp-server", "/test-results/{test_id:str}/rtp-stream"],
    opt=operation(query=RANGE, refuses=(404,)),
    sync_to_thread=True,
)
def show_results(
    request: Call,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> Results:
    """Show the rounds of a test that were asked for, or the last one that has data."""
    test = use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    cursor = request.query_params.get("cursor")
    place = None if cursor is None else read_cursor(cursor)
    now = use_cases.now().timestamp()
    asked = place.asked if place else read_time_range(request.query_params, now, V7_RANGE)
    found = use_cases.rounds.outcomes(
        access,
        test.test_id,
        None if asked is None else RoundWindow(start=asked.start, end=asked.end),
        after=place.last_round if place else None,
    )
    agents = agents_by_id(use_cases, access)
    parameters = {name: value for name, value in request.query_params.items() if name == "aid"}
    return Results(
        results=[result_row(each, agents.get(each.source_agent_id), base) for each in found.results],
        test=simple_test(test, base),
        start_date=msgspec.UNSET if asked is None else show_iso_moment(asked.start),
        end_date=msgspec.UNSET if asked is None else show_iso_moment(asked.end),
        links=page_links(
            f"/test-results/{test.test_id}/rtp-server",
            parameters,
            base=base,
            asked=asked,
            last_round=found.last_round,
        ),
    )


HANDLERS: Final = (
    list_tests,
    list_voice_tests,
    show_voice_test,
    create_voice_test,
    update_voice_test,
    delete_voice_test,
    create_instant_test,
    run_instant_test,
    show_results,
)


def _target_name(target_agent_id: str, use_cases: UseCases, access: Access) -> str:
    """What a test without a name is called; a target that does not exist is refused later, as such."""
    target_id = int(target_agent_id)
    return agent_name(agents_by_id(use_cases, access).get(target_id), target_id)


def _shown(request: Call, test: VoiceTest, use_cases: UseCases, access: Access, base: str) -> TestDocument:
    expand = read_expand(request.query_params, TEST_EXPANSIONS)
    return expanded_test(test, agents_by_id(use_cases, access), base, expand)


def _made(
    request: Call, test: VoiceTest, use_cases: UseCases, access: Access, base: str
) -> Response[TestDocument]:
    document = _shown(request, test, use_cases, access, base)
    return created(document, document.links.self)
