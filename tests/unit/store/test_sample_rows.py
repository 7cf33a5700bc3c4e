"""Samples as rows: everything comes back as it was."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde.store.sample_rows import KEY, STREAMS, TRANSPORTS, in_columns, is_total
from sonde.webrtc.sample import StreamSample, TransportSample

DECIMALS = st.integers(0, 9 * 10**15 - 1).map(lambda millionths: millionths / 10**6)
"""Numbers as browsers report them, and sums of seconds up to the largest that is kept."""

WORDS = {"direction": ["send", "recv"], "kind": ["audio", "video"], "source": ["screen", "camera"]}


@st.composite
def samples(draw, kind):
    """Samples of one kind: fields of a type share a few values, and any of them are left out."""
    values = {
        str: draw(st.lists(st.text(max_size=5), min_size=1, max_size=3)),
        int: draw(st.lists(st.integers(0, 2**53), min_size=1, max_size=3)),
        float: draw(st.lists(DECIMALS, min_size=1, max_size=3)),
        bool: [draw(st.booleans())],
    }
    there = draw(st.integers(0, 2 ** len(kind.__struct_fields__) - 1))
    fields = {}
    for index, field in enumerate(msgspec.structs.fields(kind)):
        plain = next(each for each in values if str(each.__name__) in str(field.type) or each is bool)
        choice = WORDS.get(field.name, values[plain])
        if field.required or there >> index & 1:
            fields[field.name] = choice[index % len(choice)]
    return kind(**fields)


@pytest.mark.parametrize(
    ("columns", "kind"),
    [(STREAMS, StreamSample), (TRANSPORTS, TransportSample)],
    ids=["streams", "transports"],
)
@given(data=st.data())
def test_a_sample_comes_back_as_it_was(columns, kind, data):
    """Whatever a browser reports or leaves out."""
    sample = data.draw(samples(kind))
    assert columns.sample(columns.values(sample)) == sample


@given(DECIMALS)
@example(213531757.812413)
@example(8_999_999_999.999999)
def test_a_total_of_any_size_comes_back_as_it_was(total):
    """A double holds fewer digits of a large total than a billionth needs, and none of them is lost."""
    sample = StreamSample(stream_id="s", direction="recv", kind="audio", total_decode_time=total)
    assert STREAMS.sample(STREAMS.values(sample)).total_decode_time == total


def test_totals_that_no_call_lasts_for_are_not_believed():
    """They would not fit their column."""
    sample = StreamSample(stream_id="s", direction="recv", kind="audio", total_decode_time=1e300)
    assert STREAMS.sample(STREAMS.values(sample)).total_decode_time is None


def test_running_totals_are_told_from_gauges():
    """Only what adds up over a stream's life is kept as billionths."""
    totals = ("total_decode_time", "jitter_buffer_delay", "playout_samples_duration")
    assert all(is_total(name, float) for name in totals)
    assert not any(is_total(name, float) for name in ("jitter", "round_trip_time", "audio_level"))
    assert not is_total("total_samples_received", int)


@given(st.data())
def test_a_run_is_kept_as_its_samples_one_by_one(data):
    """A row that stands for several samples unfolds to the rows that each of them has."""
    runs = data.draw(
        st.lists(st.lists(samples(StreamSample), min_size=1, max_size=3), min_size=1, max_size=3)
    )
    folded, single = [], []
    for run in runs:
        said = {name: [getattr(each, name) for each in run] for name in STREAMS.fields}
        alike = {
            name: values[0] if values.count(values[0]) == len(run) else values
            for name, values in said.items()
        }
        when = list(range(len(run))) if len(run) > 1 else 0
        key = [when if name in {"number", "at"} else name for name in KEY]
        folded.append([*key, *STREAMS.run(alike)])
        for index, each in enumerate(run):
            key = [index if name in {"number", "at"} else name for name in KEY]
            single.append([*key, *STREAMS.values(each)])
    assert in_columns(STREAMS.columns, folded) == in_columns(STREAMS.columns, single)
