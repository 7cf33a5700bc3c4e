"""Requests per minute, by a clock that is set."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sonde.services.rate_limits import RateLimit

SAMPLE = datetime(2018, 11, 10, 16, 43, 10, tzinfo=UTC)
"""The moment of the vendor's sample."""


def test_the_vendors_sample():
    """At 16:43:10 the twelfth request of 240 leaves 228, and all are there again at 16:44:00."""
    limit = RateLimit(240, lambda: SAMPLE)
    for _ in range(11):
        allowance = limit.spend(1)
    assert (allowance.limit, allowance.remaining, allowance.reset) == (240, 229, 1541868240)


def test_what_is_too_much_is_refused_until_the_next_whole_minute(clock):
    """The last one is still allowed, the next is not, and the new minute starts afresh."""
    clock.moment = SAMPLE
    limit = RateLimit(3, clock)
    assert [limit.spend(1).is_exceeded for _ in range(5)] == [False, False, False, True, True]
    assert limit.spend(1).remaining == 0
    clock.advance(timedelta(seconds=49))
    assert limit.spend(1).is_exceeded
    clock.advance(timedelta(seconds=1))
    after = limit.spend(1)
    assert (after.is_exceeded, after.remaining) == (False, 2)


def test_organizations_do_not_spend_for_each_other(clock):
    """One that is stopped stops nobody else."""
    limit = RateLimit(1, clock)
    limit.spend(1)
    assert limit.spend(1).is_exceeded
    assert not limit.spend(2).is_exceeded


def test_a_minute_leaves_nothing_behind(clock):
    """Memory holds the organizations of one minute, however many there ever were."""
    limit = RateLimit(5, clock)
    for organization_id in range(1000):
        limit.spend(organization_id)
    clock.advance(timedelta(minutes=1))
    limit.spend(1)
    assert len(limit._spent) == 1


def test_threads_share_one_count(clock):
    """However many ask at once, exactly as many as allowed get through."""
    limit = RateLimit(100, clock)
    with ThreadPoolExecutor(8) as pool:
        allowances = list(pool.map(lambda _: limit.spend(1), range(400)))
    assert sum(not each.is_exceeded for each in allowances) == 100


@given(st.integers(0, 4_000_000_000))
def test_the_reset_is_the_next_whole_minute(seconds):
    """Never in the past and never more than a minute away: clients sleep until then."""
    allowance = RateLimit(1, lambda: datetime.fromtimestamp(seconds, UTC)).spend(1)
    assert allowance.reset % 60 == 0
    assert 0 < allowance.reset - seconds <= 60
