import hashlib
from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sonde.directory.records import KeyedVoiceTest
from sonde.model.agents import Agent
from sonde.model.control import DesiredState
from sonde.model.voice_tests import VoiceTest, VoiceTestSettings
from sonde.services.desired_state import assemble, pair_key

THEN = datetime(2026, 1, 1, tzinfo=UTC)
PROBE_KEY = bytes(range(32))


def agent(agent_id: int, *, enabled: bool = True, host: str = "192.0.2.1") -> Agent:
    return Agent(
        agent_id=agent_id,
        workspace_id=1,
        name=f"agent {agent_id}",
        host=host,
        port=49152,
        country_id="",
        location="",
        addresses=(),
        version="0.1.0",
        enabled=enabled,
        created_at=THEN,
        last_seen_at=None,
    )


def keyed(test_id: int, sources: tuple[int, ...], target: int, **settings: object) -> KeyedVoiceTest:
    test = VoiceTest(
        test_id=test_id,
        workspace_id=1,
        settings=VoiceTestSettings(
            name=f"test {test_id}", source_agent_ids=sources, target_agent_id=target, **settings
        ),
        created_by="Ada",
        created_at=THEN,
    )
    return KeyedVoiceTest(test=test, probe_key=PROBE_KEY)


def state_of(agent_id: int, *tests: KeyedVoiceTest, disabled: frozenset[int] = frozenset()) -> DesiredState:
    agents = {each: agent(each, enabled=each not in disabled) for each in range(1, 5)}
    return assemble(agents[agent_id], tests, agents)


def test_an_agent_sends_what_it_is_a_source_of_and_accepts_what_it_is_a_target_of() -> None:
    """Each stream once, with the settings of its test."""
    state = state_of(1, keyed(7, (1, 2), 3, dscp=8), keyed(8, (2, 4), 1), keyed(9, (2,), 3))
    assert [(each.test_id, each.target_agent_id, each.dscp) for each in state.streams] == [(7, 3, 8)]
    assert state.accept == (pair_key(PROBE_KEY, 2, 1), pair_key(PROBE_KEY, 4, 1))


def test_in_a_two_way_test_the_target_sends_as_well() -> None:
    """To each source what that source sends to it, under a key of its own, and the sources accept it."""
    test = keyed(7, (1, 2), 3, two_way=True, dscp=8)
    target, source = state_of(3, test), state_of(1, test)
    assert [(each.target_agent_id, each.dscp, each.is_reverse) for each in target.streams] == [
        (1, 8, True),
        (2, 8, True),
    ]
    assert [(each.target_agent_id, each.is_reverse) for each in source.streams] == [(3, False)]
    assert source.accept == (pair_key(PROBE_KEY, 3, 1),) == (target.streams[0].pair_key,)
    assert target.accept == (pair_key(PROBE_KEY, 1, 3), pair_key(PROBE_KEY, 2, 3))


def test_a_two_way_test_leaves_disabled_agents_out() -> None:
    """In both directions."""
    state = state_of(3, keyed(7, (1, 2), 3, two_way=True), disabled=frozenset({2}))
    assert [each.target_agent_id for each in state.streams] == [1]
    assert state.accept == (pair_key(PROBE_KEY, 1, 3),)


@given(
    sources=st.sets(st.integers(1, 4), min_size=1, max_size=3),
    target=st.integers(1, 4),
    two_way=st.booleans(),
    disabled=st.frozensets(st.integers(1, 4)),
)
def test_every_stream_that_is_sent_is_accepted_and_no_other(sources, target, two_way, disabled) -> None:
    """Whoever is disabled: the keys that are used are the keys that are let in."""
    test = keyed(7, tuple(sorted(sources - {target})), target, two_way=two_way)
    states = {agent_id: state_of(agent_id, test, disabled=disabled) for agent_id in range(1, 5)}
    sent = {(each.target_agent_id, each.pair_key.key) for state in states.values() for each in state.streams}
    accepted = {(agent_id, key.key) for agent_id, state in states.items() for key in state.accept}
    assert sent == accepted


def test_a_disabled_test_wants_nothing() -> None:
    """Neither to send nor to accept."""
    tests = (keyed(7, (1,), 3, enabled=False), keyed(8, (2,), 1, enabled=False))
    assert state_of(1, *tests) == state_of(1)


def test_a_disabled_partner_is_left_out() -> None:
    """Nothing is sent to a disabled target, nothing accepted from a disabled source."""
    tests = (keyed(7, (1,), 3), keyed(8, (1,), 2), keyed(9, (3, 4), 1))
    state = state_of(1, *tests, disabled=frozenset({3}))
    assert [each.test_id for each in state.streams] == [8]
    assert state.accept == (pair_key(PROBE_KEY, 4, 1),)


def test_a_disabled_agent_has_nothing_to_do() -> None:
    """It stays known, and idle."""
    assert state_of(1, keyed(7, (1,), 3), keyed(8, (2,), 1), disabled=frozenset({1})) == state_of(1)


def test_the_version_changes_with_the_content_and_only_then() -> None:
    """An agent that sends the version back is told of every change."""
    test = keyed(7, (1,), 3)
    moved = {1: agent(1), 3: agent(3, host="192.0.2.99")}
    assert state_of(1, test).version == state_of(1, test).version
    different = {
        state_of(1).version,
        state_of(1, test).version,
        state_of(1, keyed(7, (1,), 3, jitter_buffer=0.05)).version,
        assemble(agent(1), [test], moved).version,
    }
    assert len(different) == 4


def test_a_pair_key_is_made_from_the_tests_secret() -> None:
    """By keyed BLAKE2s over both ids, as the text says."""
    made = pair_key(PROBE_KEY, 258, 3)
    data = bytes([0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 3])
    assert made.key == hashlib.blake2s(data, key=PROBE_KEY).digest()
    assert len(made.key_id) == 8
    assert made.key_id not in made.key


IDS = st.integers(1, 2**31 - 1)
KEYS = st.binary(min_size=32, max_size=32)


@given(one=st.tuples(KEYS, IDS, IDS), other=st.tuples(KEYS, IDS, IDS))
def test_no_two_pairs_share_a_key(one: tuple[bytes, int, int], other: tuple[bytes, int, int]) -> None:
    """Another test, source or target is another key; direction matters."""
    assert (pair_key(*one) == pair_key(*other)) == (one == other)
    assert (pair_key(one[0], one[1], one[2]) == pair_key(one[0], one[2], one[1])) == (one[1] == one[2])


def test_a_state_survives_its_journey() -> None:
    """What the agent decodes is what the server encoded."""
    state = state_of(1, keyed(7, (1, 2), 3), keyed(8, (2, 4), 1))
    assert msgspec.json.decode(msgspec.json.encode(state), type=DesiredState) == state
