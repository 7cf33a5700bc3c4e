"""Bodies of requests."""

from typing import TypeVar

import msgspec
from litestar.exceptions import HTTPException

from sonde.api.body import decode_json
from sonde.api.realtimekit.call import Call

T = TypeVar("T")


def read_body(request: Call, body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """Read a body of JSON; members that nobody knows are not looked at.

    Raises:
        HTTPException: 415 for a body that says it is something else.
        Invalid: it is not what the decoder is for; `field` is the member.
    """
    if request.content_type[0].lower() not in {"application/json", ""}:
        raise HTTPException(
            status_code=415, detail="The body must be JSON and say so: Content-Type: application/json."
        )
    return decode_json(body or b"{}", decoder)
