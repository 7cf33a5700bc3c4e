import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.impair.bottleneck import Bottleneck

MS = 1_000_000


def test_packets_leave_one_after_the_other() -> None:
    """200 bytes at 100 kbit/s take 16 ms, and whoever comes meanwhile waits; an idle link keeps nobody."""
    link = Bottleneck()

    def take(at: int) -> int | None:
        return link.take(at, 200, rate=100e3, queue=1.0)

    assert [take(0), take(0), take(40 * MS), take(50 * MS)] == [16 * MS, 32 * MS, 56 * MS, 72 * MS]


def test_a_full_queue_lets_nobody_in() -> None:
    """A wait of the queue's length is still good, a longer one is not; who was refused takes no time."""
    link = Bottleneck()
    taken = [link.take(0, 125, rate=100e3, queue=0.02) for _ in range(5)]
    assert taken == [10 * MS, 20 * MS, 30 * MS, None, None]
    assert link.take(11 * MS, 125, rate=100e3, queue=0.02) == 40 * MS


@given(
    arrivals=st.lists(st.tuples(st.integers(0, 50 * MS), st.integers(28, 1500)), max_size=80),
    rate=st.floats(8e3, 1e8),
    queue=st.floats(0, 0.5),
)
def test_the_link_never_carries_more_than_its_rate(arrivals, rate, queue) -> None:
    """Order is kept, nobody waits longer than the queue, and the bits fit between the departures."""
    link, at, last = Bottleneck(), 0, 0
    for gap, size in arrivals:
        at += gap
        out = link.take(at, size, rate=rate, queue=queue)
        if out is None:
            assert last - at > queue * 1e9
            continue
        serialised = 8e9 * size / rate
        assert out - max(at, last) == pytest.approx(serialised, abs=1)
        assert out - at <= queue * 1e9 + serialised + 1
        last = out
