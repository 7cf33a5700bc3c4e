"""What clients measured, found again: the streams of a peer, and their samples."""

from datetime import datetime
from typing import BinaryIO

import msgspec

from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.model.people import Access
from sonde.model.samples import LAST, NumberedSample, SampleSpan, SeenStream, StreamKey
from sonde.services.evaluations import no_peer
from sonde.services.reports import nanoseconds
from sonde.services.sighting_checks import checked_uuid
from sonde.store import Store
from sonde.store.exports import Form
from sonde.store.sample_exports import export_samples
from sonde.store.samples import select_samples, select_streams


class SampleWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Samples from `start` to before `end`; None leaves an end open."""

    start: datetime | None = None
    end: datetime | None = None


class Samples:
    """Samples of clients, as they were reported."""

    def __init__(self, directory: Directory, store: Store) -> None:
        self._directory = directory
        self._store = store

    def streams(self, access: Access, peer_id: str, window: SampleWindow) -> list[SeenStream]:
        """The streams that a peer reported, by their first sample.

        Raises:
            NotFound: nothing is known of such a peer.
            Limited: there is too much for one answer.
            Unavailable: the store cannot be asked now.
        """
        found = select_streams(self._store, span_of(access, peer_id, window))
        if not found:
            self._require(access, peer_id)
        return found

    def page(
        self,
        access: Access,
        peer_id: str,
        stream: StreamKey,
        window: SampleWindow,
        *,
        limit: int,
        after: int = -1,
    ) -> list[NumberedSample]:
        """Samples of one stream in their order, at most `limit`, with numbers above `after`.

        Raises:
            NotFound: the peer reported no such stream.
            Limited: there is too much for one answer.
            Unavailable: the store cannot be asked now.
        """
        span = span_of(access, peer_id, window)
        found = select_samples(self._store, span, stream, limit=limit, after=after)
        if not found:
            self._require_stream(access, peer_id, stream)
        return found

    def export(
        self, access: Access, peer_id: str, stream: StreamKey, window: SampleWindow, form: Form
    ) -> BinaryIO:
        """A file of all samples of one stream in a window.

        Raises:
            NotFound: the peer reported no such stream.
            Limited: there is too much for one answer.
            Unavailable: the store cannot be asked now.
        """
        self._require_stream(access, peer_id, stream)
        return export_samples(self._store, span_of(access, peer_id, window), stream, form)

    def _require_stream(self, access: Access, peer_id: str, stream: StreamKey) -> None:
        everything = span_of(access, peer_id, SampleWindow())
        if not select_samples(self._store, everything, stream, limit=1):
            self._require(access, peer_id)
            raise NotFound(
                f"The peer {peer_id} reported no stream {stream.stream_id!r} of a connection "
                f"{stream.connection!r}.",
                hint=f"GET /v1/peers/{peer_id}/streams lists those it reported.",
            )

    def _require(self, access: Access, peer_id: str) -> None:
        """Make sure that something is known of a peer, if only that it came."""
        with self._directory.read() as tx:
            if tx.peers.session_of(access.workspace.workspace_id, peer_id) is not None:
                return
        if not select_streams(self._store, span_of(access, peer_id, SampleWindow())):
            raise no_peer(peer_id)


def span_of(access: Access, peer_id: str, window: SampleWindow) -> SampleSpan:
    """The samples of a peer in a window.

    Raises:
        Invalid: the id is no UUID.
    """
    return SampleSpan(
        workspace_id=access.workspace.workspace_id,
        peer_id=checked_uuid(peer_id, field="peer_id"),
        start=0 if window.start is None else max(nanoseconds(window.start), 0),
        end=LAST if window.end is None else min(nanoseconds(window.end), LAST),
    )
