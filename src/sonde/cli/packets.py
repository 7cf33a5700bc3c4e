"""The packets of one stream as a file for people and spreadsheets."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from sonde.model.errors import Unavailable
from sonde.model.packets import PacketFlag, PacketTable, unpack_packets
from sonde.model.rounds import RoundReport

FLAGS = tuple(PacketFlag)


def write_packets(path: Path, report: RoundReport) -> None:
    """Write a CSV file (RFC 4180), a line for each packet and each further copy, as docs/metrics.md has it.

    Without packets there is no file, and standard error says why.

    Raises:
        Unavailable: the file cannot be written.
    """
    if report.packets is None:
        print(f"{path} is not written: nothing is known of single packets.", file=sys.stderr)
        return
    table = unpack_packets(report.packets)
    try:
        with path.open("w", encoding="ascii", newline="") as file:
            csv.writer(file).writerows(_lines(table))
    except OSError as error:
        hint = "choose another file with --packets"
        raise Unavailable(f"{path} cannot be written: {error.strerror or error}", hint=hint) from error


def _lines(table: PacketTable) -> Iterator[tuple[object, ...]]:
    delay = "one_way_delay" if table.is_one_way else "delay_above_smallest"
    yield ("index", "sent", delay, "tos", "ttl", *(flag.name.lower() for flag in FLAGS if flag.name))
    for index, sent, above, tos, ttl, flags in zip(
        table.index.tolist(),
        table.sent.tolist(),
        table.delay.tolist(),
        table.tos.tolist(),
        table.ttl.tolist(),
        table.flags.tolist(),
        strict=True,
    ):
        yield (
            index,
            _seconds(sent),
            "" if flags & PacketFlag.LOST else _seconds(above),
            _known(tos),
            _known(ttl),
            *(int(bool(flags & flag)) for flag in FLAGS),
        )


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.9f}"


def _known(value: int) -> int | str:
    return "" if value < 0 else value
