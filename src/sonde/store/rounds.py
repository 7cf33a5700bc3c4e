"""Round results, their histograms and their packets: how they are written, and every question about them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sonde.model.packets import PacketTrace
from sonde.model.rounds import RoundError, RoundOutcome, RoundResult
from sonde.rtp.delay import PdvHistogram
from sonde.store.round_rows import (
    COLUMNS,
    TIMES,
    from_row,
    reverse_target_id,
    to_nanoseconds,
    to_row,
    to_seconds,
)
from sonde.store.store import Store

LAST_ROUND_ID: Final = 2**32 - 1
"""The largest round id that a row can hold, in the year 2106."""

HISTOGRAM_COLUMNS: Final = (
    "workspace_id",
    "source_agent_id",
    "received_at",
    "test_id",
    "round_id",
    "reverse_target_id",
    "bins",
    "counts",
)

PACKET_COLUMNS: Final = (
    "workspace_id",
    "source_agent_id",
    "received_at",
    "test_id",
    "round_id",
    "reverse_target_id",
    "rows",
    "is_one_way",
    "data",
)

_EXPRESSIONS: Final = ", ".join(
    f"toUnixTimestamp64Nano({name})" if name in TIMES else name for name in COLUMNS
)

# Parameters are 64 bits wide so that a time far outside of what is stored finds nothing instead of failing.
SELECT_ROUNDS: Final = f"""
SELECT {_EXPRESSIONS}
FROM round_results FINAL
WHERE workspace_id = {{workspace_id:Int64}} AND test_id = {{test_id:Int64}}
    AND round_id BETWEEN {{start:Int64}} AND {{end:Int64}}
    AND (reverse_target_id > 0) = {{is_reverse:Bool}}
ORDER BY round_id, source_agent_id, target_agent_id
LIMIT {{limit:UInt64}} OFFSET {{offset:UInt64}}
"""  # noqa: S608 - the columns are constants, values are parameters

# Planning takes as long as reading when all of the hundred columns are asked for.
_OUTCOME: Final = {"mos_cq": "score_mos_cq", "codec_max_mos": "score_codec_max_mos", "reason": "score_reason"}
"""The columns of a `RoundOutcome` that are not called like its fields."""

SELECT_OUTCOMES: Final = SELECT_ROUNDS.replace(
    _EXPRESSIONS,
    ", ".join(
        f"toUnixTimestamp64Nano({name})" if name in TIMES else _OUTCOME.get(name, name)
        for name in RoundOutcome.__struct_fields__
    ),
)

SELECT_LATEST: Final = """
SELECT max(round_id)
FROM round_results
WHERE workspace_id = {workspace_id:Int64} AND test_id = {test_id:Int64}
    AND round_id BETWEEN {start:Int64} AND {end:Int64} AND (reverse_target_id > 0) = {is_reverse:Bool}
HAVING count() > 0
"""

SELECT_HISTOGRAMS: Final = """
SELECT round_id, source_agent_id, reverse_target_id, bins, counts
FROM delay_histograms FINAL
WHERE workspace_id = {workspace_id:Int64} AND test_id = {test_id:Int64}
    AND round_id BETWEEN {start:Int64} AND {end:Int64} AND (reverse_target_id > 0) = {is_reverse:Bool}
"""


# As hex, because the client makes text of a String that happens to be some.
SELECT_PACKETS: Final = """
SELECT rows, is_one_way, hex(data)
FROM round_packets FINAL
WHERE workspace_id = {workspace_id:Int64} AND test_id = {test_id:Int64}
    AND round_id = {round_id:Int64} AND source_agent_id = {source_agent_id:Int64}
    AND reverse_target_id = {reverse_target_id:Int64} AND rows > 0
"""


class RoundSpan(msgspec.Struct, frozen=True, kw_only=True):
    """The rounds of one direction of one test from `start` to `end`, both included, in epoch seconds."""

    workspace_id: int
    test_id: int
    start: int = 0
    end: int = LAST_ROUND_ID
    is_reverse: bool = False


def insert_rounds(store: Store, rows: Sequence[RoundResult], *, token: str) -> None:
    """Add results. They are on the disk when this returns, and repeating it changes nothing.

    Of several results of the same workspace, test, round and source agent, the one received last counts;
    of reverse results of a two-way test, those to each agent are told apart.

    Args:
        store: where to.
        rows: results; none is fine.
        token: names these very rows.

    Raises:
        Unavailable: the insert failed; it may be repeated.
        Invalid: a value does not fit its column; repeating is useless.
    """
    if not rows:
        return
    # Details first: a round that can be read has its histogram and its packets.
    histograms = [_to_histogram_row(row) for row in rows]
    store.insert("delay_histograms", histograms, columns=HISTOGRAM_COLUMNS, token=token)
    packets = [_to_packet_row(row) for row in rows]
    store.insert("round_packets", packets, columns=PACKET_COLUMNS, token=token)
    store.insert("round_results", [to_row(row) for row in rows], columns=COLUMNS, token=token)


def select_rounds(store: Store, span: RoundSpan, *, limit: int, offset: int = 0) -> list[RoundResult]:
    """Results by round, then by source and target agent, without their histograms.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    parameters = {**msgspec.structs.asdict(span), "limit": limit, "offset": offset}
    return [from_row(row) for row in store.query(SELECT_ROUNDS, parameters)]


def select_outcomes(store: Store, span: RoundSpan, *, limit: int) -> list[RoundOutcome]:
    """The hearts of results by round, then by source and target agent.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    parameters = {**msgspec.structs.asdict(span), "limit": limit, "offset": 0}
    return [_to_outcome(row) for row in store.query(SELECT_OUTCOMES, parameters)]


def select_latest_round(store: Store, span: RoundSpan) -> int | None:
    """Id of the last round that has a result, None when none has.

    Raises:
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_LATEST, msgspec.structs.asdict(span))
    return int(rows[0][0]) if rows else None


def select_histograms(store: Store, span: RoundSpan) -> dict[tuple[int, int, int], PdvHistogram]:
    """Delay histograms by round, source agent and `reverse_target_id`, of results that have one.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    return {
        (round_id, source_agent_id, reverse): PdvHistogram(counts=dict(zip(bins, counts, strict=True)))
        for round_id, source_agent_id, reverse, bins, counts in store.query(
            SELECT_HISTOGRAMS, msgspec.structs.asdict(span)
        )
        if bins
    }


def select_packets(
    store: Store,
    *,
    workspace_id: int,
    test_id: int,
    round_id: int,
    source_agent_id: int,
    reverse_target_id: int = 0,
) -> PacketTrace | None:
    """The packets of one result, None when they are not kept.

    Raises:
        Unavailable: the store failed.
    """
    parameters = {
        "workspace_id": workspace_id,
        "test_id": test_id,
        "round_id": round_id,
        "source_agent_id": source_agent_id,
        "reverse_target_id": reverse_target_id,
    }
    found = store.query(SELECT_PACKETS, parameters)
    if not found:
        return None
    rows, is_one_way, data = found[0]
    return PacketTrace(rows=rows, is_one_way=is_one_way, data=bytes.fromhex(data))


def _to_outcome(row: Sequence[Any]) -> RoundOutcome:
    values = dict(zip(RoundOutcome.__struct_fields__, row, strict=True))
    values["error"] = values["error"] and RoundError(values["error"])
    values["started_at"] = to_seconds(values["started_at"])
    return RoundOutcome(**values)


def _to_packet_row(result: RoundResult) -> tuple[Any, ...]:
    """One for every result, empty without packets: it must replace those of an earlier result."""
    packets = result.report.packets or PacketTrace(rows=0, is_one_way=False, data=b"")
    return (
        result.workspace_id,
        result.source_agent_id,
        to_nanoseconds(result.received_at),
        result.report.test_id,
        result.report.round_id,
        reverse_target_id(result.report),
        packets.rows,
        packets.is_one_way,
        packets.data,
    )


def _to_histogram_row(result: RoundResult) -> tuple[Any, ...]:
    """One for every result, empty without a histogram: it must replace that of an earlier result."""
    stream = result.report.stream
    counts = stream.pdv_histogram.counts if stream and stream.pdv_histogram else {}
    return (
        result.workspace_id,
        result.source_agent_id,
        to_nanoseconds(result.received_at),
        result.report.test_id,
        result.report.round_id,
        reverse_target_id(result.report),
        list(counts),
        list(counts.values()),
    )
