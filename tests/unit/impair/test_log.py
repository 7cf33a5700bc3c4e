from pathlib import Path

import msgspec
import pytest

from sonde.impair.log import Counts, LogFile, Outcome, PacketRecord, read_log
from sonde.impair.plan import Direction, Kind
from sonde.model.errors import Unavailable

RECORD = PacketRecord(
    direction=Direction.FORWARD,
    kind=Kind.RTP,
    flow=3,
    ssrc=0xFFFFFFFF,
    sequence=65535,
    place=249,
    received_at=1_700_000_000_123_456_789,
    due_at=1_700_000_000_153_456_789,
    tos_in=184,
    tos_out=32,
    size_in=172,
    size_out=172,
    sent_at=(1_700_000_000_153_460_000, 1_700_000_000_153_470_000),
    outcome=Outcome.SENT,
)
LOST = msgspec.structs.replace(RECORD, sent_at=(), outcome=Outcome.LOST)


def test_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every record comes back, nanoseconds and all."""
    path = tmp_path / "relay.jsonl"
    with LogFile(path) as log:
        log.write(RECORD)
        log.write(LOST)
    assert list(read_log(path)) == [RECORD, LOST]


def test_log_line_is_plain_json(tmp_path: Path) -> None:
    """Other tools read a line as one object with the documented names."""
    path = tmp_path / "relay.jsonl"
    with LogFile(path) as log:
        log.write(LOST)
    line = msgspec.json.decode(path.read_bytes())
    assert set(line) == set(PacketRecord.__struct_fields__)
    assert (line["direction"], line["outcome"], line["sent_at"]) == ("forward", "lost", [])


def test_unwritable_log_is_said(tmp_path: Path) -> None:
    """A folder that does not exist is named in the sentence."""
    with pytest.raises(Unavailable, match=r"nowhere/relay.jsonl: No such file"):
        LogFile(tmp_path / "nowhere" / "relay.jsonl")


def test_counts_follow_the_outcomes() -> None:
    """A duplicated packet is one packet sent and one more copy."""
    counts = Counts()
    for record in (RECORD, LOST, LOST):
        counts.add(record)
    assert counts == Counts(received=3, sent=1, duplicated=1, lost=2)
