from datetime import timedelta
from typing import Any

import msgspec
import pytest

from sonde.model.errors import Conflict, Denied, Invalid, NotFound
from sonde.model.people import Access
from sonde.model.voice_tests import INTERVALS, VoiceTestSettings
from sonde.quality.codecs import CODECS
from sonde.services.voice_tests import VoiceTests


@pytest.fixture(scope="module")
def beginning(lab):
    """With agents, which tests are between."""
    return lab


@pytest.fixture
def settings() -> VoiceTestSettings:
    """From two agents to a third."""
    return VoiceTestSettings(name="Lab", source_agent_ids=(1, 2), target_agent_id=3)


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
    ("facade_settings", {"facade_settings": {"vendor": {"key": object}}}),
    ("facade_settings", {"facade_settings": {"vendor": {"key": "x" * 65536}}}),
]


@pytest.mark.parametrize(("field", "changes"), BAD, ids=lambda value: str(value)[:60])
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
