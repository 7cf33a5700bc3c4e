"""Which peers had an issue, or a score within bounds, by what was concluded of them last."""

from collections.abc import Collection
from typing import Any, Final

from sonde.model.listing import PeerFilter
from sonde.store.store import Store

_OF_PEERS: Final = "workspace_id = {workspace_id:Int64} AND peer_id IN {peer_ids:Array(String)}"

SELECT_WITH_ISSUE: Final = f"""
SELECT DISTINCT peer_id
FROM issues FINAL
WHERE {_OF_PEERS} AND type = {{issue:String}}
    AND (peer_id, computed_at) IN (
        SELECT peer_id, max(computed_at) FROM peer_summaries WHERE {_OF_PEERS} GROUP BY peer_id
    )
"""  # noqa: S608 - the parts are constants, values are parameters

SELECT_WITH_SCORE: Final = f"""
SELECT peer_id
FROM (
    SELECT peer_id, arrayMin(scores) AS worst
    FROM (
        SELECT peer_id, arrayFilter(
            score -> isNotNull(score),
            arrayMap(
                each -> JSONExtract(each, 'stream', 'mos', 'value', 'Nullable(Float64)'),
                JSONExtractArrayRaw(summary, 'streams')
            )
        ) AS scores
        FROM peer_summaries FINAL
        WHERE {_OF_PEERS}
    )
    WHERE notEmpty(scores)
)
WHERE worst >= {{mos_from:Float64}} AND worst < {{mos_below:Float64}}
"""  # noqa: S608 - as above

_NO_BOUND: Final = 100.0
"""Above every MOS."""


def select_matching(
    store: Store, workspace_id: int, peer_ids: Collection[str], wanted: PeerFilter
) -> set[str]:
    """Those of some peers that had the issue and the score that are wanted.

    Raises:
        Limited: there are too many to be looked at together.
        Unavailable: the store failed.
    """
    whose: dict[str, Any] = {"workspace_id": workspace_id, "peer_ids": sorted(peer_ids)}
    found = set(peer_ids)
    if wanted.issue and found:
        found &= _ids(store, SELECT_WITH_ISSUE, whose | {"issue": wanted.issue})
    if (wanted.mos_from is not None or wanted.mos_below is not None) and found:
        least = 0.0 if wanted.mos_from is None else wanted.mos_from
        below = _NO_BOUND if wanted.mos_below is None else wanted.mos_below
        found &= _ids(store, SELECT_WITH_SCORE, whose | {"mos_from": least, "mos_below": below})
    return found


def _ids(store: Store, sql: str, parameters: dict[str, Any]) -> set[str]:
    return {str(peer_id) for [peer_id] in store.query(sql, parameters)}
