"""How ingest goes in a workspace."""

from datetime import timedelta

from sonde.model.ingest import SourceHealth
from sonde.model.people import Access
from sonde.services.clock import Clock, utc_now
from sonde.services.reports import nanoseconds
from sonde.store import Store
from sonde.store.ingest import select_sources


class IngestHealth:
    """Which keys and tokens are reported with, and what becomes of it."""

    def __init__(self, store: Store, now: Clock = utc_now) -> None:
        self._store = store
        self._now = now

    def sources(self, access: Access, window: timedelta) -> list[SourceHealth]:
        """What came in the latest time, by key and token, the latest first.

        Raises:
            Limited: the answer is too large to be made.
            Unavailable: the store cannot be asked now.
        """
        since = nanoseconds(self._now() - window) // 10**6
        return select_sources(self._store, access.workspace.workspace_id, since=since)
