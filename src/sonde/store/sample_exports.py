"""Samples and intervals of peers as files that the engine writes: CSV and Parquet with the same columns."""

from typing import BinaryIO, Final

import msgspec

from sonde.model.conclusions import StreamPoint
from sonde.model.samples import SampleSpan, StreamKey
from sonde.store.conclusions import CURRENT
from sonde.store.exports import FORMATS, Form
from sonde.store.sample_rows import STREAMS
from sonde.store.samples import OF_STREAM
from sonde.store.store import Store


def _moment(name: str) -> str:
    """A time to the microsecond, which is what the JSON shows; of nanoseconds that may be NULL."""
    return f"fromUnixTimestamp64Micro(intDiv({name}, 1000), 'UTC')"


def _sample_columns() -> dict[str, str]:
    """The expression behind each column of a sample."""
    columns = {"number": "number", "at": _moment("toUnixTimestamp64Nano(at)")}
    for name, is_in_billionths in zip(STREAMS.fields, STREAMS.is_total, strict=True):
        columns[name] = f"{name} / 1e9" if is_in_billionths else name
        if name.endswith("_at"):
            columns[name] = _moment(name)
    return columns


SAMPLE_COLUMNS: Final = ", ".join(f"{source} AS `{name}`" for name, source in _sample_columns().items())
POINT_COLUMNS: Final = ", ".join(StreamPoint.__struct_fields__)


def export_samples(store: Store, span: SampleSpan, stream: StreamKey, form: Form) -> BinaryIO:
    """Samples of one stream in their order.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    # The columns are renamed in a query of their own, lest a new name hides an old one from the conditions.
    sql = f"""
SELECT {SAMPLE_COLUMNS} FROM (SELECT * FROM stream_samples FINAL {OF_STREAM}) ORDER BY number
"""  # noqa: S608 - the columns are constants, values are parameters
    parameters = {**msgspec.structs.asdict(span), **msgspec.structs.asdict(stream)}
    return store.export(sql, parameters, form=FORMATS[form])


def export_points(store: Store, span: SampleSpan, stream: StreamKey, form: Form) -> BinaryIO:
    """Intervals of a peer by stream and time; an empty name of a connection or stream stands for all.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    sql = f"""
SELECT {POINT_COLUMNS} FROM stream_intervals FINAL {CURRENT}
    AND toUnixTimestamp64Nano(start) >= {{start:Int64}} AND toUnixTimestamp64Nano(start) < {{end:Int64}}
    AND (connection = {{connection:String}} OR {{connection:String}} = '')
    AND (stream_id = {{stream_id:String}} OR {{stream_id:String}} = '')
ORDER BY connection, stream_id, start
"""  # noqa: S608 - as above
    parameters = {**msgspec.structs.asdict(span), **msgspec.structs.asdict(stream)}
    return store.export(sql, parameters, form=FORMATS[form])
