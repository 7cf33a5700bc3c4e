"""A target's record travels whole or not at all."""

import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.probe.record import UNPACKED_LIMIT, ArrivalRecord, pack, unpack


def record(count, **changes):
    """The record of `count` arrivals."""
    fields = {
        "indexes": bytes(2 * count),
        "stamps": bytes(8 * count),
        "tos": bytes(2 * count),
        "ttl": bytes(count),
        "socket_drops": 0,
        "forged": 0,
        "timestamp_source": "kernel",
    }
    return ArrivalRecord(**fields | changes)


@given(st.integers(0, 3000), st.integers(1, 2000), st.randoms(use_true_random=False))
def test_parts_join_to_what_was_packed(count, part_bytes, chance):
    """Whatever the size of the parts, the record comes out as it went in."""
    original = record(count, stamps=chance.randbytes(8 * count))
    parts = pack(original, part_bytes)
    assert max(map(len, parts)) <= part_bytes
    assert unpack(b"".join(parts)) == original


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(data):
    """A damaged record is a ValueError and nothing else."""
    with pytest.raises(ValueError, match=r".+"):
        unpack(data)


def test_a_truncated_record_is_refused():
    """Half a record is no record."""
    packed = b"".join(pack(record(500, stamps=bytes(range(250)) * 16), 10_000))
    for cut in range(0, len(packed) - 1, 7):
        with pytest.raises(ValueError, match=r".+"):
            unpack(packed[:cut])


@pytest.mark.parametrize("field", ["indexes", "stamps", "tos", "ttl"])
def test_arrays_of_different_lengths_are_refused(field):
    """Each arrival has all of its values."""
    parts = pack(record(10, **{field: bytes(8)}), 10_000)
    with pytest.raises(ValueError, match="wrong length"):
        unpack(b"".join(parts))


def test_a_record_that_would_fill_the_memory_is_refused():
    """What unpacks to more than any honest record is not unpacked to the end."""
    bomb = zlib.compress(msgspec.msgpack.encode(record(0, indexes=bytes(4 * UNPACKED_LIMIT))))
    assert len(bomb) < 10_000
    with pytest.raises(ValueError, match=r".+"):
        unpack(bomb)
