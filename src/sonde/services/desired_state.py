"""What an agent must do and allow, worked out from the tests it takes part in."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from sonde.directory.records import KeyedVoiceTest
from sonde.model.agents import Agent
from sonde.model.control import DesiredState, PairKey, StreamAssignment
from sonde.model.voice_tests import VoiceTestSettings
from sonde.probe.tags import key_id

_AGENT_ID_BYTES = 8
_VERSION_BYTES = 16


class _Pair(NamedTuple):
    """One stream of a test: who sends it, and to whom."""

    source_id: int
    target_id: int
    is_reverse: bool


def assemble(agent: Agent, tests: Sequence[KeyedVoiceTest], agents: Mapping[int, Agent]) -> DesiredState:
    """Work out an agent's desired state.

    A stream needs its test and both of its agents enabled; of a disabled agent nothing is wanted.

    Args:
        agent: the one who asks.
        tests: at least all tests it sends or receives in.
        agents: at least all agents of those tests, by id.
    """
    enabled = {each.agent_id for each in agents.values() if each.enabled}
    streams: tuple[StreamAssignment, ...] = ()
    accept: tuple[PairKey, ...] = ()
    if agent.agent_id in enabled:
        running = [each for each in tests if each.test.settings.enabled]
        streams = tuple(_streams(agent.agent_id, running, agents, enabled))
        accept = tuple(_accepted(agent.agent_id, running, enabled))
    return DesiredState(version=_digest(streams, accept), streams=streams, accept=accept)


def pair_key(probe_key: bytes, source_agent_id: int, target_agent_id: int) -> PairKey:
    """The secret of one source and one target in one test, made from the test's own.

    `key` is BLAKE2s (RFC 7693), keyed with the test's secret, of both agent ids as eight bytes each,
    most significant first; `key_id` names it as the agents' own protocol does.
    """
    pair = b"".join(each.to_bytes(_AGENT_ID_BYTES, "big") for each in (source_agent_id, target_agent_id))
    key = hashlib.blake2s(pair, key=probe_key).digest()
    return PairKey(key_id=key_id(key), key=key)


def _streams(
    agent_id: int, tests: Sequence[KeyedVoiceTest], agents: Mapping[int, Agent], enabled: set[int]
) -> list[StreamAssignment]:
    return [
        _assignment(pair, each, agents[pair.target_id])
        for each in tests
        for pair in _pairs(each.test.settings)
        if pair.source_id == agent_id and pair.target_id in enabled
    ]


def _assignment(pair: _Pair, keyed: KeyedVoiceTest, target: Agent) -> StreamAssignment:
    settings = keyed.test.settings
    return StreamAssignment(
        test_id=keyed.test.test_id,
        interval=settings.interval,
        duration=settings.duration,
        codec=settings.codec,
        dscp=settings.dscp,
        jitter_buffer=settings.jitter_buffer,
        target_agent_id=target.agent_id,
        target_host=target.host,
        target_port=target.port,
        pair_key=pair_key(keyed.probe_key, pair.source_id, pair.target_id),
        is_reverse=pair.is_reverse,
        requested_round=keyed.test.requested_round,
    )


def _accepted(agent_id: int, tests: Sequence[KeyedVoiceTest], enabled: set[int]) -> list[PairKey]:
    return [
        pair_key(each.probe_key, pair.source_id, pair.target_id)
        for each in tests
        for pair in _pairs(each.test.settings)
        if pair.target_id == agent_id and pair.source_id in enabled
    ]


def _pairs(settings: VoiceTestSettings) -> Iterator[_Pair]:
    """Who sends to whom in a test."""
    for source_id in settings.source_agent_ids:
        yield _Pair(source_id, settings.target_agent_id, is_reverse=False)
        if settings.two_way:
            yield _Pair(settings.target_agent_id, source_id, is_reverse=True)


def _digest(streams: tuple[StreamAssignment, ...], accept: tuple[PairKey, ...]) -> str:
    content = msgspec.msgpack.encode((streams, accept))
    return hashlib.blake2s(content, digest_size=_VERSION_BYTES).hexdigest()
