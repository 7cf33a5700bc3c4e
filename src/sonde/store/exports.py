"""Results and packets as files that the engine writes: CSV and Parquet with the same columns.

A column is called like the path to the value in the JSON of the native API, joined by dots, which is what
`pandas.json_normalize` makes of that JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final, Literal, TypeAlias

import msgspec

from sonde.model.rounds import RoundReport, RoundResult, SenderHealth
from sonde.quality.emodel import Rating
from sonde.quality.voice import VoiceScore
from sonde.rtp.summary import StreamSummary
from sonde.store.results import CONDITIONS, ResultFilter
from sonde.store.round_rows import TIMES
from sonde.store.store import Store

Form: TypeAlias = Literal["csv", "parquet"]

FORMATS: Final[Mapping[str, str]] = {"csv": "CSVWithNames", "parquet": "Parquet"}

_DIRECTION: Final = "if(reverse_target_id > 0, 'reverse', 'forward')"
_RESULT_ID: Final = (
    "concat(toString(test_id), '-', toString(round_id), '-', toString(source_agent_id), "
    "if(reverse_target_id > 0, concat('-', toString(reverse_target_id)), ''))"
)
_NESTED: Final = frozenset({"stream", "health", "packets", "is_reverse", "score", "sonde_score", "report"})


def _columns() -> dict[str, str]:
    """The expression behind each column."""
    columns = {"result_id": _RESULT_ID, "direction": _DIRECTION}
    for part in (RoundReport, RoundResult):
        plain = (name for name in part.__struct_fields__ if name not in _NESTED | {"workspace_id"})
        columns.update((name, _moment(name) if name in TIMES else name) for name in plain)
    columns |= {f"stream.{name}": name for name in _fields(StreamSummary, "pdv_histogram")}
    columns |= {f"health.{name}": name for name in _fields(SenderHealth)}
    for score, rating in (("score", "rating"), ("sonde_score", "sonde_rating")):
        columns |= {f"{score}.{name}": f"{score}_{name}" for name in _fields(VoiceScore, "components")}
        columns |= {
            f"{score}.components.{name.rstrip('_')}": f"{rating}_{name.rstrip('_')}"
            for name in _fields(Rating)
        }
    return columns


def _fields(kind: type[msgspec.Struct], *without: str) -> list[str]:
    return [name for name in kind.__struct_fields__ if name not in without]


def _moment(name: str) -> str:
    """A time to the microsecond, which is what the JSON shows."""
    return f"fromUnixTimestamp64Micro(intDiv(toUnixTimestamp64Nano({name}) + 500, 1000), 'UTC')"


RESULT_COLUMNS: Final = _columns()

_LISTS: Final = ("_counts", "notes")
"""Ends of the columns that hold several values, which CSV has no place for: there they are JSON."""


def export_results(store: Store, wanted: ResultFilter, form: Form) -> BinaryIO:
    """Results by test, round, source agent and receiver, which is how they are stored: nothing is sorted.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    selected = ", ".join(
        f"{_in_csv(source) if form == 'csv' else source} AS `{name}`"
        for name, source in RESULT_COLUMNS.items()
    )
    # The columns are renamed in a query of their own, lest a new name hides an old one from the conditions.
    sql = f"""
SELECT {selected}
FROM (SELECT * FROM round_results FINAL WHERE {CONDITIONS})
ORDER BY test_id, round_id, source_agent_id, reverse_target_id
"""  # noqa: S608 - the columns are constants, values are parameters
    return store.export(sql, wanted.parameters, form=FORMATS[form])


def export_table(store: Store, columns: Mapping[str, tuple[str, Sequence[Any]]], form: Form) -> BinaryIO:
    """Rows that are at hand, some ten thousand at most, as a file.

    Args:
        store: whose engine writes it.
        columns: ClickHouse's type and the values of each column; they must be of equal length.
        form: what to write.

    Raises:
        Unavailable: the store failed.
    """
    # Parameters have names of their own, for those of columns may have dots in them.
    places = ", ".join(f"{{column{place}:Array({kind})}}" for place, (kind, _) in enumerate(columns.values()))
    named = ", ".join(f"row.{place} AS `{name}`" for place, name in enumerate(columns, start=1))
    sql = f"SELECT {named} FROM (SELECT arrayJoin(arrayZip({places})) AS row)"  # noqa: S608 - as above
    values = {f"column{place}": list(each) for place, (_, each) in enumerate(columns.values())}
    return store.export(sql, values, form=FORMATS[form])


def _in_csv(expression: str) -> str:
    return f"toJSONString({expression})" if expression.endswith(_LISTS) else expression
