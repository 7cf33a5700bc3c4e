"""Delay from nominal media time, and jitter in both forms of RFC 3550."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.jitter import interarrival_jitter
from sonde.rtp.media_time import JitterFilter, MediaTimeline, media_nanoseconds

SECOND = 1_000_000_000


def place(timestamps, arrivals, clock_rate=8000, cuts=()):
    """All epochs of a stream fed in chunks, as lists of delays."""
    timeline, found = MediaTimeline(clock_rate), []
    stamps, times = np.array(timestamps, dtype=np.uint32), np.array(arrivals, dtype=np.int64)
    for chunk, at in zip(np.split(stamps, sorted(cuts)), np.split(times, sorted(cuts)), strict=True):
        for epoch in timeline.place(chunk, at):
            if epoch.anew:
                found.append([])
            found[-1].extend(epoch.delays.tolist())
    return found


streams = st.lists(st.tuples(st.integers(-2000, 20000), st.integers(0, 2 * SECOND)), min_size=1, max_size=60)


@given(streams, st.integers(0, 2**32 - 1), st.lists(st.integers(0, 60), max_size=4))
def test_delays_are_arrivals_minus_media_time(packets, first, cuts):
    """Whatever timestamp a stream begins with and wherever it is cut; a wrap is no jump."""
    ticks = np.cumsum([step for step, _ in packets]) - packets[0][0]
    arrivals = np.cumsum([gap for _, gap in packets])
    wanted = arrivals - arrivals[0] - media_nanoseconds(ticks, 8000)
    assert place((first + ticks) % 2**32, arrivals, cuts=cuts) == [wanted.tolist()]


@given(st.integers(-(2**40), 2**40), st.sampled_from([8000, 44100, 48000, 90000]))
def test_ticks_are_rounded_to_the_nearest_nanosecond(ticks, clock_rate):
    """Without going through floats, which are too coarse for it."""
    [found] = media_nanoseconds(np.array([ticks]), clock_rate).tolist()
    assert abs(found * clock_rate - ticks * SECOND) <= clock_rate / 2


@pytest.mark.parametrize(("leap", "epochs"), [(9, 1), (11, 2)])
def test_a_leap_of_ten_seconds_begins_anew(leap, epochs):
    """No network holds a packet that long, so the sender's timestamps must have jumped."""
    assert len(place([0, 160, 320 + 8000 * leap], [0, 20_000_000, 40_000_000])) == epochs


@given(streams, st.lists(st.integers(0, 60), max_size=4))
def test_jitter_is_that_of_the_whole_stream(packets, cuts):
    """The filter goes on from chunk to chunk, and both forms agree within a tick."""
    ticks = np.cumsum([step for step, _ in packets])
    arrivals = np.cumsum([gap for _, gap in packets])
    timeline, jitter = MediaTimeline(8000), JitterFilter(8000)
    for chunk, at in zip(np.split(ticks, sorted(cuts)), np.split(arrivals, sorted(cuts)), strict=True):
        for epoch in timeline.place((chunk % 2**32).astype(np.uint32), at):
            jitter.add(epoch)
    whole = interarrival_jitter(arrivals - media_nanoseconds(ticks - ticks[0], 8000))
    assert jitter.seconds == (None if whole is None else pytest.approx(whole, abs=1e-9))
    if whole is not None:
        assert jitter.ticks == pytest.approx(whole * 8000, abs=2)
        assert jitter.largest >= jitter.mean
