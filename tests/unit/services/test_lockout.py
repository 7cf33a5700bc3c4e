"""Shutting out addresses that guess, by a clock that is set."""

from datetime import timedelta

import pytest

from sonde.model.errors import Limited
from sonde.services.lockout import ADDRESSES_MAX, FAILURES_MAX, Lockout

GUESSER = "192.0.2.66"


@pytest.fixture
def lockout(clock) -> Lockout:
    return Lockout(clock)


def fail(lockout: Lockout, address: str, times: int = FAILURES_MAX) -> None:
    """Show wrong credentials."""
    for _ in range(times):
        lockout.check(address)
        lockout.note_failure(address)


def test_an_address_is_refused_after_its_last_failure(lockout):
    """One failure before the limit it may still try; at the limit it may not."""
    fail(lockout, GUESSER, FAILURES_MAX - 1)
    lockout.check(GUESSER)
    lockout.note_failure(GUESSER)
    with pytest.raises(Limited, match="too often") as refusal:
        lockout.check(GUESSER)
    assert refusal.value.retry_after == 0
    assert "2026-03-04 06:06:07 UTC" in refusal.value.hint


def test_the_hour_counts_from_the_first_failure(lockout, clock):
    """Then the address has all its tries again."""
    fail(lockout, GUESSER)
    clock.advance(timedelta(minutes=59, seconds=59))
    with pytest.raises(Limited):
        lockout.check(GUESSER)
    clock.advance(timedelta(seconds=1))
    fail(lockout, GUESSER, FAILURES_MAX - 1)
    lockout.check(GUESSER)


def test_slow_failures_lock_nobody_out(lockout, clock):
    """A script with an old token does no harm at a normal pace."""
    for _ in range(500):
        fail(lockout, GUESSER, 1)
        clock.advance(timedelta(minutes=1))
    lockout.check(GUESSER)


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        (GUESSER, "192.0.2.67", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.66", GUESSER, True),
        ("::ffff:192.0.2.66", "::ffff:192.0.2.67", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "unix", False),
    ],
)
def test_which_addresses_count_as_one(lockout, first, second, are_one):
    """IPv4 by the address, also when it is written as IPv6; IPv6 by what one subscriber has."""
    fail(lockout, first)
    if are_one:
        with pytest.raises(Limited):
            lockout.check(second)
    else:
        lockout.check(second)


def test_memory_is_bounded(lockout):
    """Beyond the most addresses the one that failed first is forgotten, and the latest is not."""
    fail(lockout, GUESSER)
    for number in range(ADDRESSES_MAX):
        lockout.note_failure(f"address {number}")
    assert len(lockout._failures) == ADDRESSES_MAX
    lockout.check(GUESSER)
    fail(lockout, "address 0", FAILURES_MAX - 1)
    with pytest.raises(Limited):
        lockout.check("address 0")
