"""When the body of a peer's report is kept, and what is shown of a peer of which none is."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from sonde.model.peer_reports import ReportBody
from sonde.model.samples import SampleSpan
from sonde.quality.realtimekit import MODEL, MODEL_VERSION
from sonde.services.report_making import make_body
from sonde.store import Store
from sonde.store.peer_reports import HeardPeer, KeptBody, insert_bodies, select_body, select_heard

LAYOUT: Final = blake2b(
    repr((MODEL, MODEL_VERSION, msgspec.inspect.type_info(ReportBody))).encode(), digest_size=8
).hexdigest()
"""Names all that a body consists of, and what scored its rows; what another release kept may differ."""

_decoder: Final = msgspec.msgpack.Decoder(ReportBody)


def report_body(store: Store, span: SampleSpan) -> ReportBody:
    """The body of a peer's report: the kept one, or else one that is made now.

    Raises:
        Limited: it reported more than fits into one answer.
        Unavailable: the store cannot be asked now.
    """
    kept = select_body(store, span, layout=LAYOUT)
    return make_body(store, span) if kept is None else _decoder.decode(kept)


def keep_bodies(store: Store, spans: Sequence[SampleSpan], *, settled: int, computed_at: int) -> None:
    """Keep the bodies of the reports of some peers of a workspace.

    Args:
        store: where from, and where to.
        spans: whose, and all of their time; none is fine.
        settled: of payloads that came up to then, milliseconds since the epoch, all is in the store. Peers of
            which more came later are left out: a payload is in the store before what is in it.
        computed_at: now, milliseconds since the epoch.

    Raises:
        Limited: a peer reported more than fits into one answer.
        Unavailable: the store cannot be used now.
    """
    if not spans:
        return
    workspace_id = spans[0].workspace_id
    # Before the samples: a payload that comes in between makes what is kept old.
    told = select_heard(store, workspace_id, [span.peer_id for span in spans])
    heard = {each.peer_id: each for each in told}
    kept = []
    for span in spans:
        found = heard.get(span.peer_id, HeardPeer(span.peer_id, 0, 0))
        if found.newest <= settled:
            body = msgspec.msgpack.encode(make_body(store, span))
            kept.append(
                KeptBody(
                    workspace_id=workspace_id,
                    peer_id=span.peer_id,
                    computed_at=computed_at,
                    payloads=found.payloads,
                    layout=LAYOUT,
                    body=body,
                )
            )
    insert_bodies(store, kept)
