"""Debian's tshark counts the same packets, losses and jitter, except where it is known to be wrong.

Its "lost" lets copies hide losses, its mean jitter divides by one packet too few, and it gives no jitter to
payload types whose clock it does not know.
"""

import subprocess
from pathlib import Path

import pytest
from captures import frames, write_pcap
from scenarios import scenarios

pytestmark = pytest.mark.integration

VECTORS = sorted((Path(__file__).parents[2] / "data" / "vectors" / "pcap").glob("*.pcap"))
SCENARIOS = {scenario.name: scenario for scenario in scenarios()}


def ask_tshark(path, port):
    """What its list of RTP streams says: packets, lost, and mean and largest jitter in milliseconds."""
    done = subprocess.run(
        ["tshark", "-r", str(path), "-q", "-d", f"udp.port=={port},rtp", "-z", "rtp,streams"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    [line] = [line.split() for line in done.stdout.splitlines() if " 0x" in line]
    [ssrc] = [place for place, word in enumerate(line) if word.startswith("0x")]
    numbers = [word for word in line[ssrc + 1 :] if not word.startswith("(") and word != "X"]
    *_, mean, largest = numbers
    packets, lost = numbers[-8:-6]
    return int(packets), int(lost), float(mean), float(largest)


def assert_agreement(path, stream):
    """Equal to the last digit that tshark prints."""
    packets, lost, mean, largest = ask_tshark(path, stream["destination_port"])
    arrivals = stream["packets_received"] + stream["packets_duplicated"]
    assert arrivals + stream["packets_stray"] == packets
    assert stream["packets_lost_rfc3550"] == lost
    if stream["payload_type"] < 96:
        assert 1000 * stream["jitter_mean"] * arrivals / (arrivals - 1) == pytest.approx(mean, abs=0.002)
        assert 1000 * stream["jitter_max"] == pytest.approx(largest, abs=0.002)
    else:
        assert (mean, largest) == (0, 0)
        assert stream["jitter"] > 0


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_tshark_agrees_on_the_vectors(path, streams):
    """Packets, losses and jitter of every published capture."""
    [stream] = streams(path)
    assert_agreement(path, stream)


@pytest.mark.parametrize("name", SCENARIOS)
def test_tshark_agrees_on_other_streams(name, streams, tmp_path):
    """And of streams of every other kind."""
    path = write_pcap(tmp_path / "made.pcap", frames(SCENARIOS[name].packets))
    [stream] = streams(path)
    assert_agreement(path, stream)


def test_editcap_makes_a_pcapng_that_says_the_same(streams, tmp_path):
    """The container that Wireshark writes by default, written by Wireshark's own tool."""
    source = VECTORS[-2]
    subprocess.run(["editcap", "-F", "pcapng", source, tmp_path / "a.pcapng"], check=True, timeout=60)
    assert streams(tmp_path / "a.pcapng") == streams(source)
