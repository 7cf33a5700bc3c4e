"""Files that the engine writes: every row once, in bounded memory, and gone when they are closed."""

import os
import tempfile
from pathlib import Path

import pytest

from sonde.model.errors import Limited, Unavailable
from sonde.model.rounds import RoundReport, RoundResult, score_report
from sonde.store import Store
from sonde.store.exports import RESULT_COLUMNS, export_results, export_table
from sonde.store.results import ResultFilter
from sonde.store.rounds import insert_rounds
from sonde.store.store import EXPORT_SETTINGS

pytestmark = pytest.mark.integration

EVERYTHING = ResultFilter(workspace_id=1, test_ids=(7,))
MANY = 600_000
MEMORY = 200 * 1024**2


def result(round_id: int, test_id: int = 7) -> RoundResult:
    """A result without a stream."""
    report = RoundReport(
        test_id=test_id,
        round_id=round_id,
        target_agent_id=4,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=round_id + 0.123456789,
    )
    verdicts = score_report(report)
    return RoundResult(
        workspace_id=1,
        source_agent_id=3,
        received_at=60.1,
        report=report,
        score=verdicts.score,
        sonde_score=verdicts.sonde_score,
    )


def test_a_file_is_larger_than_the_memory_it_takes(store: Store, monkeypatch) -> None:
    """Results go through a fraction of their size; the engine itself holds the query to that."""
    insert_rounds(store, [result(60)], token="one")
    store._writer.command(
        "INSERT INTO round_results SELECT t.* REPLACE (toUInt32(61 + number) AS round_id)"
        f" FROM round_results t, numbers({MANY}) n"
    )
    monkeypatch.setattr("sonde.store.store.EXPORT_SETTINGS", {**EXPORT_SETTINGS, "max_memory_usage": MEMORY})
    with export_results(store, EVERYTHING, "csv") as file:
        assert os.fstat(file.fileno()).st_size > MEMORY * 6 / 5
        assert sum(1 for _ in file) == 2 + MANY
    with pytest.raises(Limited):
        store.export("SELECT * FROM round_results ORDER BY rand()", {}, form="CSV")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_of_nothing_still_has_its_columns(store: Store, form) -> None:
    """Readers of an empty range get a table without rows, not an empty file."""
    with export_results(store, EVERYTHING, form) as file:
        text = file.read()
    assert all(name.encode() in text for name in RESULT_COLUMNS)


def test_files_leave_nothing_behind(store: Store, tmp_path: Path, monkeypatch) -> None:
    """Neither when they are read nor when the query fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with export_table(store, {"a": ("UInt8", [1, 2])}, "csv") as file:
        assert not list(tmp_path.glob("sonde-*"))
        assert file.read() == b'"a"\n1\n2\n'
    with pytest.raises(Unavailable):
        store.export("SELECT no_such_column FROM round_results", {}, form="CSV")
    assert not list(tmp_path.glob("sonde-*"))


def test_only_the_wanted_results_are_in_a_file(store: Store) -> None:
    """Other tests, other rounds and other workspaces are not; the order is that of tests and rounds."""
    insert_rounds(
        store, [result(round_id, test) for test in (8, 7, 9) for round_id in (180, 120, 60)], token="a"
    )
    wanted = ResultFilter(workspace_id=1, test_ids=(7, 8), start=120, end=180)
    with export_results(store, wanted, "csv") as file:
        names = [line.split(b",")[0].decode().strip('"') for line in file.readlines()[1:]]
    assert names == ["7-120-3", "7-180-3", "8-120-3", "8-180-3"]
    with export_results(store, ResultFilter(workspace_id=2, test_ids=(7,)), "csv") as file:
        assert len(file.readlines()) == 1
