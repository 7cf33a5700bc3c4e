"""Reports on their way from the spool to the store."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from client_batches import make_batch

from sonde.model.sightings import Place, ReportingClient
from sonde.services import report_flushing
from sonde.services.live_changes import LiveChanges
from sonde.services.report_flushing import flush_reports
from sonde.services.report_reading import take_report
from sonde.services.reports import pack_report
from sonde.spool import Spool
from sonde.store import Store
from sonde.webrtc.dialects.collector import batch_decoder

NOW = 1_795_211_191_000_000
"""Microseconds since the epoch."""

TICKS = 40
PLACE = Place(
    client=ReportingClient(workspace_id=1, organization_id=1, source_id="client-key/1"),
    address="192.0.2.1",
    received_at=NOW * 1000,
)


class CountingStore(Store):
    """Remembers how many rows each insert into a table had."""

    def __init__(self, dsn: str) -> None:
        self.inserted: list[tuple[str, int]] = []
        super().__init__(dsn)

    def insert_columns(self, table: str, columns: Mapping[str, Sequence[Any]], *, token: str) -> None:
        """Insert as ever."""
        self.inserted.append((table, len(columns["at"])))
        super().insert_columns(table, columns, token=token)


def body() -> bytes:
    """A short batch that says the same of many ticks."""
    report = [{"id": "IT1", "type": "inbound-rtp", "kind": "audio", "ssrc": 5, "packetsReceived": 50}]
    at = [NOW + tick * 10**6 for tick in range(TICKS)]
    payload = msgspec.json.encode(make_batch([report] * TICKS, at, peer=str(uuid4())))
    return pack_report(take_report(batch_decoder.decode(payload), payload, PLACE))


def test_short_batches_of_many_samples_are_inserted_in_portions(
    spool: Spool, tmp_path: Path, monkeypatch
) -> None:
    """A few kilobytes may stand for a thousand ticks; what a flush has in memory is bounded all the same."""
    monkeypatch.setattr(report_flushing, "SAMPLES_AT_ONCE", 2 * TICKS)
    spool.append([body() for _ in range(5)]).result()
    with CountingStore(f"chdb://{tmp_path}/store") as store:
        flusher = flush_reports(
            spool, store, see=lambda _: [], changes=LiveChanges(), set_aside=tmp_path / "set-aside"
        )
        assert flusher.flush(), flusher.failure
        assert store.inserted == [("stream_samples", rows * TICKS) for rows in (2, 2, 1)]
        assert store.query("SELECT count(), uniqExact(peer_id) FROM stream_samples", {}) == [(5 * TICKS, 5)]
