"""Agents: how they get in, what they must do, and what people may change about them."""

import re
from datetime import datetime, timedelta

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.directory.records import KeyedVoiceTest
from sonde.model.agents import Agent
from sonde.model.control import DesiredState, EnrolRequest, EnrolResponse, Presence
from sonde.model.errors import Conflict, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access
from sonde.model.voice_tests import REQUEST_LIFE
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.desired_state import assemble
from sonde.services.text import checked_name, checked_text
from sonde.services.tokens import TokenKind, find_match, mint, seal
from sonde.services.voice_tests import assign_source

ENROLMENT_TTL_MAX = timedelta(days=30)
"""Longest life of an enrolment token."""

ADDRESSES_MAX = 64
"""Most interface addresses an agent may report."""

_HOST = re.compile(r"[0-9A-Za-z._:%-]{1,253}")
_COUNTRY = re.compile(r"([A-Z]{2})?")


class AgentChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change about an agent; None leaves it as it is. The meanings are those of `Agent`.

    Attributes:
        host: empty for the one that the agent announces, from its next start on.
        test_ids: the tests with a timetable in which it shall send, and no others.
    """

    name: str | None = None
    host: str | None = None
    port: int | None = None
    country_id: str | None = None
    location: str | None = None
    enabled: bool | None = None
    test_ids: frozenset[int] | None = None


class Agents:
    """The agents of each workspace."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def create_enrolment_token(self, access: Access, label: str, ttl: timedelta) -> str:
        """Make a token with which one agent can enrol in the workspace, once, until `ttl` has passed.

        Raises:
            Denied: not an administrator.
            Invalid: the label cannot be used, or `ttl` is not above 0 and at most 30 days.
        """
        require_admin(access)
        label = checked_name(label, field="label")
        if not timedelta(0) < ttl <= ENROLMENT_TTL_MAX:
            raise Invalid(f"ttl must be above 0 and at most {ENROLMENT_TTL_MAX.days} days.", field="ttl")
        token, now = mint(TokenKind.ENROLMENT), self._now()
        with self._directory.write() as tx:
            tx.enrolment_tokens.add(
                access.workspace.workspace_id,
                token.sealed,
                label=label,
                created_by=access.person_label,
                now=now,
                expires_at=now + ttl,
            )
        return token.secret

    def enrol(self, token: str, request: EnrolRequest) -> EnrolResponse:
        """Let an agent in. The token is used up only when this succeeds.

        Raises:
            Unauthenticated: the token is unknown, used or expired.
            Invalid: a part of the request cannot be used.
            Conflict: the workspace has an agent of that name.
        """
        key, now = mint(TokenKind.AGENT), self._now()
        with self._directory.write() as tx:
            workspace_id = self._use_enrolment_token(tx, token)
            agent = Agent(
                agent_id=0,
                workspace_id=workspace_id,
                enabled=True,
                created_at=now,
                last_seen_at=None,
                **msgspec.structs.asdict(request),
            )
            agent = tx.agents.add(_checked(agent), key.sealed)
            workspace = tx.workspaces.get(workspace_id)
            return EnrolResponse(
                agent_id=agent.agent_id,
                agent_key=key.secret,
                workspace=workspace.name if workspace else "",
            )

    def authenticate(self, agent_key: str) -> Agent:
        """Find out which agent shows a key. A disabled one is known too; it is only given nothing to do.

        Raises:
            Unauthenticated: none does.
        """
        presented = seal(agent_key, TokenKind.AGENT)
        with self._directory.read() as tx:
            credential = find_match(presented, tx.agents.credentials(presented.prefix))
            agent = tx.agents.get(credential.owner_id, credential.record_id) if credential else None
        if agent is None:
            raise Unauthenticated(
                "The agent key is not valid.", hint="The agent may have been removed; enrol it again."
            )
        return agent

    def report_presence(self, agent: Agent, presence: Presence) -> None:
        """Take note of where an agent is now and what it runs.

        Raises:
            Invalid: a part of it cannot be used.
            NotFound: the agent was removed meanwhile.
        """
        with self._directory.write() as tx:
            present = _found(tx.agents.get(agent.workspace_id, agent.agent_id), agent.agent_id)
            announced = _checked(msgspec.structs.replace(present, **msgspec.structs.asdict(presence)))
            host = present.host if present.host_is_chosen else announced.host
            tx.agents.update(msgspec.structs.replace(announced, host=host))

    def desired_state(self, agent: Agent) -> DesiredState:
        """All that an agent must do and allow now; asking is also its sign of life."""
        with self._directory.write() as tx:
            tx.agents.mark_seen(agent.workspace_id, agent.agent_id, now=self._now())
        with self._directory.read() as tx:
            tests = _tests_of(tx, agent, self._now())
            partners = {each.test.settings.target_agent_id for each in tests}.union(
                *(each.test.settings.source_agent_ids for each in tests)
            )
            return assemble(agent, tests, tx.agents.some(agent.workspace_id, partners))

    def get(self, access: Access, agent_id: int) -> Agent:
        """One of the workspace's agents.

        Raises:
            NotFound: the workspace has no such agent.
        """
        with self._directory.read() as tx:
            return _found(tx.agents.get(access.workspace.workspace_id, agent_id), agent_id)

    def update(self, access: Access, agent_id: int, changes: AgentChanges) -> Agent:
        """Change what people may change about an agent.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such agent.
            Invalid: a value cannot be used, or the tests cannot be sent in as wanted.
            Conflict: the workspace has another agent of that name.
        """
        require_admin(access)
        wanted = {key: value for key, value in msgspec.structs.asdict(changes).items() if value is not None}
        test_ids, host = wanted.pop("test_ids", None), wanted.pop("host", None)
        with self._directory.write() as tx:
            agent = _found(tx.agents.get(access.workspace.workspace_id, agent_id), agent_id)
            changed = _checked(msgspec.structs.replace(_with_host(agent, host), **wanted))
            tx.agents.update(changed)
            if test_ids is not None:
                assign_source(tx, access, agent_id, test_ids=test_ids, now=self._now())
            return changed

    def remove(self, access: Access, agent_id: int) -> None:
        """Take an agent out of the workspace. Its rounds stay, and so does its name beside them.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such agent.
            Conflict: voice tests still use it.
        """
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            tx.agents.hold(workspace_id, [agent_id])
            agent = _found(tx.agents.get(workspace_id, agent_id), agent_id)
            tests = _tests_of(tx, agent, self._now())
            if tests:
                names = ", ".join(each.test.settings.name for each in tests)
                raise Conflict(
                    f"Agent {agent_id} is still used by voice tests: {names}.",
                    hint="Change or delete them first.",
                )
            tx.agents.remove(workspace_id, agent_id, now=self._now())

    def list(self, access: Access, *, include_removed: bool = False) -> list[Agent]:
        """The workspace's agents by id; with the removed ones to name the senders of old rounds."""
        with self._directory.read() as tx:
            return tx.agents.all(access.workspace.workspace_id, include_removed=include_removed)

    def _use_enrolment_token(self, tx: Transaction, token: str) -> int:
        """Use a token up and return its workspace."""
        presented = seal(token, TokenKind.ENROLMENT)
        credential = find_match(presented, tx.enrolment_tokens.credentials(presented.prefix))
        if credential is None or not tx.enrolment_tokens.use(credential.record_id, now=self._now()):
            raise Unauthenticated(
                "The enrolment token is not valid.",
                hint="Each works once and for a limited time; ask an administrator for a new one.",
            )
        return credential.owner_id


def _with_host(agent: Agent, host: str | None) -> Agent:
    """The agent where a person wants others to look for it.

    The host that it has already is no choice: callers send back what they have read.
    """
    if host is None or host == agent.host:
        return agent
    return msgspec.structs.replace(agent, host=host or agent.host, host_is_chosen=bool(host))


def _tests_of(tx: Transaction, agent: Agent, now: datetime) -> list[KeyedVoiceTest]:
    """The tests that want something of an agent now."""
    since = int(now.timestamp()) - REQUEST_LIFE
    return tx.voice_tests.of_agent(agent.workspace_id, agent.agent_id, requested_since=since)


def _checked(agent: Agent) -> Agent:
    """The agent with its words trimmed; raises Invalid for what cannot be used."""
    if not _HOST.fullmatch(agent.host):
        raise Invalid("host must be a host name or an IP address.", field="host")
    if not 1 <= agent.port <= 65535:
        raise Invalid("port must be 1 to 65535.", field="port")
    if not _COUNTRY.fullmatch(agent.country_id):
        raise Invalid("country_id must be two capital letters (ISO 3166-1) or empty.", field="country_id")
    if len(agent.addresses) > ADDRESSES_MAX or not all(map(_HOST.fullmatch, agent.addresses)):
        raise Invalid(f"addresses must be at most {ADDRESSES_MAX} IP addresses.", field="addresses")
    return msgspec.structs.replace(
        agent,
        name=checked_name(agent.name, field="name"),
        location=checked_text(agent.location, field="location", longest=255),
        version=checked_text(agent.version, field="version", longest=64),
    )


def _found(agent: Agent | None, agent_id: int) -> Agent:
    if agent is None:
        raise _no_agent(agent_id)
    return agent


def _no_agent(agent_id: int) -> NotFound:
    return NotFound(f"There is no agent {agent_id} in this workspace.")
