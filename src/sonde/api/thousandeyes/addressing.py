"""The spellings every ThousandEyes endpoint has: with a version or without, with a suffix or without."""

import re
from typing import Literal, TypeAlias
from urllib.parse import quote

import msgspec

from sonde.model.errors import Invalid

PREFIX = "/thousandeyes"
"""Where this API is mounted."""

CURRENT = "v6"
"""The version that paths without one mean."""

SERVED = ("v5", "v6", "v7")
"""Versions there are, oldest first."""

SUFFIXED = ("v5", "v6")
"""Versions whose paths may end in a format."""

Suffix: TypeAlias = Literal["json", "xml"]

_PLAIN_IN_QUERY = "!$&'()*+,-./:;=?@_~%"
"""RFC 3986 section 3.4, and the percent sign, as it is escaped already."""

_VERSION = re.compile(r"v[0-9]{1,4}", re.ASCII)


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A path taken apart.

    Attributes:
        version: the version that is meant, whether the path names one or not; it may not exist.
        path: the endpoint itself, beginning with a slash.
        suffix: the format that the last segment asked for; None when it had no suffix.
    """

    version: str = CURRENT
    path: str
    suffix: Suffix | None = None

    @property
    def is_served(self) -> bool:
        """Whether there is such a version."""
        return self.version in SERVED


def read_path(path: str) -> Address:
    """Take `/v6/agents.json/` apart into `v6`, `/agents` and `json`."""
    segments = [segment for segment in path.split("/") if segment]
    version = CURRENT
    if segments and _VERSION.fullmatch(segments[0]):
        version, *segments = segments
    suffix: Suffix | None = None
    if segments and version in SUFFIXED:
        segments[-1], suffix = _read_suffix(segments[-1])
    return Address(version=version, path="/" + "/".join(segments), suffix=suffix)


def write_path(address: Address, query: bytes = b"") -> str:
    """An address on this server, fit for a header: what is not plain is escaped.

    Args:
        address: where to.
        query: as it came, without the question mark; it stays as it is as far as it is plain.
    """
    suffix = f".{address.suffix}" if address.suffix else ""
    path = quote(f"{PREFIX}/{address.version}{address.path}{suffix}")
    return f"{path}?{quote(query, safe=_PLAIN_IN_QUERY)}" if query else path


def read_id(text: str, field: str) -> int:
    """Read an identifier of a path or a query.

    Raises:
        Invalid: it is not a positive whole number of a sane size.
    """
    if text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0:
        return int(text)
    raise Invalid(f"Expected a positive whole number, got {text[:40]!r}.", field=field)


def _read_suffix(segment: str) -> tuple[str, Suffix | None]:
    if segment.endswith(".json"):
        return segment.removesuffix(".json"), "json"
    if segment.endswith(".xml"):
        return segment.removesuffix(".xml"), "xml"
    return segment, None
