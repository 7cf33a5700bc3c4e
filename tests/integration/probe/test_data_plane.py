"""The two processes of the data plane over real sockets on loopback."""

import asyncio
import os
import signal
import socket

import msgspec
import pytest

from sonde.model.errors import Unavailable
from sonde.model.rounds import RoundError
from sonde.probe import frames
from sonde.probe.clock_comparison import compare_clocks
from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.keys import pair_key
from sonde.probe.measurement import sender_health, stream_summary
from sonde.probe.planning import StreamPlan, make_order
from sonde.probe.receiver import Listen
from sonde.quality.codecs import CODECS, codec
from sonde.rtp.clock_readings import ran_evenly
from sonde.rtp.recorder import SEND_TOLERANCE

pytestmark = pytest.mark.integration

KEY = pair_key("correct horse")


def plan(port, *, host="127.0.0.1", slug="g711", key=KEY, dscp=46, duration=1):
    return StreamPlan(host=host, port=port, pair_key=key, codec=codec(slug), duration=duration, dscp=dscp)


def measured(*plans, host="127.0.0.1", during=None):
    """Runs streams at once against one receiver; returns their outcomes and the receiver's last health."""

    async def run():
        receiving, sending = ReceiveEngine(Listen(host=host, port=0)), SendEngine()
        try:
            port = await receiving.start()
            receiving.allow((KEY,))
            orders = [
                make_order(msgspec.structs.replace(p, port=port), sending.next_order_id()) for p in plans
            ]
            streams = asyncio.gather(*[sending.run(order) for order in orders])
            if during:
                await during(port)
            outcomes = await streams
            await asyncio.sleep(1.2)
            return outcomes, receiving.health
        finally:
            await asyncio.gather(sending.stop(), receiving.stop())

    return asyncio.run(run())


def test_all_ten_codecs_at_once():
    """Each codec's stream arrives complete, with its own size and rate, at once with the others."""
    slugs = list(CODECS)
    outcomes, _ = measured(*[plan(0, slug=slug) for slug in slugs])
    for slug, outcome in zip(slugs, outcomes, strict=True):
        stream = stream_summary(outcome, 0.04)
        expected = round(1 / CODECS[slug].packet_interval)
        assert (slug, outcome.error, stream.packets_received) == (slug, None, expected)
        assert sender_health(outcome).timestamp_source == "kernel"
        # A send stamp is the middle of its call, and over loopback a packet arrives within the call.
        assert -SEND_TOLERANCE / 2 / 1e9 <= stream.one_way_delay_min < 0.1


@pytest.mark.parametrize("dscp", [0, 8, 46, 63])
def test_the_mark_sent_is_the_mark_received(dscp):
    """Loopback changes no code point, so the received one is the sent one, in every packet."""
    (outcome,), _ = measured(plan(0, dscp=dscp, duration=1))
    stream = stream_summary(outcome, 0.04)
    assert stream.dscp_counts == {dscp: stream.packets_sent}


def test_ipv6():
    """The same over IPv6: marks, hop limit and kernel stamps."""
    (outcome,), _ = measured(plan(0, host="::1"), host="::1")
    stream = stream_summary(outcome, 0.04)
    assert (stream.packets_lost, stream.dscp_counts, stream.ttl_min) == (0, {46: 50}, 64)


def test_ipv4_to_a_listener_on_every_address():
    """A target bound to :: takes IPv4 streams with their marks."""
    (outcome,), _ = measured(plan(0), host="::")
    stream = stream_summary(outcome, 0.04)
    assert (stream.packets_lost, stream.dscp_counts, stream.ttl_min) == (0, {46: 50}, 64)


def test_a_wrong_key_sends_no_rtp():
    """Without consent there is an error that says what to check, and silence."""
    (outcome,), health = measured(plan(0, key=pair_key("wrong")))
    assert outcome.error is RoundError.NO_CONSENT
    assert health.accepted == 0
    assert health.silences["unknown_key"] == 12
    assert health.silences["unknown_stream"] == 0


def test_strangers_hear_nothing():
    """Zero bytes come back to a stranger, before, during and after a stream; the stream is not disturbed."""
    heard = []

    async def shout(port):
        hello = frames.build_hello(bytes(32), _hello())
        forged = frames.build_hello(KEY.key, _hello())[:-1] + b"\0"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            stranger.connect(("127.0.0.1", port))
            for data in [b"", b"hello", bytes(1400), hello, forged, bytes([0x80]) * 172] * 20:
                stranger.send(data)
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.2)
            heard.extend(_waiting(stranger))

    (outcome,), health = measured(plan(0), during=shout)
    assert heard == []
    assert stream_summary(outcome, 0.04).packets_received == 50
    assert health.silences["unknown_key"] == 20
    assert health.silences["forged"] == 20
    assert health.silences["unknown_stream"] == 20
    assert health.silences["not_ours"] == 60


def _hello():
    return frames.Hello(
        protocol=frames.PROTOCOL,
        nonce=bytes(16),
        attempt=1,
        ssrc=1,
        first_sequence=1,
        payload_type=0,
        packets=50,
        packet_interval=0.02,
        packet_size=172,
        dscp=46,
        sent_at=1_700_000_000 * 10**9,
        host_proof=b"",
        version="1",
    )


def _waiting(sock):
    try:
        while True:
            yield sock.recv(2048)
    except BlockingIOError:
        return


def test_a_port_in_use_is_said_in_one_sentence():
    """The error names the port and what to do."""

    async def run(port):
        await ReceiveEngine(Listen(host="127.0.0.1", port=port)).start()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"port {port}.*in use") as caught:
            asyncio.run(run(port))
    assert "--port" in caught.value.hint


def test_an_address_without_a_way_is_an_error_of_the_round():
    """A network that cannot be reached is data, not an exception."""

    async def run():
        sending = SendEngine()
        try:
            order = make_order(plan(9, host="255.255.255.255"), sending.next_order_id())
            return await sending.run(order)
        finally:
            await sending.stop()

    outcome = asyncio.run(run())
    assert outcome.error is RoundError.UNREACHABLE
    assert "255.255.255.255" in outcome.error_detail


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_leave_by_themselves_when_their_pipes_close(method):
    """None is killed for holding another's pipe, or its own."""

    async def run():
        listen = Listen(host="127.0.0.1", port=0)
        engines = [SendEngine(method=method), *(ReceiveEngine(listen, method=method) for _ in range(2))]
        engines[0].start()
        await asyncio.gather(*(engine.start() for engine in engines[1:]))
        processes = [engine._child._process for engine in engines]
        for engine in engines:
            await engine.stop()
        return [process.exitcode for process in processes]

    assert asyncio.run(run()) == [0, 0, 0]


def test_a_killed_sender_fails_its_streams_and_comes_back():
    """After kill -9 of the data plane the streams under way are failures, and the next one works."""

    async def run():
        receiving, sending = ReceiveEngine(Listen(host="127.0.0.1", port=0)), SendEngine()
        try:
            port = await receiving.start()
            receiving.allow((KEY,))
            first = asyncio.ensure_future(sending.run(make_order(plan(port), sending.next_order_id())))
            await asyncio.sleep(1)
            os.kill(sending._child.pid, signal.SIGKILL)
            return await first, await sending.run(make_order(plan(port), sending.next_order_id()))
        finally:
            await asyncio.gather(sending.stop(), receiving.stop())

    killed, next_one = asyncio.run(run())
    assert killed.error is RoundError.AGENT_FAILURE
    assert next_one.error is None


def test_a_killed_receiver_comes_back_on_its_port_with_its_keys():
    """After kill -9 of the receiver the same port takes streams again."""

    async def run():
        receiving, sending = ReceiveEngine(Listen(host="127.0.0.1", port=0)), SendEngine()
        try:
            port = await receiving.start()
            receiving._listen = Listen(host="127.0.0.1", port=port)
            receiving.allow((KEY,))
            os.kill(receiving._child.pid, signal.SIGKILL)
            await asyncio.sleep(2.5)
            return await sending.run(make_order(plan(port), sending.next_order_id()))
        finally:
            await asyncio.gather(sending.stop(), receiving.stop())

    assert asyncio.run(run()).error is None


class Tap:
    """A man in the middle: passes datagrams on both ways and keeps what the source sent."""

    def __init__(self, port):
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.back.connect(("127.0.0.1", port))
        self.kept: list[bytes] = []
        self._client = None
        loop = asyncio.get_running_loop()
        for sock, handle in ((self.front, self._there), (self.back, self._back)):
            sock.setblocking(False)
            loop.add_reader(sock, handle)

    def _there(self):
        data, self._client = self.front.recvfrom(2048)
        self.kept.append(data)
        self.back.send(data)

    def _back(self):
        self.front.sendto(self.back.recv(2048), self._client)

    def replay(self, sock):
        """Says again, from a socket, everything the source said."""
        for data in self.kept:
            sock.send(data)

    def close(self):
        for sock in (self.front, self.back):
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()


def test_a_recorded_stream_replayed_gets_silence():
    """Every datagram of a whole stream said again, by a stranger and by the very same port: 0 bytes."""

    async def run():
        receiving, sending = ReceiveEngine(Listen(host="127.0.0.1", port=0)), SendEngine()
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            port = await receiving.start()
            receiving.allow((KEY,))
            tap = Tap(port)
            via_tap = plan(tap.front.getsockname()[1])
            outcome = await sending.run(make_order(via_tap, sending.next_order_id()))
            await asyncio.sleep(1.2)
            before = sum(receiving.health.silences.values())
            asyncio.get_running_loop().remove_reader(tap.back)
            stranger.setblocking(False)
            stranger.connect(("127.0.0.1", port))
            tap.replay(stranger)
            tap.replay(tap.back)
            await asyncio.sleep(2.2)
            heard = [*_waiting(stranger), *_waiting(tap.back)]
            said = sum(receiving.health.silences.values()) - before
            tap.close()
            return outcome, heard, said, len(tap.kept)
        finally:
            stranger.close()
            await asyncio.gather(sending.stop(), receiving.stop())

    outcome, heard, silences, recorded = asyncio.run(run())
    assert outcome.error is None
    assert recorded > 50
    assert heard == []
    assert silences == 2 * recorded


def test_the_record_carries_what_the_target_knows_of_its_clock():
    """Both readings of the target arrive with the record; one kernel's clock ran evenly between them."""
    (outcome,), _ = measured(plan(0))
    clock = outcome.arrivals.clock
    assert clock.before.at < clock.after.at
    assert ran_evenly(clock.before, clock.after)


def test_the_clock_fit_finds_that_one_clock_is_one_clock():
    """Real stamps whose true offset is 0: it lies within the bound, also with the rounds before."""
    outcomes, _ = measured(plan(0, duration=2), plan(0, duration=2), plan(0, duration=2))
    history = ()
    for outcome in outcomes:
        # One kernel, so the target's readings are the source's too; the proof of it is hidden from the fit.
        apart = msgspec.structs.replace(outcome, same_clock=False, clock=outcome.arrivals.clock)
        found = compare_clocks(apart, history)
        assert found.method in ("two-way", "two-way+ntp")
        assert abs(found.offset.offset_ns) <= found.offset.error_bound * 1e9
        history = found.history
