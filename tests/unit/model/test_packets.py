"""Packets of a stream survive packing, and damaged ones are refused by the name of the field."""

import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sonde.model.packets import ROW_BYTES, PacketTable, PacketTrace, pack_packets, unpack_packets

ARRAYS = ("index", "sent", "delay", "tos", "ttl", "flags")


@st.composite
def tables(draw) -> PacketTable:
    """Any values that their places can hold; the index need not even rise."""
    rows = draw(st.integers(0, 40))
    kinds = dict(zip(ARRAYS, (np.uint16, np.int64, np.int64, np.int16, np.int16, np.uint8), strict=True))
    return PacketTable(
        is_one_way=draw(st.booleans()),
        **{name: draw(arrays(kind, rows)) for name, kind in kinds.items()},
    )


@given(table=tables())
def test_packets_come_back(table: PacketTable) -> None:
    """Bit by bit, by way of JSON, as an agent sends them."""
    trace = msgspec.json.decode(msgspec.json.encode(pack_packets(table)), type=PacketTrace)
    back = unpack_packets(trace)
    assert back.is_one_way == table.is_one_way
    for name in ARRAYS:
        assert np.array_equal(getattr(back, name), getattr(table, name)), name


@given(rows=st.integers(0, 100), data=st.binary(max_size=300))
def test_any_bytes_are_packets_or_refused(rows: int, data: bytes) -> None:
    """With one kind of error, whose message begins with the field."""
    for packed in (data, zlib.compress(data)):
        trace = PacketTrace(rows=rows, is_one_way=True, data=packed)
        if packed is not data and len(data) == rows * ROW_BYTES:
            assert len(unpack_packets(trace).index) == rows
        else:
            with pytest.raises(ValueError, match=r"^data "):
                unpack_packets(trace)


@pytest.mark.parametrize(
    ("rows", "data"),
    [
        (1, zlib.compress(bytes(ROW_BYTES - 1))),
        (1, zlib.compress(bytes(ROW_BYTES + 1))),
        (1, zlib.compress(bytes(ROW_BYTES))[:-1]),
        (1, zlib.compress(bytes(ROW_BYTES)) + b"x"),
        (0, zlib.compress(bytes(2**24))),
        (1, b""),
    ],
    ids=["short", "long", "cut", "more", "bomb", "empty"],
)
def test_a_wrong_length_is_refused(rows: int, data: bytes) -> None:
    """A bomb unpacks no further than one byte too many."""
    with pytest.raises(ValueError, match=r"^data "):
        unpack_packets(PacketTrace(rows=rows, is_one_way=True, data=data))


def test_a_usual_stream_shrinks_to_a_third() -> None:
    """Send times near a schedule and delays near each other take few bytes."""
    chance = np.random.default_rng(1)
    rows = 250
    table = PacketTable(
        is_one_way=True,
        index=np.arange(rows),
        sent=np.arange(rows) * 20_000_000 + chance.integers(0, 100_000, rows),
        delay=20_000_000 + chance.integers(0, 5_000_000, rows),
        tos=np.full(rows, 184),
        ttl=np.full(rows, 60),
        flags=np.zeros(rows, dtype=int),
    )
    assert len(pack_packets(table).data) < rows * ROW_BYTES / 3
