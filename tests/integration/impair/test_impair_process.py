import os
import signal
import socket
import time
from pathlib import Path

import pytest

from sonde.impair.config import RelayConfig
from sonde.impair.impairment import Impairment, Scenario, Step, choose
from sonde.impair.log import Outcome, read_log
from sonde.impair.plan import decide
from sonde.impair.process import RelayProcess, carry
from sonde.model.errors import Unavailable

pytestmark = pytest.mark.integration

PACKETS = 200
NOWHERE = ("127.0.0.1", 9)


def test_the_log_of_a_process_is_complete_and_can_be_recomputed(client, target, rtp, tmp_path: Path) -> None:
    """After stop the file holds every packet, and each outcome follows from seed, record and start time."""
    harsh = Impairment(loss=0.3, duplicate=0.2, dscp=0)
    steps = (Step(start=0, impairment=Impairment()), Step(start=0.05, impairment=harsh))
    scenario = Scenario(steps=steps, period=0.1)
    log = tmp_path / "relay.jsonl"
    config = RelayConfig(
        listen=("127.0.0.1", 0), target=target.address, forward=scenario, seed=5, log=log, spare_control=True
    )
    with RelayProcess(config) as relay:
        for n in range(PACKETS):
            client.send(rtp(n), (relay.listening.host, relay.listening.port), tos=184)
            time.sleep(0.001)  # lets the scenario go on
        client.send(b"\x01 bye", (relay.listening.host, relay.listening.port))
        arrived: list[bytes] = []
        while not arrived or arrived[-1] != b"\x01 bye":
            arrived.append(target.receive()[0])
    *records, _ = read_log(log)
    assert len(records) == PACKETS
    for record in records:
        impairment = choose(scenario, (record.received_at - relay.listening.started_at) / 1e9)
        decision = decide(5, record.name, impairment)
        assert len(record.sent_at) == decision.copies
        assert (record.tos_in, record.tos_out) == (184, 184 if decision.dscp is None else 0)
    assert len(arrived) - 1 == sum(len(record.sent_at) for record in records)
    counts = relay.stop().forward
    assert counts.lost == sum(record.outcome is Outcome.LOST for record in records)
    assert counts.received == PACKETS + 1


def test_a_run_ends_by_itself() -> None:
    """After run_for the process is gone and still told what it did."""
    relay = RelayProcess(RelayConfig(listen=("127.0.0.1", 0), target=NOWHERE, run_for=0.1)).start()
    relay._process.join(timeout=10)
    assert relay._process.exitcode == 0
    assert relay.stop().seconds >= 0.1


def test_a_process_that_cannot_listen_says_why(target) -> None:
    """The child's error is raised here, with its sentence."""
    relay = RelayProcess(RelayConfig(listen=target.address, target=NOWHERE))
    with pytest.raises(Unavailable, match="already in use"):
        relay.start()


def test_a_process_that_was_killed_is_noticed() -> None:
    """Without a summary nobody should take the log for complete."""
    relay = RelayProcess(RelayConfig(listen=("127.0.0.1", 0), target=NOWHERE)).start()
    relay._process.kill()
    with pytest.raises(Unavailable, match="died"):
        relay.stop()


def test_the_relay_ends_when_its_parent_is_gone() -> None:
    """A closed connection, which is all that a dead parent leaves, ends the process and frees its port."""
    relay = RelayProcess(RelayConfig(listen=("127.0.0.1", 0), target=NOWHERE)).start()
    relay._control.close()
    relay._process.join(timeout=10)
    assert relay._process.exitcode == 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind((relay.listening.host, relay.listening.port))


def test_priority_is_given_back() -> None:
    """A run at real-time priority ends as it began."""
    during = []
    carry(
        RelayConfig(listen=("127.0.0.1", 0), target=NOWHERE, run_for=0.01, realtime=True),
        ready=lambda carrier: during.append(os.sched_getscheduler(0)),
    )
    assert (during, os.sched_getscheduler(0)) == ([os.SCHED_FIFO], os.SCHED_OTHER)


def test_signals_stop_a_run_and_are_given_back() -> None:
    """SIGTERM ends carry in an orderly way, and afterwards means what it meant before."""
    before = signal.getsignal(signal.SIGTERM)
    summary = carry(
        RelayConfig(listen=("127.0.0.1", 0), target=NOWHERE, run_for=30),
        ready=lambda carrier: signal.raise_signal(signal.SIGTERM),
    )
    assert summary.seconds < 30
    assert signal.getsignal(signal.SIGTERM) is before
