"""The promises of the repositories, the same on both databases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.directory.records import SealedToken
from sonde.model.agents import Agent
from sonde.model.errors import Conflict
from sonde.model.people import Role, Workspace
from sonde.model.voice_tests import VoiceTest, VoiceTestSettings

PROBE_KEY = bytes(range(32))
BEYOND_ALL_IDS = (0, -1, 2**31, 2**63, 10**30)


def sealed(prefix: str) -> SealedToken:
    return SealedToken(prefix=prefix, hash=prefix.encode() * 2)


def agent_named(name: str, workspace: Workspace, now: datetime) -> Agent:
    return Agent(
        agent_id=0,
        workspace_id=workspace.workspace_id,
        name=name,
        host="probe.example.net",
        port=49152,
        country_id="EG",
        location="Cairo, Egypt",
        addresses=("192.0.2.1", "2001:db8::1"),
        version="0.1.0",
        enabled=True,
        created_at=now,
        last_seen_at=None,
    )


def add_agent(tx: Transaction, name: str, workspace: Workspace, now: datetime) -> Agent:
    return tx.agents.add(agent_named(name, workspace, now), sealed(f"key-{name}"))


def add_test(
    tx: Transaction, name: str, workspace: Workspace, now: datetime, *, sources: tuple[int, ...], target: int
) -> VoiceTest:
    settings = VoiceTestSettings(name=name, source_agent_ids=sources, target_agent_id=target)
    return tx.voice_tests.add(
        workspace.workspace_id, settings, probe_key=PROBE_KEY, created_by="Ada (ada@example.com)", now=now
    )


def test_a_block_that_raises_changes_nothing(directory: Directory, now: datetime) -> None:
    """What was written before the error is undone."""

    def fail_halfway() -> None:
        with directory.write() as tx:
            tx.workspaces.add_organization("Acme", now=now)
            raise LookupError

    with pytest.raises(LookupError):
        fail_halfway()
    with directory.write() as tx:
        assert tx.workspaces.add_organization("Acme", now=now) > 0


def test_agents_come_back_as_they_went_in(directory: Directory, home: Workspace, now: datetime) -> None:
    """Every field survives, microseconds and zone included."""
    with directory.write() as tx:
        added = add_agent(tx, "cairo", home, now)
        tx.agents.mark_seen(home.workspace_id, added.agent_id, now=now + timedelta(seconds=1))
    with directory.read() as tx:
        kept = tx.agents.get(home.workspace_id, added.agent_id)
    assert kept == msgspec.structs.replace(
        agent_named("cairo", home, now), agent_id=added.agent_id, last_seen_at=now + timedelta(seconds=1)
    )


def test_voice_tests_come_back_as_they_went_in(directory: Directory, home: Workspace, now: datetime) -> None:
    """Every setting survives; sources come back in the order of their ids."""
    with directory.write() as tx:
        a, b, c = (add_agent(tx, name, home, now).agent_id for name in "abc")
        settings = VoiceTestSettings(
            name="Café 音声",
            source_agent_ids=(c, a),
            target_agent_id=b,
            interval=120,
            duration=30,
            codec="g729a",
            dscp=0,
            jitter_buffer=0.0605,
            two_way=True,
            path_traces=10,
            enabled=False,
            alerts_enabled=True,
            description="two\nlines",
            facade_settings={"thousandeyes": {"bgp": 1, "groups": [{"name": "ü"}], "none": None}},
        )
        added = tx.voice_tests.add(
            home.workspace_id, settings, probe_key=PROBE_KEY, created_by="Ada (ada@example.com)", now=now
        )
    with directory.read() as tx:
        kept = tx.voice_tests.get(home.workspace_id, added.test_id)
    assert kept == added
    assert kept.settings == msgspec.structs.replace(settings, source_agent_ids=(a, c))
    assert (kept.created_by, kept.created_at, kept.modified_by) == ("Ada (ada@example.com)", now, None)


def test_an_update_replaces_all_settings(directory: Directory, home: Workspace, now: datetime) -> None:
    """Sources can go, stay and come in one update, and who did it when is kept."""
    later = now + timedelta(hours=1)
    with directory.write() as tx:
        a, b, c, d = (add_agent(tx, name, home, now).agent_id for name in "abcd")
        test = add_test(tx, "t", home, now, sources=(a, b), target=d)
    changed = VoiceTestSettings(name="u", source_agent_ids=(b, c), target_agent_id=d, dscp=8)
    with directory.write() as tx:
        tx.voice_tests.update(home.workspace_id, test.test_id, changed, modified_by="Bob", now=later)
    with directory.read() as tx:
        kept = tx.voice_tests.get(home.workspace_id, test.test_id)
    assert kept is not None
    assert (kept.settings, kept.modified_by, kept.modified_at) == (changed, "Bob", later)
    assert (kept.created_by, kept.created_at) == (test.created_by, now)


def test_only_tests_of_the_agent_come_with_their_keys(
    directory: Directory, home: Workspace, now: datetime
) -> None:
    """An agent's tests are those it sends or receives in."""
    with directory.write() as tx:
        a, b, c = (add_agent(tx, name, home, now).agent_id for name in "abc")
        sends = add_test(tx, "sends", home, now, sources=(a, b), target=c)
        receives = add_test(tx, "receives", home, now, sources=(b,), target=a)
        add_test(tx, "neither", home, now, sources=(b,), target=c)
    with directory.read() as tx:
        keyed = tx.voice_tests.of_agent(home.workspace_id, a, requested_since=0)
    assert [each.test for each in keyed] == [sends, receives]
    assert {each.probe_key for each in keyed} == {PROBE_KEY}


def test_names_are_taken_within_their_workspace_only(
    directory: Directory, home: Workspace, abroad: Workspace, now: datetime
) -> None:
    """The same name may be used in another workspace."""
    with directory.write() as tx:
        for workspace in (home, abroad):
            a, b = (add_agent(tx, name, workspace, now).agent_id for name in "ab")
            add_test(tx, "t", workspace, now, sources=(a,), target=b)


TAKEN: dict[str, Callable[[Transaction, Workspace, datetime], Any]] = {
    "organization": lambda tx, _, now: tx.workspaces.add_organization("Acme", now=now),
    "workspace": lambda tx, home, now: tx.workspaces.add(home.organization_id, "Home", now=now),
    "email": lambda tx, _, now: tx.people.add("ada@example.com", "Another Ada", now=now),
    "membership": lambda tx, home, _: tx.people.join(1, home.workspace_id, role=Role.ADMIN),
    "agent": lambda tx, home, now: add_agent(tx, "a", home, now),
    "renamed agent": lambda tx, home, now: tx.agents.update(
        msgspec.structs.replace(agent_named("a", home, now), agent_id=2)
    ),
    "test": lambda tx, home, now: add_test(tx, "t", home, now, sources=(1,), target=2),
    "renamed test": lambda tx, home, now: tx.voice_tests.update(
        home.workspace_id,
        2,
        VoiceTestSettings(name="t", source_agent_ids=(1,), target_agent_id=2),
        modified_by="",
        now=now,
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_name_in_use_is_a_conflict(directory: Directory, home: Workspace, now: datetime, what: str) -> None:
    """What must be unique is, and the error is ours, not the database's."""
    with directory.write() as tx:
        tx.people.join(tx.people.add("ada@example.com", "Ada", now=now), home.workspace_id, role=Role.MEMBER)
        add_agent(tx, "a", home, now)
        add_agent(tx, "b", home, now)
        add_test(tx, "t", home, now, sources=(1,), target=2)
        add_test(tx, "u", home, now, sources=(1,), target=2)
    with pytest.raises(Conflict), directory.write() as tx:
        TAKEN[what](tx, home, now)


def test_ids_are_never_given_again(directory: Directory, home: Workspace, now: datetime) -> None:
    """Telemetry is kept under ids, so a new test must not inherit a deleted one's rounds."""
    with directory.write() as tx:
        a, b = (add_agent(tx, name, home, now).agent_id for name in "ab")
        first = add_test(tx, "t", home, now, sources=(a,), target=b)
        assert tx.voice_tests.delete(home.workspace_id, first.test_id)
    with directory.write() as tx:
        second = add_test(tx, "t", home, now, sources=(a,), target=b)
    assert second.test_id > first.test_id


def test_a_removed_agent_is_gone_but_for_its_name(
    directory: Directory, home: Workspace, now: datetime
) -> None:
    """It is found no more, its key opens nothing, its name is free; old rounds can still name it."""
    with directory.write() as tx:
        removed = add_agent(tx, "a", home, now)
        assert tx.agents.credentials("key-a")
        tx.agents.remove(home.workspace_id, removed.agent_id, now=now)
        again = add_agent(tx, "a", home, now)
    with directory.read() as tx:
        assert again.agent_id > removed.agent_id
        assert tx.agents.get(home.workspace_id, removed.agent_id) is None
        assert tx.agents.hold(home.workspace_id, [removed.agent_id]) == set()
        assert [each.record_id for each in tx.agents.credentials("key-a")] == [again.agent_id]
        assert [each.agent_id for each in tx.agents.all(home.workspace_id)] == [again.agent_id]
        everyone = tx.agents.all(home.workspace_id, include_removed=True)
        assert [each.name for each in everyone] == ["a", "a"]


# Each of these is asked in one workspace about something of the other, and must find and change nothing.
SCOPED: dict[str, Callable[[Transaction, int, int, int, datetime], Any]] = {
    "agents.all": lambda tx, ws, agent, test, now: tx.agents.all(ws, include_removed=True),
    "agents.get": lambda tx, ws, agent, test, now: tx.agents.get(ws, agent),
    "agents.some": lambda tx, ws, agent, test, now: tx.agents.some(ws, [agent]),
    "agents.hold": lambda tx, ws, agent, test, now: tx.agents.hold(ws, [agent]),
    "agents.mark_seen": lambda tx, ws, agent, test, now: tx.agents.mark_seen(ws, agent, now=now),
    "agents.remove": lambda tx, ws, agent, test, now: tx.agents.remove(ws, agent, now=now),
    "voice_tests.scheduled": lambda tx, ws, agent, test, now: tx.voice_tests.scheduled(ws),
    "voice_tests.names": lambda tx, ws, agent, test, now: tx.voice_tests.names(ws),
    "voice_tests.rename_on_request": lambda tx, ws, agent, test, now: tx.voice_tests.rename_on_request(
        ws, "t", "stolen"
    ),
    "voice_tests.request_round": lambda tx, ws, agent, test, now: tx.voice_tests.request_round(ws, test, 60),
    "voice_tests.get": lambda tx, ws, agent, test, now: tx.voice_tests.get(ws, test),
    "voice_tests.some": lambda tx, ws, agent, test, now: tx.voice_tests.some(ws, [test]),
    "voice_tests.of_agent": lambda tx, ws, agent, test, now: tx.voice_tests.of_agent(
        ws, agent, requested_since=0
    ),
    "voice_tests.delete": lambda tx, ws, agent, test, now: tx.voice_tests.delete(ws, test),
    "voice_tests.update": lambda tx, ws, agent, test, now: tx.voice_tests.update(
        ws,
        test,
        VoiceTestSettings(name="stolen", source_agent_ids=(agent,), target_agent_id=agent),
        modified_by="",
        now=now,
    ),
}


@pytest.mark.parametrize("call", SCOPED)
def test_a_workspace_never_sees_another_ones_things(
    directory: Directory, home: Workspace, abroad: Workspace, now: datetime, call: str
) -> None:
    """Every question about agents and tests is answered from its own workspace only."""
    with directory.write() as tx:
        a, b = (add_agent(tx, name, home, now) for name in "ab")
        test = add_test(tx, "t", home, now, sources=(a.agent_id,), target=b.agent_id)
    with directory.write() as tx:
        assert not SCOPED[call](tx, abroad.workspace_id, a.agent_id, test.test_id, now)
    with directory.read() as tx:
        assert tx.agents.all(home.workspace_id) == [a, b]
        assert tx.voice_tests.scheduled(home.workspace_id) == [test]


@pytest.mark.parametrize("impossible", BEYOND_ALL_IDS)
def test_an_id_that_cannot_be_finds_nothing(
    directory: Directory, home: Workspace, now: datetime, impossible: int
) -> None:
    """A number that no column holds is an id of nothing, not an error of the database."""
    ws = home.workspace_id
    with directory.write() as tx:
        assert tx.workspaces.get(impossible) is None
        assert tx.agents.get(ws, impossible) is None
        assert tx.agents.hold(ws, [impossible]) == set()
        assert tx.voice_tests.get(ws, impossible) is None
        assert tx.voice_tests.some(ws, [impossible]) == {}
        assert not tx.voice_tests.delete(ws, impossible)
        assert not tx.api_tokens.revoke(1, impossible, now=now)


def test_the_first_workspace_of_a_person_is_their_default(
    directory: Directory, home: Workspace, abroad: Workspace, now: datetime
) -> None:
    """Exactly one membership is the default, whichever order they are listed in."""
    with directory.write() as tx:
        person_id = tx.people.add("ada@example.com", "Ada", now=now)
        tx.people.join(person_id, abroad.workspace_id, role=Role.ADMIN)
        tx.people.join(person_id, home.workspace_id, role=Role.MEMBER)
        ada = tx.people.by_email("ada@example.com")
    assert ada is not None
    assert [(each.workspace, each.role, each.is_default) for each in ada.memberships] == [
        (home, Role.MEMBER, False),
        (abroad, Role.ADMIN, True),
    ]


def test_a_revoked_api_token_is_compared_with_no_more(
    directory: Directory, home: Workspace, now: datetime
) -> None:
    """It stays in the list, with the moment it ended; only its owner can end it, and once."""
    with directory.write() as tx:
        ada, bob = (tx.people.add(f"{name}@example.com", name, now=now) for name in ("ada", "bob"))
        token = tx.api_tokens.add(ada, sealed("snd_pat_1"), label="laptop", now=now)
        assert not tx.api_tokens.revoke(bob, token.token_id, now=now)
        assert [each.owner_id for each in tx.api_tokens.credentials("snd_pat_1")] == [ada]
        assert tx.api_tokens.revoke(ada, token.token_id, now=now)
        assert not tx.api_tokens.revoke(ada, token.token_id, now=now)
    with directory.read() as tx:
        assert tx.api_tokens.credentials("snd_pat_1") == []
        assert tx.api_tokens.all(ada) == [msgspec.structs.replace(token, revoked_at=now)]
        assert tx.api_tokens.all(bob) == []


def test_last_use_is_kept_to_the_minute(directory: Directory, home: Workspace, now: datetime) -> None:
    """So that most requests of a person write nothing."""
    with directory.write() as tx:
        ada = tx.people.add("ada@example.com", "Ada", now=now)
        token_id = tx.api_tokens.add(ada, sealed("snd_pat_1"), label="laptop", now=now).token_id
        assert not tx.api_tokens.was_used_lately(token_id, now=now)
        tx.api_tokens.mark_used(token_id, now=now)
    with directory.read() as tx:
        assert tx.api_tokens.was_used_lately(token_id, now=now + timedelta(seconds=59))
        assert not tx.api_tokens.was_used_lately(token_id, now=now + timedelta(seconds=60))


def test_an_enrolment_token_works_once_and_in_time(
    directory: Directory, home: Workspace, now: datetime
) -> None:
    """It is used up by its first use, and over when it expires."""
    later = now + timedelta(hours=1)
    with directory.write() as tx:
        for prefix in ("used", "expired"):
            tx.enrolment_tokens.add(
                home.workspace_id, sealed(prefix), label=prefix, created_by="Ada", now=now, expires_at=later
            )
        used, expired = (tx.enrolment_tokens.credentials(prefix)[0] for prefix in ("used", "expired"))
        assert used.owner_id == home.workspace_id
        assert tx.enrolment_tokens.use(used.record_id, now=now)
        assert not tx.enrolment_tokens.use(used.record_id, now=now)
        assert not tx.enrolment_tokens.use(expired.record_id, now=later)
