"""Whether a server can be reached from here, and how its clock differs from ours."""

import time
from email.utils import parsedate_to_datetime

import msgspec
from httpx2 import AsyncClient, HTTPError, Response

from sonde.probe.doctor.finding import Finding, Verdict

TIMEOUT = 5.0
HEALTH = "/healthz"

TOLERABLE = 2.0
"""Seconds that clocks may differ before people should look at them."""

FATAL = 300.0
"""Seconds ahead of the server from which it refuses an agent's results."""


async def check_server(url: str) -> Finding:
    """Asks a server how it is."""
    before = time.time()
    try:
        async with AsyncClient(base_url=url, timeout=TIMEOUT) as client:
            response = await client.get(HEALTH)
    except HTTPError as error:
        return _failed(f"{url} cannot be reached: {error}")
    after = time.time()
    try:
        status = msgspec.json.decode(response.content)["status"]
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError):
        return _failed(f"{url} answers with status {response.status_code} and is no Sonde server")
    return _judge(str(status), after - before, _difference(response, before, after))


def _difference(response: Response, before: float, after: float) -> float | None:
    """The server's clock minus ours in seconds, to about half a second: a Date has whole seconds only."""
    try:
        date = parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return None
    return date + 0.5 - (before + after) / 2


def _judge(status: str, took: float, difference: float | None) -> Finding:
    off = abs(difference or 0.0)
    is_well = status == "ok" and off <= TOLERABLE
    verdict = Verdict.FAILED if off > FATAL else Verdict.OK if is_well else Verdict.DEGRADED
    clock = "tells no time" if difference is None else f"clock {difference:+.1f} s from ours, +/- 0.5 s"
    return Finding(
        check="server",
        verdict=verdict,
        seen=f"{status}, answered in {1000 * took:.0f} ms, {clock}",
        meaning=_meaning(status, off),
        advice=() if is_well else ("compare `date -u` on both machines", "look at the server's log"),
        facts={"status": status, "answer_time": took, "clock_difference": difference},
    )


def _meaning(status: str, off: float) -> str:
    if off > FATAL:
        return "Clocks are so far apart that the server refuses results, and agents refuse streams."
    if off > TOLERABLE:
        return "Rounds start earlier or later than those of other agents; delays are not touched."
    if status != "ok":
        return "The server is there but not well; results wait in the outbox until it is."
    return "Results can be delivered, and rounds start when those of other agents do."


def _failed(seen: str) -> Finding:
    return Finding(
        check="server",
        verdict=Verdict.FAILED,
        seen=seen,
        meaning="No instructions come and no results are delivered; an agent goes on with what it knows.",
        advice=("check the URL, the name service and the firewall", "look whether `sonde serve` runs there"),
    )
