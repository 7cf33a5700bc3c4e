"""Round results come back from the store as they went in."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from sonde.model.errors import Invalid
from sonde.model.packets import PacketTrace
from sonde.model.rounds import RoundError, RoundReport, RoundResult, SenderHealth, score_report
from sonde.rtp.delay import PdvHistogram
from sonde.rtp.summary import StreamSummary
from sonde.store import Store
from sonde.store.round_rows import COLUMNS, reverse_target_id, to_row
from sonde.store.rounds import (
    HISTOGRAM_COLUMNS,
    PACKET_COLUMNS,
    RoundSpan,
    insert_rounds,
    select_histograms,
    select_latest_round,
    select_packets,
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
    packets_untimed=1,
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
    ipdv_abs_p50=0.0001,
    ipdv_abs_p95=0.0012,
    ipdv_abs_p99=0.0034,
    ipdv_min=-0.0061,
    ipdv_max=0.0059,
    jitter=0.00012345,
    level_shift=-0.025,
    level_shift_at=2.34,
    pdv_restarted_p95=0.0021,
    pdv_restarted_p99=0.0032,
    pdv_restarted_max=0.0043,
    bursts=2,
    burst_density=0.4,
    gap_density=0.0125,
    burst_duration=0.09,
    gap_duration=1.6,
    burst_density_estimate=0.41,
    gap_density_estimate=0.0126,
    burst_duration_estimate=0.08,
    gap_duration_estimate=1.5,
    dscp_received=0,
    dscp_counts={0: 200, 46: 44},
    ecn_counts={0: 243, 3: 1},
    ttl_min=63,
    ttl_max=64,
    pdv_histogram=PdvHistogram(counts={0: 100, 1: 140, 7: 3, 360: 1}),
    burst_ratio=1.28,
    loss_runs=7,
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
            pacing_error_p99=0.0004,
            stall_max=0.02,
            send_errors=1,
            agent_drops=2,
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
    verdicts = score_report(msgspec.structs.replace(report, stream=STREAM))
    return msgspec.structs.replace(
        RoundResult(
            workspace_id=1,
            source_agent_id=source,
            received_at=1_790_000_050.987654321,
            report=report,
            score=verdicts.score,
            sonde_score=verdicts.sonde_score,
        ),
        **changes,
    )


def read(store: Store, span: RoundSpan = EVERYTHING) -> list[RoundResult]:
    """All results of a span with their histograms."""
    histograms = select_histograms(store, span)
    return [
        _with_histogram(
            row,
            histograms.get((row.report.round_id, row.source_agent_id, reverse_target_id(row.report))),
        )
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
    sent = result(stream=None, error=RoundError.NO_CONSENT, error_detail="No answer.")
    unscored = score_report(sent.report)
    sent = msgspec.structs.replace(sent, score=unscored.score, sonde_score=unscored.sonde_score)
    assert sent.score.mos_cq is None
    insert_rounds(store, [sent], token="t")
    assert read(store) == [sent]


def test_result_of_before_the_second_model_comes_back(store: Store) -> None:
    """Without its score, with an unknown number of runs, and without an interval."""
    new = {
        "burst_ratio",
        "loss_runs",
        "score_mos_low",
        "score_mos_high",
        "score_r_low",
        "score_r_high",
        "score_ie",
    }
    old = {
        name: value
        for name, value in zip(COLUMNS, to_row(result()), strict=True)
        if name not in new and not name.startswith("sonde_")
    }
    store.insert("round_results", [tuple(old.values())], columns=tuple(old), token="t")
    [got] = select_rounds(store, EVERYTHING, limit=1)
    assert got.sonde_score is None
    assert (got.report.stream.loss_runs, got.report.stream.burst_ratio) == (0, None)
    assert (got.score.mos_low, got.score.attribution) == (None, None)
    assert got.score.mos_cq == result().score.mos_cq


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
    by_kind = {"packets": count, "bursts": count, "loss_runs": count, "dscp": small, "ttl": ttl}
    values = {
        name: by_kind.get(name, by_kind.get(name.split("_")[0], number))
        for name in StreamSummary.__struct_fields__
        if name not in {"dscp_counts", "ecn_counts", "pdv_histogram"}
    }
    histogram = PdvHistogram(counts={0: 2**32 - 1, 360: 1})
    stream = StreamSummary(
        **values, dscp_counts={small: count}, ecn_counts={3: count}, pdv_histogram=histogram
    )
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


def packets_of(store: Store, **key: int) -> PacketTrace | None:
    """The packets of one result; of the usual one unless the key says otherwise."""
    return select_packets(
        store, **{"workspace_id": 1, "test_id": 7, "round_id": NOON, "source_agent_id": 3, **key}
    )


def test_packets_come_back_byte_by_byte(store: Store) -> None:
    """Of the result that is asked for, of no other, and not with the results themselves."""
    traces = [PacketTrace(rows=n, is_one_way=bool(n % 2), data=bytes(range(256)) * n) for n in (1, 2, 3, 4)]
    key = ({}, {"round_id": NOON + 60}, {"source": 4}, {"workspace_id": 2})
    rows = [with_packets(result(**place), trace) for place, trace in zip(key, traces, strict=True)]
    insert_rounds(store, rows, token="t")
    assert packets_of(store) == traces[0]
    assert packets_of(store, round_id=NOON + 60) == traces[1]
    assert packets_of(store, source_agent_id=4) == traces[2]
    assert packets_of(store, workspace_id=2) == traces[3]
    assert packets_of(store, test_id=8) is None
    assert packets_of(store, round_id=10**12) is None
    assert read(store)[0] == result()


def test_a_later_result_without_packets_takes_them_away(store: Store) -> None:
    """They would be those of a stream that is no longer the result."""
    trace = PacketTrace(rows=1, is_one_way=True, data=b"x")
    insert_rounds(store, [with_packets(result(), trace)], token="one")
    insert_rounds(store, [result(received_at=1_790_000_060.0)], token="two")
    assert packets_of(store) is None


def with_packets(row: RoundResult, packets: PacketTrace) -> RoundResult:
    """The result with these packets."""
    return msgspec.structs.replace(row, report=msgspec.structs.replace(row.report, packets=packets))


def test_reverse_results_are_told_apart_by_their_receiver(store: Store) -> None:
    """The target of a two-way test sends to each source in one round; forward results are another list."""
    back = [reverse(result(source=4), to=agent_id) for agent_id in (1, 2, 3)]
    trace = PacketTrace(rows=1, is_one_way=True, data=b"x")
    insert_rounds(store, [result(), *back[1:], with_packets(back[0], trace)], token="t")
    insert_rounds(store, back[1:2], token="again")
    both_ways = RoundSpan(workspace_id=1, test_id=7, is_reverse=True)
    assert read(store) == [result()]
    assert read(store, both_ways) == back
    assert packets_of(store, source_agent_id=4, reverse_target_id=1) == trace
    assert packets_of(store, source_agent_id=4, reverse_target_id=2) is None
    assert select_latest_round(store, both_ways) == NOON
    late = reverse(result(source=4, round_id=NOON + 60), to=1)
    insert_rounds(store, [late], token="late")
    assert select_latest_round(store, EVERYTHING) == NOON


def test_a_forward_result_is_replaced_whatever_its_target_was(store: Store) -> None:
    """A source sends one forward stream in a round."""
    later = result(received_at=1_790_000_060.0)
    moved = msgspec.structs.replace(later, report=msgspec.structs.replace(later.report, target_agent_id=99))
    insert_rounds(store, [result()], token="one")
    insert_rounds(store, [moved], token="two")
    assert read(store) == [moved]


def reverse(row: RoundResult, *, to: int) -> RoundResult:
    """The result as that of a reverse stream to an agent."""
    report = msgspec.structs.replace(row.report, is_reverse=True, target_agent_id=to)
    return msgspec.structs.replace(row, report=report)


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
    for table, columns in (
        ("round_results", COLUMNS),
        ("delay_histograms", HISTOGRAM_COLUMNS),
        ("round_packets", PACKET_COLUMNS),
    ):
        found = store.query(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
            {"table": table},
        )
        assert {name for (name,) in found} == set(columns)
