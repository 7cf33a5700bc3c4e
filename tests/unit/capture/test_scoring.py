"""The score of a captured stream."""

from dataclasses import replace

import pytest
from captures import MILLISECOND
from scenarios import make

from sonde.capture.codec_choice import Chosen
from sonde.capture.formats import NAMES
from sonde.capture.scoring import find_value
from sonde.quality.emodel import EmodelInputs, rate
from sonde.quality.mos import r_to_mos

NOTHING_PUBLISHED = {"DVI4", "LPC", "L16", "QCELP", "CN", "MPA", "ILBC", "SPEEX", "SILK"}


@pytest.fixture
def score(analyse_packets):
    """A function that returns the score of packets."""

    def score(packets, *codecs, **options):
        return analyse_packets(packets, *codecs, **options)["streams"][0]["mos"]

    return score


def test_delay_is_that_of_packet_and_buffer(score, call):
    """And what is assumed of the network; nothing else is known of it."""
    for buffer, network in ((0.04, 0.0), (0.1, 0.0), (0.04, 0.2)):
        delay = 1000 * (network + buffer + 0.02)
        found = score(call, jitter_buffer=buffer, one_way_delay=network)
        assert found["value"] == pytest.approx(
            r_to_mos(rate(EmodelInputs(t=delay, tr=2 * delay, ta=delay)).r), abs=0.01
        )
        assert (found["scale"], found["assumed_one_way_delay"]) == ("narrowband", network)


def test_losses_cost_what_the_codec_says(score, call):
    """G.711 with concealment at 5 % random loss, compared with the E-model itself."""
    found = score([packet for place, packet in enumerate(call[:-1]) if place % 20 != 10])
    wanted = rate(EmodelInputs(t=60, tr=120, ta=60, bpl=25.1, ppl=100 * 12 / 249)).r
    assert found["r_factor"] == pytest.approx(wanted, abs=0.3)


def test_late_packets_cost_as_much_as_lost_ones(score, call):
    """A packet that misses its playout is heard as a gap."""
    places = range(10, 250, 20)
    lost = [packet for place, packet in enumerate(call) if place not in places]
    late = [
        replace(packet, arrival=packet.arrival + (place in places) * 90 * MILLISECOND)
        for place, packet in enumerate(call)
    ]
    late.sort(key=lambda packet: packet.arrival)
    assert score(late)["value"] == pytest.approx(score(lost)["value"], abs=1e-6)
    assert score(late, jitter_buffer=0.1)["value"] > score(lost)["value"] + 0.2


def test_bursts_cost_more_than_single_losses(score):
    """The same number of losses, in runs of four."""
    single = [place % 25 == 10 for place in range(2000)]
    runs = [place % 100 in {10, 11, 12, 13} for place in range(2000)]
    assert sum(single) == sum(runs)
    alone, together = (score(make("lossy", count=2000, lost=lost).packets) for lost in (single, runs))
    assert together["value"] < alone["value"] - 0.05


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_encoding_has_a_value_or_a_reason(name):
    """Those of which anything is published are found in what is published."""
    value = find_value(Chosen(NAMES[name], "sdp"), 24_000)
    if NAMES[name].kind == "video":
        assert value == "Video is not scored."
    elif name in NOTHING_PUBLISHED:
        assert value == f"Nothing is published about how {name} sounds."
    else:
        assert value.ie >= 0


@pytest.mark.parametrize(
    ("name", "bit_rate", "slug"),
    [("AMR-WB", 12_900, "amr-wb-12.65"), ("EVS", 24_000, "evs-swb-24.4"), ("G723", 5_400, "g723.1-5.3")],
)
def test_the_nearest_bit_rate_is_taken(name, bit_rate, slug):
    """Of codecs that have several."""
    assert find_value(Chosen(NAMES[name], "sdp"), bit_rate).slug == slug


def test_loss_without_a_robustness_is_not_scored(score):
    """Nobody has published how well GSM bears it."""
    gsm = make("gsm", payload_type=3, payload=33).packets
    assert score(gsm)["value"] > 3
    found = score([packet for place, packet in enumerate(gsm) if place != 500])
    assert found["value"] is None
    assert "has not been published" in found["reason"]
