"""The books of ingest: what came from where, and what became of it."""

from datetime import UTC, datetime
from typing import Final

from sonde.model.ingest import SourceHealth
from sonde.store.store import Store

SOURCES_MAX: Final = 1000
"""Most sources of one answer, the latest first."""

SELECT_SOURCES: Final = f"""
SELECT source_id, toUnixTimestamp64Milli(max(received_at)), uniqExactIf(peer_id, refusal = ''),
    countIf(refusal = ''), sum(snapshots),
    mapFilter((name, count) -> name != '', sumMap(map(refusal, toUInt64(1)))),
    sumMap(skipped), sumMap(unknown)
FROM (
    SELECT source_id, received_at, peer_id, refusal, snapshots,
        mapApply((name, count) -> (toString(name), toUInt64(count)), skipped) AS skipped,
        mapApply((name, count) -> (toString(name), toUInt64(count)), unknown) AS unknown
    FROM reports FINAL
    WHERE workspace_id = {{workspace_id:Int64}}
        AND received_at >= fromUnixTimestamp64Milli({{since:Int64}})
)
GROUP BY source_id
ORDER BY max(received_at) DESC
LIMIT {SOURCES_MAX}
"""  # noqa: S608 - the number is a constant, values are parameters


def select_sources(store: Store, workspace_id: int, *, since: int) -> list[SourceHealth]:
    """What came with each key or token since a moment, the latest first.

    Args:
        store: where from.
        workspace_id: of the keys.
        since: milliseconds since the epoch.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    return [
        SourceHealth(
            source_id=source_id,
            last_seen=datetime.fromtimestamp(last_seen / 1000, UTC),
            peers=peers,
            batches=batches,
            accepted=accepted,
            refused=refused,
            skipped=skipped,
            unknown=unknown,
        )
        for source_id, last_seen, peers, batches, accepted, refused, skipped, unknown in store.query(
            SELECT_SOURCES, {"workspace_id": workspace_id, "since": since}
        )
    ]
