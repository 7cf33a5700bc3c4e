"""Voice tests of a workspace."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.records import KeyedVoiceTest
from sonde.directory.tables import MAX_ID, VoiceTestRow, VoiceTestSourceRow
from sonde.model.voice_tests import ON_REQUEST, VoiceTest, VoiceTestSettings


class VoiceTestRepository:
    """Reads and writes voice tests. What the settings mean and may be is decided by the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        workspace_id: int,
        settings: VoiceTestSettings,
        *,
        probe_key: bytes,
        created_by: str,
        now: datetime,
    ) -> VoiceTest:
        """Add a voice test.

        Raises:
            Conflict: the workspace has a test of that name.
        """
        row = VoiceTestRow(
            workspace_id=workspace_id, probe_key=probe_key, created_by=created_by, created_at=now
        )
        with refusing_duplicates(self._session, _taken(settings.name), field="name"):
            _fill(row, settings)
            self._session.add(row)
        return _voice_test(row)

    def scheduled(self, workspace_id: int) -> list[VoiceTest]:
        """The workspace's tests that have a timetable, by id."""
        query = _of(workspace_id).where(VoiceTestRow.interval != ON_REQUEST)
        return [_voice_test(row) for row in self._session.scalars(query)]

    def names(self, workspace_id: int) -> set[str]:
        """The names of all of the workspace's tests."""
        query = select(VoiceTestRow.name).where(VoiceTestRow.workspace_id == workspace_id)
        return set(self._session.scalars(query))

    def ids(self, workspace_id: int) -> list[int]:
        """The numbers of all of the workspace's tests."""
        query = select(VoiceTestRow.id).where(VoiceTestRow.workspace_id == workspace_id)
        return list(self._session.scalars(query.order_by(VoiceTestRow.id)))

    def get(self, workspace_id: int, test_id: int) -> VoiceTest | None:
        """The workspace's test of that id, if there is one."""
        row = self._row(workspace_id, test_id)
        return _voice_test(row) if row else None

    def some(self, workspace_id: int, test_ids: Collection[int]) -> dict[int, VoiceTest]:
        """Those of the given tests that the workspace has, by id."""
        query = _of(workspace_id).where(_is_one_of(test_ids))
        return {row.id: _voice_test(row) for row in self._session.scalars(query)}

    def of_agent(self, workspace_id: int, agent_id: int, *, requested_since: int) -> list[KeyedVoiceTest]:
        """The tests in which an agent sends or receives, with their keys, enabled or not, by id.

        Of the tests without a timetable only those of which a round was requested since then, in epoch
        seconds: there may be many old ones.
        """
        query = _of(workspace_id).where(
            or_(
                VoiceTestRow.target_agent_id == agent_id,
                VoiceTestRow.sources.any(VoiceTestSourceRow.agent_id == agent_id),
            ),
            or_(VoiceTestRow.interval != ON_REQUEST, VoiceTestRow.requested_round >= requested_since),
        )
        return [
            KeyedVoiceTest(test=_voice_test(row), probe_key=row.probe_key)
            for row in self._session.scalars(query)
        ]

    def update(
        self, workspace_id: int, test_id: int, settings: VoiceTestSettings, *, modified_by: str, now: datetime
    ) -> VoiceTest | None:
        """Replace a test's settings. None when the workspace has no such test.

        Raises:
            Conflict: the workspace has another test of that name.
        """
        row = self._row(workspace_id, test_id)
        if row is None:
            return None
        with refusing_duplicates(self._session, _taken(settings.name), field="name"):
            _fill(row, settings)
            row.modified_by = modified_by
            row.modified_at = now
        return _voice_test(row)

    def rename_on_request(self, workspace_id: int, name: str, new_name: str) -> None:
        """Give the workspace's test of that name another one, if it has no timetable."""
        statement = update(VoiceTestRow).where(
            VoiceTestRow.workspace_id == workspace_id,
            VoiceTestRow.name == name,
            VoiceTestRow.interval == ON_REQUEST,
        )
        self._session.execute(statement.values(name=new_name))

    def request_round(self, workspace_id: int, test_id: int, round_id: int) -> VoiceTest | None:
        """Note which round was asked for. None when the workspace has no such test."""
        row = self._row(workspace_id, test_id)
        if row is None:
            return None
        row.requested_round = round_id
        self._session.flush()
        return _voice_test(row)

    def delete(self, workspace_id: int, test_id: int) -> bool:
        """Delete a test. False when the workspace has no such test. Its id is never given again."""
        statement = delete(VoiceTestRow).where(
            VoiceTestRow.workspace_id == workspace_id, _is_one_of([test_id])
        )
        return self._session.scalar(statement.returning(VoiceTestRow.id)) is not None

    def _row(self, workspace_id: int, test_id: int) -> VoiceTestRow | None:
        return self._session.scalars(_of(workspace_id).where(_is_one_of([test_id]))).one_or_none()


def _of(workspace_id: int) -> Select[VoiceTestRow]:
    return select(VoiceTestRow).where(VoiceTestRow.workspace_id == workspace_id).order_by(VoiceTestRow.id)


def _is_one_of(test_ids: Collection[int]) -> ColumnElement[bool]:
    return VoiceTestRow.id.in_([test_id for test_id in test_ids if 0 < test_id <= MAX_ID])


def _taken(name: str) -> str:
    return f"There is a voice test named {name} already."


def _fill(row: VoiceTestRow, settings: VoiceTestSettings) -> None:
    kept = {source.agent_id: source for source in row.sources}
    row.sources = [
        kept.get(agent_id) or VoiceTestSourceRow(agent_id=agent_id)
        for agent_id in sorted(settings.source_agent_ids)
    ]
    row.name = settings.name
    row.target_agent_id = settings.target_agent_id
    row.interval = settings.interval
    row.duration = settings.duration
    row.codec = settings.codec
    row.dscp = settings.dscp
    row.jitter_buffer = settings.jitter_buffer
    row.two_way = settings.two_way
    row.path_traces = settings.path_traces
    row.enabled = settings.enabled
    row.alerts_enabled = settings.alerts_enabled
    row.description = settings.description
    row.facade_settings = settings.facade_settings


def _settings(row: VoiceTestRow) -> VoiceTestSettings:
    return VoiceTestSettings(
        name=row.name,
        source_agent_ids=tuple(source.agent_id for source in row.sources),
        target_agent_id=row.target_agent_id,
        interval=row.interval,
        duration=row.duration,
        codec=row.codec,
        dscp=row.dscp,
        jitter_buffer=row.jitter_buffer,
        two_way=row.two_way,
        path_traces=row.path_traces,
        enabled=row.enabled,
        alerts_enabled=row.alerts_enabled,
        description=row.description,
        facade_settings=row.facade_settings,
    )


def _voice_test(row: VoiceTestRow) -> VoiceTest:
    return VoiceTest(
        test_id=row.id,
        workspace_id=row.workspace_id,
        settings=_settings(row),
        created_by=row.created_by,
        created_at=row.created_at,
        modified_by=row.modified_by,
        modified_at=row.modified_at,
        requested_round=row.requested_round,
    )
