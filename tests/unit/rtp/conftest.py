"""The shared RTP vectors: eight streams with known packets, captures and results."""

import csv
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sonde.rtp.recorder import Arrivals, Departures
from sonde.rtp.sequence import SequenceUnwrapper

VECTORS = Path(__file__).parents[2] / "data" / "vectors"
MILLISECOND = 1_000_000
START = 1_700_000_000_000_000_000
"""The vectors count from zero; real stamps are nanoseconds since 1970."""

ETHERNET_HEADER = 14
UDP_HEADER = 8


@dataclass(frozen=True)
class Capture:
    """What a pcap file holds: the RTP bytes and the TOS byte of each packet."""

    datagrams: list[bytes]
    tos: list[int]


@dataclass(frozen=True)
class Scenario:
    """One stream of the vectors; `expected` is its entry in rtp.json."""

    expected: dict[str, Any]
    sequence_numbers: list[int]
    timestamps: list[int]
    sent_at: list[int]
    received_at: list[int]

    @property
    def indexes(self) -> np.ndarray:
        """Place in the stream of each arrival."""
        unwrapper = SequenceUnwrapper()
        extended = np.array([unwrapper.unwrap(number) for number in self.sequence_numbers], dtype=np.int64)
        return extended - extended.min()

    @property
    def departures(self) -> Departures:
        """Every packet of the stream, also those that got lost."""
        indexes = np.arange(self.expected["rfc3550"]["expected"])
        interval = int(self.expected["ptime_ms"] * MILLISECOND)
        return Departures(index=indexes, sent_at=START + indexes * interval)

    @property
    def arrivals(self) -> Arrivals:
        """Every copy that arrived, with the TOS bytes of the capture."""
        return Arrivals(
            index=self.indexes,
            received_at=np.array(self.received_at),
            tos=np.array(self.capture.tos),
            ttl=np.full(len(self.received_at), 60),
        )

    @property
    def delays(self) -> np.ndarray:
        """One-way delay of each copy in arrival order."""
        return np.array(self.received_at) - np.array(self.sent_at)

    @property
    def capture(self) -> Capture:
        """The same stream as a capture file."""
        return read_capture(VECTORS / self.expected["pcap"])


def read_capture(path: Path) -> Capture:
    """Take the RTP out of Ethernet, IPv4 and UDP."""
    content = path.read_bytes()
    datagrams, tos, offset = [], [], 24
    while offset < len(content):
        length = struct.unpack_from("<I", content, offset + 8)[0]
        packet = content[offset + 16 + ETHERNET_HEADER : offset + 16 + length]
        tos.append(packet[1])
        datagrams.append(packet[(packet[0] & 0x0F) * 4 + UDP_HEADER :])
        offset += 16 + length
    return Capture(datagrams=datagrams, tos=tos)


def read_scenarios() -> dict[str, Scenario]:
    """Every scenario of rtp.json with its rows of rtp_packets.csv, by name."""
    document = json.loads((VECTORS / "rtp.json").read_text())
    with (VECTORS / "rtp_packets.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        expected["name"]: make_scenario(expected, [row for row in rows if row["scenario"] == expected["id"]])
        for expected in document["scenarios"]
    }


def make_scenario(expected: dict[str, Any], rows: list[dict[str, str]]) -> Scenario:
    """Turn text and milliseconds into numbers and nanoseconds."""
    return Scenario(
        expected=expected,
        sequence_numbers=[int(row["seq"]) for row in rows],
        timestamps=[int(row["rtp_timestamp"]) for row in rows],
        sent_at=[START + round(float(row["send_time_ms"]) * MILLISECOND) for row in rows],
        received_at=[START + round(float(row["arrival_time_ms"]) * MILLISECOND) for row in rows],
    )


SCENARIOS = read_scenarios()


@pytest.fixture(params=SCENARIOS.values(), ids=SCENARIOS.keys())
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Each stream of the vectors in turn."""
    found: Scenario = request.param
    return found


@pytest.fixture
def bleached() -> Scenario:
    """The stream whose code point was cleared half way."""
    return SCENARIOS["dscp_bleached"]
