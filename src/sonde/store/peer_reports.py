"""Bodies of peer reports: kept as they were made, and found again as long as nothing came since."""

from collections.abc import Sequence
from typing import Final

import msgspec

from sonde.model.samples import SampleSpan
from sonde.store.store import Store

BODY_COLUMNS: Final = ("workspace_id", "peer_id", "computed_at", "payloads", "layout", "body")

_PAYLOADS: Final = "toUInt32(uniqExact(number, digest))"
_OF_PEER: Final = "workspace_id = {workspace_id:Int64} AND peer_id = {peer_id:String}"

# The body as hex, because the client makes text of a String that happens to be some.
SELECT_BODY: Final = f"""
SELECT hex(body)
FROM (
    SELECT payloads, layout, body FROM peer_reports WHERE {_OF_PEER}
    ORDER BY computed_at DESC LIMIT 1
)
WHERE layout = {{layout:String}} AND payloads >= (SELECT {_PAYLOADS} FROM reports WHERE {_OF_PEER})
"""  # noqa: S608 - the parts are constants, values are parameters

SELECT_HEARD: Final = f"""
SELECT peer_id, {_PAYLOADS}, toUnixTimestamp64Milli(max(received_at))
FROM reports
WHERE workspace_id = {{workspace_id:Int64}} AND peer_id IN {{peer_ids:Array(String)}}
GROUP BY peer_id
"""  # noqa: S608 - as above


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
    rows = store.query(SELECT_BODY, {**msgspec.structs.asdict(span), "layout": layout})
    return bytes.fromhex(rows[0][0]) if rows else None


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
    parameters = {"workspace_id": workspace_id, "peer_ids": list(peer_ids)}
    found = dict.fromkeys(peer_ids, 0)
    for peer_id, payloads, newest in store.query(SELECT_HEARD, parameters):
        found[peer_id] = payloads
        if newest > until:
            del found[peer_id]
    return found
