"""Samples of peers in columns: for long calls of which few fields are wanted."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from sonde.model.samples import SampleSpan
from sonde.store.sample_rows import SampleColumns
from sonde.store.samples import select_all
from sonde.store.store import Store
from sonde.webrtc.sample_table import SampleTable

Tables: TypeAlias = dict[str, dict[str, SampleTable]]
"""By connection, and stream or transport."""


def select_tables(store: Store, span: SampleSpan, columns: SampleColumns[Any]) -> Tables:
    """The samples of all streams, or transports, of a peer.

    Args:
        store: where from.
        span: whose, and when.
        columns: of streams or transports, and what to read of them; the first field must be the id.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    tables: Tables = defaultdict(dict)
    found = store.query_columns(select_all(columns), msgspec.structs.asdict(span))
    if found:
        received, connections, numbers, at, *values = found
        for (connection, name), places in _lines(
            zip(connections, values[0], strict=True), numbers, at, received
        ):
            tables[connection][name] = _table(columns, at, values, places)
    return dict(tables)


def _lines(
    whose: Iterable[tuple[str, str]], *order: Sequence[int]
) -> list[tuple[tuple[str, str], list[int]]]:
    """Where the samples of each stream are, in order of time; the streams in that of their names.

    Of repetitions of a sample, which have its number, the one that was received last stays; of samples of
    the same time the one with the highest number.
    """
    codes: dict[tuple[str, str], int] = {}
    of = np.array([codes.setdefault(each, len(codes)) for each in whose], dtype=np.int64)
    number, at, received = (np.array(column, dtype=np.int64) for column in order)
    last = _last_of(of, number, received)
    kept = last[_last_of(of[last], at[last], number[last])]
    bounds = np.searchsorted(of[kept], np.arange(len(codes) + 1)).tolist()
    return sorted((name, kept[bounds[code] : bounds[code + 1]].tolist()) for name, code in codes.items())


Integers: TypeAlias = npt.NDArray[np.int64]


def _last_of(of: Integers, key: Integers, rank: Integers) -> Integers:
    """Where, of all with the same key, the one of the highest rank is; sorted by both."""
    order = np.lexsort((rank, key, of))
    same = (np.diff(of[order]) == 0) & (np.diff(key[order]) == 0)
    last: Integers = order[np.append(~same, True)]
    return last


def _table(
    columns: SampleColumns[Any], at: Sequence[int], values: Sequence[Sequence[Any]], places: list[int]
) -> SampleTable:
    pick = _picking(places)
    known = {}
    for name, column in zip(columns.fields, values, strict=True):
        picked = pick(column)
        # Asked in this order because most columns are known throughout, and counting takes long.
        if picked[0] is not None or picked[-1] is not None or picked.count(None) < len(picked):
            known[name] = columns.told(name, picked)
    return SampleTable(pick(at), known)


def _picking(places: list[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """What takes the values at some places out of a column; the samples of a stream often lie together."""
    first, count = places[0], len(places)
    if places == list(range(first, first + count)):
        return itemgetter(slice(first, first + count))
    pick = itemgetter(*places, first)
    return lambda column: pick(column)[:count]
