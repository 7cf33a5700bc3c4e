"""Round results come back from the store as they went in."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from sonde.model.errors import Invalid
from sonde.model.rounds import RoundError, RoundReport, RoundResult, SenderHealth
from sonde.quality.codecs import codec
from sonde.quality.voice import score_voice
from sonde.rtp.delay import PdvHistogram
from sonde.rtp.recorder import StreamSummary
from sonde.store import Store
from sonde.store.round_rows import COLUMNS
from sonde.store.rounds import (
    HISTOGRAM_COLUMNS,
    RoundSpan,
    insert_rounds,
    select_histograms,
    select_latest_round,
    select_rounds,
)

pytestmark = pytest.mark.integration

NOON = 1_790_000_040
"""Some round, divisible by 60."""

EVERYTHING = RoundSpan(workspace_id=1, test_id=7)

STREAM = StreamSummary(
    packets_sent=250,
    packets_received=244,
    packets_lost=6,
    packets_duplicated=2,
    packets_reordered=3,
    packets_discarded=4,
    loss_ratio=6 / 250,
    discard_ratio=4 / 250,
    one_way_delay_min=0.0301,
    one_way_delay_mean=0.0312345678901,
    one_way_delay_p50=0.031,
    one_way_delay_p95=0.033,
    one_way_delay_p99=0.034,
    one_way_delay_max=0.0375,
    pdv_mean=0.0011,
    pdv_p50=0.001,
    pdv_p95=0.003,
    pdv_p99=0.004,
    pdv_p999=0.0072,
    pdv_max=0.0074,
    ipdv_abs_mean=0.0002,
    jitter=0.00012345,
    dscp_received=0,
    dscp_counts={0: 200, 46: 44},
    ttl_min=63,
    ttl_max=64,
    pdv_histogram=PdvHistogram(counts={0: 100, 1: 140, 7: 3, 360: 1}),
)


def result(*, round_id: int = NOON, source: int = 3, **changes: Any) -> RoundResult:
    """A complete result with every field set, changed where the test needs it."""
    report = RoundReport(
        test_id=changes.pop("test_id", 7),
        round_id=round_id,
        target_agent_id=4,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=round_id + 3.123456789,
        target_address="2001:db8::1",
        target_port=49153,
        stream=changes.pop("stream", STREAM),
        health=SenderHealth(
            pacing_error_p50=0.0001,
            pacing_error_p99=0.0004,
            pacing_error_max=0.003,
            stall_max=0.02,
            send_errors=1,
            agent_drops=2,
            agent_drops_of="stream",
            priority="realtime",
            timestamp_source="kernel",
            consent_round_trip_time=0.061,
            round_trip_time_min=0.06,
            clock_method="two-way",
            clock_error_bound=0.03,
            forged_packets=5,
            source_version="0.1.0",
            target_version="0.1.1",
        ),
        error=changes.pop("error", RoundError.CONSENT_LOST),
        error_detail=changes.pop("error_detail", "The target fell silent — 'half' way; \\ \0 done."),
    )
    score = score_voice(
        codec=codec("g711"), one_way_delay=0.0312, jitter_buffer=0.04, loss_ratio=0.024, discard_ratio=0.016
    )
    return msgspec.structs.replace(
        RoundResult(
            workspace_id=1,
            source_agent_id=source,
            received_at=1_790_000_050.987654321,
            report=report,
            score=score,
        ),
        **changes,
    )


def read(store: Store, span: RoundSpan = EVERYTHING) -> list[RoundResult]:
    """All results of a span with their histograms."""
    histograms = select_histograms(store, span)
    return [
        _with_histogram(row, histograms.get((row.report.round_id, row.source_agent_id)))
        for row in select_rounds(store, span, limit=10_000)
    ]


def _with_histogram(row: RoundResult, histogram: PdvHistogram | None) -> RoundResult:
    if row.report.stream is None:
        assert histogram is None
        return row
    stream = msgspec.structs.replace(row.report.stream, pdv_histogram=histogram)
    return msgspec.structs.replace(row, report=msgspec.structs.replace(row.report, stream=stream))


def test_full_result_comes_back_to_the_last_bit(store: Store) -> None:
    """Every field of the model survives, with its type."""
    sent = result()
    insert_rounds(store, [sent], token="t")
    [got] = read(store)
    assert got == sent
    assert msgspec.msgpack.encode(got) == msgspec.msgpack.encode(sent)
    assert isinstance(got.report.error, RoundError)


def test_result_without_a_stream_comes_back_without_one(store: Store) -> None:
    """What was not measured is None and not zero."""
    unscored = score_voice(
        codec=codec("g711"), one_way_delay=None, jitter_buffer=0.04, loss_ratio=None, discard_ratio=None
    )
    sent = result(stream=None, error=RoundError.NO_CONSENT, error_detail="No answer.", score=unscored)
    insert_rounds(store, [sent], token="t")
    assert read(store) == [sent]


def test_result_where_nothing_arrived_comes_back(store: Store) -> None:
    """Counters are there, delays and histogram are None."""
    silent = StreamSummary(
        packets_sent=250,
        packets_received=0,
        packets_lost=250,
        packets_duplicated=0,
        packets_reordered=0,
        packets_discarded=0,
        loss_ratio=1.0,
        discard_ratio=0.0,
    )
    sent = result(stream=silent, error=None, error_detail="")
    insert_rounds(store, [sent], token="t")
    assert read(store) == [sent]


@pytest.mark.parametrize("number", [-1.7976931348623157e308, -0.0, 5e-324, 1.7976931348623157e308])
@pytest.mark.parametrize(("count", "small", "ttl"), [(0, 0, 0), (2**32 - 1, 63, 255)])
def test_extremes_of_every_column_come_back(
    store: Store, number: float, count: int, small: int, ttl: int
) -> None:
    """The smallest and the largest values that the types of the model allow fit their columns."""
    by_kind = {"packets": count, "dscp": small, "ttl": ttl}
    values = {
        name: by_kind.get(name.split("_")[0], number)
        for name in StreamSummary.__struct_fields__
        if name not in {"dscp_counts", "pdv_histogram"}
    }
    histogram = PdvHistogram(counts={0: 2**32 - 1, 360: 1})
    stream = StreamSummary(**values, dscp_counts={small: count}, pdv_histogram=histogram)
    sent = result(round_id=count, source=2**32 - 1, stream=stream, error_detail="\0\U0010ffff" * 1000)
    insert_rounds(store, [sent], token="t")
    assert read(store) == [sent]


def test_chunk_inserted_again_is_there_once(store: Store) -> None:
    """After a crash a chunk comes again with its token, and nothing is doubled."""
    rows = [result(round_id=NOON + 60 * n) for n in range(5)]
    for _ in range(3):
        insert_rounds(store, rows, token="same")
    assert read(store) == rows


def test_round_uploaded_again_in_another_chunk_is_there_once(store: Store) -> None:
    """An agent that missed the receipt uploads again; the result received last counts, histogram included."""
    first = result()
    later = result(stream=None, received_at=first.received_at + 60)
    insert_rounds(store, [first], token="one")
    insert_rounds(store, [later, result(round_id=NOON + 60)], token="two")
    assert read(store) == [later, result(round_id=NOON + 60)]
    insert_rounds(store, [first], token="three")
    assert read(store)[0] == later


def test_results_are_sorted_and_limited(store: Store) -> None:
    """By round, then source agent; pages follow each other without holes."""
    rows = [result(round_id=NOON + 60 * n, source=source) for n in range(4) for source in (1, 2, 3)]
    insert_rounds(store, rows[::-1], token="t")
    assert read(store) == rows
    pages: Sequence[RoundResult] = [
        row for offset in (0, 5, 10) for row in select_rounds(store, EVERYTHING, limit=5, offset=offset)
    ]
    assert [(row.report.round_id, row.source_agent_id) for row in pages] == [
        (row.report.round_id, row.source_agent_id) for row in rows
    ]


def test_span_includes_both_ends_and_nothing_else(store: Store) -> None:
    """Rounds outside the span, of another test or of another workspace stay out."""
    rows = [result(round_id=NOON + 60 * n) for n in range(5)]
    others = [result(test_id=8), result(workspace_id=2)]
    insert_rounds(store, [*rows, *others], token="t")
    span = RoundSpan(workspace_id=1, test_id=7, start=NOON + 60, end=NOON + 180)
    assert read(store, span) == rows[1:4]
    assert read(store, RoundSpan(workspace_id=2, test_id=8)) == []
    assert read(store, RoundSpan(workspace_id=2, test_id=7)) == [result(workspace_id=2)]


def test_span_far_outside_is_empty(store: Store) -> None:
    """Times before the epoch or after the last round find nothing, without an error."""
    insert_rounds(store, [result()], token="t")
    for start, end in ((-(10**10), -1), (10**10, 10**12), (NOON + 1, NOON - 1)):
        assert read(store, RoundSpan(workspace_id=1, test_id=7, start=start, end=end)) == []
    assert len(read(store, RoundSpan(workspace_id=1, test_id=7, start=-(10**10), end=10**12))) == 1


def test_latest_round_is_the_newest_in_the_span(store: Store) -> None:
    """Its id, or None when there is no result."""
    assert select_latest_round(store, EVERYTHING) is None
    insert_rounds(store, [result(round_id=NOON), result(round_id=NOON + 60), result(test_id=8)], token="t")
    assert select_latest_round(store, EVERYTHING) == NOON + 60
    until_noon = RoundSpan(workspace_id=1, test_id=7, end=NOON)
    assert select_latest_round(store, until_noon) == NOON


def test_rounds_of_many_months_go_in_together(store: Store) -> None:
    """A batch from an agent that was offline for a year is one insert."""
    rows = [result(round_id=NOON - 86_400 * 30 * n) for n in range(13)][::-1]
    insert_rounds(store, rows, token="t")
    assert read(store) == rows


def test_no_rows_are_no_insert(store: Store) -> None:
    """An empty batch is not an error."""
    insert_rounds(store, [], token="t")
    assert read(store) == []


def test_value_that_fits_no_column_is_invalid(store: Store) -> None:
    """Repeating such an insert is useless, and the error says so by its kind; the rest still works."""
    with pytest.raises(Invalid):
        insert_rounds(store, [result(round_id=2**32)], token="t")
    insert_rounds(store, [result()], token="t")
    assert len(read(store)) == 1


def test_columns_are_those_of_the_tables(store: Store) -> None:
    """A field added to the model needs a column, and a column a field."""
    for table, columns in (("round_results", COLUMNS), ("delay_histograms", HISTOGRAM_COLUMNS)):
        found = store.query(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
            {"table": table},
        )
        assert {name for (name,) in found} == set(columns)
