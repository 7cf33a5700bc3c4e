"""How a server is, part by part."""

from collections.abc import Iterable
from typing import Any

from sonde.api.health import OK, Health, SpoolHealth, judge
from sonde.model.errors import SondeError
from sonde.services.flusher import Flusher
from sonde.spool import Spool
from sonde.store import Store
from sonde.wiring.parts import Parts


def check_health(parts: Parts, flushers: Iterable[Flusher[Any]]) -> Health:
    """Look at each part; one that fails says how.

    Args:
        parts: what is open.
        flushers: what empties the spools.
    """
    return judge(
        store=_look_at_store(parts.store),
        flusher=next((flusher.failure for flusher in flushers if flusher.failure), OK),
        spool=_look_at_spool(parts.results),
        reports=_look_at_spool(parts.reports),
    )


def _look_at_store(store: Store) -> str:
    try:
        store.query("SELECT 1", {})
    except SondeError as error:
        return error.message
    return OK


def _look_at_spool(spool: Spool) -> SpoolHealth | None:
    try:
        depth = spool.depth()
    except SondeError:
        return None
    return SpoolHealth(items=depth.items, bytes=depth.bytes, oldest_age=depth.oldest_age)
