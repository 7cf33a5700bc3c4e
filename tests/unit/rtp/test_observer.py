"""A captured stream folded chunk by chunk, in memory that does not grow with it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.rtp.observed_delay import DelayTrack
from sonde.rtp.observer import Packets, StreamObserver

DEPTHS = (0.0, 0.02, 0.04)


def packets_of(rows):
    """Columns from rows of sequence number, timestamp, arrival and whether it is timed."""
    sequence, timestamp, arrival, timed = zip(*rows, strict=True)
    return Packets(
        sequence=np.array(sequence, dtype=np.uint16),
        timestamp=np.array(timestamp, dtype=np.uint32),
        arrival=np.array(arrival, dtype=np.int64),
        tos=np.full(len(rows), 184, dtype=np.uint8),
        timed=np.array(timed, dtype=bool),
    )


def observe(packets, cuts=(), clock_rate=8000):
    """The finding on packets fed in chunks."""
    delay = DelayTrack(clock_rate, depths=DEPTHS, wanted_depth=0.02) if clock_rate else None
    observer = StreamObserver(delay)
    edges = sorted({0, *(cut for cut in cuts if cut < len(packets.sequence)), len(packets.sequence)})
    for start, stop in pairwise(edges):
        observer.feed(packets.part(start, stop))
    return observer.conclude()


def plain(found):
    """A finding that can be compared."""
    delay = found.delay and {
        **{name: getattr(found.delay, name) for name in ("jitter_ticks", "discards", "epochs")},
        "has_jitter": found.delay.jitter is not None,
        "pdv": [column.tolist() for column in found.delay.pdv.counted],
        "ipdv": [column.tolist() for column in found.delay.ipdv.counted],
    }
    counts = (found.packets_expected, found.packets_received, found.packets_duplicated)
    return counts, found.packets_reordered, found.packets_stray, found.restarts, found.losses, delay


rows = st.lists(
    st.tuples(
        st.integers(0, 65535) | st.integers(0, 60) | st.integers(65500, 65535),
        st.integers(0, 2**32 - 1) | st.integers(0, 20000),
        st.integers(0, 2**62) | st.integers(0, 10**10),
        st.booleans() | st.just(value=True),
    ),
    min_size=1,
    max_size=80,
)


@settings(max_examples=40)
@given(rows, st.lists(st.integers(0, 80), max_size=4))
def test_chunks_make_no_difference(content, cuts):
    """Of any packets at all, chunks as they come give what all at once gives."""
    packets = packets_of(content)
    chunked, whole = observe(packets, cuts), observe(packets)
    assert plain(chunked) == plain(whole)
    # Only the rounding of the running mean may tell where a chunk ended.
    if whole.delay and whole.delay.jitter is not None:
        assert chunked.delay.jitter == pytest.approx(whole.delay.jitter, rel=1e-9)


@settings(max_examples=40)
@given(rows)
def test_packets_add_up(content):
    """Every packet is received, a further copy or stray; expected ones are received or lost."""
    found = observe(packets_of(content))
    assert found.packets_received + found.packets_duplicated + found.packets_stray == len(content)
    assert found.packets_received + found.packets_lost == found.packets_expected
    assert found.packets_lost == found.losses.lost
    assert sum(found.tos_counts.values()) == found.packets_received


@settings(max_examples=40)
@given(rows)
def test_counts_need_no_clock(content):
    """Without one, everything but delays is found all the same."""
    packets = packets_of(content)
    with_clock, without = observe(packets), observe(packets, clock_rate=0)
    assert plain(without)[:4] == plain(with_clock)[:4]
    assert without.losses.burst_ratio == with_clock.losses.burst_ratio


@settings(max_examples=40)
@given(st.integers(0, 65535), st.integers(0, 2**32 - 1), st.integers(0, 2**60))
def test_beginnings_do_not_matter(sequence, timestamp, arrival):
    """Neither the first sequence number nor timestamp nor the time of day changes anything."""
    chance = np.random.default_rng(5)
    places = np.flatnonzero(chance.random(300) > 0.1)
    waits = chance.integers(0, 30_000_000, len(places))

    def stream(sequence, timestamp, arrival):
        content = zip(places.tolist(), (places * 20_000_000 + waits).tolist(), strict=True)
        return packets_of(
            [
                ((sequence + i) % 65536, (timestamp + i * 160) % 2**32, arrival + at, True)
                for i, at in sorted(content, key=lambda each: each[1])
            ]
        )

    assert plain(observe(stream(sequence, timestamp, arrival))) == plain(observe(stream(0, 0, 0)))


def test_late_packets_raise_the_loss_that_is_heard():
    """What comes more than the wanted depth after the smallest delay counts as unplayable."""
    content = [(i, 160 * i, 20_000_000 * i + (25_000_000 if i in {50, 51} else 0), True) for i in range(100)]
    found = observe(packets_of(sorted(content, key=lambda row: row[2])))
    assert (found.losses.lost, found.unplayable.lost) == (0, 2)
    assert found.unplayable.burst_ratio.mean_run == 2


def test_a_single_packet_is_a_stream_without_variation():
    """There is nothing to compare it with, and no jitter is made of nothing."""
    found = observe(packets_of([(7, 160, 5, True)]))
    assert (found.packets_expected, found.packets_lost) == (1, 0)
    assert (found.delay.jitter, found.delay.pdv.maximum, len(found.delay.ipdv)) == (None, 0, 0)


@pytest.mark.parametrize("step", [1, 2999])
def test_the_open_window_is_bounded(step):
    """Settled packets are dropped, even when each step opens thousands of places."""
    observer = StreamObserver(None)
    numbers = np.arange(0, 2000) * step
    for chunk in np.split(numbers, 10):
        observer.feed(packets_of([(number % 65536, 0, 0, False) for number in chunk.tolist()]))
        assert len(observer._window.settle().delays) == 0
        assert len(observer._window._delays) <= 100
    assert observer.conclude().packets_expected == 1999 * step + 1
