"""Streams whose fate is known packet by packet, from a capture to the report."""

from dataclasses import replace

import numpy as np
import pytest
from captures import MILLISECOND, SECOND
from reference import expectation
from scenarios import make, scenarios

SCENARIOS = {scenario.name: scenario for scenario in scenarios()}


def assert_equal(found, wanted):
    """Counts are equal, and durations to the nanosecond."""
    for name, value in wanted.items():
        if isinstance(value, dict):
            assert_equal(found[name], value)
        else:
            assert found[name] == pytest.approx(value, abs=1.1e-9), name


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_report_says_what_happened(name, analyse_packets):
    """Every number equals the one that plain arithmetic gives from what is known."""
    [stream] = analyse_packets(SCENARIOS[name].packets)["streams"]
    assert stream["clock_rate"] == SCENARIOS[name].clock_rate
    assert_equal(stream, expectation(SCENARIOS[name]))


def test_silence_is_no_loss(analyse_packets):
    """Timestamps that leap over a pause neither lose packets nor delay them."""
    [stream] = analyse_packets(SCENARIOS["silence suppression"].packets)["streams"]
    assert (stream["packets_lost"], stream["pdv"]["max"], stream["packet_interval"]) == (0, 0, 0.02)


def test_a_restart_makes_no_losses(analyse_packets, call):
    """Numbers that begin anew under the same SSRC open a new count, both of whose first packets count."""
    later = [
        replace(packet, arrival=packet.arrival + 5 * SECOND, sequence=(packet.sequence + 30000) % 65536,
                timestamp=packet.timestamp + 900_000_000)
        for packet in call
    ]  # fmt: skip
    [stream] = analyse_packets([*call, *later])["streams"]
    assert (stream["packets_expected"], stream["packets_lost"], stream["restarts"]) == (500, 0, 1)
    assert stream["pdv"]["max"] == 0
    assert stream["jitter"] == 0
    assert stream["notes"] == ["The sequence numbers began anew; what got lost in between is not known."]


def test_a_single_stray_packet_is_left_out(analyse_packets, call):
    """A packet far from all others is not believed, and is counted as such."""
    stray = replace(call[100], sequence=40000)
    [stream] = analyse_packets([*call[:100], stray, *call[100:]])["streams"]
    assert (stream["packets_expected"], stream["packets_stray"], stream["restarts"]) == (250, 1, 0)


def test_timestamps_that_jump_begin_anew(analyse_packets, call):
    """A sender that sets its timestamps anew delays nothing."""
    moved = [replace(packet, timestamp=packet.timestamp + 800_000) for packet in call[125:]]
    [stream] = analyse_packets([*call[:125], *moved])["streams"]
    assert (stream["pdv"]["max"], stream["jitter"], stream["timestamp_jumps"]) == (0, 0, 1)


def test_timestamps_without_sense_are_not_measured(analyse_packets, call):
    """What jumps all the time tells nothing, and the report says so."""
    wild = [replace(packet, timestamp=i * 7_000_001 % (1 << 24)) for i, packet in enumerate(call)]
    [stream] = analyse_packets(wild, "pcmu")["streams"]
    assert (stream["pdv"], stream["jitter"], stream["discards"]) == (None, None, None)
    assert stream["not_measured"].startswith("The timestamps jump too often")
    assert stream["mos"]["value"] is None


@pytest.mark.parametrize("skew", [100e-6, -60e-6])
def test_skew_is_found_and_taken_off(skew, analyse_packets):
    """A drifting clock shows as skew and not as delay variation."""
    waiting = np.random.default_rng(3).exponential(2, 3000) * MILLISECOND
    even = make("even", count=3000, delays=40 * MILLISECOND + waiting)
    [stream] = analyse_packets(
        make("skewed", count=3000, delays=40 * MILLISECOND + waiting, skew=skew).packets
    )["streams"]
    assert stream["clock_skew"] == pytest.approx(skew, abs=2e-6)
    assert stream["clock_skew_removed"]
    assert stream["pdv"]["p95"] == pytest.approx(expectation(even)["pdv"]["p95"], abs=100e-6)


def test_a_change_of_route_is_no_skew(analyse_packets):
    """Delays that become longer at once are reported as a shift of the level."""
    delays = [40 * MILLISECOND if i < 1000 else 90 * MILLISECOND for i in range(2000)]
    [stream] = analyse_packets(make("shifted", count=2000, delays=delays).packets)["streams"]
    assert not stream["clock_skew_removed"]
    assert stream["level_shift"]["change"] == pytest.approx(0.05)
    assert stream["level_shift"]["at"] == pytest.approx(20, abs=1.3)


def test_events_are_counted_and_not_timed(analyse_packets, call):
    """A telephone event, whose timestamp stands still, costs no delay variation."""
    event = [replace(packet, payload_type=101, timestamp=call[100].timestamp) for packet in call[100:110]]
    [stream] = analyse_packets([*call[:100], *event, *call[110:]])["streams"]
    assert (stream["packets_received"], stream["pdv"]["max"], stream["jitter"]) == (250, 0, 0)
    assert stream["payload_types"] == {"0": 240, "101": 10}


def test_a_codec_change_with_the_same_clock_is_timed(analyse_packets, call):
    """Packets of another static payload type with the stream's clock tell media time as well."""
    late = [
        replace(packet, payload_type=8, arrival=packet.arrival + 30 * MILLISECOND) for packet in call[200:]
    ]
    [stream] = analyse_packets([*call[:200], *late])["streams"]
    assert stream["pdv"]["max"] == pytest.approx(0.03)
