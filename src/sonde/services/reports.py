"""Reports of clients: taking batches, and what the store is given of them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec

from sonde.model.errors import Invalid, SondeError
from sonde.model.reports import Receipt, Report
from sonde.model.sightings import Place, ReportingClient
from sonde.services.clock import Clock, utc_now
from sonde.services.report_reading import digest_of, read_payload, take_report
from sonde.spool import Spool
from sonde.store.reports import LAYOUT
from sonde.webrtc.dialects.collector import Batch

SMALL: Final = 32 * 1024
"""Bytes of a payload that are read at once; for more, other requests must not wait."""

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Report)


class Reports:
    """What clients measured, on its way to the store.

    Args:
        spool: where reports wait for it.
    """

    def __init__(self, spool: Spool, now: Clock = utc_now) -> None:
        self._spool = spool
        self._now = now

    async def take(self, client: ReportingClient, batch: Batch, payload: bytes, *, address: str) -> Receipt:
        """Take a batch of a collector. It is on the disk when this returns; a repetition changes nothing.

        Args:
            client: who reports.
            batch: what it reports.
            payload: the batch as it came, unpacked.
            address: where it came from.

        Raises:
            Invalid: it is too large.
            Unavailable: it cannot be kept now, and should come again.
        """
        return await self.keep(
            client, lambda place: take_report(batch, payload, place), size=len(payload), address=address
        )

    async def keep(
        self, client: ReportingClient, read: Callable[[Place], Report], *, size: int, address: str
    ) -> Receipt:
        """Keep what somebody sent, in whatever form. It is on the disk when this returns.

        Args:
            client: who reports.
            read: makes the report of it; may raise `Invalid`.
            size: bytes of the payload.
            address: where it came from.

        Raises:
            Invalid: it cannot be read.
            Unavailable: it cannot be kept now, and should come again.
        """
        place = Place(client=client, address=address, received_at=nanoseconds(self._now()))
        if size <= SMALL:
            body, report = _pack(read, place)
        else:
            body, report = await asyncio.to_thread(_pack, read, place)
        # Shielded, because the spool writes for others in the same group: a caller who leaves must not take
        # its future away.
        await asyncio.shield(asyncio.wrap_future(self._spool.append([body])))
        return Receipt(
            accepted=report.snapshots,
            skipped=sum(report.skipped.values()),
            time=place.received_at // 1000,
        )

    def note_refusal(self, client: ReportingClient, payload: bytes, error: Invalid) -> None:
        """Put into the books that something was refused. Nobody waits for it, and it may get lost."""
        report = Report(
            workspace_id=client.workspace_id,
            peer_id="",
            number=0,
            digest=digest_of(payload),
            received_at=nanoseconds(self._now()),
            source_id=client.source_id,
            dialect="",
            refusal=f"{error.field}: {error.message}" if error.field else error.message,
            layout=LAYOUT,
        )
        with suppress(SondeError):
            self._spool.append([pack_report(report)])


def pack_report(report: Report) -> bytes:
    """A report as it goes into the spool."""
    return _encode(report)


def unpack_report(body: bytes) -> Report:
    """A report as it came out of the spool, with rows for the columns of today, made now if there are none.

    Raises:
        MsgspecError: it is none.
        Invalid: it waited while the program was replaced, and this one cannot read it.
    """
    report = _decoder.decode(body)
    return report if report.layout == LAYOUT else read_payload(report)


def nanoseconds(moment: datetime) -> int:
    """Of an instant, since the epoch."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 10**9 + moment.microsecond * 1000


def _pack(read: Callable[[Place], Report], place: Place) -> tuple[bytes, Report]:
    report = read(place)
    return pack_report(report), report
