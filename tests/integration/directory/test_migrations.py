import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from sonde.directory import Directory
from sonde.directory.connection import WRITES, open_engine
from sonde.directory.migrate import configuration, upgrade
from sonde.directory.tables import Base
from sonde.model.errors import Unavailable


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


def test_a_failed_upgrade_leaves_nothing_behind(engine: Engine) -> None:
    """The whole upgrade is one transaction, on SQLite too."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE voice_tests (id INTEGER)"))
    with pytest.raises(Exception, match="voice_tests"), engine.begin() as connection:
        upgrade(connection)
    with engine.begin() as connection:
        assert tables(connection) == {"voice_tests"}


def test_opening_twice_changes_nothing(url: str) -> None:
    """A directory that is up to date opens as it is."""
    Directory(url).close()
    Directory(url).close()


def test_a_newer_directory_is_refused(url: str, engine: Engine) -> None:
    """An old release does not touch what a newer one has changed."""
    Directory(url).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer release"):
        Directory(url)
