"""Addresses of version 7."""

from typing import Final
from urllib.parse import urlencode

from sonde.api.thousandeyes.addressing import Address, write_path
from sonde.api.thousandeyes.timerange import TimeRange
from sonde.api.thousandeyes.units import show_iso_moment
from sonde.api.thousandeyes.v7.cursor import Cursor, write_cursor
from sonde.api.thousandeyes.v7.schema import Link, Links, TestLinks

VERSION: Final = "v7"


def link(path: str, base: str) -> Link:
    """Where an endpoint is."""
    return Link(href=base + write_path(Address(version=VERSION, path=path)))


def self_links(path: str, base: str) -> Links:
    """Where an answer came from."""
    return Links(self=link(path, base))


def test_links(test_id: int, base: str) -> TestLinks:
    """Where a test and its results are; only what this server has."""
    return TestLinks(
        self=link(f"/tests/voice/{test_id}", base),
        test_results=[link(f"/test-results/{test_id}/rtp-server", base)],
    )


def page_links(
    path: str, parameters: dict[str, str], *, base: str, asked: TimeRange | None, last_round: int | None
) -> Links:
    """Where a page of results came from, and where the next one is.

    Args:
        path: of the results.
        parameters: what the caller asked with besides the range.
        base: this server's public address without a final slash.
        asked: the range of all pages together, None for the last round.
        last_round: the last round of this page, None when there is no more.
    """
    here = link(path, base)
    if asked is None or last_round is None:
        return Links(self=here)
    query = {
        **parameters,
        "startDate": show_iso_moment(asked.start),
        "endDate": show_iso_moment(asked.end),
        "cursor": write_cursor(Cursor(asked=asked, last_round=last_round)),
    }
    return Links(self=here, next=Link(href=f"{here.href}?{urlencode(query)}"))
