"""A round result becomes a flat row and comes back."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.rounds import RoundError, RoundReport, RoundResult, SenderHealth
from sonde.quality.emodel import Rating
from sonde.quality.voice import VoiceScore
from sonde.rtp.summary import StreamSummary
from sonde.store.round_rows import COLUMNS, TIMES, from_row, to_nanoseconds, to_row, to_seconds

times = st.floats(1_000_000_000, 4_294_967_295)


def instances(kind: Any, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Structs with any values that their types allow."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **{name: known.get(name, _values(fields[name].type)) for name in fields})


def _values(kind: Any) -> st.SearchStrategy[Any]:
    return st.from_type(kind).filter(lambda value: value == value)  # noqa: PLR0124 - leaves out NaN


scores = instances(VoiceScore, components=st.none() | instances(Rating[float]))
results = instances(
    RoundResult,
    received_at=times,
    report=instances(
        RoundReport,
        started_at=times,
        stream=st.none() | instances(StreamSummary, pdv_histogram=st.none()),
        health=instances(SenderHealth),
        error=st.none() | st.sampled_from(RoundError),
        target_agent_id=st.integers(min_value=1),
        packets=st.none(),
    ),
    score=scores,
    sonde_score=st.none() | scores,
)


@given(result=results)
def test_any_result_comes_back(result: RoundResult) -> None:
    """Nothing is lost or exchanged between the model and the row."""
    row = to_row(result)
    assert len(row) == len(COLUMNS)
    assert from_row(row) == result


@given(seconds=times)
def test_times_keep_every_bit(seconds: float) -> None:
    """A time since 2001 is the same float after it was nanoseconds."""
    assert to_seconds(to_nanoseconds(seconds)) == seconds


def test_columns_are_unique_and_times_among_them() -> None:
    """No two fields of different parts share a column."""
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert set(COLUMNS) >= TIMES


def test_unknown_stream_is_null() -> None:
    """What was not measured is NULL in the store, never 0."""
    report = RoundReport(
        test_id=1,
        round_id=60,
        target_agent_id=2,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=60.0,
        error=RoundError.NO_CONSENT,
    )
    score = VoiceScore(
        mos_cq=None, r_factor=None, codec_max_mos=4.4, reason="There is no record of any packet."
    )
    result = RoundResult(workspace_id=1, source_agent_id=3, received_at=61.0, report=report, score=score)
    row = dict(zip(COLUMNS, to_row(result), strict=True))
    for name in ("packets_sent", "packets_lost", "loss_ratio", "jitter", "rating_r", "sonde_score_model"):
        assert row[name] is None
    assert row["dscp_counts"] == {}
