"""Paths, parameters and statuses of the ThousandEyes v6 API."""

from typing import Any, TypeAlias

import msgspec
from litestar import Request, get, post
from litestar.exceptions import HTTPException

from sonde.api.authentication import OPEN, Credentials
from sonde.api.body import decode_json
from sonde.api.thousandeyes.changes import changed_settings, new_settings
from sonde.api.thousandeyes.mapping import (
    agent_document,
    full_test_document,
    listed_test_document,
    read_agent_types,
    results_document,
)
from sonde.api.thousandeyes.schema import (
    AgentList,
    NewVoiceTest,
    Status,
    TestList,
    VoiceResults,
    VoiceTestChange,
)
from sonde.api.thousandeyes.timerange import read_time_range
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.errors import Invalid, NotFound
from sonde.model.people import Access, Principal
from sonde.model.voice_tests import VoiceTest
from sonde.services.rounds import RoundWindow

Call: TypeAlias = Request[Principal, Credentials, Any]

_new_voice_test = msgspec.json.Decoder(NewVoiceTest)
_voice_test_change = msgspec.json.Decoder(VoiceTestChange)


def provide_access(request: Call, use_cases: UseCases) -> Access:
    """The account group a call is about: `aid`, or the caller's own."""
    aid = request.query_params.get("aid")
    return use_cases.accounts.access(request.user, None if aid is None else read_id(aid, "aid"))


def provide_base(request: Call, public_url: str) -> str:
    """Where links point to: the configured address, or else the one the caller used."""
    return (public_url or str(request.base_url)).rstrip("/")


def read_id(text: str, field: str) -> int:
    """Read an identifier of a path or a query.

    Raises:
        Invalid: it is not a positive whole number of a sane size.
    """
    if text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0:
        return int(text)
    raise Invalid(f"Expected a positive whole number, got {text[:40]!r}.", field=field)


@get("/status", opt=OPEN, sync_to_thread=False)
def show_status(use_cases: UseCases) -> Status:
    """Say that the API is there."""
    return Status(timestamp=int(use_cases.now().timestamp() * 1000))


@get("/agents", sync_to_thread=True)
def list_agents(request: Call, use_cases: UseCases, access: Access) -> AgentList:
    """List agents, all or those of some types."""
    types = read_agent_types(request.query_params.get("agentTypes", ""))
    agents = use_cases.agents.list(access) if not types or "ENTERPRISE" in types else []
    now = use_cases.now()
    return AgentList(agents=[agent_document(agent, now) for agent in agents])


@get(["/tests", "/tests/voice"], sync_to_thread=True)
def list_tests(use_cases: UseCases, access: Access, base: str) -> TestList:
    """List tests; all of them are voice tests."""
    agents = _agents_by_id(use_cases, access)
    return TestList(
        test=[
            listed_test_document(test, agents.get(test.settings.target_agent_id), base)
            for test in use_cases.voice_tests.list(access)
        ]
    )


@get("/tests/{test_id:str}", sync_to_thread=True)
def show_test(test_id: str, use_cases: UseCases, access: Access, base: str) -> TestList:
    """Show one test with its agents, rules and groups."""
    test = use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    return _alone(test, use_cases, access, base)


@post("/tests/voice/new", sync_to_thread=True)
def create_test(request: Call, body: bytes, use_cases: UseCases, access: Access, base: str) -> TestList:
    """Make a test; without a name it is called like its target."""
    require_json(request)
    wanted = decode_json(body, _new_voice_test)
    target = _agents_by_id(use_cases, access).get(wanted.target_agent_id)
    # A target that does not exist is refused as such, so until then it needs some name.
    settings = new_settings(wanted, target.name if target else f"Agent {wanted.target_agent_id}")
    return _alone(use_cases.voice_tests.create(access, settings), use_cases, access, base)


@post("/tests/voice/{test_id:str}/update", status_code=200, sync_to_thread=True)
def update_test(
    request: Call, body: bytes, test_id: str, use_cases: UseCases, access: Access, base: str
) -> TestList:
    """Change the fields of a test that the body has."""
    require_json(request)
    change = decode_json(body, _voice_test_change)
    test = use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    settings = changed_settings(test.settings, change)
    return _alone(use_cases.voice_tests.update(access, test.test_id, settings), use_cases, access, base)


@post("/tests/voice/{test_id:str}/delete", status_code=204, sync_to_thread=True)
def delete_test(test_id: str, use_cases: UseCases, access: Access) -> None:
    """Delete a test. Clients send nothing, `null` or `{}`, so the body is not looked at."""
    use_cases.voice_tests.delete(access, read_id(test_id, "testId"))


@get("/voice/rtp-stream/{test_id:str}", sync_to_thread=True)
def show_results(request: Call, test_id: str, use_cases: UseCases, access: Access, base: str) -> VoiceResults:
    """Show the rounds of a test that were asked for, or the last one that has data."""
    asked = read_time_range(request.query_params, use_cases.now().timestamp())
    wanted_id = read_id(test_id, "testId")
    try:
        test = use_cases.voice_tests.get(access, wanted_id)
    except NotFound as error:
        # For results the vendor's clients take 400, not 404, as "no such test".
        raise Invalid(error.message, hint=error.hint, field="testId") from error
    window = None if asked is None else RoundWindow(start=asked.start, end=asked.end)
    results = use_cases.rounds.list(access, test.test_id, window)
    agents = _agents_by_id(use_cases, access)
    return results_document(test, results, agents=agents, base=base, asked=asked)


HANDLERS = (
    show_status,
    list_agents,
    list_tests,
    show_test,
    create_test,
    update_test,
    delete_test,
    show_results,
)


def require_json(request: Call) -> None:
    """Refuse a body that does not say it is JSON.

    Raises:
        HTTPException: 415.
    """
    if request.content_type[0].lower() != "application/json":
        raise HTTPException(
            status_code=415, detail="The body must be JSON and say so: Content-Type: application/json."
        )


def _alone(test: VoiceTest, use_cases: UseCases, access: Access, base: str) -> TestList:
    agents = _agents_by_id(use_cases, access)
    return TestList(test=[full_test_document(test, agents, base=base, now=use_cases.now())])


def _agents_by_id(use_cases: UseCases, access: Access) -> dict[int, Agent]:
    """Every agent there is or was: an old round still names its sender."""
    return {agent.agent_id: agent for agent in use_cases.agents.list(access, include_removed=True)}
