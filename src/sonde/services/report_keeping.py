"""When the body of a peer's report is kept, and what is shown of a peer of which none is."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from sonde.model.peer_reports import ReportBody
from sonde.model.samples import SampleSpan
from sonde.quality.realtimekit import MODEL, MODEL_VERSION
from sonde.services.report_making import body_of, make_body
from sonde.store import Store
from sonde.store.peer_reports import KeptBody, insert_bodies, select_body
from sonde.store.samples import select_events
from sonde.webrtc.recording import PeerRecording

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


def keep_bodies(
    store: Store,
    recordings: Mapping[str, Sequence[PeerRecording]],
    payloads: Mapping[str, int],
    *,
    workspace_id: int,
    computed_at: int,
) -> None:
    """Keep the bodies of the reports of some peers.

    Args:
        store: where to.
        recordings: the connections of each peer, by its id; all of their time.
        payloads: of how many payloads that is, of those peers of whom all is in the store that came. Bodies
            of the others are not kept.
        workspace_id: whose they are.
        computed_at: now, milliseconds since the epoch.

    Raises:
        Limited: a peer told of more events than fit into one answer.
        Unavailable: the store cannot be used now.
    """
    kept = []
    for peer_id in payloads:
        span = SampleSpan(workspace_id=workspace_id, peer_id=peer_id)
        events = [event for _, event in select_events(store, span)]
        body = msgspec.msgpack.encode(body_of(recordings[peer_id], events))
        kept.append(
            KeptBody(
                workspace_id=workspace_id,
                peer_id=peer_id,
                computed_at=computed_at,
                payloads=payloads[peer_id],
                layout=LAYOUT,
                body=body,
            )
        )
    insert_bodies(store, kept)
