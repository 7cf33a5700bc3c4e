"""The two spellings every ThousandEyes endpoint has: with a version or without, with a suffix or without."""

from typing import Literal

import msgspec

PREFIX = "/thousandeyes"
"""Where this API is mounted."""

VERSION = "v6"
"""The version that paths without one mean, and the only one there is."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A path taken apart.

    Attributes:
        path: the endpoint itself, beginning with a slash.
        suffix: the format that the last segment asked for; None when it had no suffix.
    """

    path: str
    suffix: Literal["json", "xml"] | None = None


def read_path(path: str) -> Address:
    """Take `/v6/agents.json/` apart into `/agents` and `json`."""
    segments = [segment for segment in path.split("/") if segment]
    if segments and segments[0] == VERSION:
        segments = segments[1:]
    suffix: Literal["json", "xml"] | None = None
    if segments and segments[-1].endswith(".json"):
        suffix = "json"
    elif segments and segments[-1].endswith(".xml"):
        suffix = "xml"
    if suffix:
        segments[-1] = segments[-1].removesuffix(f".{suffix}")
    return Address(path="/" + "/".join(segments), suffix=suffix)


def wants_json(*, suffix: str | None, accept: str, format_parameter: str) -> bool:
    """Whether JSON, the only format there is, satisfies the request.

    The suffix wins over `Accept`, and `Accept` over `format=`.
    """
    if suffix:
        return suffix == "json"
    ranges = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if "application/json" in ranges:
        return True
    anything = not ranges or "*/*" in ranges or "application/*" in ranges
    return anything and format_parameter in ("", "json")
