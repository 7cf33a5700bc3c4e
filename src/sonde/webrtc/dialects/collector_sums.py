"""Lists of a batch with sums in place of differences.

Sums are made of whole millionths, so that they are the very numbers that were measured.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np

from sonde.webrtc.dialects.values import Column

NUMBER_MAX: Final = 2**53
"""Numbers beyond are not exact in the browser that sent them."""

STRING_MAX: Final = 1000
"""Characters of one string, such as the parameters of a codec."""

_MICRO: Final = 10**6
_MILLIONTHS_MAX: Final = NUMBER_MAX * _MICRO
_NUMBERS: Final = frozenset((int, float))


def is_scalar(value: Any) -> bool:
    """A text, a number, true or false, and not too large."""
    kind = type(value)
    if kind is int or kind is float:
        return bool(-NUMBER_MAX <= value <= NUMBER_MAX)
    return kind is bool or (kind is str and len(value) <= STRING_MAX)


def sums(lists: Sequence[list[Any]]) -> list[Column | None]:
    """The columns of lists that are all of the same length; None for one in which an entry makes no sense."""
    columns: list[Column | None] = [None] * len(lists)
    decimals: list[int] = []
    for index, entries in enumerate(lists):
        types = set(map(type, entries))
        if types == {int}:
            columns[index] = _counts(entries)
        elif types <= _NUMBERS:
            decimals.append(index)
        else:
            columns[index] = _mixed(entries)
    if decimals:
        added = _decimals([lists[index] for index in decimals])
        for index, column in zip(decimals, added, strict=True):
            columns[index] = column
    return columns


def _counts(entries: list[int]) -> Column | None:
    values = list(accumulate(entries))
    least, most = min(values), max(values)
    return Column(values, int, least, most) if least >= -NUMBER_MAX and most <= NUMBER_MAX else None


def _decimals(lists: Sequence[list[float]]) -> list[Column | None]:
    """All at once, which is quick; but those one by one whose sums of millionths a double may not hold."""
    try:
        numbers = np.array(lists, dtype=np.float64)
    except OverflowError:
        return [_exact(entries) for entries in lists]
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.rint(numbers * _MICRO)
        found = steps.cumsum(axis=1) / _MICRO + 0.0  # which makes 0.0 of -0.0
    is_sure = np.abs(steps).sum(axis=1) <= NUMBER_MAX
    rows = zip(
        is_sure.tolist(),
        found.tolist(),
        found.min(axis=1).tolist(),
        found.max(axis=1).tolist(),
        lists,
        strict=True,
    )
    return [
        Column(values, float, least, most) if sure else _exact(entries)
        for sure, values, least, most, entries in rows
    ]


def _exact(entries: list[float]) -> Column | None:
    if not all(map(is_scalar, entries)):
        return None
    totals = list(accumulate([round(entry * _MICRO) for entry in entries]))
    least, most = min(totals), max(totals)
    if least < -_MILLIONTHS_MAX or most > _MILLIONTHS_MAX:
        return None
    return Column([total / _MICRO for total in totals], float, least / _MICRO, most / _MICRO)


def _mixed(entries: list[Any]) -> Column | None:
    """Words or gaps may be among the numbers, which go on behind them."""
    if not all(entry is None or is_scalar(entry) for entry in entries):
        return None
    total, values = 0, list[Any]()
    for entry in entries:
        if entry is None or isinstance(entry, bool | str):
            values.append(entry)
            continue
        total += round(entry * _MICRO)
        values.append(total / _MICRO)
    return Column(values) if abs(total) <= _MILLIONTHS_MAX else None
