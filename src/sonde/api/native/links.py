"""Signed addresses of files, as callers see them."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urljoin

import msgspec

from sonde.api.native.call import Call
from sonde.services.downloads import Link


class LinkItem(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file can be fetched by whoever has the address, without a token.

    Attributes:
        url: the address.
        expires_at: when it works no more; ask again for a fresh one.
    """

    url: str
    expires_at: datetime


def show_link(request: Call, link: Link) -> LinkItem:
    """A link, made whole by the address that the caller used where the server does not know its own."""
    return LinkItem(url=urljoin(str(request.base_url), link.url), expires_at=link.expires_at)


def example_link(file_name: str) -> dict[str, object]:
    """The example of a link that documents show."""
    path = f"/downloads/1/6f9619ff-8b86-4011-b42d-00c04fc964ff/{file_name}"
    found: dict[str, object] = msgspec.to_builtins(
        LinkItem(
            url=f"https://sonde.example.org{path}?expires=1785916800&signature=dGhlIHNpZ25hdHVyZQ",
            expires_at=EXPIRY,
        )
    )
    return found


EXPIRY: Final = datetime(2026, 8, 5, 8, tzinfo=UTC)
