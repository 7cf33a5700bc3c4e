"""Consecutive snapshots of a connection in columns, as collectors send them and the store keeps them."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Some snapshots of a connection, in all of which the same streams and transports are there.

    Attributes:
        numbers: of the snapshots.
        at: when each was, nanoseconds since the epoch.
        streams, transports: the samples of each, by field of `StreamSample` and `TransportSample`: a list
            with the value of each snapshot, or the one value of all.
    """

    numbers: range | list[int]
    at: list[int]
    streams: tuple[Mapping[str, Any], ...] = ()
    transports: tuple[Mapping[str, Any], ...] = ()


def within(run: Run, earliest: int, latest: int) -> Run:
    """The part of a run that was between two times, both included."""
    if earliest <= min(run.at) and max(run.at) <= latest:
        return run
    kept = [index for index, at in enumerate(run.at) if earliest <= at <= latest]
    return Run(
        numbers=[run.numbers[index] for index in kept],
        at=[run.at[index] for index in kept],
        streams=tuple(_some(fields, kept) for fields in run.streams),
        transports=tuple(_some(fields, kept) for fields in run.transports),
    )


def _some(fields: Mapping[str, Any], indices: list[int]) -> dict[str, Any]:
    return {
        name: [value[index] for index in indices] if type(value) is list else value
        for name, value in fields.items()
    }
