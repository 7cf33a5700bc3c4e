"""The clock of a client, which may be an hour or years wrong, set right before its batch is read.

A collector compares its clock with the server's and says in each batch what must be added. Moved are all
times of its own, those among the statistics too, so that they stay in step with the ticks. Times by the
other side's clock (`remoteTimestamp`, `estimatedPlayoutTimestamp`) stay: nobody knows how wrong that is.
"""

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sonde.webrtc.dialects.values import is_number

if TYPE_CHECKING:
    from sonde.webrtc.dialects.collector import Batch, BatchConnection

OWN_INSTANTS: Final = ("timestamp", "lastPacketReceivedTimestamp", "lastPacketSentTimestamp")
"""Members of statistics objects that are times by the client's clock, milliseconds since the epoch."""

MICROSECONDS_PER_MILLISECOND: Final = 1000


def with_clock_set(batch: "Batch") -> "Batch":
    """The batch as a client with the server's clock would have sent it; itself if that is the same."""
    if not batch.clock_offset:
        return batch
    return msgspec.structs.replace(
        batch,
        clock_offset=0,
        connections=tuple(_moved_connection(each, batch.clock_offset) for each in batch.connections),
        events=[_moved_event(each, batch.clock_offset) for each in batch.events],
    )


def _moved_connection(connection: "BatchConnection", offset: int) -> "BatchConnection":
    milliseconds = round(offset / MICROSECONDS_PER_MILLISECOND)
    at = [connection.at[0] + offset, *connection.at[1:]] if connection.at else []
    stats = [_moved_object(each, milliseconds) for each in connection.stats]
    return msgspec.structs.replace(connection, at=at, stats=stats)


def _moved_event(event: Any, offset: int) -> Any:
    if not isinstance(event, dict) or type(event.get("at")) is not int:
        return event
    return {**event, "at": event["at"] + offset}


def _moved_object(entry: Any, offset: int) -> Any:
    values = entry.get("values") if isinstance(entry, dict) else None
    if not isinstance(values, dict):
        return entry
    moved = {name: _moved_member(values[name], offset) for name in OWN_INSTANTS if name in values}
    return {**entry, "values": {**values, **moved}} if moved else entry


def _moved_member(value: Any, offset: int) -> Any:
    """A value, or a column of a first number and differences. Zeros stay, because they mean never."""
    if not isinstance(value, list):
        return value + offset if is_number(value) and value else value
    numbers = [each for each in value if is_number(each)]
    moved = [total + offset if total else total for total in accumulate(numbers)]
    steps = iter([later - earlier for earlier, later in pairwise([0, *moved])])
    return [next(steps) if is_number(each) else each for each in value]
