"""Agents of a workspace."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.records import Credential, SealedToken
from sonde.directory.tables import MAX_ID, AgentRow
from sonde.model.agents import Agent


class AgentRepository:
    """Reads and writes agents. Unless told otherwise, removed ones are not there."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, agent: Agent, key: SealedToken) -> Agent:
        """Add an agent and return it with its id; the id given is not used.

        Raises:
            Conflict: the workspace has an agent of that name.
        """
        row = AgentRow(
            workspace_id=agent.workspace_id,
            created_at=agent.created_at,
            key_prefix=key.prefix,
            key_hash=key.hash,
        )
        _fill(row, agent)
        with refusing_duplicates(self._session, _taken(agent.name), field="name"):
            self._session.add(row)
        return _agent(row)

    def all(self, workspace_id: int, *, include_removed: bool = False) -> list[Agent]:
        """The workspace's agents by id; with the removed ones when old rounds need their names."""
        query = select(AgentRow).where(AgentRow.workspace_id == workspace_id).order_by(AgentRow.id)
        if not include_removed:
            query = query.where(AgentRow.removed_at.is_(None))
        return [_agent(row) for row in self._session.scalars(query)]

    def get(self, workspace_id: int, agent_id: int) -> Agent | None:
        """The workspace's agent of that id, if there is one."""
        row = self._row(workspace_id, agent_id)
        return _agent(row) if row else None

    def some(self, workspace_id: int, agent_ids: Collection[int]) -> dict[int, Agent]:
        """Those of the given agents that the workspace has, by id."""
        query = select(AgentRow).where(*_live(workspace_id, agent_ids))
        return {row.id: _agent(row) for row in self._session.scalars(query)}

    def hold(self, workspace_id: int, agent_ids: Collection[int]) -> set[int]:
        """Which of the given agents the workspace has; none of them goes before the transaction ends."""
        query = select(AgentRow.id).where(*_live(workspace_id, agent_ids)).with_for_update()
        return set(self._session.scalars(query.order_by(AgentRow.id)))

    def update(self, agent: Agent) -> bool:
        """Replace what is kept of an agent. False when the workspace has no such agent.

        Raises:
            Conflict: the workspace has another agent of that name.
        """
        row = self._row(agent.workspace_id, agent.agent_id)
        if row is None:
            return False
        with refusing_duplicates(self._session, _taken(agent.name), field="name"):
            _fill(row, agent)
        return True

    def mark_seen(self, workspace_id: int, agent_id: int, *, now: datetime) -> None:
        """Note that an agent asked for its state."""
        statement = update(AgentRow).where(*_live(workspace_id, [agent_id]))
        self._session.execute(statement.values(last_seen_at=now))

    def remove(self, workspace_id: int, agent_id: int, *, now: datetime) -> None:
        """Take an agent away: its name is free, its key opens nothing, its id is never given again."""
        statement = update(AgentRow).where(*_live(workspace_id, [agent_id]))
        self._session.execute(statement.values(removed_at=now, key_prefix="", key_hash=b""))

    def credentials(self, prefix: str) -> list[Credential]:
        """What a presented agent key with this prefix can be compared with."""
        query = select(AgentRow).where(AgentRow.key_prefix == prefix, AgentRow.removed_at.is_(None))
        return [
            Credential(record_id=row.id, owner_id=row.workspace_id, hash=row.key_hash)
            for row in self._session.scalars(query)
        ]

    def _row(self, workspace_id: int, agent_id: int) -> AgentRow | None:
        return self._session.scalars(select(AgentRow).where(*_live(workspace_id, [agent_id]))).one_or_none()


def _live(workspace_id: int, agent_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    possible = [agent_id for agent_id in agent_ids if 0 < agent_id <= MAX_ID]
    return (
        AgentRow.workspace_id == workspace_id,
        AgentRow.id.in_(possible),
        AgentRow.removed_at.is_(None),
    )


def _taken(name: str) -> str:
    return f"There is an agent named {name} already."


def _fill(row: AgentRow, agent: Agent) -> None:
    row.name = agent.name
    row.host = agent.host
    row.host_is_chosen = agent.host_is_chosen
    row.port = agent.port
    row.country_id = agent.country_id
    row.location = agent.location
    row.addresses = list(agent.addresses)
    row.version = agent.version
    row.enabled = agent.enabled


def _agent(row: AgentRow) -> Agent:
    return Agent(
        agent_id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        host=row.host,
        host_is_chosen=row.host_is_chosen,
        port=row.port,
        country_id=row.country_id,
        location=row.location,
        addresses=tuple(row.addresses),
        version=row.version,
        enabled=row.enabled,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )
