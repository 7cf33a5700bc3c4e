"""What a spool promises to those who append and to the one who takes chunks."""

import asyncio
import threading
from pathlib import Path

import pytest

from sonde.model.errors import Invalid, Unavailable
from sonde.spool import Spool
from sonde.spool.file import ITEM_OVERHEAD

WAIT = 10.0
"""Seconds after which a future that never resolves fails its test."""


def open_spool(folder: Path, *, max_items: int = 1_000_000, drop: bool = False) -> Spool:
    """A spool with room for `max_items` bodies of one byte."""
    return Spool(
        folder / "outbox.db",
        max_bytes=max_items * (1 + ITEM_OVERHEAD),
        when_full="drop-oldest" if drop else "refuse",
        linger=0.0,
    )


def test_chunk_holds_the_oldest_items_in_order(tmp_path: Path) -> None:
    """Items come out in the order they went in, at most as many as asked for."""
    with open_spool(tmp_path) as spool:
        spool.append([b"a", b"b"]).result(WAIT)
        spool.append([b"c"]).result(WAIT)
        first = spool.next_chunk(2)
        assert first is not None
        assert first.items == (b"a", b"b")
        spool.done(first)
        second = spool.next_chunk(2)
        assert second is not None
        assert second.items == (b"c",)
        assert second.token != first.token
        spool.done(second)
        assert spool.next_chunk(2) is None


def test_chunk_ends_with_the_item_that_reaches_its_bytes(tmp_path: Path) -> None:
    """A chunk is not much larger than its reader wants, and an item that is larger alone still comes."""
    with open_spool(tmp_path) as spool:
        spool.append([b"aaa", b"bb", b"c", b"dddddd"]).result(WAIT)
        seen = []
        while chunk := spool.next_chunk(9, max_bytes=4):
            seen.append(chunk.items)
            spool.done(chunk)
        assert seen == [(b"aaa", b"bb"), (b"c", b"dddddd")]


def test_chunk_comes_again_unchanged_until_done(tmp_path: Path) -> None:
    """More items and another limit do not change a chunk that was handed out, nor does a restart."""
    with open_spool(tmp_path) as spool:
        spool.append([b"a", b"b"]).result(WAIT)
        chunk = spool.next_chunk(2)
        spool.append([b"c"]).result(WAIT)
        assert spool.next_chunk(1) == chunk
        assert spool.next_chunk(9) == chunk
    with open_spool(tmp_path) as spool:
        assert spool.next_chunk(9) == chunk


def test_only_the_chunk_that_is_handed_out_can_be_done(tmp_path: Path) -> None:
    """A chunk that is done, or belongs elsewhere, is a mistake of the caller and deletes nothing."""
    with open_spool(tmp_path) as spool:
        spool.append([b"a", b"b"]).result(WAIT)
        first = spool.next_chunk(1)
        assert first is not None
        spool.done(first)
        with pytest.raises(ValueError, match="not the one"):
            spool.done(first)
        second = spool.next_chunk(1)
        with pytest.raises(ValueError, match="not the one"):
            spool.done(first)
        assert spool.next_chunk(1) == second
        assert spool.depth().items == 1


def test_token_never_repeats_across_files(tmp_path: Path) -> None:
    """The same first item in a new file gets another token, or its receiver would ignore it."""
    tokens = set()
    for name in ("one", "two"):
        with open_spool(tmp_path / name) as spool:
            spool.append([b"a"]).result(WAIT)
            chunk = spool.next_chunk(1)
            assert chunk is not None
            tokens.add(chunk.token)
    assert len(tokens) == 2


def test_token_never_repeats_after_the_file_was_emptied(tmp_path: Path) -> None:
    """Item ids go on counting when everything was handed over and the file was opened anew."""
    tokens = set()
    for _ in range(3):
        with open_spool(tmp_path) as spool:
            spool.append([b"a"]).result(WAIT)
            chunk = spool.next_chunk(1)
            assert chunk is not None
            tokens.add(chunk.token)
            spool.done(chunk)
    assert len(tokens) == 3


def test_depth_counts_what_waits(tmp_path: Path) -> None:
    """Items and bytes follow appends and hand-overs; the age is that of the oldest."""
    with open_spool(tmp_path) as spool:
        assert spool.depth().oldest_age is None
        spool.append([b"abc", b""]).result(WAIT)
        depth = spool.depth()
        assert (depth.items, depth.bytes, depth.dropped) == (2, 3 + 2 * ITEM_OVERHEAD, 0)
        assert depth.oldest_age is not None
        assert depth.oldest_age >= 0
        chunk = spool.next_chunk(1)
        assert chunk is not None
        assert spool.depth().items == 2
        spool.done(chunk)
        assert (spool.depth().items, spool.depth().bytes) == (1, ITEM_OVERHEAD)


def test_full_spool_refuses(tmp_path: Path) -> None:
    """What does not fit is refused with a time to come back; what is there stays, and room helps."""
    with open_spool(tmp_path, max_items=2) as spool:
        spool.append([b"a", b"b"]).result(WAIT)
        with pytest.raises(Unavailable, match="is full") as caught:
            spool.append([b"c"]).result(WAIT)
        assert caught.value.retry_after > 0
        chunk = spool.next_chunk(1)
        assert chunk is not None
        assert chunk.items == (b"a",)
        spool.done(chunk)
        spool.append([b"d"]).result(WAIT)
        assert spool.depth().items == 2


def test_full_spool_drops_the_oldest(tmp_path: Path) -> None:
    """With `drop-oldest` the newest stay, and the number given up is kept across restarts."""
    with open_spool(tmp_path, max_items=3, drop=True) as spool:
        for body in (b"a", b"b", b"c", b"d", b"e"):
            spool.append([body]).result(WAIT)
        assert spool.depth().dropped == 2
    with open_spool(tmp_path, max_items=3, drop=True) as spool:
        assert spool.depth().dropped == 2
        chunk = spool.next_chunk(9)
        assert chunk is not None
        assert chunk.items == (b"c", b"d", b"e")


def test_chunk_that_is_handed_out_is_never_dropped(tmp_path: Path) -> None:
    """Dropping spares the chunk; when only it is left, new items are refused."""
    with open_spool(tmp_path, max_items=3, drop=True) as spool:
        spool.append([b"a", b"b", b"c"]).result(WAIT)
        chunk = spool.next_chunk(2)
        spool.append([b"d"]).result(WAIT)
        assert spool.next_chunk(2) == chunk
        with pytest.raises(Unavailable, match="is full"):
            spool.append([b"e", b"f"]).result(WAIT)
        assert chunk is not None
        spool.done(chunk)
        rest = spool.next_chunk(9)
        assert rest is not None
        assert rest.items == (b"d",)


def test_bodies_larger_than_the_spool_are_invalid(tmp_path: Path) -> None:
    """They will never fit, so the caller must not try again."""
    with open_spool(tmp_path, max_items=2) as spool, pytest.raises(Invalid, match="do not fit"):
        spool.append([b"a", b"b", b"c"])


def test_closing_writes_what_was_appended(tmp_path: Path) -> None:
    """Futures of appends before `close` resolve, and the items are there at the next start."""
    spool = Spool(tmp_path / "outbox.db", max_bytes=10_000, when_full="refuse", linger=5.0)
    future = spool.append([b"a"])
    spool.close()
    spool.close()
    assert future.done()
    assert future.exception() is None
    with open_spool(tmp_path) as again:
        chunk = again.next_chunk(9)
        assert chunk is not None
        assert chunk.items == (b"a",)


def test_closed_spool_says_so(tmp_path: Path) -> None:
    """Every method of a closed spool raises `Unavailable`."""
    spool = open_spool(tmp_path)
    spool.append([b"a"]).result(WAIT)
    chunk = spool.next_chunk(1)
    assert chunk is not None
    spool.close()
    for use in (
        lambda: spool.append([b"b"]),
        lambda: spool.next_chunk(1),
        lambda: spool.done(chunk),
        spool.depth,
    ):
        with pytest.raises(Unavailable, match="is closed"):
            use()


def test_second_user_is_refused(tmp_path: Path) -> None:
    """Two spools on one file would hand out the same items; the second is told who has it."""
    with open_spool(tmp_path), pytest.raises(Unavailable, match="is in use by process"):
        open_spool(tmp_path)
    open_spool(tmp_path).close()


def test_many_threads_append_at_once(tmp_path: Path) -> None:
    """Each append of each thread is there once, whole, and in its thread's order."""
    with open_spool(tmp_path) as spool:

        def append_all(thread: int) -> None:
            futures = [spool.append([b"%d-%d-a" % (thread, n), b"%d-%d-b" % (thread, n)]) for n in range(50)]
            for future in futures:
                future.result(WAIT)

        threads = [threading.Thread(target=append_all, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        chunk = spool.next_chunk(10_000)
    assert chunk is not None
    for number in range(8):
        mine = [body for body in chunk.items if body.startswith(b"%d-" % number)]
        assert mine == [b"%d-%d-%s" % (number, n, half) for n in range(50) for half in (b"a", b"b")]
    assert len(chunk.items) == 800


def test_future_can_be_awaited(tmp_path: Path) -> None:
    """An event loop waits for an append without blocking."""

    async def append() -> None:
        await asyncio.wrap_future(spool.append([b"a"]))

    with open_spool(tmp_path) as spool:
        asyncio.run(append())
        assert spool.depth().items == 1


def test_cancelled_append_does_not_stop_the_writer(tmp_path: Path) -> None:
    """An append cancelled before it was written is left out, and later ones are kept."""
    with Spool(tmp_path / "outbox.db", max_bytes=10_000, when_full="refuse", linger=0.2) as spool:
        assert spool.append([b"a"]).cancel()
        spool.append([b"b"]).result(WAIT)
        chunk = spool.next_chunk(9)
    assert chunk is not None
    assert chunk.items == (b"b",)


def test_file_shrinks_after_it_was_emptied(tmp_path: Path) -> None:
    """Neither the file nor its log keeps the size of a backlog that was handed over."""
    with Spool(tmp_path / "outbox.db", max_bytes=100_000_000, when_full="refuse") as spool:
        for _ in range(4):
            spool.append([b"x" * 4000] * 500).result(WAIT)
        while (chunk := spool.next_chunk(500)) is not None:
            spool.done(chunk)
        sizes = [path.stat().st_size for path in tmp_path.glob("outbox.db*")]
    assert sum(sizes) < 200_000


def test_file_does_not_grow_while_it_is_filled_and_drained(tmp_path: Path) -> None:
    """A spool that is never quite empty uses its pages again and keeps its log short."""
    with Spool(tmp_path / "outbox.db", max_bytes=100_000_000, when_full="refuse") as spool:
        spool.append([b"x" * 4000] * 100).result(WAIT)
        for _ in range(30):
            spool.append([b"x" * 4000] * 100).result(WAIT)
            chunk = spool.next_chunk(100)
            assert chunk is not None
            spool.done(chunk)
        database = (tmp_path / "outbox.db").stat().st_size
        log = (tmp_path / "outbox.db-wal").stat().st_size
    assert database < 3 * 100 * 4096 * 2
    assert log < 8 * 1024 * 1024


def open_sparing(folder: Path, *, size: int) -> Spool:
    """A spool of so many bytes whose items can do without what stands after a colon."""
    return Spool(
        folder / "outbox.db",
        max_bytes=size,
        when_full="drop-oldest",
        lighten=lambda body: body.partition(b":")[0],
        linger=0.0,
    )


def heavy(number: int) -> bytes:
    """An item of which all but three bytes can be spared."""
    return b"%03d:" % number + bytes(96)


def taken(spool: Spool) -> list[bytes]:
    """All items."""
    chunk = spool.next_chunk(1000)
    return list(chunk.items) if chunk else []


def test_a_full_spool_gives_up_what_can_be_spared_before_any_item(tmp_path: Path) -> None:
    """The oldest first; items go only when all are light, and again the oldest first."""
    room = 10 * (100 + ITEM_OVERHEAD)
    with open_sparing(tmp_path, size=room) as spool:
        for number in range(12):
            spool.append([heavy(number)]).result(WAIT)
        depth = spool.depth()
        assert (depth.items, depth.dropped) == (12, 0)
        for number in range(12, 60):
            spool.append([heavy(number)]).result(WAIT)
            assert spool.depth().bytes <= room
        items = taken(spool)
    numbers = [int(item[:3]) for item in items]
    assert numbers == list(range(60 - len(items), 60))
    assert items[-1] == heavy(59)
    assert all(len(item) == 3 for item in items[:30])
    assert len(items) > 30


def test_the_chunk_that_is_handed_out_stays_as_heavy_as_it_was(tmp_path: Path) -> None:
    """It comes again with the same items, whatever happens behind it, a restart included."""
    room = 10 * (100 + ITEM_OVERHEAD)
    with open_sparing(tmp_path, size=room) as spool:
        spool.append([heavy(0), heavy(1)]).result(WAIT)
        chunk = spool.next_chunk(2)
        for number in range(2, 30):
            spool.append([heavy(number)]).result(WAIT)
        assert spool.next_chunk(2) == chunk
    with open_sparing(tmp_path, size=room) as spool:
        assert spool.next_chunk(2) == chunk
        spool.done(chunk)
        assert spool.depth().bytes == sum(len(item) + ITEM_OVERHEAD for item in taken(spool))


def test_what_cannot_be_made_lighter_stays_as_it_is(tmp_path: Path) -> None:
    """Then the oldest items go, as ever."""
    with open_sparing(tmp_path, size=5 * (1 + ITEM_OVERHEAD)) as spool:
        for number in range(8):
            spool.append([b"%d" % number]).result(WAIT)
        assert taken(spool) == [b"3", b"4", b"5", b"6", b"7"]
        assert spool.depth().dropped == 3
