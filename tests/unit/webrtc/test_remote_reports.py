"""What the other side reported of a stream sent, each report once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.remote_reports import RemoteReport, remote_reports
from sonde.webrtc.sample import StreamSample


def found(*samples: dict[str, Any]) -> dict[int, RemoteReport]:
    """The reports in samples that are taken at 0, 1, 2 ..."""
    steady = {"stream_id": "out", "direction": "send", "kind": "video"}
    return remote_reports((at, StreamSample(**(steady | fields))) for at, fields in enumerate(samples))


def report(
    at: int | None, lost: int, fraction: float | None, measurements: int | None = None
) -> dict[str, Any]:
    return {
        "remote_at": at,
        "remote_packets_lost": lost,
        "remote_fraction_lost": fraction,
        "round_trip_time_measurements": measurements,
    }


def test_a_report_is_found_in_the_sample_that_shows_it_first():
    """The samples after it repeat it and are passed over."""
    assert list(found({}, report(5, 1, 0.1), report(5, 1, 0.1), report(9, 2, 0.2))) == [1, 3]


def test_the_fraction_of_one_report_is_its_loss():
    """The sender's own count has padding in it, which a receiver does not expect."""
    samples = (report(5, 0, 0.0, 1) | {"packets_sent": 0}, report(9, 9, 0.1, 2) | {"packets_sent": 900})
    one = found(*samples)[1]
    assert (one.loss_ratio, one.packets_lost, one.packets_expected) == (0.1, 9, 90)
    assert (one.start, one.end) == (5, 9)


def test_of_several_reports_the_counts_are_taken():
    """A fraction speaks of the last report only; between two samples there were four."""
    before = report(5, 0, 0.0, 1) | {"packets_sent": 0, "retransmitted_packets_sent": 0}
    after = report(9, 10, 0.9, 5) | {"packets_sent": 120, "retransmitted_packets_sent": 20}
    assert found(before, after)[1].loss_ratio == pytest.approx(0.1)


def test_the_first_report_has_no_count():
    """What was lost before the recording began is not lost in its first second; the fraction is recent."""
    first = found(report(5, 400, 0.25) | {"packets_sent": 10})[0]
    assert (first.packets_lost, first.loss_ratio, first.start) == (None, 0.25, None)


def test_an_older_report_is_no_new_one():
    """Reports may be shown in the wrong order; time does not go back."""
    assert list(found(report(9, 2, 0.2), report(5, 1, 0.1), report(12, 3, 0.3))) == [0, 2]


def test_without_times_a_change_is_a_new_report():
    """A client that does not say when a report came is believed to repeat it until a word changes."""
    assert list(found(report(None, 1, 0.1), report(None, 1, 0.1), report(None, 2, 0.1))) == [0, 2]


def test_another_ssrc_begins_anew():
    """Its losses are not compared with those of the one before."""
    second = found(report(5, 100, 0.1) | {"ssrc": 1}, report(9, 3, 0.2) | {"ssrc": 2})[1]
    assert (second.packets_lost, second.start, second.loss_ratio) == (None, None, 0.2)


@given(
    st.lists(
        st.builds(
            report,
            st.none() | st.integers(0, 50),
            st.integers(-50, 10**9),
            st.none() | st.floats(-1, 2),
            st.none() | st.integers(0, 9),
        ),
        max_size=12,
    )
)
def test_losses_are_never_negative_and_ratios_are_ratios(samples: list[dict[str, Any]]):
    """Whatever the other side claims."""
    for each in found(*(fields | {"packets_sent": 10 * at} for at, fields in enumerate(samples))).values():
        assert each.packets_lost is None or each.packets_lost >= 0
        assert each.loss_ratio is None or 0 <= each.loss_ratio <= 1
