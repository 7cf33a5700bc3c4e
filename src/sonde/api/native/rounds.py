"""Rounds of a voice test: all of its results at a time, summed up or in full."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.native.call import Call
from sonde.api.native.examples import MOMENT, RESULT, ROUND
from sonde.api.native.operation import describe
from sonde.api.native.paging import AfterId, Page, read_cursor, write_cursor
from sonde.api.native.query import Query, read_id, read_query
from sonde.api.native.ranges import RangeQuery, window_of
from sonde.api.native.result_shapes import Result, show_moment, show_result
from sonde.api.native.units import Duration, EpochSeconds, Mos, Ratio, Seconds
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.services.results import RoundSummary


class RoundItem(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one round together; the worst of each number says where to look.

    Attributes:
        round_id: when it began, since 1970-01-01T00:00:00Z.
        started_at: when its first packet left.
        results: how many there are, in both directions.
        failures: how many of them have an error.
        mos_cq_min: the worst MOS by `te-g107`; null when no result has one.
        loss_ratio_max: the largest share of packets lost; null when no result has one, like all below.
        one_way_delay_mean_max: the longest mean delay.
        pdv_p99_max: the largest 99th percentile of delay variation.
    """

    round_id: EpochSeconds
    started_at: datetime
    results: int
    failures: int
    mos_cq_min: Mos | None
    loss_ratio_max: Ratio | None
    one_way_delay_mean_max: Seconds | None
    pdv_p99_max: Duration | None


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round in full.

    Attributes:
        test_id: the voice test.
        round_id: when it began, since 1970-01-01T00:00:00Z.
        results: one for each stream, by the agent that sent and the one that received.
    """

    test_id: int
    round_id: EpochSeconds
    results: list[Result]


_ITEM: Final = {
    "round_id": ROUND,
    "started_at": MOMENT,
    "results": 2,
    "failures": 0,
    "mos_cq_min": 3.87,
    "loss_ratio_max": 0.02,
    "one_way_delay_mean_max": 0.0305,
    "pdv_p99_max": 0.02,
}


@get(
    "/voice-tests/{test_id:str}/rounds",
    opt=describe(
        tag="Rounds",
        summary="List rounds",
        query=RangeQuery,
        answer=Page[RoundItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_rounds(
    request: Call,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[RoundItem]:
    """The rounds of a voice test, in order."""
    query = read_query(request, RangeQuery)
    window = window_of(query, use_cases.now())
    if query.cursor is not None:
        window = msgspec.structs.replace(window, start=read_cursor(query.cursor, AfterId).id + 1)
    found = use_cases.results.rounds(access, read_id(test_id, "test_id"), window, limit=query.limit)
    return Page(
        items=[_shown(each) for each in found.rounds],
        next=None if found.last_round is None else write_cursor(AfterId(id=found.last_round)),
    )


@get(
    "/voice-tests/{test_id:str}/rounds/{round_id:str}",
    opt=describe(
        tag="Rounds",
        summary="Show a round",
        answer=Round,
        example={"test_id": 7, "round_id": ROUND, "results": [RESULT]},
    ),
    sync_to_thread=True,
)
def get_round(
    request: Call,
    test_id: FromPath[str],
    round_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Round:
    """All results of one round, of all sources and in both directions."""
    read_query(request, Query)
    test, number = read_id(test_id, "test_id"), read_id(round_id, "round_id")
    found = use_cases.results.round(access, test, number)
    return Round(test_id=test, round_id=number, results=[show_result(each) for each in found])


HANDLERS: Final = (list_rounds, get_round)


def _shown(summary: RoundSummary) -> RoundItem:
    values = msgspec.structs.asdict(summary)
    return RoundItem(**values | {"started_at": show_moment(summary.started_at)})
