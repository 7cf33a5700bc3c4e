"""Whether this server works, for people, load balancers and service managers."""

from collections.abc import Callable

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

OK = "ok"


class SpoolHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What was acknowledged and is not in the store yet.

    Attributes:
        items: results of agents, or batches of clients.
        bytes: their size.
        oldest_age: seconds the oldest has waited; None when nothing waits.
    """

    items: int
    bytes: int
    oldest_age: float | None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the parts of a server.

    Attributes:
        status: `ok`, or `failing` when one of the parts is.
        store, flusher: `ok`, or a sentence that says what is wrong.
        spool, reports: results of agents and batches of clients that wait; None when it cannot be read.
    """

    status: str
    store: str
    flusher: str
    spool: SpoolHealth | None
    reports: SpoolHealth | None


def judge(*, store: str, flusher: str, spool: SpoolHealth | None, reports: SpoolHealth | None) -> Health:
    """Sum the parts up."""
    works = store == OK and flusher == OK and spool is not None and reports is not None
    status = OK if works else "failing"
    return Health(status=status, store=store, flusher=flusher, spool=spool, reports=reports)


@get("/healthz", sync_to_thread=True)
def show_health(check_health: NamedDependency[Callable[[], Health]]) -> Response[Health]:
    """Answer 200 when every part works, 503 when not."""
    health = check_health()
    return Response(health, status_code=200 if health.status == OK else 503)
