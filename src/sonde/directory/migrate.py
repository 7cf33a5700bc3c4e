"""Bringing a database to the tables this release knows, whatever release made it."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from sonde.model.errors import Unavailable

# An arbitrary number that all Sonde servers share, for PostgreSQL's advisory lock.
_UPGRADE_LOCK = 0x536F6E6465


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for the packaged migrations, run on `connection`."""
    config = Config()
    config.set_main_option("script_location", "sonde.directory:migrations")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Apply the missing migrations inside the transaction that `connection` is in.

    Servers that start at the same time wait for each other.

    Raises:
        Unavailable: a newer release has already changed the tables.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as error:
        raise Unavailable(
            "The directory was made by a newer release of Sonde.",
            hint="Start that release, or restore the backup made before the upgrade.",
        ) from error
