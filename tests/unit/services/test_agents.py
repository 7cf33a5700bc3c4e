from datetime import timedelta

import msgspec
import pytest

from sonde.model.control import EnrolRequest, Presence
from sonde.model.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access
from sonde.model.voice_tests import VoiceTestSettings
from sonde.services.agents import AgentChanges, Agents
from sonde.services.voice_tests import VoiceTests

REQUEST = EnrolRequest(
    name="cairo",
    host="probe.example.net",
    port=49152,
    version="0.1.0",
    addresses=("192.0.2.1", "2001:db8::1", "fe80::1%eth0"),
    country_id="EG",
    location="Cairo, Egypt",
)
HOUR = timedelta(hours=1)


def test_an_agent_enrols_with_a_token_and_is_known_by_its_key(agents: Agents, admin: Access, clock) -> None:
    """It lands in the workspace of the token, with all it said of itself."""
    made = agents.enrol(agents.create_enrolment_token(admin, "cairo", HOUR), REQUEST)
    agent = agents.authenticate(made.agent_key)
    assert made.workspace == "Home"
    assert (agent.agent_id, agent.workspace_id) == (made.agent_id, admin.workspace.workspace_id)
    assert msgspec.structs.asdict(agent).items() >= msgspec.structs.asdict(REQUEST).items()
    assert (agent.enabled, agent.created_at, agent.last_seen_at) == (True, clock(), None)


def test_a_token_enrols_once(agents: Agents, admin: Access) -> None:
    """The second agent is refused."""
    token = agents.create_enrolment_token(admin, "one", HOUR)
    agents.enrol(token, REQUEST)
    with pytest.raises(Unauthenticated):
        agents.enrol(token, msgspec.structs.replace(REQUEST, name="second"))


def test_a_token_expires(agents: Agents, admin: Access, clock) -> None:
    """At its end, to the moment, it is over."""
    token = agents.create_enrolment_token(admin, "late", HOUR)
    clock.advance(HOUR)
    with pytest.raises(Unauthenticated):
        agents.enrol(token, REQUEST)


def test_a_refused_request_leaves_the_token_for_another_try(agents: Agents, admin: Access, enrol) -> None:
    """A slip in a name or address does not cost a token."""
    enrol(admin, "taken")
    token = agents.create_enrolment_token(admin, "again", HOUR)
    with pytest.raises(Invalid):
        agents.enrol(token, msgspec.structs.replace(REQUEST, port=0))
    with pytest.raises(Conflict):
        agents.enrol(token, msgspec.structs.replace(REQUEST, name="taken"))
    assert agents.enrol(token, REQUEST).agent_id > 0


@pytest.mark.parametrize("junk", ["", "snd_enrol_", "snd_enrol_" + "A" * 43, "\ud800"])
def test_an_unknown_enrolment_token_is_refused(agents: Agents, admin: Access, junk: str) -> None:
    """Before anything the stranger says is looked at."""
    with pytest.raises(Unauthenticated):
        agents.enrol(junk, msgspec.structs.replace(REQUEST, port=0))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("host", ""),
        ("host", "two words"),
        ("host", "x" * 254),
        ("host", "a\x00b"),
        ("port", 0),
        ("port", 65536),
        ("country_id", "eg"),
        ("country_id", "EGY"),
        ("location", "x" * 256),
        ("version", "x" * 65),
        ("addresses", ("not an address!",)),
        ("addresses", ("192.0.2.1",) * 65),
    ],
)
def test_what_an_agent_says_of_itself_is_checked(
    agents: Agents, admin: Access, field: str, value: object
) -> None:
    """The error names the field."""
    token = agents.create_enrolment_token(admin, "bad", HOUR)
    with pytest.raises(Invalid) as refusal:
        agents.enrol(token, msgspec.structs.replace(REQUEST, **{field: value}))
    assert refusal.value.field == field


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(seconds=-1), timedelta(days=30, microseconds=1)])
def test_a_token_lives_neither_never_nor_for_ever(agents: Agents, admin: Access, ttl: timedelta) -> None:
    """A token that lies around for long is a hole."""
    with pytest.raises(Invalid) as refusal:
        agents.create_enrolment_token(admin, "odd", ttl)
    assert refusal.value.field == "ttl"


@pytest.mark.parametrize("junk", ["", "snd_agent_", "snd_agent_" + "A" * 43, "\x00"])
def test_an_unknown_agent_key_is_refused(agents: Agents, admin: Access, junk: str) -> None:
    """Nobody measures for us whom we did not let in; nor does a removed agent's empty key match."""
    with pytest.raises(Unauthenticated):
        agents.authenticate(junk)


def test_people_change_an_agent(agents: Agents, admin: Access, enrol) -> None:
    """What is not mentioned stays as it is."""
    agent = enrol(admin, "cairo")
    changed = agents.update(admin, agent.agent_id, AgentChanges(name=" Cairo 2 ", enabled=False, port=5004))
    assert changed == msgspec.structs.replace(agent, name="Cairo 2", enabled=False, port=5004)
    assert agents.get(admin, agent.agent_id) == changed


def test_a_change_is_checked_like_an_enrolment(agents: Agents, admin: Access, enrol) -> None:
    """The rules are the same ones."""
    agent = enrol(admin, "cairo")
    enrol(admin, "taken")
    with pytest.raises(Invalid):
        agents.update(admin, agent.agent_id, AgentChanges(host="two words"))
    with pytest.raises(Conflict):
        agents.update(admin, agent.agent_id, AgentChanges(name="taken"))
    assert agents.get(admin, agent.agent_id) == agent


def test_a_chosen_host_survives_the_agents_next_start(agents: Agents, admin: Access, enrol) -> None:
    """What an agent announces counts until a person chooses, and again when they give the choice back."""
    agent = enrol(admin, "a")

    def start(host: str) -> str:
        agents.report_presence(agent, Presence(host=host, port=50000, version="0.2.0"))
        return agents.get(admin, agent.agent_id).host

    assert start("announced.example.net") == "announced.example.net"
    agents.update(admin, agent.agent_id, AgentChanges(host="announced.example.net"))
    assert start("moved.example.net") == "moved.example.net", "sending back what was read is no choice"
    assert agents.update(admin, agent.agent_id, AgentChanges(host="chosen.example.net")).host_is_chosen
    assert start("moved.example.net") == "chosen.example.net"
    assert agents.get(admin, agent.agent_id).port == 50000
    agents.update(admin, agent.agent_id, AgentChanges(name="renamed"))
    assert start("moved.example.net") == "chosen.example.net"
    assert agents.update(admin, agent.agent_id, AgentChanges(host="")).host == "chosen.example.net"
    assert start("moved.example.net") == "moved.example.net"


def test_asking_for_the_state_is_a_sign_of_life(agents: Agents, admin: Access, enrol, clock) -> None:
    """The agent counts as online from then on, for a while."""
    agent = enrol(admin, "cairo")
    assert not agent.is_online(clock())
    agents.desired_state(agent)
    assert agents.get(admin, agent.agent_id).is_online(clock())
    clock.advance(timedelta(minutes=1))
    assert not agents.get(admin, agent.agent_id).is_online(clock())


def test_both_ends_of_a_stream_learn_the_same_key(
    agents: Agents, voice_tests: VoiceTests, admin: Access, enrol
) -> None:
    """The source gets an assignment, the target the key to accept, and others nothing."""
    source, target, bystander = (enrol(admin, name) for name in ("source", "target", "bystander"))
    idle = agents.desired_state(source).version
    voice_tests.create(
        admin,
        VoiceTestSettings(name="t", source_agent_ids=(source.agent_id,), target_agent_id=target.agent_id),
    )
    sent, accepted = agents.desired_state(source), agents.desired_state(target)
    assert [each.pair_key for each in sent.streams] == list(accepted.accept)
    assert (sent.accept, accepted.streams) == ((), ())
    assert (sent.streams[0].target_host, sent.streams[0].target_port) == ("target.example.net", 49152)
    assert sent.version not in {idle, accepted.version}
    assert agents.desired_state(bystander).version == idle


def test_an_agent_in_use_cannot_be_removed(
    agents: Agents, voice_tests: VoiceTests, admin: Access, enrol
) -> None:
    """The refusal names the tests; without them the agent goes, and its key with it."""
    source, target = enrol(admin, "source"), enrol(admin, "target")
    test = voice_tests.create(
        admin,
        VoiceTestSettings(name="lab", source_agent_ids=(source.agent_id,), target_agent_id=target.agent_id),
    )
    for agent in (source, target):
        with pytest.raises(Conflict, match="lab"):
            agents.remove(admin, agent.agent_id)
    voice_tests.delete(admin, test.test_id)
    agents.remove(admin, source.agent_id)
    assert agents.list(admin) == [target]
    assert agents.list(admin, include_removed=True) == [source, target]
    with pytest.raises(NotFound):
        agents.get(admin, source.agent_id)
    with pytest.raises(Unauthenticated):
        agents.authenticate("")


def test_a_member_only_reads(agents: Agents, admin: Access, member: Access, enrol) -> None:
    """Tokens, changes and removals are for administrators."""
    agent = enrol(admin, "cairo")
    assert agents.list(member) == [agent]
    with pytest.raises(Denied):
        agents.create_enrolment_token(member, "mine", HOUR)
    with pytest.raises(Denied):
        agents.update(member, agent.agent_id, AgentChanges(enabled=False))
    with pytest.raises(Denied):
        agents.remove(member, agent.agent_id)


def test_other_workspaces_agents_do_not_exist(agents: Agents, admin: Access, stranger: Access, enrol) -> None:
    """Not to read, not to change, not to remove."""
    agent = enrol(admin, "cairo")
    assert agents.list(stranger, include_removed=True) == []
    with pytest.raises(NotFound):
        agents.get(stranger, agent.agent_id)
    with pytest.raises(NotFound):
        agents.update(stranger, agent.agent_id, AgentChanges(enabled=False))
    with pytest.raises(NotFound):
        agents.remove(stranger, agent.agent_id)
    assert agents.get(admin, agent.agent_id) == agent


def test_an_agent_sends_in_exactly_the_tests_it_is_given(
    agents: Agents, voice_tests, admin: Access, enrol
) -> None:
    """It joins those, leaves the others, and all of it happens or none."""
    a, b, target = (enrol(admin, name).agent_id for name in ("a", "b", "target"))
    first, second = (
        voice_tests.create(
            admin, VoiceTestSettings(name=name, source_agent_ids=sources, target_agent_id=target)
        ).test_id
        for name, sources in (("first", (a, b)), ("second", (b,)))
    )

    def sources() -> list[tuple[int, ...]]:
        return [test.settings.source_agent_ids for test in voice_tests.list(admin)]

    agents.update(admin, a, AgentChanges(test_ids=frozenset({second})))
    assert sources() == [(b,), (a, b)]
    for test_ids, sentence in (
        (frozenset({second}), "at least one agent"),
        (frozenset({first, 999}), "999"),
    ):
        with pytest.raises(Invalid, match=sentence):
            agents.update(admin, b, AgentChanges(name="renamed", test_ids=test_ids))
    with pytest.raises(Invalid, match="target"):
        agents.update(admin, target, AgentChanges(test_ids=frozenset({first})))
    assert sources() == [(b,), (a, b)]
    assert agents.get(admin, b).name == "b"
