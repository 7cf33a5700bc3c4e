from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.presence import Presence, highest_concurrency, sum_up
from sonde.model.sessions import ViewType

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def there(since: float, until: float, who: str = "ada", **more) -> Presence:
    """Somebody who was there from one minute to another."""
    fields = {"view_type": ViewType.GROUP_CALL, "is_there": False} | more
    return Presence(participant_id=who, joined_at=at(since), until=at(until), **fields)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def test_minutes_are_added_up_and_told_apart() -> None:
    """Each connection uses minutes of its own kind of call; people are counted once."""
    totals = sum_up(
        [
            there(0, 5.8097),
            there(1, 3, "bob", view_type=ViewType.WEBINAR),
            there(7, 8),
            there(7, 7.5, "bob", is_there=True),
        ]
    )
    assert (totals.participants, totals.peers, totals.live_peers) == (2, 4, 1)
    assert totals.minutes_by_view_type == pytest.approx({ViewType.GROUP_CALL: 7.3097, ViewType.WEBINAR: 2})
    assert totals.participant_minutes == pytest.approx(9.3097)
    assert totals.max_concurrent_peers == 2


def test_a_session_of_nobody_adds_up_to_nothing() -> None:
    """No connections, no numbers but 0."""
    totals = sum_up([])
    assert (totals.peers, totals.max_concurrent_peers, totals.participant_minutes) == (0, 0, 0)
    assert totals.minutes_by_view_type == {}


def test_whoever_comes_as_another_leaves_does_not_meet_them() -> None:
    """A rejoin in the same moment is no second person."""
    assert highest_concurrency([there(0, 5), there(5, 9)]) == 1
    assert highest_concurrency([there(0, 5), there(4.999, 9)]) == 2


def test_whoever_is_still_there_meets_all_who_come() -> None:
    """However long ago the last news of them is."""
    assert highest_concurrency([there(0, 1, is_there=True), there(5, 9)]) == 2


def test_a_moment_is_not_nothing() -> None:
    """Somebody who came and went at once was there alone."""
    assert highest_concurrency([there(3, 3)]) == 1
    assert highest_concurrency([there(3, 3), there(3, 3)]) == 1


def test_an_end_before_the_beginning_is_no_time() -> None:
    """Clocks of clients say such things; they take nothing away."""
    totals = sum_up([there(5, 2), there(0, 1)])
    assert (totals.participant_minutes, totals.max_concurrent_peers) == (1, 1)


spans = st.lists(
    st.builds(
        lambda since, length, is_there: there(since, since + length, is_there=is_there),
        st.integers(0, 20),
        st.integers(-2, 20),
        st.booleans(),
    ),
    max_size=12,
)


@given(spans, st.randoms())
def test_the_order_makes_no_difference(presences: list[Presence], chance) -> None:
    """The same connections in any order add up to the same."""
    shuffled = list(presences)
    chance.shuffle(shuffled)
    assert sum_up(shuffled) == sum_up(presences)


@given(spans)
def test_concurrency_is_what_counting_at_every_minute_gives(presences: list[Presence]) -> None:
    """All changes are at whole minutes, so half minutes show every number there was."""
    counted = max(
        sum(
            each.joined_at <= at(minute + 0.5) and (each.is_there or at(minute + 0.5) < each.until)
            for each in presences
        )
        for minute in range(42)
    )
    assert highest_concurrency(presences) == (counted or min(len(presences), 1))
