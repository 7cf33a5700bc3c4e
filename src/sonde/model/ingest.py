"""How ingest goes: who reports, and what became of it."""

from datetime import datetime

import msgspec


class SourceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What came with one client key, participant token or call report token.

    Attributes:
        source_id: the key or token, such as `client-key/7`.
        last_seen: when the latest batch came that is stored.
        peers: different peers that reported.
        batches: that were taken; the same one twice counts once.
        accepted: ticks in them.
        refused: batches that were not taken, by what was wrong with them.
        skipped: parts of batches that were left out, by what was wrong with them.
        unknown: fields that no sample has a place for, by name.
    """

    source_id: str
    last_seen: datetime
    peers: int
    batches: int
    accepted: int
    refused: dict[str, int]
    skipped: dict[str, int]
    unknown: dict[str, int]
