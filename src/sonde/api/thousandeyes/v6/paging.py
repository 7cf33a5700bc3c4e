"""Where the next page of results is."""

from urllib.parse import urlencode

from sonde.api.thousandeyes.timerange import TimeRange
from sonde.api.thousandeyes.units import show_moment


def next_link(url: str, parameters: dict[str, str], *, asked: TimeRange, last_round: int, page: int) -> str:
    """The address of the page that begins after a round, in version 6's own parameters.

    Times are absolute, so that it means the same rounds whenever it is followed.

    Args:
        url: of the results, without a query.
        parameters: what else the caller asked with, such as `aid`.
        asked: the range of all pages together.
        last_round: the last round of this page.
        page: the number of the next page.
    """
    query = {
        **parameters,
        "from": show_moment(asked.start),
        "to": show_moment(asked.end),
        "lastRoundId": str(last_round),
        "page": str(page),
    }
    return f"{url}?{urlencode(query)}"
