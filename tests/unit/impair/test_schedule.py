import time

import pytest

from sonde.impair.config import RelayConfig
from sonde.impair.conversation import Conversation
from sonde.impair.impairment import Impairment, Scenario, Step
from sonde.impair.log import Outcome, PacketRecord
from sonde.impair.plan import Direction, Kind
from sonde.impair.schedule import Arrival, Schedule, SendStamp

START = 1_700_000_000_000_000_000
CLIENT = ("127.0.0.1", 40000)


def plan(records: list[PacketRecord], **options: object) -> Schedule[None]:
    config = RelayConfig(listen=CLIENT, target=CLIENT, **options)
    return Schedule(config, START, finish=records.append)


@pytest.fixture
def arrival():
    """Makes arrivals of one flow."""
    flow = Conversation(0)

    def make(
        *, at: int, payload: bytes = b"\x01 control", tos: int = 0, direction: Direction = Direction.FORWARD
    ) -> Arrival[None]:
        return Arrival(
            direction=direction,
            conversation=flow,
            origin=None,
            payload=payload,
            received_at=START + at,
            kernel_stamp=True,
            tos=tos,
            size=len(payload) + 28,
        )

    return make


def rtp(sequence: int) -> bytes:
    return b"\x80\x00" + sequence.to_bytes(2) + bytes(4) + (99).to_bytes(4) + b"voice"


def test_delay_counts_from_the_arrival(arrival) -> None:
    """A packet is due its delay after the kernel saw it, however late it is read, and not before."""
    schedule = plan([], forward=Impairment(delay=0.03))
    schedule.admit(arrival(at=1_000))
    assert schedule.next_due() == START + 30_001_000
    assert list(schedule.take_due(START + 30_000_999)) == []
    (waiting,) = schedule.take_due(START + 30_001_000)
    assert waiting.record.due_at - waiting.record.received_at == 30_000_000
    assert schedule.next_due() is None


def test_packets_due_together_keep_their_order(arrival) -> None:
    """Equal due times leave in the order of arrival."""
    schedule = plan([])
    for sequence in (3, 1, 2):
        schedule.admit(arrival(at=0, payload=rtp(sequence)))
    assert [waiting.record.sequence for waiting in schedule.take_due(START)] == [3, 1, 2]


def test_queue_overflow_is_counted_apart_from_loss(arrival) -> None:
    """The packet that finds the queue full is recorded as overflow, and the others stay."""
    records: list[PacketRecord] = []
    schedule = plan(records, max_queued=2)
    for sequence in range(3):
        schedule.admit(arrival(at=sequence, payload=rtp(sequence)))
    assert [(record.sequence, record.outcome) for record in records] == [(2, Outcome.OVERFLOW)]
    schedule.abandon()
    assert [record.outcome for record in records[1:]] == [Outcome.STOPPED, Outcome.STOPPED]
    assert schedule.next_due() is None


def test_control_packets_are_counted_per_flow_and_direction(arrival) -> None:
    """What is not RTP is named by its flow and a count that both directions keep for themselves."""
    records: list[PacketRecord] = []
    schedule = plan(records, forward=Impairment(loss=1.0), reverse=Impairment(loss=1.0))
    for direction in (Direction.FORWARD, Direction.FORWARD, Direction.REVERSE):
        schedule.admit(arrival(at=0, direction=direction))
    assert [(record.kind, record.ssrc, record.sequence) for record in records] == [
        (Kind.CONTROL, 0, 0),
        (Kind.CONTROL, 0, 1),
        (Kind.CONTROL, 0, 0),
    ]


def test_spared_control_arrives_late_but_once(arrival) -> None:
    """With spare_control, only RTP is lost; control packets still take their time."""
    records: list[PacketRecord] = []
    harsh = Impairment(loss=1.0, delay=0.01, dscp=8)
    schedule = plan(records, forward=harsh, spare_control=True)
    schedule.admit(arrival(at=0, tos=0xB9))
    schedule.admit(arrival(at=0, payload=rtp(1)))
    assert [record.kind for record in records] == [Kind.RTP]
    (waiting,) = schedule.take_due(START + 10_000_000)
    assert (waiting.copies, waiting.record.tos_in, waiting.record.tos_out) == (1, 0xB9, 8 << 2 | 1)


def test_scenario_counts_from_the_start_of_the_relay(arrival) -> None:
    """The impairment in force is the one at the packet's arrival."""
    steps = (Step(start=0, impairment=Impairment()), Step(start=1, impairment=Impairment(loss=1.0)))
    records: list[PacketRecord] = []
    schedule = plan(records, forward=Scenario(steps=steps, period=2))
    for sequence, at in enumerate((0, 999_999_999, 1_000_000_000, 2_000_000_000)):
        schedule.admit(arrival(at=at, payload=rtp(sequence)))
    assert [record.sequence for record in records] == [2]


def test_a_packet_never_sent_is_recorded_as_failed(arrival) -> None:
    """No send stamp means that the kernel refused the packet."""
    records: list[PacketRecord] = []
    schedule = plan(records)
    schedule.admit(arrival(at=0))
    (waiting,) = schedule.take_due(time.time_ns())
    schedule.sent(waiting, ())
    assert [record.outcome for record in records] == [Outcome.FAILED]


def test_the_bottleneck_delays_before_the_way(arrival) -> None:
    """Due is arrival, wait for others, serialisation and delay; a full queue loses the packet."""
    records: list[PacketRecord] = []
    schedule = plan(records, forward=Impairment(rate=64e3, queue=0.03, delay=0.01))
    for sequence in range(10):
        schedule.admit(arrival(at=0, payload=rtp(sequence)))
    each = round(8e9 * (len(rtp(0)) + 28) / 64e3)
    dues = [waiting.record.due_at - START for waiting in schedule.take_due(START + 10**9)]
    assert dues == [10_000_000 + each * n for n in range(1, len(dues) + 1)]
    assert [record.outcome for record in records] == [Outcome.CONGESTED] * (10 - len(dues))
    assert each * (len(dues) - 1) <= 30_000_000 < each * len(dues)


def test_damage_is_recorded(arrival) -> None:
    """Sizes before and after, and the byte that was inverted, are in the record of what is sent."""
    schedule = plan([], forward=Impairment(truncate=1.0, corrupt=1.0))
    whole = rtp(3) + bytes(160)
    schedule.admit(arrival(at=0, payload=whole))
    (waiting,) = schedule.take_due(START)
    record = waiting.record
    assert (record.size_in, record.size_out) == (len(whole), len(waiting.payload))
    assert record.size_out < record.size_in
    assert waiting.payload[record.inverted_at] == whole[record.inverted_at] ^ 0xFF


def test_a_stamp_that_is_not_the_kernels_is_told(arrival) -> None:
    """One copy without the kernel's stamp is enough to say so."""
    records: list[PacketRecord] = []
    schedule = plan(records)
    for by_kernel in (True, False):
        schedule.admit(arrival(at=0))
        (waiting,) = schedule.take_due(START)
        stamps = [SendStamp(START + 1, by_kernel=True), SendStamp(START + 2, by_kernel=by_kernel)]
        schedule.sent(waiting, stamps)
    assert [record.kernel_stamps for record in records] == [True, False]
    assert records[0].sent_at == (START + 1, START + 2)
