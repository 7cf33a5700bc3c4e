"""Reading forward through bytes, and refusing what has no room."""

import pytest

from sonde.rtp.wire import MalformedPacket, Reader, pad, require_fit, require_signed_fit

DATA = bytes.fromhex("00010203 04050607 08090a0b")


def test_reader_stays_inside_its_part():
    """A reader of some bytes of a datagram never gives those behind them."""
    reader = Reader(DATA, start=4, end=10)
    assert (reader.take_uint8("number"), reader.take(3, "text")) == (4, b"\x05\x06\x07")
    with pytest.raises(MalformedPacket) as caught:
        reader.take_uint32("word")
    assert (caught.value.offset, caught.value.reason) == (10, "word cut short")
    assert reader.take(reader.remaining, "rest") == b"\x08\x09"


@pytest.mark.parametrize(("taken", "offset"), [(0, 4), (1, 8), (3, 8), (4, 8)])
def test_reader_aligns_to_words(taken, offset):
    """Aligning skips what is left of a word that was begun, and nothing else."""
    reader = Reader(DATA, start=4, end=12)
    reader.take(taken, "bytes")
    reader.align()
    assert reader.offset == offset


def test_reader_finishes_only_at_its_end():
    """Bytes that nobody read are an error at the first of them."""
    reader = Reader(DATA, start=0, end=5)
    reader.take(4, "word")
    with pytest.raises(MalformedPacket) as caught:
        reader.finish("all")
    assert (caught.value.offset, caught.value.reason) == (4, "1 bytes behind all")
    reader.take(1, "byte")
    reader.finish("all")


@pytest.mark.parametrize(("check", "fits"), [(require_fit, (0, 255)), (require_signed_fit, (-128, 127))])
def test_limits_include_their_ends(check, fits):
    """The smallest and the largest number of eight bits fit, their neighbours do not."""
    low, high = fits
    check([("field", low, 8), ("field", high, 8)])
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=f"field {value} does not fit 8 bits"):
            check([("field", value, 8)])


@pytest.mark.parametrize(("size", "padded"), [(0, 0), (1, 4), (4, 4), (5, 8)])
def test_pad_fills_the_last_word(size, padded):
    """Bytes become whole words, and no word is added that is not begun."""
    assert pad(bytes(size)) == bytes(padded)
