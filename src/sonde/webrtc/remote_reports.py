"""What the other side reported of a stream sent, each report once.

Receiver reports come every second or every five, and a sample repeats the latest one until another comes
(RFC 3550 section 6.2). Whoever reads the fields of each sample alike counts a bad report many times.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from sonde.webrtc.sample import StreamSample

NEARLY_ALL: Final = 0.9
"""Share of the packets sent between two reports that looks must account for to tell its loss."""

SMALLEST_FRACTION: Final = 1 / 256
"""The least fraction lost above 0 that a receiver report has room for (RFC 3550 section 6.4.1)."""


class RemoteReport(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver report, or several that came between two samples.

    Attributes:
        start: arrival of the report before, nanoseconds since the epoch; None for the first one.
        end: arrival of this one; None for clients that do not say.
        packets_lost: since the report before, not below 0; None for the first one.
        packets_expected: media packets that should have arrived in that time; None for the first one.
        loss_ratio: 0 to 1; None when it cannot be told.
        jitter: at the other side, seconds.
        round_trip_time: seconds.
    """

    start: int | None = None
    end: int | None = None
    packets_lost: int | None = None
    packets_expected: int | None = None
    loss_ratio: float | None = None
    jitter: float | None = None
    round_trip_time: float | None = None


def remote_reports(line: Iterable[tuple[int, StreamSample]]) -> dict[int, RemoteReport]:
    """The new reports of one stream without layers, by the time of the first sample that shows each.

    Args:
        line: times and samples in order of time.
    """
    found: dict[int, RemoteReport] = {}
    latest: StreamSample | None = None
    looks: list[StreamSample] = []
    seen_at = 0
    for at, sample in line:
        if latest is not None and sample.ssrc != latest.ssrc:
            latest = None
        looks.append(sample)
        if _is_new(latest, sample):
            found[at] = _report(latest, sample)
            if sample.recent_packets_lost is not None and latest is not None:
                found[at] = _told(
                    found[at], looks, sent=_rise(latest, sample, "packets_sent"), span=(seen_at, at)
                )
            latest, looks, seen_at = sample, [], at
    return found


def _told(
    report: RemoteReport, looks: list[StreamSample], *, sent: int | None, span: tuple[int, int]
) -> RemoteReport:
    """A report of which a client says only how many more were lost than when it looked before.

    Args:
        report: without losses.
        looks: all samples since the report before.
        sent: packets since then.
        span: of the samples that showed both reports.
    """
    counted = sum(look.recent_packets or 0 for look in looks)
    if not sent or counted < NEARLY_ALL * sent:
        # Looks are missing, and with them reports.
        return msgspec.structs.replace(report, packets_expected=None)
    lost = max(sum(look.recent_packets_lost or 0 for look in looks), 0)
    return msgspec.structs.replace(
        report,
        start=span[0],
        end=span[1],
        packets_lost=lost,
        loss_ratio=_loss_ratio(lost, report.packets_expected, None),
    )


def _is_new(latest: StreamSample | None, sample: StreamSample) -> bool:
    words = _words(sample)
    if all(word is None for word in words):
        return False
    if latest is None or sample.recent_packets_lost is not None:
        # Clients that count from look to look say nothing of a report that they have told of.
        return True
    if sample.remote_at is not None and latest.remote_at is not None:
        return sample.remote_at > latest.remote_at
    return words != _words(latest)


def _words(sample: StreamSample) -> tuple[float | None, ...]:
    """All that changes from report to report."""
    return (
        sample.remote_packets_lost,
        sample.remote_fraction_lost,
        sample.remote_jitter,
        sample.round_trip_time,
        sample.round_trip_time_measurements,
    )


def _report(latest: StreamSample | None, sample: StreamSample) -> RemoteReport:
    lost = _rise(latest, sample, "remote_packets_lost")
    sent = _media_sent(latest, sample)
    fraction = sample.remote_fraction_lost
    if latest is not None and lost is not None and not _is_next(latest, sample):
        fraction = None
    return RemoteReport(
        start=latest.remote_at if latest else None,
        end=sample.remote_at,
        packets_lost=None if lost is None else max(lost, 0),
        packets_expected=_expected(lost, sent, fraction),
        loss_ratio=_loss_ratio(lost, sent, fraction),
        jitter=sample.remote_jitter,
        round_trip_time=sample.round_trip_time,
    )


def _is_next(latest: StreamSample, sample: StreamSample) -> bool:
    """Whether no other report came between, so that the fraction lost speaks of all the time between."""
    measurements = _rise(latest, sample, "round_trip_time_measurements")
    return measurements is None or measurements <= 1


def _media_sent(latest: StreamSample | None, sample: StreamSample) -> int | None:
    """Packets sent between the reports without those sent again; padding, which no field counts, is in it."""
    sent = _rise(latest, sample, "packets_sent")
    again = _rise(latest, sample, "retransmitted_packets_sent")
    return None if sent is None else max(sent - (again or 0), 0)


def _expected(lost: int | None, sent: int | None, fraction: float | None) -> int | None:
    """The receiver's own fraction knows of no padding, so it is better than what was sent."""
    if lost is not None and lost > 0 and fraction is not None and fraction >= SMALLEST_FRACTION:
        return round(lost / fraction)
    return sent


def _loss_ratio(lost: int | None, sent: int | None, fraction: float | None) -> float | None:
    if fraction is not None:
        return min(max(fraction, 0.0), 1.0)
    if lost is None or not sent:
        return None
    return min(max(lost / sent, 0.0), 1.0)


def _rise(latest: StreamSample | None, sample: StreamSample, name: str) -> int | None:
    before, after = getattr(latest, name, None), getattr(sample, name)
    return None if before is None or after is None else after - before
