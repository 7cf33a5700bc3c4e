"""What the store promises whatever is in it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sonde.model.errors import Invalid, Limited, Unavailable
from sonde.store import Store

pytestmark = pytest.mark.integration

COUNT = "SELECT count() FROM schema_migrations"

PARTS = "SELECT path FROM system.parts WHERE table = 'delay_histograms' AND active"


def only_part(store: Store) -> Path:
    """The folder that holds all rows of the histograms' table."""
    [[path]] = store.query(PARTS, {})
    return Path(path)


def test_second_process_is_told_who_has_the_folder(store: Store, dsn: str) -> None:
    """The message names the process to stop; the engine itself would say nothing."""
    program = f"from sonde.store import Store\nStore({dsn!r})"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    folder = dsn.removeprefix("chdb://")
    assert f"Unavailable: The data folder {folder} is in use by process {os.getpid()}." in other.stderr
    assert store.query(COUNT, {})


def test_second_store_of_the_same_process_is_refused(store: Store, dsn: str) -> None:
    """Same folder: in use. Another folder: the engine can have only one, and says so."""
    with pytest.raises(Unavailable, match="in use by process"):
        Store(dsn)
    with pytest.raises(Unavailable, match=r"cannot be opened: .*different path"):
        Store(f"{dsn}-other")
    assert store.query(COUNT, {})


def test_store_can_be_closed_and_opened_again(dsn: str) -> None:
    """Closing lets go of the folder, twice is harmless, and a closed store says that it is closed."""
    store = Store(dsn)
    changes = store.query(COUNT, {})
    store.close()
    store.close()
    with pytest.raises(Unavailable, match="is closed"):
        store.query(COUNT, {})
    with pytest.raises(Unavailable, match="is closed"):
        store.insert("round_results", [[1]], columns=["test_id"], token="t")
    with Store(dsn) as again:
        assert again.query(COUNT, {}) == changes


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM file('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1:9/')",
        "SET readonly = 0",
        "SET max_execution_time = 0",
        "DROP TABLE round_results",
        "INSERT INTO round_results (test_id) VALUES (1)",
    ],
)
def test_readers_can_only_read(store: Store, sql: str) -> None:
    """Even SQL from a stranger would reach no file, no network and no setting."""
    with pytest.raises(Unavailable, match="READONLY"):
        store.query(sql, {})


def test_values_are_never_sql(store: Store) -> None:
    """A parameter with quotes and comments is a value."""
    nasty = "'; DROP TABLE round_results; -- \\"
    assert store.query("SELECT {value:String}", {"value": nasty}) == [(nasty,)]


def test_question_that_needs_too_much_is_limited(store: Store) -> None:
    """A query over its memory ends with advice, and the next one works."""
    with pytest.raises(Limited, match="more time or memory"):
        store.query("SELECT length(groupArray(number)) FROM numbers(300000000)", {})
    assert store.query("SELECT 1", {}) == [(1,)]


def test_questions_run_beside_each_other_and_inserts(dsn: str) -> None:
    """More threads than readers ask and insert at once; every one gets its own answer."""
    failures: list[object] = []

    def work(store: Store, number: int) -> None:
        for step in range(10):
            answer = store.query("SELECT {n:Int64}, sleep(0.001)", {"n": number * 100 + step})
            if answer[0][0] != number * 100 + step:
                failures.append(answer)
        store.insert("delay_histograms", [[number]], columns=["round_id"], token=str(number))

    with Store(dsn, readers=2) as store:
        threads = [threading.Thread(target=work, args=(store, number)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert store.query("SELECT count() FROM delay_histograms FINAL", {}) == [(6,)]


def test_insert_is_in_the_next_answer(store: Store) -> None:
    """Inserts are neither buffered nor asynchronous."""
    for number in range(1, 6):
        store.insert("delay_histograms", [[number]], columns=["round_id"], token=str(number))
        assert store.query("SELECT count() FROM delay_histograms FINAL", {}) == [(number,)]


def test_no_token_log_stands_between_a_replay_and_its_table(dsn: str) -> None:
    """A crash may keep the engine's note of a token and lose the rows; the replay must still bring them.

    The engine notes the token before the part gets its name. Taking the part away while the engine is
    down leaves what a kill between the two leaves.
    """
    with Store(dsn) as store:
        store.insert("delay_histograms", [[1]], columns=["round_id"], token="replayed")
        part = only_part(store)
    for file in part.iterdir():
        file.unlink()
    part.rmdir()
    with Store(dsn) as store:
        assert store.query("SELECT count() FROM delay_histograms", {}) == [(0,)]
        store.insert("delay_histograms", [[1]], columns=["round_id"], token="replayed")
        assert store.query("SELECT count() FROM delay_histograms", {}) == [(1,)]


def test_broken_part_is_put_aside_and_counted(dsn: str) -> None:
    """A part that a power cut left without its files does not keep the store from opening."""
    with Store(dsn) as store:
        assert store.detached_parts() == 0
        store.insert("delay_histograms", [[1]], columns=["round_id"], token="1")
        part = only_part(store)
    (part / "checksums.txt").write_bytes(b"")
    (part / "columns.txt").write_bytes(b"")
    with Store(dsn) as store:
        assert store.detached_parts() == 1
        assert store.query("SELECT count() FROM delay_histograms", {}) == [(0,)]


@pytest.mark.parametrize("table", ["round_results", "delay_histograms", "schema_migrations"])
def test_tables_have_the_settings_that_survive_a_power_cut(store: Store, table: str) -> None:
    """An insert and every later merge are synced before what they replace is deleted."""
    [[definition]] = store.query(
        "SELECT create_table_query FROM system.tables WHERE database = 'sonde' AND name = {table:String}",
        {"table": table},
    )
    for setting in (
        "fsync_after_insert = 1",
        "fsync_part_directory = 1",
        "min_rows_to_fsync_after_merge = 1",
        "min_compressed_bytes_to_fsync_after_merge = 1",
        "max_suspicious_broken_parts = 1000000",
    ):
        assert setting in definition


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        "telemetry",
        "chdb://",
        "chdb:///",
        "chdb://memory",
        "sqlite:///x",
        "http://",
        "http://host/a-b",
        "http://host/a/b",
    ],
)
def test_dsn_that_makes_no_sense_is_invalid(dsn: str) -> None:
    """Nothing is opened, and the field that is wrong is named."""
    with pytest.raises(Invalid) as caught:
        Store(dsn)
    assert caught.value.field == "dsn"


def test_server_that_does_not_answer_is_unavailable() -> None:
    """A wrong host or port gives a sentence."""
    with pytest.raises(Unavailable, match="cannot be opened"):
        Store("http://127.0.0.1:9/sonde")


def test_importing_the_room_is_cheap() -> None:
    """Commands that open no store do not load the engine, its client or numpy."""
    program = (
        "import sys, sonde.store\n"
        "heavy = {'chdb', 'clickhouse_connect', 'numpy', 'pandas', 'pyarrow'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
