"""Intervals of transports, by the candidate pair in use."""

from typing import Any

import pytest

from sonde.webrtc.interval import Absence, Flag, TransportInterval
from sonde.webrtc.sample import Snapshot, TransportSample
from sonde.webrtc.transport_intervals import transport_intervals

SECOND = 1_000_000_000


def intervals(*samples: dict[str, Any]) -> tuple[TransportInterval, ...]:
    """One snapshot a second."""
    shots = [
        Snapshot(at=n * SECOND, transports=(TransportSample(transport_id="T", **fields),))
        for n, fields in enumerate(samples)
    ]
    return transport_intervals(shots)["T"]


def test_a_round_trip_counts_when_it_was_measured():
    """STUN answers come every few seconds; between them there is no new round trip."""
    answers = [(0.1, 1), (0.5, 3), (0.5, 3)]
    found = intervals(*({"total_round_trip_time": t, "responses_received": n} for t, n in answers))
    assert found[0].round_trip_time == pytest.approx(0.2)
    assert found[1].round_trip_time is None
    assert found[1].missing["round_trip_time"] is Absence.NOTHING_TO_DIVIDE


def test_another_pair_has_counters_of_its_own():
    """After a switch the new pair's counters are not compared with the old pair's, the transport's are."""
    (found,) = intervals(
        {
            "candidate_pair_id": "4",
            "bytes_sent": 100,
            "pair_packets_sent": 90,
            "available_outgoing_bitrate": 1.0,
        },
        {
            "candidate_pair_id": "6",
            "bytes_sent": 600,
            "pair_packets_sent": 99,
            "available_outgoing_bitrate": 2.0,
        },
    )
    assert found.path_switches == 1
    assert found.bytes_sent == 500
    assert found.send_bitrate == 4000.0
    assert found.packets_sent is None
    assert found.missing["packets_sent"] is Absence.NOT_REPORTED
    assert found.available_outgoing_bitrate == 2.0


def test_a_transport_without_counters_has_its_pairs():
    """Firefox has no transport statistics: the pair's counters stand for them."""
    (found,) = intervals({"pair_bytes_received": 0}, {"pair_bytes_received": 125})
    assert found.bytes_received == 125
    assert found.receive_bitrate == 1000.0
    assert "bytes_received" not in found.missing


def test_counted_switches_go_before_seen_ones():
    """A pair that came and went between two samples was still a switch."""
    (found,) = intervals(
        {"candidate_pair_id": "4", "selected_candidate_pair_changes": 1},
        {"candidate_pair_id": "4", "selected_candidate_pair_changes": 3},
    )
    assert found.path_switches == 2


def test_a_transport_that_starts_again_is_a_reset():
    """Its counters fell: no difference, but what is in use now."""
    (found,) = intervals(
        {"bytes_sent": 10**9, "ice_state": "connected"}, {"bytes_sent": 5, "ice_state": "new"}
    )
    assert found.flags == (Flag.RESET,)
    assert (found.bytes_sent, found.ice_state) == (None, "new")
