"""Samples as rows: everything comes back as it was."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.store.sample_rows import STREAMS, TRANSPORTS, is_total
from sonde.webrtc.sample import StreamSample, TransportSample


def samples(kind):
    """Samples of one kind, with numbers as browsers report them."""
    decimal = st.integers(0, 10**15).map(lambda millionths: millionths / 10**6)
    values = {
        str: st.text(max_size=5),
        int: st.integers(0, 2**53),
        float: decimal,
        bool: st.booleans(),
    }
    fields = {}
    for field in msgspec.structs.fields(kind):
        words = {"direction": ["send", "recv"], "kind": ["audio", "video"], "source": ["screen", None]}
        if field.name in words:
            fields[field.name] = st.sampled_from(words[field.name])
        else:
            plain = next(each for each in values if str(each.__name__) in str(field.type))
            fields[field.name] = values[plain] if field.required else st.none() | values[plain]
    return st.builds(kind, **fields)


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
