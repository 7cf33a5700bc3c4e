"""Lines in columns: the same restarts as sample by sample, and parts that hold what came in them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sample_tables import table_of

from sonde.webrtc.continuity import goes_on
from sonde.webrtc.line_columns import LineColumns
from sonde.webrtc.sample import StreamSample

numbers = st.none() | st.integers(0, 3)
samples = st.builds(
    StreamSample,
    stream_id=st.just("s"),
    direction=st.just("recv"),
    kind=st.just("audio"),
    ssrc=st.none() | st.integers(1, 2),
    packets_received=numbers,
    bytes_received=numbers,
    packets_lost=st.none() | st.integers(-2, 3),
)


def columns(line: list[StreamSample], ends: list[int]) -> LineColumns:
    """Samples a nanosecond apart, from 0 on, cut there."""
    return LineColumns(table_of(enumerate(line)), ends)


def rises_one_by_one(line: list[StreamSample], name: str) -> float:
    """How much a counter rose, told sample by sample."""
    risen, known = 0.0, 0.0
    for index, sample in enumerate(line):
        if index and not goes_on(line[index - 1], sample):
            known = 0.0
        if (value := getattr(sample, name)) is not None:
            risen += value - known if value >= known else value
            known = value
    return risen


@given(st.lists(samples, min_size=1, max_size=12))
def test_a_line_begins_again_where_its_samples_do(line):
    """What a counter rose over the whole line is what it rose from each sample to the next."""
    found = columns(line, [len(line)]).rises("packets_received")
    if found is None:
        assert all(sample.packets_received is None for sample in line)
    else:
        assert found.tolist() == [rises_one_by_one(line, "packets_received")]


@given(st.lists(samples, min_size=1, max_size=12), st.sets(st.integers(0, 12)))
def test_parts_add_up_to_the_line(line, cuts):
    """Wherever it is cut, nothing is lost and nothing counted twice."""
    whole = columns(line, [12]).rises("bytes_received")
    parts = columns(line, sorted({*cuts, 12})).rises("bytes_received")
    assert (whole is None) == (parts is None)
    if whole is not None and parts is not None:
        assert np.isclose(parts.sum(), whole.sum())


def test_a_part_knows_its_latest_sample_and_whether_it_has_one():
    """The latest one by its end, which may be of a part before; the first one where there is none yet."""
    line = [
        StreamSample(stream_id="s", direction="send", kind="audio", packets_sent=count) for count in range(4)
    ]
    cut = columns(line, [1, 1, 3])
    assert cut.latest == [1, 1, 3]
    assert cut.has_news == [True, False, True]
    assert columns(line[1:], [-1, 0]).latest == [0, 0]


def test_a_gauge_is_what_was_told_last_in_the_part():
    """And not known where nothing was told in it, whatever was told before."""
    line = [
        StreamSample(stream_id="s", direction="recv", kind="audio", jitter=jitter)
        for jitter in (0.1, 0.2, None, None, None, 0.3)
    ]
    np.testing.assert_array_equal(
        columns(line, [-1, 2, 2, 4, 5]).told("jitter"), [np.nan, 0.2, np.nan, np.nan, 0.3]
    )
