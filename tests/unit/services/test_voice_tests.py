from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.errors import Conflict, Denied, Invalid, NotFound
from sonde.model.people import Access
from sonde.model.voice_tests import INTERVALS, ON_REQUEST, REQUEST_LIFE, VoiceTestSettings
from sonde.quality.codecs import CODECS
from sonde.services.voice_tests import VoiceTests, free_name


@pytest.fixture
def settings(admin: Access, enrol) -> VoiceTestSettings:
    """From two agents to a third."""
    a, b, c = (enrol(admin, name).agent_id for name in "abc")
    return VoiceTestSettings(name="Lab", source_agent_ids=(a, b), target_agent_id=c)


def test_a_test_is_made_changed_and_deleted(
    voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings, clock
) -> None:
    """Each step shows in the list, with who did it and when."""
    made = voice_tests.create(admin, settings)
    assert (made.settings, made.created_by, made.created_at) == (settings, "Ada (ada@example.com)", clock())
    assert voice_tests.list(admin) == [made]
    clock.advance(timedelta(days=1))
    changed = voice_tests.update(admin, made.test_id, msgspec.structs.replace(settings, name="Field"))
    assert (changed.settings.name, changed.modified_by, changed.modified_at) == (
        "Field",
        "Ada (ada@example.com)",
        clock(),
    )
    assert voice_tests.get(admin, made.test_id) == changed
    voice_tests.delete(admin, made.test_id)
    assert voice_tests.list(admin) == []


GOOD: list[dict[str, Any]] = [
    *({"interval": interval, "duration": 5} for interval in INTERVALS),
    *({"codec": codec} for codec in CODECS),
    {"duration": 1},
    {"duration": 60, "interval": 120},
    {"dscp": 0},
    {"dscp": 63},
    {"jitter_buffer": 0.0},
    {"jitter_buffer": 0.150},
    {"path_traces": 1},
    {"path_traces": 10},
    {"name": "x" * 255},
]


@pytest.mark.parametrize("changes", GOOD, ids=str)
def test_the_ends_of_every_range_are_allowed(
    voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings, changes: dict[str, Any]
) -> None:
    """And every codec and interval is."""
    wanted = msgspec.structs.replace(settings, **changes)
    assert voice_tests.create(admin, wanted).settings == wanted


BAD: list[tuple[str, dict[str, Any]]] = [
    ("name", {"name": ""}),
    ("name", {"name": "x" * 256}),
    ("name", {"name": "a\x00b"}),
    ("interval", {"interval": 0}),
    ("interval", {"interval": 61}),
    ("duration", {"duration": 0}),
    ("duration", {"duration": 61, "interval": 3600}),
    ("duration", {"duration": 31, "interval": 60}),
    ("codec", {"codec": "opus"}),
    ("dscp", {"dscp": -1}),
    ("dscp", {"dscp": 64}),
    ("jitter_buffer", {"jitter_buffer": -0.001}),
    ("jitter_buffer", {"jitter_buffer": 0.151}),
    ("jitter_buffer", {"jitter_buffer": float("nan")}),
    ("path_traces", {"path_traces": 0}),
    ("path_traces", {"path_traces": 11}),
    ("description", {"description": "x" * 4097}),
    ("source_agent_ids", {"source_agent_ids": ()}),
    ("source_agent_ids", {"source_agent_ids": (1, 1)}),
    ("source_agent_ids", {"source_agent_ids": (1, 3)}),
    ("source_agent_ids", {"source_agent_ids": (1, 99)}),
    ("source_agent_ids", {"source_agent_ids": (1, 10**30)}),
    ("target_agent_id", {"target_agent_id": 99}),
    ("target_agent_id", {"target_agent_id": 0}),
    ("facade_settings", {"facade_settings": {"vendor": {"key": object()}}}),
    ("facade_settings", {"facade_settings": {"vendor": {"key": "x" * 65536}}}),
]


@pytest.mark.parametrize(("field", "changes"), BAD, ids=str)
def test_a_setting_that_cannot_be_is_refused_by_name(
    voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings, field: str, changes: dict[str, Any]
) -> None:
    """In a new test and in a change alike; the sentence says what was expected, and nothing is kept."""
    wanted = msgspec.structs.replace(settings, **changes)
    with pytest.raises(Invalid, match=rf"^{field} must") as refusal:
        voice_tests.create(admin, wanted)
    assert refusal.value.field == field
    made = voice_tests.create(admin, settings)
    with pytest.raises(Invalid):
        voice_tests.update(admin, made.test_id, wanted)
    assert voice_tests.list(admin) == [made]


def test_a_name_can_be_kept_but_not_taken(
    voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings
) -> None:
    """A change that keeps the name is fine; the name of another test is not."""
    lab = voice_tests.create(admin, settings)
    other = voice_tests.create(admin, msgspec.structs.replace(settings, name="Other"))
    voice_tests.update(admin, lab.test_id, msgspec.structs.replace(settings, dscp=8))
    with pytest.raises(Conflict) as refusal:
        voice_tests.update(admin, other.test_id, settings)
    assert refusal.value.field == "name"


def test_a_member_only_reads(
    voice_tests: VoiceTests, admin: Access, member: Access, settings: VoiceTestSettings
) -> None:
    """Writing tests is for administrators."""
    made = voice_tests.create(admin, settings)
    assert voice_tests.get(member, made.test_id) == made
    with pytest.raises(Denied):
        voice_tests.create(member, msgspec.structs.replace(settings, name="Mine"))
    with pytest.raises(Denied):
        voice_tests.update(member, made.test_id, settings)
    with pytest.raises(Denied):
        voice_tests.delete(member, made.test_id)


def test_other_workspaces_tests_do_not_exist(
    voice_tests: VoiceTests, admin: Access, stranger: Access, settings: VoiceTestSettings
) -> None:
    """Not to read, not to change, not to delete."""
    made = voice_tests.create(admin, settings)
    assert voice_tests.list(stranger) == []
    with pytest.raises(NotFound):
        voice_tests.get(stranger, made.test_id)
    with pytest.raises(NotFound):
        voice_tests.update(stranger, made.test_id, settings)
    with pytest.raises(NotFound):
        voice_tests.delete(stranger, made.test_id)
    assert voice_tests.get(admin, made.test_id) == made


def test_other_workspaces_agents_cannot_be_used(
    voice_tests: VoiceTests, admin: Access, stranger: Access, settings: VoiceTestSettings
) -> None:
    """They are as unknown as agents that do not exist."""
    with pytest.raises(Invalid) as refusal:
        voice_tests.create(stranger, settings)
    assert refusal.value.field == "target_agent_id"


def test_an_on_request_test_asks_for_a_round_at_once(
    voice_tests: VoiceTests, member: Access, settings: VoiceTestSettings, clock
) -> None:
    """A member may make it; it has no timetable, is in no list, and its round is this second's."""
    made = voice_tests.create_on_request(member, settings)
    assert made.settings == msgspec.structs.replace(settings, interval=ON_REQUEST)
    assert made.requested_round == int(clock().timestamp())
    assert voice_tests.list(member) == []
    assert voice_tests.get(member, made.test_id) == made


def test_each_run_has_a_round_of_its_own(
    voice_tests: VoiceTests, member: Access, settings: VoiceTestSettings, clock
) -> None:
    """Twice in one second are two rounds; after that the clock counts again."""
    made = voice_tests.create_on_request(member, settings)
    assert voice_tests.run(member, made.test_id).requested_round == made.requested_round + 1
    clock.advance(timedelta(minutes=5))
    assert voice_tests.run(member, made.test_id).requested_round == made.requested_round + 300


def test_a_test_with_a_timetable_is_not_run_in_between(
    voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings
) -> None:
    """Its rounds belong to the slots of its interval."""
    made = voice_tests.create(admin, settings)
    with pytest.raises(Invalid, match="instant test"):
        voice_tests.run(admin, made.test_id)


def test_nobody_runs_what_is_not_theirs(
    voice_tests: VoiceTests, admin: Access, stranger: Access, settings: VoiceTestSettings
) -> None:
    """Nor makes agents of others measure."""
    made = voice_tests.create_on_request(admin, settings)
    with pytest.raises(NotFound):
        voice_tests.run(stranger, made.test_id)
    with pytest.raises(Invalid, match="must be an agent of this workspace"):
        voice_tests.create_on_request(stranger, settings)


@pytest.mark.parametrize(("is_on_request", "interval"), [(True, 60), (False, ON_REQUEST)])
def test_a_test_stays_of_its_kind(
    voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings, is_on_request, interval
) -> None:
    """A timetable is neither given nor taken by an update."""
    make = voice_tests.create_on_request if is_on_request else voice_tests.create
    made = make(admin, settings)
    with pytest.raises(Invalid) as refusal:
        voice_tests.update(admin, made.test_id, msgspec.structs.replace(settings, interval=interval))
    assert refusal.value.field == "interval"


def test_on_request_tests_take_no_name_from_others(
    voice_tests: VoiceTests, admin: Access, settings: VoiceTestSettings
) -> None:
    """They get a number when a name is taken, and give theirs up when a test with a timetable wants it."""
    first = voice_tests.create_on_request(admin, settings)
    second = voice_tests.create_on_request(admin, settings)
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


def test_a_request_expires(voice_tests: VoiceTests, agents, admin: Access, enrol, clock) -> None:
    """Agents hear of a requested round while it can begin, both of them, and of nothing afterwards."""
    source, target = enrol(admin, "source"), enrol(admin, "target")
    made = voice_tests.create_on_request(
        admin,
        VoiceTestSettings(name="x", source_agent_ids=(source.agent_id,), target_agent_id=target.agent_id),
    )
    [stream] = agents.desired_state(source).streams
    assert (stream.interval, stream.requested_round) == (ON_REQUEST, made.requested_round)
    assert [stream.pair_key] == list(agents.desired_state(target).accept)
    before = agents.desired_state(source).version
    voice_tests.run(admin, made.test_id)
    assert agents.desired_state(source).version != before
    clock.advance(timedelta(seconds=REQUEST_LIFE + 2))
    assert agents.desired_state(source).streams == ()
    assert agents.desired_state(target).accept == ()
    agents.remove(admin, target.agent_id)
    with pytest.raises(Invalid, match="must be an agent of this workspace"):
        voice_tests.run(admin, made.test_id)
