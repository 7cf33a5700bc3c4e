"""Each packet's fate, from the stamps of both ends, agrees with the summary of the stream."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.packets import PacketFlag, PacketTable, unpack_packets
from sonde.model.rounds import RoundReport
from sonde.probe.packet_trace import trace_packets, without_packets
from sonde.rtp.recorder import Arrivals, Departures, summarise

MS = 1_000_000
DEPTH = 0.040


def trace(sent: dict[int, int], arrived: list[tuple[int, int]], **clocks) -> PacketTable:
    """What becomes of packets sent at these times and copies received at those, in milliseconds."""
    departures, arrivals = both_ends(sent, arrived)
    options = {"clock_offset": 0, **clocks}
    return unpack_packets(trace_packets(departures, arrivals, jitter_buffer=DEPTH, **options))


def both_ends(sent: dict[int, int], arrived: list[tuple[int, int]]) -> tuple[Departures, Arrivals]:
    """The stamps of both ends."""
    index, stamps = np.array(arrived, dtype=np.int64).reshape(-1, 2).T
    return (
        Departures(index=np.array(list(sent)), sent_at=np.array(list(sent.values())) * MS),
        Arrivals(
            index=index,
            received_at=stamps * MS,
            tos=np.full(len(index), 46 << 2),
            ttl=np.full(len(index), 60),
        ),
    )


def test_every_fate_has_its_row() -> None:
    """Received, lost, twice, overtaken, too late; what was not sent has none, and is not of this stream."""
    sent = {0: 100, 1: 120, 2: 140, 3: 160, 5: 200}
    arrived = [(0, 110), (2, 151), (1, 152), (2, 153), (5, 251), (4, 300), (900, 300)]
    table = trace(sent, arrived)
    assert table.index.tolist() == [0, 1, 2, 2, 3, 5]
    assert table.flags.tolist() == [
        0,
        PacketFlag.REORDERED,
        0,
        PacketFlag.DUPLICATE,
        PacketFlag.LOST,
        PacketFlag.DISCARDED,
    ]
    assert (table.sent // MS).tolist() == [0, 20, 40, 40, 60, 100]
    assert (table.delay // MS).tolist() == [10, 32, 11, 13, 0, 51]
    assert table.tos.tolist() == [184, 184, 184, 184, -1, 184]
    assert table.ttl.tolist() == [60, 60, 60, 60, -1, 60]


def test_an_offset_makes_delays_one_way_and_none_makes_them_relative() -> None:
    """The same stamps, with and without knowledge of the clocks."""
    sent, arrived = {0: 0, 1: 20}, [(0, 1030), (1, 1055)]
    known = trace(sent, arrived, clock_offset=1000 * MS)
    assert (known.is_one_way, known.delay.tolist()) == (True, [30 * MS, 35 * MS])
    unknown = trace(sent, arrived, clock_offset=None)
    assert (unknown.is_one_way, unknown.delay.tolist()) == (False, [0, 5 * MS])


def test_skew_is_taken_out() -> None:
    """A target's clock that gains 50 ppm shows no growing delay."""
    sent = {index: 1000 * index for index in range(5)}
    arrived = [(index, 1000 * index + 30) for index in range(5)]
    departures, arrivals = both_ends(sent, arrived)
    gained = np.rint(50e-6 * departures.sent_at).astype(np.int64)
    skewed = msgspec.structs.replace(arrivals, received_at=arrivals.received_at + gained)
    found = trace_packets(
        departures, skewed, jitter_buffer=DEPTH, clock_offset=0, clock_skew=50e-6, offset_at=0
    )
    assert unpack_packets(found).delay.tolist() == [30 * MS] * 5


def test_a_stream_of_which_nothing_arrived_is_all_lost() -> None:
    """And one of which nothing was sent has no trace."""
    assert trace({0: 0, 1: 20}, []).flags.tolist() == [PacketFlag.LOST] * 2
    nothing = Departures(index=np.array([], dtype=int), sent_at=np.array([], dtype=int))
    _, arrivals = both_ends({0: 0}, [])
    assert trace_packets(nothing, arrivals, jitter_buffer=DEPTH, clock_offset=0) is None


@given(
    sent=st.sets(st.integers(0, 30), min_size=1),
    arrived=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 200)), max_size=60),
    is_known=st.booleans(),
)
def test_rows_add_up_to_the_summary(sent, arrived, is_known) -> None:
    """Every count, and the delays of first copies, whatever arrives."""
    by_time = sorted(arrived, key=lambda each: each[1])
    departures, arrivals = both_ends({index: 2 * index for index in sorted(sent)}, by_time)
    clock_offset = 7 if is_known else None
    summary = summarise(departures, arrivals, jitter_buffer=DEPTH, clock_offset=clock_offset)
    found = trace_packets(departures, arrivals, jitter_buffer=DEPTH, clock_offset=clock_offset)
    table = unpack_packets(found)

    def count(flag: PacketFlag) -> int:
        return int(np.count_nonzero(table.flags & flag))

    assert found.rows == summary.packets_sent + summary.packets_duplicated
    assert count(PacketFlag.LOST) == summary.packets_lost
    assert count(PacketFlag.DUPLICATE) == summary.packets_duplicated
    assert count(PacketFlag.REORDERED) == summary.packets_reordered
    assert count(PacketFlag.DISCARDED) == summary.packets_discarded
    first = table.delay[table.flags & (PacketFlag.LOST | PacketFlag.DUPLICATE) == 0]
    if len(first):
        assert (first.max() - first.min()) / 1e9 == pytest.approx(summary.pdv_max)
    if len(first) and is_known:
        assert first.min() / 1e9 == pytest.approx(summary.one_way_delay_min)


def test_an_outbox_can_do_without_packets() -> None:
    """All else of the report stays; what is no report stays as it is."""
    departures, arrivals = both_ends({0: 0}, [(0, 30)])
    light = RoundReport(
        test_id=1,
        round_id=60,
        target_agent_id=2,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=DEPTH,
        started_at=61.0,
        stream=summarise(departures, arrivals, jitter_buffer=DEPTH, clock_offset=0),
    )
    packets = trace_packets(departures, arrivals, jitter_buffer=DEPTH, clock_offset=0)
    heavy = msgspec.msgpack.encode(msgspec.structs.replace(light, packets=packets))
    assert without_packets(heavy) == msgspec.msgpack.encode(light)
    for body in (b"\xc1", msgspec.msgpack.encode("text")):
        assert without_packets(body) == body
