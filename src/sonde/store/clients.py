"""Opening ClickHouse clients, and saying in our words what they complain about.

The library, and the engine behind it, are imported when the first client is opened: they cost a second,
which commands that open no store must not pay.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from sonde.model.errors import Invalid, Limited, Unavailable

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

DEFAULT_DATABASE = "sonde"

LIMIT_CODES = frozenset({158, 159, 160, 241, 307, 396})
"""ClickHouse's error codes for a query that exceeds its time, memory, rows or bytes."""


def data_folder(dsn: str) -> Path | None:
    """The folder of an embedded store; None for a server.

    Raises:
        Invalid: the DSN is neither.
    """
    parts = urlsplit(dsn)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return None
    if parts.scheme == "chdb" and not parts.netloc and parts.path.strip("/"):
        return Path(parts.path)
    raise Invalid(
        "The store's DSN must be chdb:///folder, http://host:port/database or https://host:port/database.",
        field="dsn",
    )


def database_name(dsn: str) -> str:
    """The database on a server that the DSN names, or the usual one.

    Raises:
        Invalid: the name is not a plain identifier.
    """
    if data_folder(dsn) is not None:
        return DEFAULT_DATABASE
    name = unquote(urlsplit(dsn).path.strip("/")) or DEFAULT_DATABASE
    if not (name.isascii() and name.isidentifier()):
        raise Invalid("The store's database must be named with letters, digits and underscores.", field="dsn")
    return name


def open_client(dsn: str, *, database: str, settings: Mapping[str, int | str]) -> Client:
    """A connection of its own, for one thread at a time.

    Raises:
        Unavailable: the engine does not start, or the server does not answer.
    """
    import clickhouse_connect  # noqa: PLC0415 - see the module's text
    from clickhouse_connect.driver.exceptions import ClickHouseError  # noqa: PLC0415

    try:
        return clickhouse_connect.get_client(dsn=dsn, database=database, settings=dict(settings))
    except ClickHouseError as error:
        raise Unavailable(f"The telemetry store cannot be opened: {error}") from error


@contextmanager
def explaining_errors() -> Iterator[None]:
    """Turn the client's errors into ours.

    Raises:
        Limited: a query exceeded what it may use.
        Invalid: a value does not fit its column.
        Unavailable: anything else; the engine's own words are in the cause.
    """
    from clickhouse_connect.driver.exceptions import ClickHouseError, DataError, Error  # noqa: PLC0415

    try:
        yield
    except DataError as error:
        raise Invalid(f"The telemetry store cannot take a value: {error}") from error
    except ClickHouseError as error:
        code, name = (error.code, error.name) if isinstance(error, Error) else (None, None)
        if code in LIMIT_CODES:
            raise Limited(
                "The answer needs more time or memory than a question may use.",
                hint="Ask for a shorter time range.",
            ) from error
        raise Unavailable(f"The telemetry store failed ({name or type(error).__name__}).") from error


def write_file(client: Client, path: Path, sql: str, parameters: Mapping[str, Any], *, form: str) -> None:
    """Let the engine write the rows of a SELECT into a new file, block by block.

    Args:
        client: of the embedded engine, which writes the file itself, or of a server, which sends it.
        path: where to.
        sql: with a place `{name:Type}` for each value; never with a value in it.
        parameters: the values by name.
        form: ClickHouse's name of a format.

    Raises:
        ClickHouseError: the query failed.
    """
    if client.uri.startswith("chdb:"):
        quoted = str(path).replace("\\", "\\\\").replace("'", "\\'")
        client.command(f"{sql}\nINTO OUTFILE '{quoted}'\nFORMAT {form}", parameters=dict(parameters))
        path.touch()  # the engine makes none for a format without a header and without rows
        return
    with client.raw_stream(sql, parameters=dict(parameters), fmt=form) as stream, path.open("wb") as file:
        shutil.copyfileobj(stream, file)
