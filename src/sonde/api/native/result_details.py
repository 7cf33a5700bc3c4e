"""Delays of one result: their histogram, and what other de-jitter buffers would have made of them."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.examples import RESULT
from sonde.api.native.operation import describe
from sonde.api.native.query import Query, read_query
from sonde.api.native.result_shapes import Score, read_result_id, show_scores, write_result_id
from sonde.api.native.units import UNIT, Duration, Packets, Ratio
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.rtp.delay import UPPER_EDGES, PdvHistogram
from sonde.rtp.units import NANOSECONDS_PER_SECOND
from sonde.services.results import BufferOutcome

USUAL_DEPTHS: Final = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Seconds; what is tried when no depth is named."""

NOTHING_ARRIVED: Final = "No packet arrived, so nothing is known of delays."

_EDGES: Final = [0.0, *(UPPER_EDGES / NANOSECONDS_PER_SECOND).tolist()]


_RESULT_ID: Final = RESULT["result_id"]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Packets whose delay was longer than the stream's smallest by about as much.

    Attributes:
        above: their delay variation is larger than this; the first bin includes it.
        up_to: and not larger than this; null for the last bin, which has no end.
        packets: how many.
    """

    above: Duration
    up_to: Duration | None
    packets: Packets


class DelayHistogram(msgspec.Struct, frozen=True, kw_only=True):
    """How the delays of one result varied (PDV, RFC 5481 section 4.2).

    Attributes:
        result_id: the result.
        packets: in all bins together: those that arrived, without those whose send stamp is doubtful.
        bins: those with a packet, in rising order: 1 ms wide up to 200 ms, then 5 ms wide up to 1 s.
        reason: why there are none; empty when there are.
    """

    result_id: str
    packets: Packets
    bins: list[Bin]
    reason: str


class BuffersQuery(Query, frozen=True, kw_only=True):
    """Which buffers.

    Attributes:
        depth: one depth to try; a table of usual depths when it is left out.
        discard_ratio: the share of the packets sent that may come too late, for `smallest_depth`.
    """

    depth: Annotated[float, Meta(ge=0, le=1, extra_json_schema={UNIT: "s"})] | None = None
    discard_ratio: Ratio = 0.01


class BufferItem(msgspec.Struct, frozen=True, kw_only=True):
    """The same packets, played through a fixed de-jitter buffer of another depth.

    Attributes:
        depth: of the buffer.
        is_exact: the depth is an edge of the histogram's bins; at any other, discards are an upper bound.
        packets_discarded: packets that would have come too late.
        discard_ratio: of the packets sent; null when none was.
        missing_ratio: lost or discarded, of the packets sent; null when none was.
        score: by `te-g107`.
        sonde_score: by `sonde-g107`.
    """

    depth: Duration
    is_exact: bool
    packets_discarded: Packets
    discard_ratio: Ratio | None
    missing_ratio: Ratio | None
    score: Score
    sonde_score: Score


class Buffers(msgspec.Struct, frozen=True, kw_only=True):
    """What other de-jitter buffers would have made of one result.

    Attributes:
        result_id: the result.
        jitter_buffer: the depth that the test has.
        smallest_depth: the smallest that keeps discards within `discard_ratio`; null when none of up to a
            second does.
        buffers: an entry for each depth.
        reason: why there are none; empty when there are.
    """

    result_id: str
    jitter_buffer: Duration
    smallest_depth: Duration | None
    buffers: list[BufferItem]
    reason: str


@get(
    "/results/{result_id:str}/histogram",
    opt=describe(
        tag="Results",
        summary="Show how delays varied",
        answer=DelayHistogram,
        example={
            "result_id": _RESULT_ID,
            "packets": 245,
            "bins": [
                {"above": 0.0, "up_to": 0.001, "packets": 71},
                {"above": 0.001, "up_to": 0.002, "packets": 174},
            ],
            "reason": "",
        },
    ),
    sync_to_thread=True,
)
def get_histogram(
    request: Call,
    result_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> DelayHistogram:
    """The packets of one result by delay variation, enough to try any de-jitter buffer."""
    read_query(request, Query)
    key = read_result_id(result_id)
    found = use_cases.results.histogram(access, key)
    bins = [] if found is None else _bins(found)
    return DelayHistogram(
        result_id=write_result_id(key),
        packets=sum(each.packets for each in bins),
        bins=bins,
        reason="" if bins else NOTHING_ARRIVED,
    )


@get(
    "/results/{result_id:str}/buffers",
    opt=describe(
        tag="Results",
        summary="Try other de-jitter buffers",
        query=BuffersQuery,
        answer=Buffers,
        example={
            "result_id": _RESULT_ID,
            "jitter_buffer": 0.04,
            "smallest_depth": 0.036,
            "buffers": [
                {
                    "depth": 0.06,
                    "is_exact": True,
                    "packets_discarded": 0,
                    "discard_ratio": 0.0,
                    "missing_ratio": 0.02,
                    "score": RESULT["score"],
                    "sonde_score": RESULT["sonde_score"],
                }
            ],
            "reason": "",
        },
    ),
    sync_to_thread=True,
)
def get_buffers(
    request: Call,
    result_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Buffers:
    """What a fixed de-jitter buffer of another depth would have made of the same packets.

    A deeper buffer discards less and delays more; both are in the scores.
    """
    query = read_query(request, BuffersQuery)
    key = read_result_id(result_id)
    depths = USUAL_DEPTHS if query.depth is None else (query.depth,)
    found = use_cases.results.buffers(access, key, depths, discard_ratio=query.discard_ratio)
    return Buffers(
        result_id=write_result_id(key),
        jitter_buffer=found.result.report.jitter_buffer,
        smallest_depth=found.smallest_depth,
        buffers=_shown(found.outcomes),
        reason="" if found.outcomes else NOTHING_ARRIVED,
    )


HANDLERS: Final = (get_histogram, get_buffers)


def _bins(histogram: PdvHistogram) -> list[Bin]:
    ends = [*_EDGES[1:], None]
    return [
        Bin(above=_EDGES[number], up_to=ends[number], packets=packets)
        for number, packets in sorted(histogram.counts.items())
    ]


def _shown(outcomes: Sequence[BufferOutcome]) -> list[BufferItem]:
    scores = show_scores([each.score for each in outcomes])
    second = show_scores([each.sonde_score for each in outcomes])
    return [
        BufferItem(**msgspec.structs.asdict(each) | {"score": score, "sonde_score": sonde_score})
        for each, score, sonde_score in zip(outcomes, scores, second, strict=True)
    ]
