import socket
import time
from collections.abc import Callable

import pytest

from sonde.impair.config import RelayConfig
from sonde.impair.impairment import Impairment
from sonde.impair.log import Outcome, PacketRecord
from sonde.impair.plan import Decision, Direction, Kind, PacketName, decide
from sonde.impair.relay import Relay
from sonde.model.errors import Unavailable

pytestmark = pytest.mark.integration

SEED = 42
SSRC = 0xCAFE
PACKETS = 500
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
BYE = b"\x01 nothing after this"


def config(target, *, host: str = "127.0.0.1", **options) -> RelayConfig:
    return RelayConfig(listen=(host, 0), target=target.address, seed=SEED, **options)


def planned(impairment: Impairment, direction: Direction = Direction.FORWARD) -> list[Decision]:
    names = [PacketName(ssrc=SSRC, sequence=n, place=n, direction=direction) for n in range(PACKETS)]
    return [decide(SEED, name, impairment) for name in names]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def finished(records: list[PacketRecord], count: int) -> list[PacketRecord]:
    """The records, as soon as there are `count`; a sent packet arrives before it is recorded."""
    until(lambda: len(records) >= count)
    assert len(records) == count
    return records


def test_losses_and_copies_are_the_planned_ones(client, target, rtp) -> None:
    """What arrives, what the log says and what anyone can compute from the seed are the same packets."""
    impairment = Impairment(loss=0.1, duplicate=0.1)
    expected = planned(impairment)
    records: list[PacketRecord] = []
    with Relay(config(target, forward=impairment), sink=records.append) as relay:
        for n in range(PACKETS):
            client.send(rtp(n), relay.address)
        arrived = target.receive_many(sum(decision.copies for decision in expected))
        finished(records, PACKETS)
    assert arrived == [rtp(n) for n, decision in enumerate(expected) for _ in range(decision.copies)]
    assert target.is_silent()
    by_sequence = sorted(records, key=lambda record: record.sequence)
    assert [len(record.sent_at) for record in by_sequence] == [decision.copies for decision in expected]
    assert [record.outcome is Outcome.LOST for record in by_sequence] == [each.drop for each in expected]
    counts = relay.summary().forward
    assert (counts.received, counts.lost) == (PACKETS, sum(decision.drop for decision in expected))
    assert counts.duplicated == sum(decision.copies == 2 for decision in expected)


def test_every_packet_is_held_as_planned(client, target, rtp) -> None:
    """Due is the kernel's receive stamp plus the planned delay, and nothing leaves before it is due."""
    impairment = Impairment(delay=0.01, jitter=0.02, reorder=0.05, reorder_delay=0.03)
    records: list[PacketRecord] = []
    before = time.time_ns()
    with Relay(config(target, forward=impairment), sink=records.append) as relay:
        for n in range(PACKETS):
            client.send(rtp(n), relay.address)
        arrived = target.receive_many(PACKETS)
        finished(records, PACKETS)
    expected = planned(impairment)
    for record in records:
        assert record.due_at - record.received_at == round(expected[record.sequence].delay * 1e9)
        assert before <= record.received_at
        assert record.due_at <= record.sent_at[0]
    assert arrived == [rtp(record.sequence) for record in records]
    assert sorted(arrived) == sorted(rtp(n) for n in range(PACKETS))
    assert arrived != sorted(arrived)
    assert relay.summary().user_stamps == 0


@pytest.mark.parametrize("listens", [socket.AF_INET, socket.AF_INET6], ids=["v4", "v6"])
@pytest.mark.parametrize("leads", [socket.AF_INET, socket.AF_INET6], ids=["to v4", "to v6"])
def test_marks_survive_or_are_rewritten_without_ecn(open_peer, rtp, listens, leads) -> None:
    """Forward keeps the byte as it came, reverse gets CS1 and keeps its ECN; also between families."""
    client, target = open_peer(listens), open_peer(leads)
    records: list[PacketRecord] = []
    options = config(target, host=LOOPBACK[listens], reverse=Impairment(dscp=8))
    with Relay(options, sink=records.append) as relay:
        for tos in range(256):
            client.send(rtp(tos), relay.address, tos=tos)
            payload, seen, upstream = target.receive()
            assert (payload, seen) == (rtp(tos), tos)
            target.send(rtp(tos), upstream, tos=tos)
            payload, seen, sender = client.receive()
            assert (payload, seen, sender[:2]) == (rtp(tos), 8 << 2 | tos & 3, relay.address)
        finished(records, 512)
    back = [record for record in records if record.direction is Direction.REVERSE]
    assert [(record.tos_in, record.tos_out) for record in back] == [(n, 32 | n & 3) for n in range(256)]


def test_directions_suffer_separately(client, target, rtp) -> None:
    """Forward loses nothing while reverse loses by its own schedule."""
    reverse = Impairment(loss=0.2)
    expected = planned(reverse, Direction.REVERSE)
    with Relay(config(target, reverse=reverse)) as relay:
        for n in range(PACKETS):
            client.send(rtp(n), relay.address)
            payload, _, upstream = target.receive()
            target.send(payload, upstream)
        returned = client.receive_many(sum(decision.copies for decision in expected))
    assert returned == [rtp(n) for n, decision in enumerate(expected) if not decision.drop]


def test_replies_find_their_client(open_peer, target) -> None:
    """Each client hears what was said to it, through an upstream address of its own."""
    clients = [open_peer() for _ in range(5)]
    with Relay(config(target)) as relay:
        for n, client in enumerate(clients):
            client.send(bytes([n]), relay.address)
        heard = [target.receive() for _ in clients]
        assert len({peer for _, _, peer in heard}) == len(clients)
        for payload, _, upstream in heard:
            target.send(payload * 2, upstream)
        assert [client.receive()[0] for client in clients] == [bytes([n, n]) for n in range(5)]
        assert relay.summary().flows == 5


def test_control_packets_are_decided_by_their_count(client, target) -> None:
    """Datagrams that are not RTP suffer the same ratio, by the number of their flow and their count."""
    impairment = Impairment(loss=0.3)

    def control(n: int) -> PacketName:
        return PacketName(ssrc=0, sequence=n, place=n, direction=Direction.FORWARD, kind=Kind.CONTROL)

    kept = [bytes([1, n]) for n in range(200) if not decide(SEED, control(n), impairment).drop]
    with Relay(config(target, forward=impairment)) as relay:
        for n in range(200):
            client.send(bytes([1, n]), relay.address)
        assert target.receive_many(len(kept)) == kept
    assert 0 < len(kept) < 200


def test_spared_control_gets_through_a_path_that_loses_all(client, target, rtp) -> None:
    """With spare_control a handshake works where no media does."""
    with Relay(config(target, forward=Impairment(loss=1.0), spare_control=True)) as relay:
        client.send(rtp(0), relay.address)
        client.send(BYE, relay.address)
        assert target.receive()[0] == BYE


def test_a_client_too_many_is_refused(open_peer, target) -> None:
    """Flows are capped; whoever has one keeps it."""
    first, second = open_peer(), open_peer()
    with Relay(config(target, max_flows=1)) as relay:
        first.send(b"first", relay.address)
        assert target.receive()[0] == b"first"
        second.send(b"refused", relay.address)
        until(lambda: relay.summary().refused == 1)
        first.send(b"again", relay.address)
        assert target.receive()[0] == b"again"
        assert relay.summary().flows == 1


def test_an_idle_client_makes_room(open_peer, target) -> None:
    """When the only place is taken by somebody silent, the next client gets it in the end."""
    first, second = open_peer(), open_peer()
    with Relay(config(target, max_flows=1, flow_idle=0.05)) as relay:
        first.send(b"first", relay.address)
        assert target.receive()[0] == b"first"
        until(lambda: second.send(b"second", relay.address) or not target.is_silent())
        assert target.receive()[0] == b"second"


def test_what_does_not_fit_or_not_leave_is_recorded(client, target, rtp) -> None:
    """Beyond the queue's limit packets overflow; those waiting when the relay stops are not sent."""
    records: list[PacketRecord] = []
    options = config(target, forward=Impairment(delay=10), max_queued=3)
    with Relay(options, sink=records.append) as relay:
        for n in range(5):
            client.send(rtp(n), relay.address)
        finished(records, 2)
    outcomes = {record.sequence: record.outcome for record in records}
    assert outcomes == dict.fromkeys(range(3), Outcome.STOPPED) | dict.fromkeys((3, 4), Outcome.OVERFLOW)
    assert target.is_silent()
    counts = relay.summary().forward
    assert (counts.received, counts.stopped, counts.overflow, counts.sent) == (5, 3, 2, 0)


def test_a_target_that_is_not_there_stops_nothing(open_peer, rtp) -> None:
    """Packets meet a closed port until the target listens, and then they arrive."""
    client, absent = open_peer(), open_peer()
    options = config(absent)
    absent.close()
    records: list[PacketRecord] = []
    with Relay(options, sink=records.append) as relay:
        for n in range(3):
            client.send(rtp(n), relay.address)
            finished(records, n + 1)
        target = open_peer(port=options.target[1])
        client.send(rtp(3), relay.address)
        assert target.receive()[0] == rtp(3)
    assert {record.outcome for record in records} == {Outcome.SENT}


def test_a_datagram_the_kernel_refuses_is_recorded_as_failed(open_peer, target) -> None:
    """The longest IPv6 datagram does not fit into IPv4; the record shows that nothing was sent."""
    client = open_peer(socket.AF_INET6)
    records: list[PacketRecord] = []
    with Relay(config(target, host="::1"), sink=records.append) as relay:
        client.send(bytes(65_527), relay.address)
        finished(records, 1)
    assert (records[0].outcome, records[0].sent_at) == (Outcome.FAILED, ())


def test_taken_port_is_said(target) -> None:
    """The address is named, and what to do is said."""
    with pytest.raises(Unavailable, match="already in use") as caught:
        Relay(RelayConfig(listen=target.address, target=target.address))
    assert "port" in caught.value.hint


def test_what_breaks_the_relay_is_raised_by_stop(client, target) -> None:
    """A sink that fails ends the relay, and its error is not lost in the thread."""

    def sink(record: PacketRecord) -> None:
        raise OSError(28, "No space left on device")

    relay = Relay(config(target), sink=sink).start()
    client.send(BYE, relay.address)
    target.receive()
    with pytest.raises(OSError, match="No space left"):
        relay.stop()
