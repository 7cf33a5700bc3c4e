"""What happens when several do the same thing at the same time, on both databases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sonde.directory import Directory
from sonde.model.control import EnrolRequest, EnrolResponse
from sonde.model.errors import Conflict, SondeError, Unauthenticated
from sonde.model.people import Access, Role, Workspace
from sonde.model.voice_tests import VoiceTest, VoiceTestSettings
from sonde.services.agents import Agents
from sonde.services.voice_tests import VoiceTests

RACERS = 4


def race(*runs: Callable[[], object]) -> list[object]:
    """Start all at once; the result of each, or the error it ended with."""
    line = threading.Barrier(len(runs))

    def run(one: Callable[[], object]) -> object:
        line.wait()
        try:
            return one()
        except SondeError as error:
            return error

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(run, runs))


def admin_of(workspace: Workspace) -> Access:
    return Access(person_id=1, person_label="Ada (ada@example.com)", workspace=workspace, role=Role.ADMIN)


def request_named(name: str) -> EnrolRequest:
    return EnrolRequest(name=name, host="192.0.2.1", port=49152, version="0.1.0")


def enrol(agents: Agents, access: Access, name: str) -> EnrolResponse:
    token = agents.create_enrolment_token(access, name, timedelta(hours=1))
    return agents.enrol(token, request_named(name))


def test_one_of_many_racing_agents_gets_in(directory: Directory, home: Workspace, now: datetime) -> None:
    """An enrolment token lets one agent in, however many show it at the same moment."""
    agents = Agents(directory, lambda: now)
    token = agents.create_enrolment_token(admin_of(home), "one", timedelta(hours=1))
    outcomes = race(
        *(lambda name=f"agent {n}": agents.enrol(token, request_named(name)) for n in range(RACERS))
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == sorted(
        [EnrolResponse.__name__, *[Unauthenticated.__name__] * (RACERS - 1)]
    )
    assert len(agents.list(admin_of(home))) == 1


def test_one_of_many_racing_tests_gets_the_name(directory: Directory, home: Workspace, now: datetime) -> None:
    """A name is given once; the others are told that it is taken."""
    agents, tests, access = Agents(directory, lambda: now), VoiceTests(directory, lambda: now), admin_of(home)
    source, target = (enrol(agents, access, name).agent_id for name in "ab")
    settings = VoiceTestSettings(name="t", source_agent_ids=(source,), target_agent_id=target)
    outcomes = race(*[lambda: tests.create(access, settings)] * RACERS)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == sorted(
        [VoiceTest.__name__, *[Conflict.__name__] * (RACERS - 1)]
    )


def test_an_agent_is_not_removed_while_a_test_takes_it(
    directory: Directory, home: Workspace, now: datetime
) -> None:
    """Either the test is made and the removal refused, or the other way round; never a test of nobody."""
    agents, tests, access = Agents(directory, lambda: now), VoiceTests(directory, lambda: now), admin_of(home)
    source, target = (enrol(agents, access, name).agent_id for name in "ab")
    settings = VoiceTestSettings(name="t", source_agent_ids=(source,), target_agent_id=target)
    race(lambda: tests.create(access, settings), lambda: agents.remove(access, target))
    assert len(agents.list(access)) - len(tests.list(access)) == 1
