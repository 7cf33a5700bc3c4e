"""From what is wanted of a stream to the order the data plane understands."""

import asyncio

import msgspec

from sonde.model.control import PairKey
from sonde.probe import sockets
from sonde.probe.orders import SETTLING, StreamOrder
from sonde.quality.codecs import Codec


class StreamPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A stream as people think of it; `duration` and `settling` in seconds, `dscp` 0 to 63."""

    host: str
    port: int
    pair_key: PairKey
    codec: Codec
    duration: float
    dscp: int
    settling: float = SETTLING


async def plan_order(plan: StreamPlan, order_id: int) -> StreamOrder:
    """`make_order` without keeping the event loop waiting for a slow name server.

    Raises:
        OSError: the name means nothing here.
    """
    return await asyncio.to_thread(make_order, plan, order_id)


def make_order(plan: StreamPlan, order_id: int) -> StreamOrder:
    """The order for a plan; resolves the target's name.

    Raises:
        OSError: the name means nothing here.
    """
    _, (address, port) = sockets.resolve(plan.host, plan.port)
    codec = plan.codec
    return StreamOrder(
        order_id=order_id,
        address=address,
        port=port,
        pair_key=plan.pair_key,
        dscp=plan.dscp,
        payload_type=codec.payload_type,
        packets=max(1, round(plan.duration / codec.packet_interval)),
        packet_interval=codec.packet_interval,
        timestamp_step=codec.timestamp_step,
        payload_bytes=codec.payload_bytes,
        settling=plan.settling,
    )
