"""Request bodies: unpacked under a cap, decoded, and complained about by field."""

import re
import zlib
from typing import Any, TypeVar

import msgspec
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from sonde.model.errors import Invalid

T = TypeVar("T")

_GZIP_WBITS = 16 + zlib.MAX_WBITS
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
        case other:
            raise HTTPException(
                status_code=415, detail=f"Content-Encoding {other!r} is not supported; gzip and identity are."
            )


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
