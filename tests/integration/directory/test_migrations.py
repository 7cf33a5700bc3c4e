from contextlib import closing
from datetime import datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from sonde.directory import Directory
from sonde.directory.connection import WRITES, open_engine
from sonde.directory.migrate import configuration, upgrade
from sonde.directory.records import SealedToken
from sonde.directory.tables import Base
from sonde.model.agents import Agent
from sonde.model.errors import Unavailable
from sonde.model.peers import Participant
from sonde.model.people import Workspace
from sonde.model.sessions import MeetingSettings, ViewType
from sonde.model.voice_tests import VoiceTestSettings

NOBODY = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


@pytest.fixture
def engine(url: str):
    opened = open_engine(url).execution_options(**{WRITES: True})
    yield opened
    opened.dispose()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_migrations_make_the_tables_the_code_uses(engine: Engine) -> None:
    """From nothing to the newest release leaves no difference to `tables`."""
    with engine.begin() as connection:
        upgrade(connection)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert tables(connection) == set(Base.metadata.tables)
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_and_up_again(engine: Engine) -> None:
    """Every migration can be undone, and done again after that."""
    with engine.begin() as connection:
        upgrade(connection)
        command.downgrade(configuration(connection), "base")
        assert tables(connection) == set()
        upgrade(connection)
        assert tables(connection) == set(Base.metadata.tables)


def test_tests_of_before_go_one_way(url: str, engine: Engine, add_two_way_test) -> None:
    """A release that knew nothing of directions measured one, and so does its test after the upgrade."""
    workspace_id, test_id = add_two_way_test(url)
    with engine.begin() as connection:
        command.downgrade(configuration(connection), "0001")
    with closing(Directory(url)) as directory, directory.read() as tx:
        assert tx.voice_tests.get(workspace_id, test_id).settings.two_way is False


@pytest.fixture
def add_two_way_test(now: datetime):
    """A function that makes a two-way test in a database, and gives its workspace and its id."""

    def add(url: str) -> tuple[int, int]:
        with closing(Directory(url)) as directory, directory.write() as tx:
            home = tx.workspaces.add(tx.workspaces.add_organization("Acme", now=now), "Home", now=now)
            agents = [
                tx.agents.add(agent(name, home, now), SealedToken(prefix=name, hash=b"")) for name in "ab"
            ]
            source, target = (each.agent_id for each in agents)
            settings = VoiceTestSettings(
                name="t", source_agent_ids=(source,), target_agent_id=target, two_way=True
            )
            test = tx.voice_tests.add(
                home.workspace_id, settings, probe_key=bytes(32), created_by="Ada", now=now
            )
            assert test.settings.two_way
            return home.workspace_id, test.test_id

    return add


def agent(name: str, home: Workspace, now: datetime) -> Agent:
    return Agent(
        agent_id=0,
        workspace_id=home.workspace_id,
        name=name,
        host="192.0.2.1",
        port=49152,
        country_id="",
        location="",
        addresses=(),
        version="0.1.0",
        enabled=True,
        created_at=now,
        last_seen_at=None,
    )


def test_meetings_of_before_keep_their_people(url: str, engine: Engine, now: datetime) -> None:
    """A release that knew no options, pictures and removals leaves meetings and participants as they are."""
    settings = MeetingSettings(title="Room", custom_id="room")
    with closing(Directory(url)) as directory, directory.write() as tx:
        home = tx.workspaces.add(tx.workspaces.add_organization("Acme", now=now), "Home", now=now)
        meeting = tx.meetings.add(home.workspace_id, settings, now=now)
        ada = Participant(
            participant_id=NOBODY,
            workspace_id=home.workspace_id,
            meeting_id=meeting.meeting_id,
            custom_id="ada",
            name="Ada",
            preset="host",
            view_type=ViewType.WEBINAR,
            created_at=now,
            updated_at=now,
        )
        tx.participants.add(ada)
    with engine.begin() as connection:
        command.downgrade(configuration(connection), "0006")
    with closing(Directory(url)) as directory, directory.read() as tx:
        assert tx.meetings.get(home.workspace_id, meeting.meeting_id) == meeting
        assert tx.participants.get(home.workspace_id, NOBODY) == ada


def test_a_failed_upgrade_leaves_nothing_behind(engine: Engine) -> None:
    """The whole upgrade is one transaction, on SQLite too."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE voice_tests (id INTEGER)"))
    with pytest.raises(Exception, match="voice_tests"), engine.begin() as connection:
        upgrade(connection)
    with engine.begin() as connection:
        assert tables(connection) == {"voice_tests"}


def test_opening_twice_changes_nothing(url: str, engine: Engine) -> None:
    """A directory that is up to date opens as it is."""
    found = []
    for _ in range(2):
        Directory(url).close()
        with engine.begin() as connection:
            version = connection.execute(text("SELECT version_num FROM alembic_version")).all()
            found.append((tables(connection), version))
    assert found[0] == found[1]


def test_a_newer_directory_is_refused(url: str, engine: Engine) -> None:
    """An old release does not touch what a newer one has changed."""
    Directory(url).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer release"):
        Directory(url)
