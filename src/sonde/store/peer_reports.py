"""Bodies of peer reports: kept as they were made, and found again as long as nothing came since."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sonde.model.samples import SampleSpan
from sonde.store.store import Store

BODY_COLUMNS: Final = ("workspace_id", "peer_id", "computed_at", "payloads", "layout", "body")

# The body as hex, because the client makes text of a String that happens to be some.
SELECT_BODY: Final = """
SELECT argMax(layout, computed_at), argMax(payloads, computed_at), hex(argMax(body, computed_at))
FROM peer_reports
WHERE workspace_id = {workspace_id:Int64} AND peer_id = {peer_id:String}
"""

SELECT_HEARD: Final = """
SELECT peer_id, uniqExact(number, digest), toUnixTimestamp64Milli(max(received_at))
FROM reports
WHERE workspace_id = {workspace_id:Int64} AND peer_id IN {peer_ids:Array(String)}
GROUP BY peer_id
"""


class KeptBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a peer's report.

    Attributes:
        computed_at: milliseconds since the epoch.
        payloads: of how many it was made.
        layout: names its form.
        body: in that form.
    """

    workspace_id: int
    peer_id: str
    computed_at: int
    payloads: int
    layout: str
    body: bytes


def insert_bodies(store: Store, bodies: Sequence[KeptBody]) -> None:
    """Keep some bodies in place of those before. All is on the disk when this returns.

    Raises:
        Unavailable: the insert failed; it may be repeated.
    """
    if bodies:
        token = f"{bodies[0].computed_at}/{bodies[0].peer_id}"
        rows = [msgspec.structs.astuple(each) for each in bodies]
        store.insert("peer_reports", rows, columns=BODY_COLUMNS, token=token)


def select_body(store: Store, span: SampleSpan, *, layout: str) -> bytes | None:
    """The body of a peer's report, if one of the layout is kept and nothing came since it was made.

    Raises:
        Unavailable: the store failed.
    """
    whose = {"workspace_id": span.workspace_id, "peer_id": span.peer_id}
    [[found, payloads, body]] = store.query(SELECT_BODY, whose)
    if found != layout:
        return None
    # A question of its own, because the engine takes longer for one of both tables.
    heard = _heard(store, span.workspace_id, [span.peer_id])
    return bytes.fromhex(body) if all(count <= payloads for _, count, _ in heard) else None


def select_settled(store: Store, workspace_id: int, peer_ids: Sequence[str], *, until: int) -> dict[str, int]:
    """How many payloads came of those of some peers of whom none came later than a time.

    Args:
        store: where from.
        workspace_id: whose they are.
        peer_ids: who is asked for. Imported files are payloads of no peer.
        until: milliseconds since the epoch.

    Raises:
        Unavailable: the store failed.
    """
    found = dict.fromkeys(peer_ids, 0)
    for peer_id, payloads, newest in _heard(store, workspace_id, peer_ids):
        found[peer_id] = payloads
        if newest > until:
            del found[peer_id]
    return found


def _heard(store: Store, workspace_id: int, peer_ids: Sequence[str]) -> Sequence[Sequence[Any]]:
    """Of those of some peers of whom anything came: how many payloads, and when the last one did."""
    return store.query(SELECT_HEARD, {"workspace_id": workspace_id, "peer_ids": list(peer_ids)})
