"""Packets of one result, one by one."""

from typing import Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.native.call import Call
from sonde.api.native.examples import RESULT
from sonde.api.native.files import send_file
from sonde.api.native.formats import JSON, TABLES, choose_format
from sonde.api.native.operation import describe
from sonde.api.native.query import Query, read_query
from sonde.api.native.result_shapes import read_result_id, write_result_id
from sonde.api.native.units import Duration, Seconds
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.services.packet_columns import TYPES, packet_columns

NO_OFFSET: Final = "The offset between the clocks of both agents is not known."

_PACKET: Final = {
    "index": 0,
    "sent": 0.0,
    "one_way_delay": 0.0301,
    "delay_above_smallest": 0.002,
    "tos": 0,
    "ttl": 57,
    "lost": False,
    "duplicate": False,
    "reordered": False,
    "discarded": False,
    "untimed": False,
}


class PacketsQuery(Query, frozen=True, kw_only=True):
    """How packets are written.

    Attributes:
        format: how to write the answer; it wins over `Accept`.
    """

    format: Literal["json", "csv", "parquet"] | None = None


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """One packet, or a further copy of one.

    Attributes:
        index: its place in the stream; one that is left out was not sent.
        sent: when it left, after the first one did.
        one_way_delay: from its real send stamp to its arrival; null when it was lost, or when the offset of
            the clocks is not known.
        delay_above_smallest: the same above the smallest of the stream; null when it was lost.
        tos: byte with the code point as it arrived; null when not known.
        ttl: IPv4 TTL or IPv6 hop limit as it arrived; null when not known.
        lost: no copy arrived.
        duplicate: a further copy of one that had arrived.
        reordered: it came after one sent later.
        discarded: it came too late for the de-jitter buffer.
        untimed: its send stamp, and so its delay, is doubtful: the sender was held up.
    """

    index: int
    sent: Duration
    one_way_delay: Seconds | None
    delay_above_smallest: Seconds | None
    tos: int | None
    ttl: int | None
    lost: bool
    duplicate: bool
    reordered: bool
    discarded: bool
    untimed: bool


class PacketList(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to each packet of one result.

    Attributes:
        result_id: the result.
        reason: why there are no one-way delays; empty when there are.
        packets: by their place in the stream, copies of one as they arrived.
    """

    result_id: str
    reason: str
    packets: list[Packet]


@get(
    "/results/{result_id:str}/packets",
    opt=describe(
        tag="Results",
        summary="Download the packets of a result",
        query=PacketsQuery,
        answer=PacketList,
        formats=TABLES,
        example={"result_id": RESULT["result_id"], "reason": "", "packets": [_PACKET]},
    ),
    sync_to_thread=True,
)
def get_packets(
    request: Call,
    result_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[Any]:
    """What happened to each packet that was sent, and to each further copy that arrived.

    CSV and Parquet have a column for each field of a packet.
    """
    query = read_query(request, PacketsQuery)
    written = choose_format(parameter=query.format, accept=request.headers.get("accept", ""), offered=TABLES)
    key = read_result_id(result_id)
    table = use_cases.results.packets(access, key)
    if written is not JSON:
        file = use_cases.results.export_packets(table, "csv" if written.name == "csv" else "parquet")
        return send_file(file, written, name=f"packets-{write_result_id(key)}")
    rows = zip(*packet_columns(table).values(), strict=True)
    shown = PacketList(
        result_id=write_result_id(key),
        reason="" if table.is_one_way else NO_OFFSET,
        packets=[Packet(**dict(zip(TYPES, row, strict=True))) for row in rows],
    )
    return Response(shown)


HANDLERS: Final = (get_packets,)
