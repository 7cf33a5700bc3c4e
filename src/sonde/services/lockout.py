"""Shutting the door on an address that keeps showing wrong credentials."""

import ipaddress
import threading
from datetime import datetime, timedelta
from typing import Final

import msgspec

from sonde.model.errors import Limited
from sonde.services.clock import Clock, utc_now

FAILURES_MAX: Final = 120
"""Wrong credentials that an address may show within `WINDOW`; the next ones are not even looked at."""

WINDOW: Final = timedelta(hours=1)

ADDRESSES_MAX: Final = 10_000
"""Most addresses that are remembered; beyond them the one that failed first is forgotten."""

_IPV6_NETWORK_BITS: Final = 64
"""What one subscriber is usually given (RFC 6177), so that changing the address does not help."""


class _Failures(msgspec.Struct):
    since: datetime
    count: int = 0


class Lockout:
    """Counts wrong credentials by the address they come from. Safe to share by threads.

    An IPv6 address counts with all of its /64. Each process counts for itself.
    """

    def __init__(self, now: Clock = utc_now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures: dict[str, _Failures] = {}

    def check(self, address: str) -> None:
        """Refuse an address that failed too often; right credentials do not help it.

        Raises:
            Limited: it has to wait until an hour after its first failure.
        """
        with self._lock:
            # Usually nobody failed, and then no address is worth being read.
            failures = self._current(_network(address)) if self._failures else None
            if failures is not None and failures.count >= FAILURES_MAX:
                until = failures.since + WINDOW
                raise Limited(
                    "Your address showed wrong credentials too often.",
                    hint=f"It may come back at {until:%Y-%m-%d %H:%M:%S} UTC.",
                )

    def note_failure(self, address: str) -> None:
        """Count wrong credentials."""
        network = _network(address)
        with self._lock:
            failures = self._current(network)
            if failures is None:
                # A dict keeps the order of insertion, so the first of it failed first.
                while len(self._failures) >= ADDRESSES_MAX:
                    del self._failures[next(iter(self._failures))]
                failures = self._failures[network] = _Failures(since=self._now())
            failures.count += 1

    def _current(self, network: str) -> _Failures | None:
        """What is counted of a network in its window; an expired window is forgotten."""
        failures = self._failures.get(network)
        if failures is not None and self._now() - failures.since >= WINDOW:
            del self._failures[network]
            return None
        return failures


def _network(address: str) -> str:
    """What an address counts with; one that cannot be read counts alone."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        # A socket for both families shows IPv4 callers so, and all of them share one /64.
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), _IPV6_NETWORK_BITS), strict=False).network_address)
