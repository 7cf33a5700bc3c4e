"""The store: one writer, a few readers, the right tables."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from sonde.lockfile import LockFile
from sonde.model.errors import Unavailable
from sonde.store.clients import data_folder, database_name, explaining_errors, open_client, write_file
from sonde.store.migrate import upgrade

if TYPE_CHECKING:
    from clickhouse_connect.datatypes.base import ClickHouseType
    from clickhouse_connect.driver.client import Client

READER_WAIT = 5.0
"""Seconds a question waits for a free reader."""

INTERPRETED: Mapping[str, int | str] = {
    # The engine compiles what was asked three times, which takes up to two seconds and saves microseconds.
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}

WRITER_SETTINGS: Mapping[str, int | str] = {
    **INTERPRETED,
    # An insert must be on the disk when it returns, not in a buffer.
    "async_insert": 0,
}

READER_SETTINGS: Mapping[str, int | str] = {
    **INTERPRETED,
    "max_execution_time": 10,
    "max_memory_usage": 1024**3,
    # The last one: after it no setting can be changed. It also keeps SQL from files and networks.
    "readonly": 1,
}

EXPORT_SETTINGS: Mapping[str, int | str] = {
    **INTERPRETED,
    "max_execution_time": 120,
    "max_memory_usage": 1024**3,
    # Each further thread takes the memory of the first again.
    "max_threads": 1,
    "date_time_output_format": "iso",
    "format_csv_null_representation": "",
    "output_format_parquet_row_group_size": 50_000,
    # See above.
    "readonly": 1,
}


class Store:
    """Tables of telemetry. Any thread may use it.

    Inserts go one after the other through one client, so that they never wait for a query. Every
    query has a client to itself, which can only read, for a limited time and in limited memory.

    Open it early and in the main thread: loading the embedded engine changes the working directory for
    a moment. Do not fork afterwards.

    Args:
        dsn: `chdb:///folder` for the embedded engine, `http://user:password@host:port/database` or
            https for a server.
        readers: queries that may run at once.
        exports: files that may be written at once.

    Raises:
        Unavailable: another process uses the folder, the engine does not start, the server does not
            answer, or a newer release made the tables.
        Invalid: the DSN makes no sense.
    """

    def __init__(self, dsn: str, *, readers: int = 4, exports: int = 2) -> None:
        self._dsn = dsn
        self._database = database_name(dsn)
        self._lock_file = _lock(dsn)
        self._write_lock = threading.Lock()
        self._types: dict[str, dict[str, ClickHouseType]] = {}
        # A place without a client gets one when it is first needed.
        self._readers: queue.LifoQueue[Client | None] = queue.LifoQueue(readers)
        for _ in range(readers):
            self._readers.put(None)
        self._exports = threading.BoundedSemaphore(exports)
        try:
            self._writer: Client | None = self._open_writer()
        except BaseException:
            _release(self._lock_file)
            raise

    def insert(
        self, table: str, rows: Sequence[Sequence[Any]], *, columns: Sequence[str], token: str
    ) -> None:
        """Add rows. They are on the disk when this returns.

        Args:
            table: where to.
            rows: values in the order of `columns`.
            columns: names of the columns.
            token: names these very rows. Replicated tables ignore a token they have seen; other tables
                rely on their sorting key, for the reason in docs/adr/0002-durable-hand-over.md.

        Raises:
            Unavailable: the insert failed; it may be repeated.
            Invalid: a value does not fit its column; repeating is useless.
        """
        self._insert(table, rows, columns=columns, token=token, by_column=False)

    def insert_columns(self, table: str, columns: Mapping[str, Sequence[Any]], *, token: str) -> None:
        """The same from the values of each column by its name; columns left out get their default."""
        self._insert(table, list(columns.values()), columns=list(columns), token=token, by_column=True)

    def _insert(
        self,
        table: str,
        values: Sequence[Sequence[Any]],
        *,
        columns: Sequence[str],
        token: str,
        by_column: bool,
    ) -> None:
        with self._write_lock, explaining_errors():
            writer = self._require_open()
            writer.insert(
                table,
                values,
                column_names=columns,
                column_types=self._types_of(writer, table, columns),
                column_oriented=by_column,
                settings={"insert_deduplication_token": token},
            )

    def derive(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """Add rows that the engine makes of others. They are on the disk when this returns.

        Args:
            sql: an INSERT with a SELECT, with a place `{name:Type}` for each value; never with a value in it.
            parameters: the values by name.

        Raises:
            Unavailable: it failed; it may be repeated.
        """
        with self._write_lock, explaining_errors():
            self._require_open().command(sql, parameters=dict(parameters))

    def delete(self, table: str, condition: str, parameters: Mapping[str, Any]) -> None:
        """Remove rows, which is slow: the engine rewrites the parts that hold them.

        Args:
            table: where from.
            condition: which, with a place `{name:Type}` for each value.
            parameters: the values by name.

        Raises:
            Unavailable: the deletion failed; it may be repeated.
        """
        with self._write_lock, explaining_errors():
            sql = f"DELETE FROM {table} WHERE {condition}"  # noqa: S608 - names of ours, values are parameters
            self._require_open().command(sql, parameters=dict(parameters))

    def query(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Rows of a SELECT, all in memory.

        Args:
            sql: with a place `{name:Type}` for each value; never with a value in it.
            parameters: the values by name.

        Raises:
            Limited: the query exceeds its time or memory.
            Unavailable: the query failed, or all readers are busy.
        """
        with self._reader() as client, explaining_errors():
            return client.query(sql, parameters=dict(parameters)).result_rows

    def query_columns(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The same by column, which for many rows takes half the time; nothing where there is no row."""
        with self._reader() as client, explaining_errors():
            return client.query(sql, parameters=dict(parameters), column_oriented=True).result_columns

    def export(self, sql: str, parameters: Mapping[str, Any], *, form: str) -> BinaryIO:
        """A file of the rows of a SELECT, of any size; it is gone from the disk when it is closed.

        The engine writes it, in the folder for temporary files, and is done with it when this returns: a
        slow reader holds no query, and a query that fails is known before the first byte is sent.

        Args:
            sql: with a place `{name:Type}` for each value; never with a value in it.
            parameters: the values by name.
            form: ClickHouse's name of a format, such as `Parquet`.

        Raises:
            Limited: the query exceeds its time or memory.
            Unavailable: the query failed, or too many files are being written.
        """
        self._require_open()
        if not self._exports.acquire(timeout=READER_WAIT):
            raise Unavailable("Too many files are being written.", retry_after=READER_WAIT)
        try:
            # A client of its own: its settings differ, and opening one costs less than a file does.
            client = open_client(self._dsn, database=self._database, settings=EXPORT_SETTINGS)
            with closing(client), explaining_errors(), TemporaryDirectory(prefix="sonde-") as folder:
                path = Path(folder, "rows")
                write_file(client, path, sql, parameters, form=form)
                return path.open("rb")
        finally:
            self._exports.release()

    def detached_parts(self) -> int:
        """Parts of tables that the engine put aside as broken, as after a power cut.

        Raises:
            Unavailable: the engine does not answer.
        """
        [[count]] = self.query(
            "SELECT count() FROM system.detached_parts WHERE database = currentDatabase()", {}
        )
        return int(count)

    def close(self) -> None:
        """Wait for the running insert and queries, then let go. Closing twice is harmless."""
        with self._write_lock:
            if self._writer is None:
                return
            self._writer.close()
            self._writer = None
        for _ in range(self._readers.maxsize):
            reader = self._readers.get()
            if reader is not None:
                reader.close()
        _release(self._lock_file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _require_open(self) -> Client:
        if self._writer is None:
            raise Unavailable("The telemetry store is closed.")
        return self._writer

    def _types_of(self, writer: Client, table: str, columns: Sequence[str]) -> list[ClickHouseType]:
        """The types of some columns, asked for once: no table changes while it is open."""
        if table not in self._types:
            described = writer.create_insert_context(table)
            self._types[table] = dict(zip(described.column_names, described.column_types, strict=True))
        return [self._types[table][name] for name in columns]

    def _open_writer(self) -> Client:
        writer = open_client(self._dsn, database="default", settings=WRITER_SETTINGS)
        try:
            with explaining_errors():
                # The embedded engine's default database is of a kind that holds no tables of its own.
                writer.command(f"CREATE DATABASE IF NOT EXISTS {self._database} ENGINE = Atomic")
                writer.database = self._database
                upgrade(writer)
        except BaseException:
            writer.close()
            raise
        return writer

    @contextmanager
    def _reader(self) -> Iterator[Client]:
        self._require_open()
        try:
            client = self._readers.get(timeout=READER_WAIT)
        except queue.Empty:
            raise Unavailable("The telemetry store is busy.", retry_after=READER_WAIT) from None
        try:
            if client is None:
                client = open_client(self._dsn, database=self._database, settings=READER_SETTINGS)
            yield client
        finally:
            self._readers.put(client)


def _lock(dsn: str) -> LockFile | None:
    """Keep other processes out of an embedded store's folder; the engine's own refusal says nothing."""
    folder = data_folder(dsn)
    if folder is None:
        return None
    return LockFile(folder / "sonde.lock", guarded=f"The data folder {folder}")


def _release(lock_file: LockFile | None) -> None:
    if lock_file is not None:
        lock_file.release()
