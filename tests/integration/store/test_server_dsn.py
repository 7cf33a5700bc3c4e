"""The store over HTTP. The server here is a thin one over the embedded engine.

It shows that client, SQL and migrations are the same for both kinds of DSN. It has no authentication, no
TLS, no compression and no sessions, and says nothing about a cluster.
"""

import re
import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import chdb
import pytest

from sonde.model.errors import Limited, Unavailable
from sonde.model.rounds import RoundError, RoundReport, RoundResult
from sonde.quality.codecs import codec
from sonde.quality.voice import score_voice
from sonde.store import Store
from sonde.store.exports import export_results, export_table
from sonde.store.results import ResultFilter
from sonde.store.rounds import RoundSpan, insert_rounds, select_latest_round, select_rounds
from sonde.store.store import EXPORT_SETTINGS

pytestmark = pytest.mark.integration

INSERT = re.compile(rb"(INSERT INTO .*?)\s*FORMAT Native\n", re.DOTALL)


class ClickHouseHandler(BaseHTTPRequestHandler):
    """ClickHouse's HTTP interface, as far as the client uses it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The client pings and asks for nothing else."""
        self._answer(200, b"Ok.\n")

    def do_POST(self) -> None:
        """One statement: in the address, in the body, or begun in one and continued in the other."""
        options, body = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)), self._read_body()
        if (kind := self.headers.get("Content-Type", "")).startswith("multipart/form-data"):
            options, body = options | read_form(kind, body), b""
        statement = options.get("query", "").encode() + body
        try:
            self._answer(200, self._run(statement, options))
        except RuntimeError as error:
            code = re.search(r"Code: (\d+)", str(error))
            self._answer(500, str(error).encode(), code=code[1] if code else "1")

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = bytearray()
        while length := int(self.rfile.readline(), 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def _run(self, statement: bytes, options: dict[str, str]) -> bytes:
        connection = self.server.connect(options)
        parameters = {name[6:]: value for name, value in options.items() if name.startswith("param_")}
        if insert := INSERT.match(statement):
            data = self.server.folder / f"insert-{threading.get_ident()}.native"
            data.write_bytes(statement[insert.end() :])
            statement = insert[1] + f" FROM INFILE '{data}' FORMAT Native".encode()
        try:
            return connection.query(statement.decode(), "TabSeparated", params=parameters).bytes() or b""
        finally:
            connection.close()

    def _answer(self, status: int, body: bytes, *, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def read_form(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a form, as which the client sends what an address has no room for."""
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields = {part.get_param("name", header="content-disposition"): part for part in form.get_payload()}
    return {name: part.get_payload(decode=True).decode() for name, part in fields.items()}


class ClickHouseServer(ThreadingHTTPServer):
    """Serves one embedded engine."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), ClickHouseHandler)
        self.folder = folder
        # The engine lives as long as one connection does.
        self._first = chdb.connect(f"{folder}/engine")

    def connect(self, options: dict[str, str]) -> object:
        """A connection with the database and the settings that came with a statement."""
        connection = chdb.connect(f"{self.folder}/engine")
        connection.query(f"USE {options.get('database', 'default')}")
        for name in EXPORT_SETTINGS:
            if name in options:
                connection.query(f"SET {name} = '{options[name]}'")
        return connection

    def server_close(self) -> None:
        """Stop the engine too."""
        super().server_close()
        self._first.close()


@pytest.fixture
def server_dsn(tmp_path: Path) -> Iterator[str]:
    """A server of the test's own."""
    with ClickHouseServer(tmp_path) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/calls?compress=false"
        server.shutdown()
        thread.join()


def result(round_id: int) -> RoundResult:
    """A round without an answer."""
    report = RoundReport(
        test_id=7,
        round_id=round_id,
        target_agent_id=4,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=round_id + 0.1,
        error=RoundError.NO_CONSENT,
        error_detail="The target's silence.",
    )
    score = score_voice(
        codec=codec("g711"), one_way_delay=None, jitter_buffer=0.04, loss_ratio=None, discard_ratio=None
    )
    return RoundResult(workspace_id=1, source_agent_id=3, received_at=60.1, report=report, score=score)


def test_rounds_go_to_a_server_and_come_back(server_dsn: str) -> None:
    """Migrations, inserts, repeated inserts and queries work as with the embedded engine."""
    span = RoundSpan(workspace_id=1, test_id=7)
    rows = [result(60), result(120)]
    for _ in range(2):
        with Store(server_dsn) as store:
            insert_rounds(store, rows, token="t")
            assert select_rounds(store, span, limit=10) == rows
            assert select_latest_round(store, span) == 120
            assert store.query("SELECT currentDatabase()", {}) == [("calls",)]
            assert store.detached_parts() == 0


def test_errors_of_a_server_are_told_apart(server_dsn: str) -> None:
    """Too much is the question's fault, everything else is not."""
    with Store(server_dsn) as store:
        with pytest.raises(Limited):
            store.query("SELECT length(groupArray(number)) FROM numbers(300000000)", {})
        with pytest.raises(Unavailable, match="READONLY"):
            store.query("DROP TABLE round_results", {})


def test_files_are_written_by_a_server_too(server_dsn: str) -> None:
    """Results, and a table so long that its values have no room in an address."""
    amount = 20_000
    with Store(server_dsn) as store:
        insert_rounds(store, [result(60), result(120)], token="first")
        with export_results(store, ResultFilter(workspace_id=1, test_ids=(7,)), "csv") as file:
            header, *lines = file.read().decode().splitlines()
        assert header.startswith('"result_id","direction","test_id"')
        assert [line.split(",")[0] for line in lines] == ['"7-60-3"', '"7-120-3"']
        columns = {"index": ("UInt32", range(amount)), "delay": ("Nullable(Float64)", [None] * amount)}
        with export_table(store, columns, "csv") as file:
            assert file.read().decode().splitlines() == [
                '"index","delay"',
                *(f"{number}," for number in range(amount)),
            ]
