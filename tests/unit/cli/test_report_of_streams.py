"""What people read of a stream."""

import numpy as np
import pytest

from sonde.cli.report import print_table
from sonde.model.rounds import RoundReport, score_report
from sonde.rtp.recorder import Arrivals, Departures, summarise

MILLISECOND = 1_000_000
PACKETS = 250


@pytest.fixture
def read_table(capsys, monkeypatch):
    """Print the table of a stream with these losses and delays; its rows by their names."""
    monkeypatch.setenv("COLUMNS", "200")

    def read(*, lost=(), delays_ms=30):
        index = np.arange(PACKETS)
        sent_at = 1_700_000_000 * 10**9 + index * 20 * MILLISECOND
        came = np.setdiff1d(index, lost)
        arrivals = Arrivals(
            index=came,
            received_at=(sent_at + delays_ms * MILLISECOND)[came],
            tos=np.full(len(came), 184),
            ttl=np.full(len(came), 60),
        )
        stream = summarise(
            Departures(index=index, sent_at=sent_at), arrivals, jitter_buffer=0.04, clock_offset=0
        )
        report = RoundReport(
            test_id=0,
            round_id=0,
            target_agent_id=0,
            interval=0,
            duration=5,
            codec="g711",
            dscp=46,
            jitter_buffer=0.04,
            started_at=0.0,
            target_address="192.0.2.1",
            target_port=49152,
            stream=stream,
        )
        print_table(report, score_report(report))
        lines = [line.strip("\u2502 ").split("\u2502") for line in capsys.readouterr().out.splitlines()]
        return {line[0].strip(): line[1].strip() for line in lines if len(line) == 2}

    return read


def test_clean_stream_has_no_rows_about_trouble(read_table):
    """Where nothing is missing and no level changed, nothing is said about either."""
    names = " ".join(read_table())
    assert "runs" not in names
    assert "burst" not in names
    assert "level" not in names


def test_bursts_are_shown_with_their_length(read_table):
    """Ten runs of two, five packets apart, are one burst and longer than chance."""
    lost = [place for start in range(100, 170, 7) for place in (start, start + 1)]
    table = read_table(lost=lost)
    assert table["runs of missing packets"] == "10, 1.84 times as long as by chance"
    assert table["bursts (RFC 3611)"] == "1, 1300 ms each, 31 % of their packets missing"


def test_few_runs_are_not_compared_with_chance(read_table):
    """One lost packet says nothing about bursts."""
    table = read_table(lost=[7])
    assert table["runs of missing packets"] == "1"
    assert "bursts (RFC 3611)" not in table


def test_level_shift_says_how_much_and_when(read_table):
    """A path that becomes 60 ms longer after two seconds, with 1 ms of variation on both levels."""
    delays = 30 + np.where(np.arange(PACKETS) < 100, 0, 60) + np.arange(PACKETS) % 2
    table = read_table(delays_ms=delays)
    assert table["delay went to another level"] == "+60.0 ms after 2.00 s"
    assert table["PDV around both p99 / max"] == "1.000 / 1.000 ms"
