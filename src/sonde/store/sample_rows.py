"""Samples as flat rows, and back.

Columns are named after the fields of the model, so that a new field needs a column and no line here. Before
them stand those of `KEY`, which say whose sample it is.

A row may stand for several samples, one after the other, of one stream or transport: a value that differs is
a list then, with an entry for each.

Running totals that are no integers are kept as whole billionths: the difference of two rows then takes three
bytes instead of seven, and nobody measures finer.
"""

from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from types import NoneType
from typing import Any, Final, Generic, TypeVar, get_args

import msgspec

from sonde.webrtc.sample import StreamSample, TransportSample

T = TypeVar("T", StreamSample, TransportSample)

BILLION: Final = 10**9

TOTAL_MAX: Final = 9e9
"""The largest total that fits its column as billionths; in seconds 285 years."""

PRODUCTS_EXACT: Final = 2.0**22
"""Below it the product of a total with a billion is near enough to the whole number meant, and quick."""

MILLISECOND: Final = 10**6

KEY: Final = ("workspace_id", "peer_id", "connection", "number", "at", "received_at", "dialect")
"""Columns in front of every sample; `at` is in nanoseconds since the epoch, `received_at` in milliseconds."""


_AT: Final = KEY.index("at")


class SampleColumns(Generic[T]):
    """How one kind of sample lies in its table.

    Args:
        table: its name.
        kind: the sample.
        only: the fields to read, where not all are wanted; those that every sample has must be among them.

    Attributes:
        fields: the sample's fields, which are columns.
        columns: all columns.
        is_total: whether each field is kept as billionths.
    """

    def __init__(self, table: str, kind: type[T], only: Collection[str] | None = None) -> None:
        self.table = table
        self.kind: type[T] = kind
        self.fields: tuple[str, ...] = tuple(
            name for name in kind.__struct_fields__ if only is None or name in only
        )
        self.columns = (*KEY, *self.fields)
        fields: tuple[msgspec.structs.FieldInfo, ...] = msgspec.structs.fields(kind)
        types = {field.name: _plain_type(field.type) for field in fields}
        self._values = attrgetter(*self.fields)
        self._totals = [index for index, name in enumerate(self.fields) if is_total(name, types[name])]
        self.is_total = [is_total(name, types[name]) for name in self.fields]

    def values(self, sample: T) -> list[Any]:
        """The values of `fields`, in their order."""
        return self._kept(list(self._values(sample)))

    def run(self, said: Mapping[str, Any]) -> list[Any]:
        """The same of several samples: of each field the list of their values, or the one value of all."""
        return self._kept([said.get(field) for field in self.fields])

    def _kept(self, values: list[Any]) -> list[Any]:
        for index in self._totals:
            value = values[index]
            if type(value) is list:
                values[index] = _all_in_billionths(value)
            elif value is not None:
                values[index] = _billionths(value)
        return values

    def told(self, name: str, column: Sequence[Any]) -> Sequence[Any]:
        """The values of a field over several samples that were kept as a column."""
        if not self.is_total[self.fields.index(name)]:
            return column
        return [None if value is None else value / BILLION for value in column]

    def sample(self, values: Sequence[Any]) -> T:
        """The sample that `values` made them from."""
        known = {name: value for name, value in zip(self.fields, values, strict=True) if value is not None}
        for index in self._totals:
            if values[index] is not None:
                known[self.fields[index]] /= BILLION
        sample: T = self.kind(**known)
        return sample


def samples_in(row: Sequence[Any]) -> int:
    """How many samples a row stands for."""
    return len(row[_AT]) if type(row[_AT]) is list else 1


def in_columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """The values of each column, with one for each sample; without the columns in which there is none."""
    counts = [samples_in(row) for row in rows]
    return {
        name: list(column) if max(counts) == 1 else _unfolded(column, counts)
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
        if column.count(None) < len(column)
    }


def _unfolded(column: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    unfolded: list[Any] = []
    for entry, count in zip(column, counts, strict=True):
        unfolded += entry if type(entry) is list else (entry,) * count
    return unfolded


def is_total(name: str, kind: type) -> bool:
    """Whether a field is a sum over the stream's life that is no integer, such as `total_decode_time`."""
    return kind is float and (
        name.startswith(("total_", "remote_total_", "quality_limitation_duration_"))
        or name.endswith(("_duration", "_buffer_delay", "_target_delay", "_minimum_delay"))
    )


def _billionths(total: float) -> int | None:
    """A total as it is kept; none that lasted for centuries is believed."""
    if abs(total) < PRODUCTS_EXACT:
        return round(total * BILLION)
    if abs(total) >= TOTAL_MAX:
        return None
    # The product would be rounded to more than a billionth, and another number come back.
    numerator, denominator = total.as_integer_ratio()
    return (2 * numerator * BILLION + denominator) // (2 * denominator)


def _all_in_billionths(totals: list[Any]) -> list[int | None]:
    if None not in totals and min(totals) > -PRODUCTS_EXACT and max(totals) < PRODUCTS_EXACT:
        return [round(total * BILLION) for total in totals]
    return [None if total is None else _billionths(total) for total in totals]


def _plain_type(annotation: Any) -> type:
    """The type of a field without None; text for the closed lists of words."""
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    return kinds[0] if isinstance(kinds[0], type) else str


STREAMS: Final = SampleColumns("stream_samples", StreamSample)
TRANSPORTS: Final = SampleColumns("transport_samples", TransportSample)
