"""What every benchmark shares: its options, its repetitions, and one report for people or for programs.

CPU time is the figure of merit, because it means something on a busy machine too. Every figure is the
median of several rounds, with the lowest and the highest beside it. Nothing here passes or fails.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sonde import __version__

Row = Mapping[str, object]
Spread = tuple[float, float, float]
"""Median, lowest and highest of the rounds."""

SHORTEST_ROUND = 0.05
"""Seconds of CPU that one measurement takes at least, so that neither clock nor warm-up shows in it."""


def options(description: str, *, rounds: int) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help="repetitions; their median is shown")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser


def spread(values: Sequence[float]) -> Spread:
    """Median, lowest and highest."""
    return statistics.median(values), min(values), max(values)


def cpu_per_call(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Spread]:
    """CPU seconds of one call of each case.

    The cases take turns within each round, so that a busy moment of the machine meets all of them.
    """
    calls = {name: _calls_worth_timing(work) for name, work in cases.items()}
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, work in cases.items():
            taken[name].append(_cpu_of(work, calls[name]) / calls[name])
    return {name: spread(seconds) for name, seconds in taken.items()}


def show(title: str, rows: Sequence[Row], *, as_json: bool, folder: Path | None = None) -> None:
    """Print the rows with the conditions they were measured under.

    Args:
        title: what was measured.
        rows: all with the same keys; a tuple is a `Spread`.
        as_json: one JSON object, in which a spread is an object of three.
        folder: where files were written, for the kind of its file system.
    """
    facts = conditions(folder)
    if as_json:
        document = {
            "benchmark": title,
            "conditions": facts,
            "rows": [{key: _plain(value) for key, value in row.items()} for row in rows],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    table = Table(title=title, caption=", ".join(f"{key} {value}" for key, value in facts.items()))
    for key in rows[0]:
        table.add_column(key.replace("_", " "), justify="left" if isinstance(rows[0][key], str) else "right")
    for row in rows:
        table.add_row(*[_text(value) for value in row.values()])
    # A pipe has no width; without one Rich would cut the columns to 80 characters.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def conditions(folder: Path | None = None) -> dict[str, object]:
    """Where and in what company the figures arose."""
    facts: dict[str, object] = {
        "sonde": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "kernel": platform.release(),
        "machine": f"{os.cpu_count()} x {_processor()}",
        "load": f"{os.getloadavg()[0]:.1f}",
        "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
    }
    return facts if folder is None else {**facts, "file_system": _file_system(folder)}


def _calls_worth_timing(work: Callable[[], object]) -> int:
    calls = 1
    while _cpu_of(work, calls) < SHORTEST_ROUND:
        calls *= 2
    return calls


def _cpu_of(work: Callable[[], object], calls: int) -> float:
    before = time.process_time()
    for _ in range(calls):
        work()
    return time.process_time() - before


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return dict(zip(("median", "lowest", "highest"), value, strict=True))
    return value


def _text(value: object) -> str:
    if isinstance(value, tuple):
        median, lowest, highest = (_number(each) for each in value)
        return median if lowest == highest else f"{median}  ({lowest} to {highest})"
    return _number(value) if isinstance(value, (int, float)) else str(value)


def _number(value: float) -> str:
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if sys.platform == "linux" else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _file_system(folder: Path) -> str:
    """The kind of file system a folder is on: on one in memory, syncing costs nothing."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    inside = [mount for mount in mounts if folder.resolve().is_relative_to(mount[1])]
    return max(inside, key=lambda mount: len(mount[1]))[2] if inside else "unknown"
