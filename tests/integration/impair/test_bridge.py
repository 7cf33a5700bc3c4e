"""The bridge between two namespaces: what passes, what is impaired, and what the log says of it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from sonde.impair.config import BridgeConfig
from sonde.impair.impairment import Impairment
from sonde.impair.log import Outcome, read_log
from sonde.impair.plan import Direction, Kind, decide
from sonde.impair.process import BridgeProcess
from sonde.model.errors import Unavailable

pytestmark = pytest.mark.integration

SEED = 9
PACKETS = 300
FAMILIES = {socket.AF_INET: 0, socket.AF_INET6: 1}


@pytest.fixture
def bridging(wires, tmp_path):
    """Starts a bridge between the two hosts; its log is read when it has stopped."""
    running = []

    def start(**options) -> BridgeProcess:
        first, second = wires.ENDS
        config = BridgeConfig(first=first, second=second, seed=SEED, log=tmp_path / "bridge.jsonl", **options)
        with wires.inside("between"):
            running.append(BridgeProcess(config).start())
        return running[-1]

    yield start
    for bridge in running:
        bridge.stop()


@pytest.fixture
def hosts(wires, open_peer):
    """A socket on each host, of one family."""

    def open_both(family: socket.AddressFamily = socket.AF_INET):
        both = []
        for role, addresses in wires.ADDRESSES.items():
            with wires.inside(role):
                both.append(open_peer(family, host=addresses[FAMILIES[family]]))
        return both

    return open_both


def logged(tmp_path, direction: Direction = Direction.FORWARD):
    records = read_log(tmp_path / "bridge.jsonl")
    return [record for record in records if record.kind is Kind.RTP and record.direction is direction]


@pytest.mark.parametrize("family", FAMILIES, ids=["v4", "v6"])
def test_losses_copies_and_marks_are_the_planned_ones(bridging, hosts, rtp, tmp_path, family) -> None:
    """What arrives on the other host is what anyone can compute, with the mark rewritten and ECN kept."""
    bridge = bridging(forward=Impairment(loss=0.1, burst_ratio=2, duplicate=0.1, dscp=8, dscp_from=100))
    first, second = hosts(family)
    # Packets that wait for the address of their neighbour may be overtaken by later ones.
    first.send(b"\x01 hello", second.address)
    assert second.receive()[0] == b"\x01 hello"
    for n in range(PACKETS):
        first.send(rtp(n), second.address, tos=46 << 2 | 2)
    first.send(b"\x01 bye", second.address)
    arrived = []
    while not arrived or arrived[-1][0] != b"\x01 bye":
        arrived.append(second.receive()[:2])
    summary = bridge.stop()
    records = sorted(logged(tmp_path), key=lambda record: record.sequence)
    assert [record.sequence for record in records] == list(range(PACKETS))
    assert summary.passed > 0  # ARP or neighbour discovery, which is in no log
    assert (summary.socket_drops, summary.user_stamps) == (0, 0)
    impairment = Impairment(loss=0.1, burst_ratio=2, duplicate=0.1, dscp=8, dscp_from=100)
    expected = []
    for record in records:
        decision = decide(SEED, record.name, impairment)
        assert len(record.sent_at) == decision.copies
        expected += [(rtp(record.sequence), (46 if record.place < 100 else 8) << 2 | 2)] * decision.copies
    assert arrived[:-1] == expected


def test_damaged_packets_arrive_damaged(bridging, hosts, rtp, tmp_path) -> None:
    """Cut and changed packets pass the receiver's checks, and are what the log describes."""
    bridge = bridging(forward=Impairment(truncate=0.3, corrupt=0.3))
    first, second = hosts()
    sent = [rtp(n) + bytes(range(100)) for n in range(PACKETS)]
    for payload in sent:
        first.send(payload, second.address)
    arrived = second.receive_many(PACKETS)
    bridge.stop()
    records = logged(tmp_path)
    assert Counter(record.outcome for record in records) == {Outcome.SENT: PACKETS}
    for record, payload in zip(records, arrived, strict=True):
        expected = bytearray(sent[record.sequence][: record.size_out])
        if record.inverted_at is not None:
            expected[record.inverted_at] ^= 0xFF
        assert payload == bytes(expected)
    assert any(record.size_out < record.size_in for record in records)
    assert any(record.inverted_at is not None for record in records)


def test_both_ways_are_impaired_and_stamped_by_the_kernel(bridging, hosts, rtp, tmp_path) -> None:
    """Replies suffer what the way back does; no stamp is before what it stamps."""
    bridge = bridging(forward=Impairment(delay=0.005), reverse=Impairment(delay=0.02, loss=0.2))
    first, second = hosts()
    for n in range(100):
        first.send(rtp(n), second.address)
        second.receive()
        second.send(rtp(n), first.address)
    until_silent(first)
    bridge.stop()
    there, back = logged(tmp_path), logged(tmp_path, Direction.REVERSE)
    assert len(there) == len(back) == 100
    for record in (*there, *back):
        assert record.kernel_stamps
        assert all(at >= record.due_at for at in record.sent_at)
        if record.outcome is Outcome.SENT:
            assert record.due_at - record.received_at == (
                5_000_000 if record.direction is Direction.FORWARD else 20_000_000
            )
    assert 0 < sum(record.outcome is Outcome.LOST for record in back) < 100
    assert all(record.outcome is Outcome.SENT for record in there)


def until_silent(peer) -> None:
    """Read until nothing has come for a while, so that nothing is on its way any more."""
    peer._socket.settimeout(0.3)
    try:
        while True:
            peer.receive()
    except TimeoutError:
        return


def test_a_bottleneck_delays_and_loses_by_its_queue(bridging, hosts, rtp, tmp_path) -> None:
    """A burst leaves at the rate of the link, in order; what finds the queue full is lost as congested."""
    bridge = bridging(forward=Impairment(rate=200e3, queue=0.05))
    first, second = hosts()
    for n in range(60):
        first.send(rtp(n) + bytes(100), second.address)
    until_silent(second)
    bridge.stop()
    records = sorted(logged(tmp_path), key=lambda record: record.sequence)
    size = records[0].size_in + 28
    sent = [record for record in records if record.outcome is Outcome.SENT]
    outcomes = {record.outcome for record in records}
    assert outcomes == {Outcome.SENT, Outcome.CONGESTED}
    gaps = [later.due_at - earlier.due_at for earlier, later in pairwise(sent)]
    assert min(gaps) >= round(8e9 * size / 200e3)
    assert all(record.due_at - record.received_at <= 50_000_000 + 8e9 * size / 200e3 + 1 for record in sent)


def test_a_checksum_left_to_the_card_is_made_up_for(bridging, wires, hosts, rtp) -> None:
    """Hosts that offload checksums to a card that is not there are understood all the same."""
    wires.run("first", "ethtool", "-K", "wire0", "tx", "on")
    try:
        bridging()
        for family in FAMILIES:
            first, second = hosts(family)
            first.send(rtp(1), second.address)
            assert second.receive()[0] == rtp(1)
    finally:
        wires.run("first", "ethtool", "-K", "wire0", "tx", "off")


def test_what_cannot_be_bridged_is_said(wires) -> None:
    """An interface that is not there is named, with how to see those that are."""
    with wires.inside("between"), pytest.raises(Unavailable, match="'nowhere0'") as caught:
        BridgeProcess(BridgeConfig(first=wires.ENDS[0], second="nowhere0")).start()
    assert "ip link" in caught.value.hint


def test_without_the_right_there_is_a_sentence(wires) -> None:
    """Whoever may not read frames is told which right it needs and how to get it."""
    words = [sys.executable, "-m", "sonde", "impair", "--bridge", ",".join(wires.ENDS)]
    weakened = ["setpriv", "--bounding-set", "-net_raw", *words]
    with wires.inside("between"):
        done = subprocess.run(weakened, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("sonde: Bridging needs the right to read whole frames (CAP_NET_RAW).")
    assert "hint: " in done.stderr


def test_the_command_bridges_until_it_is_told_to_stop(wires, hosts, rtp) -> None:
    """`sonde impair --bridge` with words for both ways, at real-time priority, and its counts at the end."""
    words = [
        "impair",
        "--bridge",
        ",".join(wires.ENDS),
        "--forward",
        "loss-pattern=10",
        "--json",
        "--realtime",
    ]
    with wires.inside("between"):
        command = subprocess.Popen([sys.executable, "-m", "sonde", *words], stdout=subprocess.PIPE, text=True)
    with command:
        ready = json.loads(command.stdout.readline())
        assert (ready["first"], ready["second"]) == wires.ENDS
        first, second = hosts()
        for n in range(10):
            first.send(rtp(n), second.address)
        assert second.receive_many(5) == [rtp(n) for n in range(0, 10, 2)]
        assert os.sched_getscheduler(ready["pid"]) == os.SCHED_FIFO
        command.send_signal(signal.SIGTERM)
        summary = json.loads(command.stdout.readline())
    assert command.returncode == 0
    assert (summary["forward"]["sent"], summary["forward"]["lost"]) == (5, 5)
