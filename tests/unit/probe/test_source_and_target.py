"""Source and target against each other, datagram by datagram, with a clock of our own."""

import msgspec
import pytest

from sonde.model.control import PairKey
from sonde.model.rounds import RoundError
from sonde.probe import frames, source, target
from sonde.probe.datagrams import Arrival
from sonde.probe.limits import Limits
from sonde.probe.measurement import sender_health, stream_summary
from sonde.probe.orders import StreamOrder
from sonde.probe.source import Phase, Randomness, SourceStream
from sonde.probe.tags import key_id
from sonde.probe.target import CLOCK_TOLERANCE, Silence, Target
from sonde.probe.target_stream import LINGER
from sonde.rtp.clock_readings import ClockReading, ClockWatch

MS = 1_000_000
WALL = 1_700_000_000 * 10**9
HOME = ("192.0.2.1", 40000)
KEY = PairKey(key_id=key_id(bytes(32)), key=bytes(32))
ORDER = StreamOrder(
    order_id=1,
    address="192.0.2.2",
    port=49152,
    pair_key=KEY,
    dscp=46,
    payload_type=0,
    packets=50,
    packet_interval=0.02,
    timestamp_step=160,
    payload_bytes=160,
)
RANDOM = Randomness(
    nonce=b"n" * 16, ssrc=0xABCDEF01, first_sequence=65_530, first_timestamp=0, filling=bytes(144)
)


class Path:
    """A source and a target with a path between them that a test can disturb."""

    def __init__(self, *, delay=10 * MS, offset=0, order=ORDER, same_kernel=False, limits=None):
        self.delay, self.offset = delay, offset
        self.now = 0
        self.source = SourceStream(order, RANDOM, b"kernel A", now=0)
        self.target = Target(b"kernel A" if same_kernel else b"kernel B", limits)
        self.target.allow([order.pair_key])
        self.lose = lambda frame: False
        self.clock = lambda: WALL + self.now
        self.lane = self.source.packets(self.send, self.clock, lambda: self.source.sent_all(self.now))
        next(self.lane)
        self.heard: list[bytes] = []
        self.answers: list[bytes] = []

    def deliver(self, data, source=HOME, *, tos=46 << 2, ttl=60):
        """Brings a datagram to the target; returns its answer, None for silence."""
        self.heard.append(bytes(data))
        arrived = WALL + self.now + self.delay + self.offset
        arrival = Arrival(bytes(data), source, arrived, tos, ttl)
        answer = self.target.receive(arrival, arrived)
        return None if answer is None else answer.data

    def send(self, packet):
        """Brings a packet of the stream to the target, unless it gets lost."""
        if not self.lose(packet):
            self.deliver(packet)

    def exchange(self, frame):
        """Sends a control frame there and its answer back, unless it gets lost."""
        if self.lose(frame):
            return
        answer = self.deliver(frame)
        if answer is not None:
            self.answers.append(answer)
            returned = WALL + self.now + 2 * self.delay
            for more in self.source.receive(answer, returned, self.now + 2 * self.delay):
                self.exchange(more)

    def step(self, *, packet=True):
        """Twenty milliseconds of life."""
        self.now += 20 * MS
        if self.source.phase is Phase.STREAMING and packet:
            self.lane.send(WALL + self.now)
        if self.source.wake_at <= self.now and self.source.phase is not Phase.FINISHED:
            for frame in list(self.source.wake(self.now, WALL + self.now)):
                self.exchange(frame)

    def run(self):
        """Lives until the stream has its outcome."""
        for _ in range(3000):
            if self.source.phase is Phase.FINISHED:
                return self.source.outcome()
            self.step()
        pytest.fail("the stream never finished")


def is_rtp(data):
    return data[0] & 0xC0 == 0x80


def test_a_perfect_path_gives_a_perfect_record():
    """All packets arrive, with their delay, mark and TTL, through a sequence number wrap."""
    outcome = Path().run()
    stream = stream_summary(outcome, 0.04)
    assert outcome.error is None
    assert (stream.packets_sent, stream.packets_received, stream.packets_lost) == (50, 50, 0)
    assert stream.one_way_delay_mean == pytest.approx(0.010, abs=1e-9)
    assert stream.dscp_counts == {46: 50}
    assert (stream.ttl_min, stream.ttl_max) == (60, 60)


def test_packets_look_as_their_codec_says():
    """Header, sequence, timestamp and size of the RTP packets follow RFC 3550 and the codec."""
    path = Path()
    path.run()
    packets = [data for data in path.heard if is_rtp(data)]
    assert {len(data) for data in packets} == {12 + 160}
    sequences = [int.from_bytes(data[2:4], "big") for data in packets]
    assert sequences == [(65_530 + n) % 65_536 for n in range(50)]
    assert [int.from_bytes(data[4:8], "big") for data in packets] == [160 * n for n in range(50)]
    assert {data[8:12].hex() for data in packets} == {"abcdef01"}
    assert [data[1] for data in packets] == [0x80] + [0] * 49


def test_answers_about_time_look_like_the_voice_they_are_about():
    """They have its size and code point, there and back, so that no router treats them otherwise."""
    path = Path()
    marks = []
    receive = path.target.receive

    def remember(arrival, wall):
        answer = receive(arrival, wall)
        if arrival.data[0] == frames.SYNC:
            marks.append((len(arrival.data), len(answer.data), answer.dscp))
        return answer

    path.target.receive = remember
    path.run()
    assert len(marks) > 10
    assert set(marks) == {(172, 172, 46)}


def test_the_record_tells_of_the_targets_clock():
    """The clock is looked at when the stream is accepted and when the record is first asked for."""
    readings = [ClockReading(at=WALL + n, beyond_raw=n, rate=0, error_max=n) for n in range(9)]
    path = Path()
    path.target = Target(b"kernel B", read_clock=iter(readings).__next__)
    path.target.allow([KEY])
    assert path.run().arrivals.clock == ClockWatch(before=readings[0], after=readings[1])


@pytest.mark.parametrize("offset", [-500 * MS, 0, 3_000 * MS])
def test_the_clock_offset_is_found_on_a_symmetric_path(offset):
    """Delay does not depend on how the target's clock stands, and says how it was found."""
    outcome = Path(offset=offset).run()
    health = sender_health(outcome)
    assert stream_summary(outcome, 0.04).one_way_delay_mean == pytest.approx(0.010, abs=1e-8)
    assert (health.clock_method, health.clock_error_bound) == ("two-way", pytest.approx(0.010, abs=2e-5))


def test_one_kernel_means_one_clock():
    """Two agents on one machine need no estimate."""
    health = sender_health(Path(same_kernel=True).run())
    assert (health.clock_method, health.clock_error_bound) == ("same-clock", 0.0)


def test_lost_packets_are_those_the_path_lost():
    """Loss is counted by packet, not by guess."""
    path = Path()
    path.lose = lambda data: is_rtp(data) and int.from_bytes(data[2:4], "big") % 10 == 0
    stream = stream_summary(path.run(), 0.04)
    lost = sum((65_530 + n) % 65_536 % 10 == 0 for n in range(50))
    assert stream.packets_lost == lost


@pytest.mark.parametrize("settling", [0.1, 1.0])
def test_late_packets_are_awaited_as_long_as_the_order_says(settling):
    """The record is asked for so long, and a round trip, after the last packet left."""
    path = Path(order=msgspec.structs.replace(ORDER, settling=settling))
    genuine, asked = path.exchange, []

    def exchange(frame):
        if frame[0] == frames.FETCH:
            asked.append(path.now)
        genuine(frame)

    path.exchange = exchange
    last = memoryview(path.run().sent).cast("q")[-1] - WALL
    assert asked[0] - last == pytest.approx(settling * 1e9 + 2 * path.delay, abs=20 * MS)


def test_no_rtp_before_consent():
    """A target that does not know the key hears four questions a second and not one packet."""
    path = Path()
    path.target.allow([])
    outcome = path.run()
    assert outcome.error is RoundError.NO_CONSENT
    assert "port 49152" in outcome.error_detail
    assert path.answers == []
    assert not any(is_rtp(data) for data in path.heard)
    assert path.target.counts[Silence.UNKNOWN_KEY] == len(path.heard) == 12


def test_a_lost_welcome_is_asked_for_again_and_the_stream_is_one():
    """A repeated HELLO renews the question, not the stream."""
    path = Path()
    path.lose = lambda data: data[0] == frames.HELLO and path.now < 600 * MS
    stream = stream_summary(path.run(), 0.04)
    assert stream.packets_received == 50
    assert path.target.accepted == 1


def test_an_answer_slower_than_the_next_question_still_counts():
    """On a satellite path the first WELCOME comes after the second HELLO; both are of one stream."""
    path = Path()
    first = next(path.source.wake(0, WALL))
    second = next(path.source.wake(source.RETRY, WALL + source.RETRY))
    answers = [path.deliver(first), path.deliver(second)]
    path.source.receive(answers[0], WALL + 600 * MS, 600 * MS)
    assert path.source.phase is Phase.STREAMING
    path.now = 700 * MS
    path.lane.send(WALL + path.now)
    assert path.target.counts[Silence.FORGED] == 0


def test_sending_stops_when_the_target_falls_silent():
    """Without an answer for a second the source stops sending, and keeps what it has."""
    path = Path(order=msgspec.structs.replace(ORDER, packets=500))
    path.lose = lambda data: path.now > 200 * MS
    outcome = path.run()
    sent = sum(stamp != 0 for stamp in memoryview(outcome.sent).cast("q"))
    assert outcome.error is RoundError.CONSENT_LOST
    assert 200 / 20 < sent <= (200 + 1_000 + 100 + 20) / 20
    assert outcome.arrivals is None


def test_consent_lost_and_found_keeps_the_record():
    """A hole longer than the consent ends the stream early; the record of it is still fetched."""
    path = Path(order=msgspec.structs.replace(ORDER, packets=200))
    path.lose = lambda data: 500 * MS < path.now < 2_500 * MS
    outcome = path.run()
    assert outcome.error is RoundError.CONSENT_LOST
    stream = stream_summary(outcome, 0.04)
    assert 0 < stream.packets_received < stream.packets_sent < 200


def test_a_forged_part_of_the_record_changes_nothing():
    """A part that does not prove itself, damaged or not, neither ends the stream nor gets into its record."""
    path = Path()
    genuine = path.exchange

    def exchange(frame):
        if frame[0] == frames.FETCH:
            forged = frames.build_part(bytes(32), RANDOM.ssrc, frames.Part(0, 1, b"no record"))
            assert path.source.receive(forged, WALL + path.now, path.now) == []
        genuine(frame)

    path.exchange = exchange
    outcome = path.run()
    assert outcome.error is None
    assert stream_summary(outcome, 0.04).packets_received == 50


def test_a_record_that_cannot_be_fetched_is_said_to_be_lost():
    """The stream went through but its record did not: an error, and no invented numbers."""
    path = Path()
    path.lose = lambda data: data[0] == frames.FETCH
    outcome = path.run()
    assert outcome.error is RoundError.REPORT_LOST
    assert stream_summary(outcome, 0.04) is None


def test_lost_parts_of_a_record_are_asked_for_again():
    """A long record comes in parts; each lost one is fetched again."""
    path = Path(order=msgspec.structs.replace(ORDER, packets=1500))
    seen = set()

    def lose_each_part_once(data):
        fresh = data[0] == frames.FETCH and data[7:9] not in seen
        seen.add(data[7:9]) if data[0] == frames.FETCH else None
        return fresh

    path.lose = lose_each_part_once
    stream = stream_summary(path.run(), 0.04)
    assert len(seen) > 3
    assert stream.packets_received == 1500


def test_every_answer_is_no_longer_than_its_question():
    """Amplification is at most one, frame by frame and in sum."""
    path = Path(order=msgspec.structs.replace(ORDER, packets=500))
    path.run()
    control = [data for data in path.heard if not is_rtp(data)]
    assert sum(map(len, path.answers)) <= sum(map(len, control))
    assert len(path.answers) <= len(control)


def test_strangers_get_silence():
    """Nothing without a valid tag is answered; everything is counted by reason."""
    path = Path()
    strangers = {
        b"": Silence.NOT_OURS,
        b"GET / HTTP/1.1\r\n\r\n": Silence.NOT_OURS,
        bytes(1000): Silence.NOT_OURS,
        bytes([frames.HELLO]) + bytes(10): Silence.FORGED,
        bytes([frames.HELLO]) + bytes(255): Silence.UNKNOWN_KEY,
        bytes([frames.SYNC]) + bytes(40): Silence.UNKNOWN_STREAM,
        bytes([frames.FETCH]) + bytes(1199): Silence.UNKNOWN_STREAM,
        bytes([0x80]) + bytes(171): Silence.UNKNOWN_STREAM,
    }
    for data, reason in strangers.items():
        before = path.target.counts[reason]
        assert path.deliver(data, ("203.0.113.9", 7)) is None
        assert path.target.counts[reason] == before + 1


def test_replayed_consent_gets_silence():
    """No control frame of a finished stream is answered a second time, from anywhere."""
    path = Path()
    path.run()
    control = [data for data in path.heard if not is_rtp(data)]
    before = sum(path.target.counts.values())
    for place in (HOME, ("203.0.113.9", 7)):
        assert [path.deliver(data, place) for data in control] == [None] * len(control)
    assert sum(path.target.counts.values()) == before + 2 * len(control)


def test_replay_during_the_stream_gets_silence():
    """Each HELLO, SYNC and FETCH is answered once while the stream lives, too."""
    path = Path()
    for _ in range(30):
        path.step()
    control = [data for data in path.heard if not is_rtp(data)]
    assert len(control) >= 5
    assert [path.deliver(data) for data in control] == [None] * len(control)
    assert path.target.counts[Silence.REPLAYED] == len(control)


def test_an_old_consent_is_taken_for_a_replay():
    """A recorded HELLO is worth nothing after ten minutes, even to a target that was restarted."""
    path = Path(offset=CLOCK_TOLERANCE + 1)
    path.step()
    assert path.answers == []
    assert path.target.counts[Silence.REPLAYED] == 1


def test_forged_packets_are_counted_and_change_nothing():
    """A packet with a wrong tag, size or index is not measured."""
    path = Path()
    for _ in range(20):
        path.step()
    genuine = next(data for data in path.heard if is_rtp(data))
    wrong_tag = genuine[:20] + bytes(8) + genuine[28:]
    far_sequence = genuine[:2] + b"\x50\x00" + genuine[4:]
    for forged in (wrong_tag, genuine[:-1], far_sequence):
        path.deliver(forged)
    outcome = path.run()
    assert outcome.arrivals.forged == 3
    assert stream_summary(outcome, 0.04).packets_received == 50
    assert stream_summary(outcome, 0.04).packets_duplicated == 0


def test_a_repeated_packet_is_a_duplicate_and_bounded():
    """Copies are counted as duplicates, and a flood of them cannot fill the memory."""
    path = Path()
    for _ in range(20):
        path.step()
    packet = next(data for data in path.heard if is_rtp(data))
    for _ in range(500):
        path.deliver(packet)
    stream = stream_summary(path.run(), 0.04)
    assert stream.packets_duplicated <= 2 * ORDER.packets


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(duration=0.5), "may last 0.5 s"),
        (Limits(packet_size=100), "may have 100 bytes"),
        (Limits(streams=0), "all 0 streams"),
        (Limits(streams_per_key=0), "already has 0 streams"),
        (Limits(packets_per_second=10), "takes 10 packets/s"),
    ],
)
def test_a_target_keeps_its_limits_and_says_so(limits, sentence):
    """What is too much is declined in words, and no packet is sent."""
    path = Path(limits=limits)
    outcome = path.run()
    assert outcome.error is RoundError.REFUSED
    assert sentence in outcome.error_detail
    assert path.target.counts[Silence.REFUSED] == 1
    assert not any(is_rtp(data) for data in path.heard)


def test_a_forgotten_stream_is_tidied_away():
    """A source that vanishes leaves nothing behind."""
    path = Path()
    for _ in range(10):
        path.step()
    assert path.target.active == 1
    path.target.expire(WALL + path.now + ORDER.packets * 20 * MS + LINGER + path.delay)
    assert path.target.active == 0


def test_answers_of_somebody_else_are_ignored():
    """Frames the source did not ask for, or without its key, move it nowhere."""
    path = Path()
    for frame in path.source.wake(0, WALL):
        path.heard.append(frame)
    for junk in (b"", bytes([frames.WELCOME]) + bytes(60), bytes([frames.TIME]) * 40, bytes(172)):
        assert path.source.receive(junk, WALL, 1) == []
    assert path.source.phase is Phase.GREETING


def test_another_protocol_is_declined_in_words(monkeypatch):
    """Agents of releases that do not understand each other say so instead of measuring nonsense."""
    path = Path()
    with monkeypatch.context() as later:
        later.setattr(frames, "PROTOCOL", 3)
        frame = next(path.source.wake(0, WALL))
    path.exchange(frame)
    assert path.source.outcome().error is RoundError.REFUSED
    assert "protocol 2, not 3" in path.source.outcome().error_detail


def test_a_mark_the_system_did_not_tell_is_not_measured():
    """Without ancillary data there is no code point, and no Best Effort in its place."""
    path = Path()
    deliver = path.deliver
    path.deliver = lambda data, source=HOME: deliver(data, source, tos=-1, ttl=0)
    stream = stream_summary(path.run(), 0.04)
    assert (stream.dscp_received, stream.dscp_counts, stream.ttl_min) == (None, {}, None)


def test_questions_without_end_cannot_fill_the_memory(monkeypatch):
    """Even the holder of a key is not answered when it asks about more streams than can be remembered."""
    monkeypatch.setattr(target, "NONCES_MAX", 3)
    path = Path(limits=Limits(streams=0))
    for number in range(5):
        nonce = bytes([number]) * 16
        path.source = SourceStream(
            ORDER, msgspec.structs.replace(RANDOM, nonce=nonce), b"kernel A", now=path.now
        )
        path.exchange(next(path.source.wake(path.now, WALL + path.now)))
    assert len(path.answers) == 3
    assert path.target.counts[Silence.REFUSED] == 5
    path.target.expire(WALL + 3 * CLOCK_TOLERANCE)
    path.exchange(frames.build_hello(KEY.key, path.source._hello(WALL + path.now)))
    assert len(path.answers) == 4
