"""RTCP source descriptions and goodbyes."""

import pytest

from sonde.rtp.rtcp import build, parse
from sonde.rtp.rtcp_sources import CNAME, Goodbye, SdesChunk, SdesItem, SourceDescription
from sonde.rtp.wire import MalformedPacket


def test_source_description_is_laid_out_as_in_rfc_3550():
    """Items end with one to four zeros, so that each chunk fills whole words."""
    description = SourceDescription(
        chunks=(
            SdesChunk(ssrc=0x01020304, items=(SdesItem(kind=CNAME, value=b"a@b"),)),
            SdesChunk(
                ssrc=0x05060708, items=(SdesItem(kind=CNAME, value=b"x"), SdesItem(kind=2, value=b"yyy"))
            ),
            SdesChunk(ssrc=0x090A0B0C),
        )
    )
    data = bytes.fromhex(
        "83ca0009 01020304 01036140 62000000 05060708 01017802 03797979 00000000 090a0b0c 00000000"
    )
    assert build(description) == data
    assert parse(data) == description


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        (None, "81cb0001 01020304"),
        (b"", "81cb0002 01020304 00000000"),
        (b"bye", "81cb0002 01020304 03627965"),
        (b"done", "81cb0003 01020304 04646f6e 65000000"),
    ],
)
def test_goodbye_is_laid_out_as_in_rfc_3550(reason, data):
    """No reason and an empty one are told apart; a reason is filled up to whole words."""
    goodbye = Goodbye(ssrcs=(0x01020304,), reason=reason)
    assert build(goodbye) == bytes.fromhex(data)
    assert parse(bytes.fromhex(data)) == goodbye


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        ("81ca0000", 4, "source of a chunk cut short"),
        ("81ca0001 01020304", 8, "list of items cut short"),
        ("81ca0002 01020304 01026162", 12, "list of items cut short"),
        ("81ca0002 01020304 01016101", 12, "length of an item cut short"),
        ("81ca0002 01020304 01036162", 12, "item of 3 bytes cut short"),
        ("80ca0001 00000000", 4, "4 bytes behind source description"),
        ("82cb0001 01020304", 8, "list of 2 sources cut short"),
        ("80cb0001 04616263", 8, "reason of 4 bytes cut short"),
        ("80cb0002 00000000 00000000", 8, "4 bytes behind goodbye"),
    ],
)
def test_malformed_sources_say_where_and_why(data, offset, reason):
    """Each way to be malformed has its own reason and the byte at which it shows."""
    with pytest.raises(MalformedPacket) as caught:
        parse(bytes.fromhex(data))
    assert (caught.value.offset, caught.value.reason) == (offset, reason)


@pytest.mark.parametrize(
    ("packet", "message"),
    [
        (Goodbye(ssrcs=(-1,)), "ssrc -1 does not fit 32 bits"),
        (Goodbye(reason=bytes(256)), "bytes of reason 256 does not fit 8 bits"),
        (
            SourceDescription(chunks=(SdesChunk(ssrc=0, items=(SdesItem(kind=0, value=b""),)),)),
            "kind of item 0 would end the chunk",
        ),
        (
            SourceDescription(chunks=(SdesChunk(ssrc=0, items=(SdesItem(kind=1, value=bytes(256)),)),)),
            "bytes of item 256 does not fit 8 bits",
        ),
    ],
)
def test_build_names_the_field_that_does_not_fit(packet, message):
    """A value without room is refused, not cut."""
    with pytest.raises(ValueError, match=message):
        build(packet)
