import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sonde.directory import Directory
from sonde.model.errors import Invalid
from sonde.model.rounds import RoundResult
from sonde.services.flusher import Flusher, flush_rounds
from sonde.services.rounds import Rounds
from sonde.spool import Spool
from sonde.store import Store


def record(world, **changes: object) -> None:
    receipt = asyncio.run(world.rounds.record(world.source, [world.report(**changes)]))
    assert receipt.accepted == 1


def test_closing_moves_all_that_waits(ours, spool: Spool, flusher: Flusher) -> None:
    """A server that stops leaves nothing behind in its spool."""
    flusher.start()
    record(ours)
    flusher.close()
    assert spool.depth().items == 0
    assert len(ours.rounds.page(ours.access, ours.test.test_id).results) == 1


def test_closing_before_the_start_is_fine(flusher: Flusher) -> None:
    """A server that fails while it starts closes what it has."""
    flusher.close()
    assert (flusher.failure, flusher.set_aside_count) == ("", 0)


def test_what_cannot_be_decoded_is_set_aside(ours, spool: Spool, flusher: Flusher, tmp_path: Path) -> None:
    """It blocks nobody, is counted, and lies in a file as it was."""
    spool.append([b"\xc1 junk", msgspec.msgpack.encode({"not": "a round"})]).result()
    record(ours)
    assert flusher.flush()
    assert (flusher.failure, flusher.set_aside_count) == ("", 2)
    assert spool.depth().items == 0
    assert len(ours.rounds.page(ours.access, ours.test.test_id).results) == 1
    kept = {file.read_bytes() for file in (tmp_path / "set-aside").iterdir()}
    assert kept == {b"\xc1 junk", msgspec.msgpack.encode({"not": "a round"})}


def test_what_says_no_more_what_it_said_is_set_aside(spool: Spool, tmp_path: Path) -> None:
    """As a payload that this release refuses: those behind it must not wait for a release that takes it."""
    taken: list[bytes] = []

    def decode(body: bytes) -> bytes:
        if body == b"old":
            raise Invalid("It cannot be read again.")
        return body

    flusher = Flusher(
        spool, decode=decode, insert=lambda rows, _: taken.extend(rows), set_aside=tmp_path / "set-aside"
    )
    spool.append([b"old", b"new"]).result()
    assert flusher.flush()
    assert (taken, flusher.set_aside_count, spool.depth().items) == ([b"new"], 1, 0)


def test_what_does_not_fit_the_store_is_set_aside(ours, spool: Spool, flusher: Flusher) -> None:
    """The rounds of the same chunk that fit are stored."""
    record(ours)
    [body] = spool.next_chunk(1).items
    good = msgspec.msgpack.decode(body, type=RoundResult)
    bad = msgspec.structs.replace(good, report=msgspec.structs.replace(good.report, target_port=70_000))
    spool.append([msgspec.msgpack.encode(bad)]).result()
    assert flusher.flush()
    assert (spool.depth().items, flusher.set_aside_count) == (0, 1)
    assert len(ours.rounds.page(ours.access, ours.test.test_id).results) == 1


def test_what_comes_during_a_flush_waits_for_the_next(spool: Spool, tmp_path: Path) -> None:
    """Under load each insert would else be one of the little that came during the last."""
    taken: list[list[bytes]] = []

    def insert(rows: Sequence[bytes], token: str) -> None:
        taken.append(list(rows))
        if len(taken) == 1:
            spool.append([b"later"]).result()

    flusher = Flusher(spool, decode=bytes, insert=insert, set_aside=tmp_path / "set-aside")
    spool.append([b"one", b"two"]).result()
    assert flusher.flush()
    assert (taken, spool.depth().items) == ([[b"one", b"two"]], 1)
    assert flusher.flush()
    assert (taken[1:], spool.depth().items) == ([[b"later"]], 0)


def test_rounds_wait_while_the_store_fails(
    ours, directory: Directory, spool: Spool, store: Store, flusher: Flusher, tmp_path: Path
) -> None:
    """The failure can be read; when the store is back, everything goes on."""
    record(ours)
    store.close()
    assert not flusher.flush()
    assert "closed" in flusher.failure
    assert spool.depth().items == 1
    with Store(f"chdb://{tmp_path}/store") as reopened:
        assert flush_rounds(spool, reopened, set_aside=tmp_path / "set-aside").flush()
        assert spool.depth().items == 0
        assert len(Rounds(directory, reopened, spool).page(ours.access, ours.test.test_id).results) == 1
