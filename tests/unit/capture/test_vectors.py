"""Every scenario of the shared vectors, from its capture to the report."""

import json
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[2] / "data" / "vectors"
SCENARIOS = json.loads((VECTORS / "rtp.json").read_text())["scenarios"]


@pytest.fixture(params=SCENARIOS, ids=[each["name"] for each in SCENARIOS], scope="module")
def expected(request):
    """Each scenario in turn, for all tests before the next one."""
    return request.param


@pytest.fixture(scope="module")
def stream(expected, analyse):
    """The report on the scenario's only stream."""
    [found] = analyse(VECTORS / expected["pcap"])["streams"]
    return found


def seconds(milliseconds, digits=4):
    """A published number of milliseconds, right to its last digit."""
    return pytest.approx(milliseconds / 1000, abs=10**-digits / 1000)


def test_the_stream_is_found(stream, expected):
    """SSRC, payload type, port and clock are those it was made with."""
    assert stream["ssrc"] == int(expected["ssrc"], 16)
    assert stream["payload_type"] == expected["payload_type"]
    assert stream["destination_port"] == expected["udp_port"]
    assert stream["clock_rate"] == expected["clock_rate"]
    assert stream["packet_interval"] == expected["ptime_ms"] / 1000


def test_packets_are_counted(stream, expected):
    """Lost, repeated and reordered packets, by both ways of counting losses."""
    rfc = expected["rfc3550"]
    names = {
        "packets_expected": "expected",
        "packets_received": "unique",
        "packets_duplicated": "duplicates",
        "packets_reordered": "reordered",
        "packets_lost": "lost_unique",
        "packets_lost_rfc3550": "lost_rfc3550",
    }
    assert {name: stream[name] for name in names} == {name: rfc[theirs] for name, theirs in names.items()}


def test_jitter_is_that_of_rfc_3550(stream, expected):
    """In both forms, with its maximum and mean."""
    rfc = expected["rfc3550"]
    assert stream["jitter"] * expected["clock_rate"] == pytest.approx(rfc["jitter_ticks_float"], abs=1e-4)
    assert stream["jitter_ticks"] == rfc["jitter_ticks_int"]
    assert stream["jitter_max"] == seconds(rfc["jitter_max_ms"])
    assert stream["jitter_mean"] == seconds(rfc["jitter_mean_ms"])


def test_delay_variation_is_exact(stream, expected):
    """Every percentile of PDV and IPDV, mean and extremes."""
    delay = expected["delay_ms"]
    pdv, ipdv = stream["pdv"], stream["ipdv"]
    for name, theirs in (("p50", "p50"), ("p95", "p95"), ("p99", "p99"), ("p999", "p99.9"), ("max", "max")):
        assert pdv[name] == seconds(delay[f"pdv_{theirs}"])
    assert pdv["mean"] == seconds(delay["pdv_mean"])
    assert ipdv["mean"] == seconds(delay["ipdv_abs_mean"])
    assert (ipdv["min"], ipdv["max"]) == (seconds(delay["ipdv_min"]), seconds(delay["ipdv_max"]))
    assert ipdv["p95"] == seconds(delay["ipdv_abs_p95"])


def test_bursts_are_those_of_the_definition(stream, expected):
    """Densities and durations of bursts and gaps."""
    burst = expected["burst_gap_exact_gmin16"]
    assert stream["bursts"] == burst["bursts"]
    for name in ("burst_density", "gap_density"):
        assert stream[name] == pytest.approx(burst[name], abs=1e-6)
    for name in ("burst_duration", "gap_duration"):
        assert stream[name] == seconds(burst[f"{name}_ms"])


def test_bursts_of_the_appendix_stand_beside_them(stream, expected):
    """The counters of the chain and what follows from them, null where it is nothing."""
    chain, found = expected["burst_markov_rfc3611_A2"], stream["bursts_by_appendix"]
    assert {name: found[name] for name in chain if name.startswith("c") and name != "ctotal"} == {
        name: count for name, count in chain.items() if name.startswith("c") and name != "ctotal"
    }
    for name in ("burst_density", "gap_density"):
        assert found[name] == pytest.approx(chain.get(name), abs=1e-6)
    for name in ("burst_duration", "gap_duration"):
        wanted = chain.get(f"{name}_ms")
        assert found[name] == (None if wanted is None else seconds(wanted))


def test_burst_ratio_is_right_in_both_forms(stream, expected):
    """Runs of losses and BurstR."""
    ratio = expected["burst_ratio"]
    assert stream["loss_runs"] == ratio["loss_runs"]
    assert stream["burst_ratio"] == pytest.approx(ratio["BurstR_runlength_raw"], abs=1e-8)
    assert stream["burst_ratio_transition"] == pytest.approx(ratio["BurstR_gilbert_raw"], abs=1e-8)


def test_discards_are_those_of_every_depth(stream, expected):
    """With the first packet as anchor."""
    fixed = expected["jitter_buffer_fixed"]
    assert stream["discards"] == {f"{int(depth) / 1000:g}": row["discarded"] for depth, row in fixed.items()}


def test_code_points_are_counted(stream, expected):
    """As they arrived."""
    bleached = expected["name"] == "dscp_bleached"
    received = expected["rfc3550"]["unique"]
    assert stream["dscp"] == ({"46": 40, "0": 40} if bleached else {str(expected["dscp_sent"]): received})
