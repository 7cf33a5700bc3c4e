"""Paths, parameters and statuses of version 6: the server itself, voice tests and instant tests."""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.authentication import OPEN
from sonde.api.thousandeyes.addressing import read_id
from sonde.api.thousandeyes.call import INSTANT, Call, agents_by_id
from sonde.api.thousandeyes.names import agent_name
from sonde.api.thousandeyes.operations import JsonBody, operation
from sonde.api.thousandeyes.units import to_epoch_milliseconds
from sonde.api.thousandeyes.v6.bodies import NewInstantTest, NewVoiceTest, VoiceTestChange
from sonde.api.thousandeyes.v6.changes import changed_settings, new_settings
from sonde.api.thousandeyes.v6.mapping import full_test_document, listed_test_document
from sonde.api.thousandeyes.v6.schema import Status, TestList
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.voice_tests import VoiceTest

NEW_VOICE_TEST: Final = JsonBody(NewVoiceTest)
VOICE_TEST_CHANGE: Final = JsonBody(VoiceTestChange)
NEW_INSTANT_TEST: Final = JsonBody(NewInstantTest)


@get("/status", opt=OPEN, sync_to_thread=False)
def show_status(use_cases: NamedDependency[UseCases]) -> Status:
    """Say that the API is there."""
    return Status(timestamp=to_epoch_milliseconds(use_cases.now()))


@get(["/tests", "/tests/voice"], sync_to_thread=True)
def list_tests(
    use_cases: NamedDependency[UseCases], access: NamedDependency[Access], base: NamedDependency[str]
) -> TestList:
    """List tests; all of them are voice tests."""
    agents = agents_by_id(use_cases, access)
    return TestList(
        test=[
            listed_test_document(test, agents.get(test.settings.target_agent_id), base)
            for test in use_cases.voice_tests.list(access)
        ]
    )


@get("/tests/{test_id:str}", opt=operation(refuses=(404,)), sync_to_thread=True)
def show_test(
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> TestList:
    """Show one test with its agents, rules and groups."""
    test = use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    return _alone(test, use_cases, access, base)


@post("/tests/voice/new", opt=operation(takes=NEW_VOICE_TEST, refuses=(409,)), sync_to_thread=True)
def create_test(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> TestList:
    """Make a test; without a name it is called like its target."""
    wanted = NEW_VOICE_TEST.read(request, body)
    target = agents_by_id(use_cases, access).get(wanted.target_agent_id)
    # A target that does not exist is refused as such, so until then it needs some name.
    settings = new_settings(wanted, agent_name(target, wanted.target_agent_id))
    return _alone(use_cases.voice_tests.create(access, settings), use_cases, access, base)


@post(
    "/tests/voice/{test_id:str}/update",
    opt=operation(takes=VOICE_TEST_CHANGE, refuses=(404, 409)),
    status_code=200,
    sync_to_thread=True,
)
def update_test(
    request: Call,
    body: RawBody,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> TestList:
    """Change the fields of a test that the body has."""
    change = VOICE_TEST_CHANGE.read(request, body)
    test = use_cases.voice_tests.get(access, read_id(test_id, "testId"))
    settings = changed_settings(test.settings, change)
    return _alone(use_cases.voice_tests.update(access, test.test_id, settings), use_cases, access, base)


@post(
    "/tests/voice/{test_id:str}/delete", opt=operation(refuses=(404,)), status_code=204, sync_to_thread=True
)
def delete_test(
    test_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> None:
    """Delete a test. Clients send nothing, `null` or `{}`, so the body is not looked at."""
    use_cases.voice_tests.delete(access, read_id(test_id, "testId"))


@post("/instant/voice", opt={**INSTANT, **operation(takes=NEW_INSTANT_TEST)}, sync_to_thread=True)
def create_instant_test(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> TestList:
    """Make a test that runs once, now. Its results are where those of every test are."""
    wanted = NEW_INSTANT_TEST.read(request, body)
    target = agents_by_id(use_cases, access).get(wanted.target_agent_id)
    settings = new_settings(wanted, agent_name(target, wanted.target_agent_id))
    return _alone(use_cases.instant_tests.create(access, settings), use_cases, access, base)


@post(
    "/instant/{test_id:str}/rerun",
    opt={**INSTANT, **operation(refuses=(404,))},
    status_code=200,
    sync_to_thread=True,
)
def rerun_instant_test(
    test_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[bytes]:
    """Run an instant test once more. The answer is empty, and so may the body be."""
    use_cases.instant_tests.run(access, read_id(test_id, "testId"))
    return Response(b"")


HANDLERS: Final = (
    show_status,
    list_tests,
    show_test,
    create_test,
    update_test,
    delete_test,
    create_instant_test,
    rerun_instant_test,
)


def _alone(test: VoiceTest, use_cases: UseCases, access: Access, base: str) -> TestList:
    agents = agents_by_id(use_cases, access)
    return TestList(test=[full_test_document(test, agents, base=base, now=use_cases.now())])
