"""Tests without a timetable: asked for, run once, and forgotten by the agents."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.errors import Conflict, Invalid, NotFound
from sonde.model.people import Access
from sonde.model.voice_tests import ON_REQUEST, REQUEST_LIFE, VoiceTestSettings
from sonde.services.instant_tests import KEPT_FOR, InstantTests
from sonde.services.voice_test_names import free_name
from sonde.services.voice_tests import VoiceTests


@pytest.fixture(scope="module")
def beginning(lab):
    """With agents, which tests are between."""
    return lab


@pytest.fixture
def settings() -> VoiceTestSettings:
    """From two agents to a third."""
    return VoiceTestSettings(name="Lab", source_agent_ids=(1, 2), target_agent_id=3)


@pytest.fixture
def instant_tests(directory, clock) -> InstantTests:
    return InstantTests(directory, clock)


def test_an_on_request_test_asks_for_a_round_at_once(
    instant_tests: InstantTests, voice_tests: VoiceTests, member: Access, settings: VoiceTestSettings, clock
) -> None:
    """A member may make it; it has no timetable, is in no list, and its round is this second's."""
    made = instant_tests.create(member, settings)
    assert made.settings == msgspec.structs.replace(settings, interval=ON_REQUEST)
    assert made.requested_round == int(clock().timestamp())
    assert voice_tests.list(member) == []
    assert voice_tests.get(member, made.test_id) == made


def test_each_run_has_a_round_of_its_own(
    instant_tests: InstantTests, voice_tests: VoiceTests, member: Access, settings: VoiceTestSettings, clock
) -> None:
    """Twice in one second are two rounds; after that the clock counts again."""
    made = instant_tests.create(member, settings)
    assert instant_tests.run(member, made.test_id).requested_round == made.requested_round + 1
    clock.advance(timedelta(minutes=5))
    assert instant_tests.run(member, made.test_id).requested_round == made.requested_round + 300


def test_a_test_with_a_timetable_is_not_run_in_between(
    instant_tests: InstantTests, voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings
) -> None:
    """Its rounds belong to the slots of its interval."""
    made = voice_tests.create(admin, settings)
    with pytest.raises(Invalid, match="instant test"):
        instant_tests.run(admin, made.test_id)


def test_nobody_runs_what_is_not_theirs(
    instant_tests: InstantTests,
    voice_tests: VoiceTests,
    admin: Access,
    stranger: Access,
    settings: VoiceTestSettings,
) -> None:
    """Nor makes agents of others measure."""
    made = instant_tests.create(admin, settings)
    with pytest.raises(NotFound):
        instant_tests.run(stranger, made.test_id)
    with pytest.raises(Invalid, match="must be an agent of this workspace"):
        instant_tests.create(stranger, settings)


@pytest.mark.parametrize(("is_on_request", "interval"), [(True, 60), (False, ON_REQUEST)])
def test_a_test_stays_of_its_kind(
    instant_tests: InstantTests,
    voice_tests: VoiceTests,
    admin: Access,
    settings: VoiceTestSettings,
    is_on_request,
    interval,
) -> None:
    """A timetable is neither given nor taken by an update."""
    make = instant_tests.create if is_on_request else voice_tests.create
    made = make(admin, settings)
    with pytest.raises(Invalid) as refusal:
        voice_tests.update(admin, made.test_id, msgspec.structs.replace(settings, interval=interval))
    assert refusal.value.field == "interval"


def test_on_request_tests_take_no_name_from_others(
    instant_tests: InstantTests, voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings
) -> None:
    """They get a number when a name is taken, and give theirs up when a test with a timetable wants it."""
    first = instant_tests.create(admin, settings)
    second = instant_tests.create(admin, settings)
    assert [first.settings.name, second.settings.name] == ["Lab", "Lab (2)"]
    assert voice_tests.create(admin, settings).settings.name == "Lab"
    assert voice_tests.get(admin, first.test_id).settings.name == "Lab (3)"
    with pytest.raises(Conflict):
        voice_tests.create(admin, settings)


@given(st.text(min_size=1, max_size=255), st.sets(st.integers(2, 6)))
def test_a_free_name_is_free_and_short_enough(name: str, numbers: set[int]) -> None:
    """Whatever is taken, a name comes out that is not."""
    taken = {name, *(free_name(name, {name, *(f"{name[:243]} ({n})" for n in range(2, m))}) for m in numbers)}
    free = free_name(name, taken)
    assert free not in taken
    assert len(free) <= 255
    assert free_name(name, set()) == name


def test_a_request_expires(
    instant_tests: InstantTests, voice_tests: VoiceTests, agents, admin: Access, enrol, clock
) -> None:
    """Agents hear of a requested round while it can begin, both of them, and of nothing afterwards."""
    source, target = enrol(admin, "source"), enrol(admin, "target")
    made = instant_tests.create(
        admin,
        VoiceTestSettings(name="x", source_agent_ids=(source.agent_id,), target_agent_id=target.agent_id),
    )
    [stream] = agents.desired_state(source).streams
    assert (stream.interval, stream.requested_round) == (ON_REQUEST, made.requested_round)
    assert [stream.pair_key] == list(agents.desired_state(target).accept)
    before = agents.desired_state(source).version
    instant_tests.run(admin, made.test_id)
    assert agents.desired_state(source).version != before
    clock.advance(timedelta(seconds=REQUEST_LIFE + 2))
    assert agents.desired_state(source).streams == ()
    assert agents.desired_state(target).accept == ()
    agents.remove(admin, target.agent_id)
    with pytest.raises(Invalid, match="must be an agent of this workspace"):
        instant_tests.run(admin, made.test_id)


def test_old_instant_tests_are_forgotten(
    instant_tests: InstantTests, voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings, clock
) -> None:
    """By the making of the next one; what was run again lately stays, and so does what has a timetable."""
    timetable = voice_tests.create(admin, msgspec.structs.replace(settings, name="hourly"))
    old, used = (instant_tests.create(admin, settings) for _ in range(2))
    clock.advance(KEPT_FOR)
    instant_tests.run(admin, used.test_id)
    clock.advance(timedelta(seconds=1))
    assert voice_tests.get(admin, old.test_id), "nothing is forgotten before the next one is made"
    new = instant_tests.create(admin, settings)
    with pytest.raises(NotFound):
        voice_tests.get(admin, old.test_id)
    for kept in (timetable, used, new):
        assert voice_tests.get(admin, kept.test_id)


def test_a_workspace_has_so_many_instant_tests_and_no_more(
    directory, clock, voice_tests: VoiceTests, admin: Access, stranger: Access, settings, enrol
) -> None:
    """Of the others those stay that were asked for last; other workspaces have their own."""
    instant_tests = InstantTests(directory, clock, kept_max=2)
    theirs = tuple(enrol(stranger, name).agent_id for name in "ab")
    foreign = instant_tests.create(
        stranger, VoiceTestSettings(name="x", source_agent_ids=theirs[:1], target_agent_id=theirs[1])
    )
    first, second = (instant_tests.create(admin, settings) for _ in range(2))
    instant_tests.run(admin, first.test_id)
    third = instant_tests.create(admin, settings)
    with pytest.raises(NotFound):
        voice_tests.get(admin, second.test_id)
    for access, kept in ((admin, first), (admin, third), (stranger, foreign)):
        assert voice_tests.get(access, kept.test_id)
