"""Batches as a collector makes them, of reports as getStats gave them: for tests and benchmarks."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Stats = Mapping[str, Any]

LEFT_OUT = ("certificate", "data-channel")
MICRO = 10**6


def read_series(path: Path, peer: str = "a") -> list[list[Stats]]:
    """The reports of one peer of a series, one line of JSON for each."""
    lines = (json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines())
    return [line["stats"] for line in lines if line["peer"] == peer]


def make_batch(
    reports: Sequence[Sequence[Stats]],
    at: Sequence[int],
    *,
    peer: str,
    first: int = 0,
    **head: Any,
) -> dict[str, Any]:
    """A batch of some ticks of one connection.

    Args:
        reports: of each tick.
        at: when each was, microseconds since the epoch.
        peer: its UUID.
        first: number of the first tick.
        head: further members of the batch.
    """
    return {
        "version": 1,
        "peer": peer,
        "collector": {"name": "test", "version": "0"},
        "connections": [
            {"key": "1", "first": first, "at": _differences(at), "stats": list(_columns(reports))}
        ],
        **head,
    }


def _columns(reports: Sequence[Sequence[Stats]]) -> Iterator[dict[str, Any]]:
    """Each object over the ticks that it is there for; one that comes again has another entry."""
    open_entries: dict[str, tuple[int, list[Stats]]] = {}
    for tick, report in enumerate([*reports, []]):
        there = {stats["id"]: stats for stats in report if stats["type"] not in LEFT_OUT}
        for key in [key for key in open_entries if key not in there]:
            yield _entry(*open_entries.pop(key), ticks=len(reports))
        for key, stats in there.items():
            open_entries.setdefault(key, (tick, []))[1].append(stats)


def _entry(start: int, series: list[Stats], *, ticks: int) -> dict[str, Any]:
    flat = [_flat(stats) for stats in series]
    names = dict.fromkeys(name for stats in flat for name in stats)
    entry = {"id": series[0]["id"], "type": series[0]["type"]}
    if (start, start + len(series)) != (0, ticks):
        entry |= {"from": start, "to": start + len(series)}
    return {**entry, "values": {name: _column([stats.get(name) for stats in flat]) for name in names}}


def _flat(stats: Stats) -> dict[str, Any]:
    left_out = {"id", "type"} if stats["type"].startswith("remote-") else {"id", "type", "timestamp"}
    flat: dict[str, Any] = {}
    for name, value in stats.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        elif name not in left_out and not isinstance(value, list):
            flat[name] = value
    return flat


def _column(values: list[Any]) -> Any:
    if all(value == values[0] for value in values):
        return values[0]
    return _differences(values)


def _differences(values: Sequence[Any]) -> list[Any]:
    """Numbers as differences to the number before, in whole millionths; all else as it is."""
    before, out = 0, []
    for value in values:
        if value is None or isinstance(value, bool | str):
            out.append(value)
            continue
        millionths = round(value * MICRO)
        step = millionths - before
        out.append(step // MICRO if step % MICRO == 0 else step / MICRO)
        before = millionths
    return out
