"""The tables have a column for everything that the model knows, and of the right type."""

from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest

from sonde.model.conclusions import StreamPoint
from sonde.store import Store
from sonde.store.conclusions import ISSUE_COLUMNS, POINT_COLUMNS, SUMMARY_COLUMNS
from sonde.store.distributions import NUMBERS
from sonde.store.peer_reports import BODY_COLUMNS
from sonde.store.reports import EVENT_COLUMNS, REPORT_COLUMNS
from sonde.store.sample_rows import STREAMS, TRANSPORTS

pytestmark = pytest.mark.integration

TYPES = {str: "LowCardinality(Nullable(String))", bool: "Nullable(Bool)", int: "Nullable(Int64)"}


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, dict[str, str]]:
    """The columns of each table as the migrations leave them, with their types."""
    found: dict[str, dict[str, str]] = {}
    with Store(f"chdb://{tmp_path_factory.mktemp('columns')}/telemetry") as store:
        rows = store.query(
            "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()",
            {},
        )
    for table, name, type_ in rows:
        found.setdefault(table, {})[name] = type_
    return found


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (STREAMS.table, STREAMS.columns),
        (TRANSPORTS.table, TRANSPORTS.columns),
        ("reports", REPORT_COLUMNS),
        ("peer_events", EVENT_COLUMNS),
        ("stream_intervals", POINT_COLUMNS),
        ("issues", ISSUE_COLUMNS),
        ("peer_summaries", SUMMARY_COLUMNS),
        ("peer_reports", BODY_COLUMNS),
    ],
)
def test_every_field_has_its_column(tables, table, columns):
    """A field that is added to the model needs a migration; a column that nothing fills needs none."""
    assert set(tables[table]) == set(columns)


@pytest.mark.parametrize("columns", [STREAMS, TRANSPORTS], ids=lambda columns: columns.table)
def test_columns_of_samples_hold_what_the_field_holds(tables, columns):
    """Counters as integers, totals as whole billionths, gauges as they are; NULL for what was not said."""
    hints = get_type_hints(columns.kind)
    for name, is_total in zip(columns.fields, columns.is_total, strict=True):
        kind = plain(hints[name])
        wanted = TYPES[int] if is_total else TYPES.get(kind, "Nullable(Float64)")
        if NoneType not in get_args(hints[name]):
            wanted = wanted.replace("Nullable(String)", "String")
        assert tables[columns.table][name] == wanted, name


def test_every_number_of_an_interval_has_a_distribution():
    """But the limits of the MOS, which say how sure it is and not how good."""
    numbers = {name for name, kind in get_type_hints(StreamPoint).items() if kind == float | None}
    assert numbers - {"mos_low", "mos_high"} == set(NUMBERS)


def plain(annotation: Any) -> type:
    """The type of a field without None; text for closed lists of words."""
    [kind] = {type(each) if isinstance(each, str) else each for each in flat(annotation)} - {NoneType}
    return kind


def flat(annotation: Any) -> list[Any]:
    """What a union, or a closed list of words, is made of."""
    inside = get_args(annotation)
    return [part for each in inside for part in flat(each)] if inside else [annotation]
