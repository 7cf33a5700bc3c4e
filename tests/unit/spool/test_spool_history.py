"""Any history of appends, hand-overs and restarts gives what a plain list would."""

import itertools
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sonde.spool import Chunk, Spool


class SpoolHistory(RuleBasedStateMachine):
    """Compares a spool with the list of what was appended and not yet done."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.counter = itertools.count()
        self.waiting: list[bytes] = []
        self.chunk: Chunk | None = None
        self.tokens: dict[str, tuple[bytes, ...]] = {}
        self.open()

    def open(self) -> None:
        """Start the spool on the same file as before."""
        path = Path(self.folder.name) / "spool.db"
        self.spool = Spool(path, max_bytes=1_000_000, when_full="refuse", linger=0.0)

    @rule(count=st.integers(0, 5))
    def append(self, count: int) -> None:
        """New items wait behind the others."""
        bodies = [b"%d" % next(self.counter) for _ in range(count)]
        self.spool.append(bodies).result(10)
        self.waiting += bodies

    @rule(limit=st.integers(1, 4))
    def take(self, limit: int) -> None:
        """The chunk is the open one again, or the oldest items that wait."""
        chunk = self.spool.next_chunk(limit)
        expected = self.chunk.items if self.chunk else tuple(self.waiting[:limit])
        assert (chunk.items if chunk else ()) == expected
        if chunk:
            assert self.tokens.setdefault(chunk.token, chunk.items) == chunk.items
        self.chunk = chunk

    @rule()
    def finish(self) -> None:
        """Items of a finished chunk are gone."""
        if self.chunk:
            self.spool.done(self.chunk)
            del self.waiting[: len(self.chunk.items)]
            self.chunk = None

    @rule()
    def restart(self) -> None:
        """A restart changes nothing."""
        self.spool.close()
        self.open()

    @invariant()
    def depth_is_right(self) -> None:
        """The depth counts what waits."""
        assert self.spool.depth().items == len(self.waiting)

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.spool.close()
        self.folder.cleanup()


TestSpoolHistory = SpoolHistory.TestCase
TestSpoolHistory.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
