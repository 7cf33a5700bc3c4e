"""Questions about round results that go across tests: a page of them, one of them, rounds, agents' health."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sonde.model.rounds import RoundResult
from sonde.rtp.delay import PdvHistogram
from sonde.store.round_rows import COLUMNS, TIMES, from_row
from sonde.store.rounds import LAST_ROUND_ID
from sonde.store.store import Store


class SenderWork(msgspec.Struct, frozen=True, kw_only=True):
    """How well an agent sent: as its last result says, but `send_errors` of all results together.

    Attributes:
        round_id: the round of that result.
        target_agent_id: who received, by whose clock the error bound is.
    """

    round_id: int
    target_agent_id: int
    priority: str
    pacing_error_p99: float | None
    stall_max: float | None
    send_errors: int
    clock_method: str
    clock_error_bound: float | None
    clock_conflict: bool


class ReceiverWork(msgspec.Struct, frozen=True, kw_only=True):
    """How well an agent received: as its last result says, but drops and forgeries of all together.

    Attributes:
        round_id: the round of that result.
        source_agent_id: who sent.
    """

    round_id: int
    source_agent_id: int
    timestamp_source: str
    agent_drops: int
    agent_drops_of: str
    forged_packets: int


_EXPRESSIONS: Final = ", ".join(
    f"toUnixTimestamp64Nano({name})" if name in TIMES else name for name in COLUMNS
)

ANY_AGENT: Final = 0
"""Stands for every agent."""

CONDITIONS: Final = """
workspace_id = {workspace_id:Int64} AND test_id IN {test_ids:Array(Int64)}
    AND round_id BETWEEN {start:Int64} AND {end:Int64}
    AND ({agent_id:Int64} = 0 OR source_agent_id = {agent_id:Int64} OR target_agent_id = {agent_id:Int64})
    AND (reverse_target_id > 0) IN {directions:Array(Bool)}
"""
"""What `ResultFilter` means; its fields are the parameters."""

# The keys alone are found first: reading every column of what is not on the page would cost a hundredfold.
SELECT_RESULTS: Final = f"""
SELECT {_EXPRESSIONS}
FROM round_results FINAL
WHERE workspace_id = {{workspace_id:Int64}}
    AND (test_id, round_id, source_agent_id, reverse_target_id) IN (
        SELECT test_id, round_id, source_agent_id, reverse_target_id
        FROM round_results FINAL
        WHERE {CONDITIONS}
            AND (round_id, test_id, source_agent_id, reverse_target_id) > (
                {{after_round:Int64}}, {{after_test:Int64}}, {{after_source:Int64}}, {{after_reverse:Int64}}
            )
        ORDER BY round_id, test_id, source_agent_id, reverse_target_id
        LIMIT {{limit:UInt64}}
    )
ORDER BY round_id, test_id, source_agent_id, reverse_target_id
"""  # noqa: S608 - the columns are constants, values are parameters

_ONE: Final = """
workspace_id = {workspace_id:Int64} AND test_id = {test_id:Int64} AND round_id = {round_id:Int64}
    AND source_agent_id = {source_agent_id:Int64} AND reverse_target_id = {reverse_target_id:Int64}
"""

SELECT_RESULT: Final = f"SELECT {_EXPRESSIONS} FROM round_results FINAL WHERE {_ONE}"  # noqa: S608 - as above

SELECT_HISTOGRAM: Final = f"SELECT bins, counts FROM delay_histograms FINAL WHERE {_ONE}"  # noqa: S608 - as above

SELECT_ROUNDS: Final = f"""
SELECT round_id, toUnixTimestamp64Nano(min(started_at)), count(), countIf(error IS NOT NULL),
    min(score_mos_cq), max(loss_ratio), max(one_way_delay_mean), max(pdv_p99)
FROM round_results FINAL
WHERE {CONDITIONS}
GROUP BY round_id
ORDER BY round_id
LIMIT {{limit:UInt64}}
"""  # noqa: S608 - as above

_LATEST_OF_SOURCE: Final = tuple(name for name in SenderWork.__struct_fields__ if name != "send_errors")
_LATEST_OF_TARGET: Final = tuple(
    name for name in ReceiverWork.__struct_fields__ if name not in {"agent_drops", "forged_packets"}
)


def _select_health(agent: str, fields: Sequence[str], sums: Sequence[str], *, only: str = "1") -> str:
    return f"""
SELECT {agent}, argMax(tuple({", ".join(fields)}), round_id), {", ".join(f"sum({name})" for name in sums)}
FROM round_results FINAL
WHERE {CONDITIONS} AND {only}
GROUP BY {agent}
"""  # noqa: S608 - the columns are constants, values are parameters


SELECT_SENDERS: Final = _select_health("source_agent_id", _LATEST_OF_SOURCE, ("send_errors",))
SELECT_RECEIVERS: Final = _select_health(
    "target_agent_id",
    _LATEST_OF_TARGET,
    ("agent_drops", "forged_packets"),
    # Whoever never answered says nothing about itself.
    only="target_version != ''",
)


class ResultFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which results of a workspace.

    Attributes:
        test_ids: of these tests, and no others.
        start, end: rounds, in epoch seconds, both included.
        agent_id: sent or received by this agent; `ANY_AGENT` for all.
        directions: whether they are of the reverse direction of a two-way test.
    """

    workspace_id: int
    test_ids: tuple[int, ...]
    start: int = 0
    end: int = LAST_ROUND_ID
    agent_id: int = ANY_AGENT
    directions: tuple[bool, ...] = (False, True)

    @property
    def parameters(self) -> dict[str, Any]:
        """As queries take it."""
        lists = {"test_ids": list(self.test_ids), "directions": list(self.directions)}
        return msgspec.structs.asdict(self) | lists


class ResultKey(msgspec.Struct, frozen=True, kw_only=True):
    """What names one result of a workspace.

    Attributes:
        reverse_target_id: who received, for a reverse result of a two-way test; 0 for any other.
    """

    test_id: int
    round_id: int
    source_agent_id: int
    reverse_target_id: int = 0


NOWHERE: Final = ResultKey(test_id=0, round_id=0, source_agent_id=0)
"""The place before the first result."""


class RoundSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one round together; None where no result has such a number.

    Attributes:
        started_at: epoch seconds of its first packet.
        results: how many there are.
        failures: how many of them have an error.
        mos_cq_min: the worst MOS by `te-g107`.
        loss_ratio_max, one_way_delay_mean_max, pdv_p99_max: the worst of each.
    """

    round_id: int
    started_at: float
    results: int
    failures: int
    mos_cq_min: float | None
    loss_ratio_max: float | None
    one_way_delay_mean_max: float | None
    pdv_p99_max: float | None


def select_results(
    store: Store, wanted: ResultFilter, *, limit: int, after: ResultKey = NOWHERE
) -> list[RoundResult]:
    """Results by round, then by test, source agent and receiver, without their histograms.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    place = {
        "after_round": after.round_id,
        "after_test": after.test_id,
        "after_source": after.source_agent_id,
        "after_reverse": after.reverse_target_id,
    }
    rows = store.query(SELECT_RESULTS, {**wanted.parameters, **place, "limit": limit})
    return [from_row(row) for row in rows]


def select_result(store: Store, workspace_id: int, key: ResultKey) -> RoundResult | None:
    """One result without its histogram, None when there is none.

    Raises:
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_RESULT, {"workspace_id": workspace_id, **msgspec.structs.asdict(key)})
    return from_row(rows[0]) if rows else None


def select_histogram(store: Store, workspace_id: int, key: ResultKey) -> PdvHistogram | None:
    """The delay histogram of one result, None when it has none.

    Raises:
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_HISTOGRAM, {"workspace_id": workspace_id, **msgspec.structs.asdict(key)})
    if not rows or not rows[0][0]:
        return None
    [(bins, counts)] = rows
    return PdvHistogram(counts=dict(zip(bins, counts, strict=True)))


def select_round_summaries(store: Store, wanted: ResultFilter, *, limit: int) -> list[RoundSummary]:
    """Rounds of the results that are wanted, in order.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    return [
        RoundSummary(
            **dict(zip(RoundSummary.__struct_fields__, (round_id, started / 10**9, *rest), strict=True))
        )
        for round_id, started, *rest in store.query(SELECT_ROUNDS, {**wanted.parameters, "limit": limit})
    ]


def select_sender_work(store: Store, wanted: ResultFilter) -> dict[int, SenderWork]:
    """How well agents sent, by agent.

    Raises:
        Unavailable: the store failed.
    """
    return {
        agent: SenderWork(**dict(zip(_LATEST_OF_SOURCE, latest, strict=True)), send_errors=errors)
        for agent, latest, errors in store.query(SELECT_SENDERS, wanted.parameters)
    }


def select_receiver_work(store: Store, wanted: ResultFilter) -> dict[int, ReceiverWork]:
    """How well agents received, by agent; of those that answered.

    Raises:
        Unavailable: the store failed.
    """
    return {
        agent: ReceiverWork(
            **dict(zip(_LATEST_OF_TARGET, latest, strict=True)), agent_drops=drops, forged_packets=forged
        )
        for agent, latest, drops, forged in store.query(SELECT_RECEIVERS, wanted.parameters)
    }
