"""Tier 0 read again, when a dialect or a model became better."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from sonde.model.errors import SondeError
from sonde.model.imports import ImportRequest
from sonde.model.reports import Report
from sonde.services.evaluations import Evaluations
from sonde.services.imports import MANIFEST, PIECE, read_pieces
from sonde.services.report_reading import read_file, read_payload
from sonde.store import Store
from sonde.store.conclusions import PeerKey
from sonde.store.reports import delete_rows_of_other_dialects, insert_rows, select_reports
from sonde.store.sample_rows import samples_in

AT_ONCE: Final = 100
"""Payloads that are in memory at once: each may have 2 MB."""


class Recomputed(msgspec.Struct, frozen=True, kw_only=True):
    """What was done.

    Attributes:
        payloads: that were read again.
        samples: of streams that were in them.
        peers: whose rows these are.
        failures: payloads that could not be read any more, by the reason.
    """

    payloads: int
    samples: int
    peers: int
    failures: dict[str, int]


class Recomputing:
    """Makes tiers 1 to 3 again from tier 0. Broken off anywhere, it may be done again.

    Args:
        store: has the payloads, and takes the rows.
        evaluations: works the sessions out again.
    """

    def __init__(self, store: Store, evaluations: Evaluations) -> None:
        self._store = store
        self._evaluations = evaluations

    def run(self, advance: Callable[[int], None]) -> Recomputed:
        """Read everything again.

        Args:
            advance: told how many payloads are done.

        Raises:
            Unavailable: the store or the directory failed.
        """
        payloads = samples = 0
        failures: dict[str, int] = {}
        peers: dict[PeerKey, str] = {}
        for group in self._groups():
            for payload in group:
                payloads += 1
                try:
                    made = list(self._rows_of(payload))
                except SondeError as error:
                    failures[error.message] = failures.get(error.message, 0) + 1
                    continue
                insert_rows(self._store, made, token=f"again/{payload.digest.hex()}")
                samples += sum(samples_in(row) for each in made for row in each.streams)
                peers.update((PeerKey(each.workspace_id, each.peer_id), each.dialect) for each in made)
            advance(payloads)
        for key, dialect in peers.items():
            delete_rows_of_other_dialects(self._store, key.workspace_id, key.peer_id, dialect)
        concluded: set[PeerKey] = set()
        for key in peers:
            if key not in concluded:
                concluded |= self._evaluations.conclude_again(key)
        return Recomputed(payloads=payloads, samples=samples, peers=len(peers), failures=failures)

    def _groups(self) -> Iterator[list[Report]]:
        last: Report | None = None
        while found := select_reports(self._store, last, without=PIECE, limit=AT_ONCE):
            yield found
            last = found[-1]

    def _rows_of(self, payload: Report) -> Iterator[Report]:
        """The rows of a payload, or of each connection of a file.

        Raises:
            Invalid: it cannot be read any more.
        """
        if payload.dialect != MANIFEST:
            yield read_payload(payload)
            return
        wanted = msgspec.json.decode(payload.payload, type=ImportRequest)
        recording = read_pieces(self._store, payload.workspace_id, payload.peer_id, wanted.pieces)
        for report, _ in read_file(
            recording,
            workspace_id=payload.workspace_id,
            file_id=payload.peer_id,
            received_at=payload.received_at,
        ):
            yield report
