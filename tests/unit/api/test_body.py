"""Bodies: unpacked under a cap, decoded, complained about by field."""

import gzip
import zlib

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from sonde.api.body import decode_json, recognise, unpack
from sonde.model.control import ResultsUpload
from sonde.model.errors import Invalid

UPLOAD = msgspec.json.Decoder(ResultsUpload)


@given(st.binary(max_size=2000))
def test_gzip_is_undone(body):
    """Any body survives, and so does one without an encoding."""
    assert unpack(gzip.compress(body), encoding="GZip", limit=2000) == body
    assert unpack(body, encoding="", limit=1) == body


@given(st.binary(max_size=300))
def test_anything_else_called_gzip_is_refused(body):
    """Bytes that are not gzip are the sender's mistake."""
    with pytest.raises(Invalid):
        unpack(body, encoding="gzip", limit=1000)


@pytest.mark.parametrize("size", [1001, 10_000_000])
def test_a_bomb_is_stopped_at_the_cap(size):
    """However well it is packed, no more than the cap is unpacked."""
    with pytest.raises(RequestEntityTooLarge, match="1000 bytes"):
        unpack(gzip.compress(bytes(size)), encoding="gzip", limit=1000)


def test_the_cap_itself_fits():
    """A body of exactly the cap is taken."""
    assert unpack(gzip.compress(bytes(1000)), encoding="gzip", limit=1000) == bytes(1000)


def test_a_cut_body_is_refused():
    """A body whose end is missing is not taken for a shorter one."""
    with pytest.raises(Invalid, match="too early"):
        unpack(gzip.compress(bytes(1000))[:-9], encoding="gzip", limit=2000)


def test_a_second_member_is_refused():
    """What follows the end would otherwise be dropped in silence."""
    with pytest.raises(Invalid, match="follows"):
        unpack(gzip.compress(b"{}") + gzip.compress(b"{}"), encoding="gzip", limit=2000)


@given(st.binary(max_size=2000))
def test_zstd_is_undone(body):
    """Any body survives."""
    assert unpack(zstandard.compress(body), encoding="zstd", limit=2000) == body


@given(st.binary(max_size=300))
def test_anything_else_called_zstd_is_refused(body):
    """Bytes that are not zstd are the sender's mistake."""
    with pytest.raises(Invalid):
        unpack(body, encoding="zstd", limit=1000)


@pytest.mark.parametrize("size", [1001, 10_000_000])
def test_a_zstd_bomb_is_stopped_at_the_cap(size):
    """However well it is packed, no more than the cap is unpacked."""
    with pytest.raises(RequestEntityTooLarge, match="1000 bytes"):
        unpack(zstandard.compress(bytes(size)), encoding="zstd", limit=1000)


def test_a_zstd_body_of_another_length_is_refused():
    """Neither a cut one nor one that something follows is taken for a shorter one."""
    whole = zstandard.compress(bytes(range(256)))
    for wrong in (whole[:-3], whole + whole, whole + b"x"):
        with pytest.raises(Invalid, match=r"too early|follows"):
            unpack(wrong, encoding="zstd", limit=2000)


def test_a_packed_body_is_recognised_by_its_first_bytes():
    """A beacon cannot say how it is packed."""
    packed = [gzip.compress(b"{}"), zstandard.compress(b"{}"), b"{}", b""]
    assert [recognise(body) for body in packed] == ["gzip", "zstd", "", ""]


def test_an_unknown_encoding_is_named():
    """The sender learns what is supported."""
    with pytest.raises(HTTPException, match="deflate") as caught:
        unpack(zlib.compress(b"{}"), encoding="deflate", limit=2000)
    assert caught.value.status_code == 415


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"", "", "not valid JSON"),
        (b"{", "", "not valid JSON"),
        (b'{"results": []}{}', "", "not valid JSON"),
        (b'{"results": [\xff]}', "", "not valid JSON"),
        (b"[]", "", "Expected `object`"),
        (b"{}", "results", "required"),
        (b'{"results": 7}', "results", "Expected `array`"),
        (b'{"results": [{}]}', "results[0].test_id", "required"),
        (b'{"results": [{"test_id": "7"}]}', "results[0].test_id", "Expected `int`, got `str`"),
        (b'{"results": [{"test_id": 7, "round_id": null}]}', "results[0].round_id", "Expected `int`"),
    ],
)
def test_what_is_wrong_is_named(body, field, message):
    """The error has the path of the field and what was expected there."""
    with pytest.raises(Invalid, match=message) as caught:
        decode_json(body, UPLOAD)
    assert caught.value.field == field
    assert "$" not in caught.value.message


def test_endless_nesting_is_refused():
    """A body made to exhaust the stack gets the same kind of answer as any other nonsense."""
    with pytest.raises(Invalid):
        decode_json(b'{"results": [], "more": ' + b"[" * 100_000, UPLOAD)
