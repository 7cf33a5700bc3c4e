"""Request bodies: unpacked under a cap, decoded, and complained about by field."""

import re
import zlib
from typing import Any, TypeVar

import msgspec
import zstandard
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from sonde.model.errors import Invalid

T = TypeVar("T")

_GZIP_WBITS = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_WINDOW = 2**23
"""Largest window in bytes that a decoder must support (RFC 8878 3.1.1.1.2), and so the largest to accept."""

_WHERE = re.compile(r"^(?P<what>.*) - at `(key in )?\$\.?(?P<field>.*)`$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<name>.*)`$")


def unpack(body: bytes, *, encoding: str, limit: int) -> bytes:
    """Undo a `Content-Encoding`.

    Args:
        body: as it came.
        encoding: the header's value; empty and `identity` mean as it is.
        limit: bytes the unpacked body may have.

    Raises:
        Invalid: the body is not what its encoding says.
        RequestEntityTooLarge: it unpacks to more than `limit`.
        HTTPException: 415 for an encoding that is not supported.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _gunzip(body, limit)
        case "zstd":
            return _unzstd(body, limit)
        case other:
            raise HTTPException(
                status_code=415,
                detail=f"Content-Encoding {other!r} is not supported; gzip, zstd and identity are.",
            )


def recognise(body: bytes) -> str:
    """The encoding that a body's first bytes tell of; no JSON begins with them."""
    if body.startswith(_GZIP_MAGIC):
        return "gzip"
    return "zstd" if body.startswith(zstandard.FRAME_HEADER) else ""


def _gunzip(body: bytes, limit: int) -> bytes:
    member = zlib.decompressobj(wbits=_GZIP_WBITS)
    try:
        text = member.decompress(body, limit + 1)
    except zlib.error as error:
        raise Invalid(f"The body is not gzip: {error}.") from error
    if len(text) > limit:
        raise RequestEntityTooLarge(detail=f"The body unpacks to more than {limit} bytes.")
    if not member.eof:
        raise Invalid("The gzip body ends too early.")
    if member.unused_data:
        raise Invalid("Something follows the end of the gzip body.")
    return text


def _unzstd(body: bytes, limit: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        with decompressor.stream_reader(body) as reader:
            if len(reader.read(limit + 1)) > limit:
                raise RequestEntityTooLarge(detail=f"The body unpacks to more than {limit} bytes.")
        # Now that it is known to be small: only this object says whether the frame is whole.
        frame = decompressor.decompressobj()
        text = frame.decompress(body)
    except zstandard.ZstdError as error:
        raise Invalid(f"The body is not zstd: {error}.") from error
    if not frame.eof:
        raise Invalid("The zstd body ends too early.")
    if frame.unused_data:
        raise Invalid("Something follows the end of the zstd body.")
    return text


def decode_json(body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """Decode a JSON body into what the decoder is for.

    Raises:
        Invalid: it is not JSON, or a field is missing or of another type; `field` is its path.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"The body is not valid JSON: {error}.") from error
    except RecursionError as error:
        raise Invalid("The body is nested too deeply.") from error


def _explain(text: str) -> Invalid:
    """Take the field out of msgspec's sentence, `Expected ... - at `$.agents[0].agentId``."""
    found = _WHERE.match(text)
    what, field = (found["what"], found["field"]) if found else (text, "")
    missing: Any = _MISSING.match(what)
    if missing:
        field = f"{field}.{missing['name']}" if field else missing["name"]
        return Invalid("This field is required.", field=field)
    return Invalid(f"{what}.", field=field)
