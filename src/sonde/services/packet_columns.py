"""The packets of one result as columns in SI units, as every format shows them."""

from typing import Any, Final

import numpy as np

from sonde.model.packets import Array, PacketFlag, PacketTable
from sonde.rtp.units import NANOSECONDS_PER_SECOND

FLAGS: Final = {str(flag.name).lower(): flag for flag in PacketFlag}

TYPES: Final = {
    "index": "UInt16",
    "sent": "Float64",
    "one_way_delay": "Nullable(Float64)",
    "delay_above_smallest": "Nullable(Float64)",
    "tos": "Nullable(UInt8)",
    "ttl": "Nullable(UInt8)",
    **dict.fromkeys(FLAGS, "Bool"),
}
"""Every column and its type, in the store's words."""


def packet_columns(table: PacketTable) -> dict[str, list[Any]]:
    """The columns; one that cannot be known of a packet has None there."""
    lost = (table.flags & PacketFlag.LOST) != 0
    delays = table.delay[~lost]
    smallest = delays.min() if len(delays) else 0
    unknown = lost if table.is_one_way else np.ones_like(lost)
    return {
        "index": table.index.tolist(),
        "sent": (table.sent / NANOSECONDS_PER_SECOND).tolist(),
        "one_way_delay": _known(table.delay / NANOSECONDS_PER_SECOND, unknown),
        "delay_above_smallest": _known((table.delay - smallest) / NANOSECONDS_PER_SECOND, lost),
        "tos": _known(table.tos, lost | (table.tos < 0)),
        "ttl": _known(table.ttl, lost | (table.ttl < 0)),
        **{name: ((table.flags & flag) != 0).tolist() for name, flag in FLAGS.items()},
    }


def _known(values: Array, unknown: Array) -> list[Any]:
    return [None if is_unknown else value for value, is_unknown in zip(values.tolist(), unknown, strict=True)]
