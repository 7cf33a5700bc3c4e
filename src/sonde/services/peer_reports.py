"""Peer reports: a participant's connection from beginning to end, in rows and with what they come to."""

import msgspec

from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.model.peer_reports import PeerReport
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.model.samples import SampleSpan
from sonde.services.clock import Clock, utc_now
from sonde.services.report_keeping import report_body
from sonde.services.reports import nanoseconds
from sonde.store import Store
from sonde.webrtc.event_details import NetworkCheck


class PeerReports:
    """Reports of peers: kept ones of those that have gone quiet, and else made whenever somebody asks."""

    def __init__(self, directory: Directory, store: Store, now: Clock = utc_now) -> None:
        self._directory = directory
        self._store = store
        self._now = now

    def report(self, access: Access, peer_id: str) -> PeerReport:
        """One of the workspace's peers; one that has not reported has no streams.

        Raises:
            NotFound: the workspace has no such peer.
            Limited: it reported more than fits into one answer.
            Unavailable: the store cannot be asked now.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            peer = tx.peers.get(workspace_id, peer_id)
        if peer is None:
            raise NotFound(f"There is no peer {peer_id} in this workspace.")
        span = SampleSpan(workspace_id=workspace_id, peer_id=peer_id)
        body = report_body(self._store, span)
        checks = body.metadata.network_checks or _told_network(peer)
        return PeerReport(
            peer=peer,
            until=peer.until(self._now()),
            metadata=msgspec.structs.replace(body.metadata, network_checks=checks),
            classes=body.classes,
        )


def _told_network(peer: Peer) -> list[NetworkCheck]:
    """What our collector says of the network with its first batch; it checks nothing before a call."""
    network = peer.device.network
    return [NetworkCheck(at=nanoseconds(peer.created_at), effective_type=network)] if network else []
