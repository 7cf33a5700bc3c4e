"""Results across voice tests: pages of them, one of them with its details, and files of any number."""

from collections.abc import Sequence
from typing import BinaryIO, Final

import msgspec

from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.model.packets import PacketTable, unpack_packets
from sonde.model.people import Access
from sonde.model.rounds import RoundResult
from sonde.rtp.delay import PdvHistogram
from sonde.services.packet_columns import TYPES, packet_columns
from sonde.services.rounds import ROUND_MAX, RoundWindow
from sonde.services.what_if import BufferOutcome, smallest_depth, try_depths
from sonde.store import Store
from sonde.store.exports import Form, export_results, export_table
from sonde.store.results import (
    ANY_AGENT,
    NOWHERE,
    ReceiverWork,
    ResultFilter,
    ResultKey,
    RoundSummary,
    SenderWork,
    select_histogram,
    select_receiver_work,
    select_result,
    select_results,
    select_round_summaries,
    select_sender_work,
)
from sonde.store.rounds import LAST_ROUND_ID, select_packets

__all__ = ["BufferOutcome", "Form", "ReceiverWork", "ResultKey", "RoundSummary", "SenderWork"]

NO_PACKETS: Final = "What happened to each packet is not kept for this result."


class WantedResults(msgspec.Struct, frozen=True, kw_only=True):
    """Which results of a workspace; None leaves a choice open.

    Attributes:
        window: rounds by their id.
        test_id: of this test.
        agent_id: sent or received by this agent.
        is_reverse: of the reverse direction of two-way tests, or of the other.
    """

    window: RoundWindow = RoundWindow()
    test_id: int | None = None
    agent_id: int | None = None
    is_reverse: bool | None = None


class ResultPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the results that were asked for.

    Attributes:
        last: what to go on after; None when there is no more.
    """

    results: list[RoundResult]
    last: ResultKey | None


class RoundSummaryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the rounds that were asked for; `last_round` as in `RoundPage`."""

    rounds: list[RoundSummary]
    last_round: int | None


class BufferTable(msgspec.Struct, frozen=True, kw_only=True):
    """What buffers of several depths would have made of one result.

    Attributes:
        outcomes: one for each depth; none when nothing arrived.
        smallest_depth: seconds that keep discards within the share that was asked for; None when no buffer
            of up to a second does, or nothing arrived.
    """

    result: RoundResult
    outcomes: list[BufferOutcome]
    smallest_depth: float | None


class AgentsAtWork(msgspec.Struct, frozen=True, kw_only=True):
    """How well agents sent and received, by agent; one that did not is not there."""

    senders: dict[int, SenderWork]
    receivers: dict[int, ReceiverWork]


class Results:
    """What the voice tests of each workspace measured, whichever test it was."""

    def __init__(self, directory: Directory, store: Store) -> None:
        self._directory = directory
        self._store = store

    def page(
        self, access: Access, wanted: WantedResults, *, limit: int, after: ResultKey | None = None
    ) -> ResultPage:
        """Results by round, then by test, source agent and receiver, without their histograms.

        The order never changes, so that going on after the last one shows each result once.

        Raises:
            NotFound: the workspace has no such test.
            Limited: the answer is too large to be made.
            Unavailable: the store cannot be asked now.
        """
        found = select_results(
            self._store, self._filter(access, wanted), limit=limit + 1, after=after or NOWHERE
        )
        shown = found[:limit]
        return ResultPage(results=shown, last=key_of(shown[-1]) if len(found) > limit else None)

    def round(self, access: Access, test_id: int, round_id: int) -> list[RoundResult]:
        """All results of one round, in both directions.

        Raises:
            NotFound: the workspace has no such test, or it no such round.
            Unavailable: the store cannot be asked now.
        """
        window = RoundWindow(start=round_id, end=round_id)
        wanted = self._filter(access, WantedResults(test_id=test_id, window=window))
        found = select_results(self._store, wanted, limit=ROUND_MAX)
        if not found:
            raise NotFound(f"Voice test {test_id} has no result of a round {round_id}.")
        return found

    def rounds(self, access: Access, test_id: int, window: RoundWindow, *, limit: int) -> RoundSummaryPage:
        """The rounds of a test, in order.

        Raises:
            NotFound: the workspace has no such test.
            Limited: the answer is too large to be made.
            Unavailable: the store cannot be asked now.
        """
        wanted = self._filter(access, WantedResults(test_id=test_id, window=window))
        found = select_round_summaries(self._store, wanted, limit=limit + 1)
        shown = found[:limit]
        return RoundSummaryPage(rounds=shown, last_round=shown[-1].round_id if len(found) > limit else None)

    def get(self, access: Access, key: ResultKey) -> RoundResult:
        """One result, without its histogram.

        Raises:
            NotFound: the workspace has none of that name.
            Unavailable: the store cannot be asked now.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            is_known = tx.voice_tests.get(workspace_id, key.test_id) is not None
        found = select_result(self._store, workspace_id, key) if is_known else None
        if found is None:
            raise NotFound("There is no such result in this workspace.")
        return found

    def histogram(self, access: Access, key: ResultKey) -> PdvHistogram | None:
        """The delay variation of one result's packets; None when nothing arrived.

        Raises:
            NotFound: the workspace has no result of that name.
            Unavailable: the store cannot be asked now.
        """
        self.get(access, key)
        return select_histogram(self._store, access.workspace.workspace_id, key)

    def buffers(
        self, access: Access, key: ResultKey, depths: Sequence[float], *, discard_ratio: float
    ) -> BufferTable:
        """What buffers of other depths would have made of one result.

        Args:
            access: who asks, and in which workspace.
            key: names the result.
            depths: seconds, not negative.
            discard_ratio: share of the packets sent, for the smallest depth that keeps discards within it.

        Raises:
            NotFound: the workspace has no result of that name.
            Unavailable: the store cannot be asked now.
        """
        result = self.get(access, key)
        histogram = select_histogram(self._store, access.workspace.workspace_id, key)
        if histogram is None or result.report.stream is None:
            return BufferTable(result=result, outcomes=[], smallest_depth=None)
        return BufferTable(
            result=result,
            outcomes=try_depths(result, histogram, depths),
            smallest_depth=smallest_depth(result, histogram, discard_ratio=discard_ratio),
        )

    def packets(self, access: Access, key: ResultKey) -> PacketTable:
        """What happened to each packet of one result.

        Raises:
            NotFound: the workspace has no result of that name, or its packets are not kept.
            Unavailable: the store cannot be asked now.
        """
        self.get(access, key)
        trace = select_packets(
            self._store, workspace_id=access.workspace.workspace_id, **msgspec.structs.asdict(key)
        )
        if trace is None:
            raise NotFound(NO_PACKETS, hint="Packets are kept for a shorter time than results.")
        return unpack_packets(trace)

    def agents_at_work(self, access: Access, since: int) -> AgentsAtWork:
        """How well the workspace's agents worked in the rounds since then, in epoch seconds.

        Raises:
            Unavailable: the store cannot be asked now.
        """
        wanted = self._filter(access, WantedResults(window=RoundWindow(start=since)))
        return AgentsAtWork(
            senders=select_sender_work(self._store, wanted),
            receivers=select_receiver_work(self._store, wanted),
        )

    def export(self, access: Access, wanted: WantedResults, form: Form) -> BinaryIO:
        """Results as a file, by test, then by round, source agent and receiver.

        Raises:
            NotFound: the workspace has no such test.
            Limited: the file takes too long to write.
            Unavailable: the store cannot be asked now.
        """
        return export_results(self._store, self._filter(access, wanted), form)

    def export_packets(self, table: PacketTable, form: Form) -> BinaryIO:
        """Packets as a file.

        Raises:
            Unavailable: the store cannot write it now.
        """
        columns = packet_columns(table).items()
        return export_table(self._store, {name: (TYPES[name], values) for name, values in columns}, form)

    def _filter(self, access: Access, wanted: WantedResults) -> ResultFilter:
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            # Results of deleted tests are no longer to be seen.
            test_ids = tx.voice_tests.ids(workspace_id)
        if wanted.test_id is not None:
            if wanted.test_id not in test_ids:
                raise NotFound(f"There is no voice test {wanted.test_id} in this workspace.")
            test_ids = [wanted.test_id]
        window, is_reverse = wanted.window, wanted.is_reverse
        return ResultFilter(
            workspace_id=workspace_id,
            test_ids=tuple(test_ids),
            start=0 if window.start is None else max(window.start, 0),
            end=LAST_ROUND_ID if window.end is None else min(window.end, LAST_ROUND_ID),
            agent_id=ANY_AGENT if wanted.agent_id is None else wanted.agent_id,
            directions=(False, True) if is_reverse is None else (is_reverse,),
        )


def key_of(result: RoundResult) -> ResultKey:
    """What names a result."""
    report = result.report
    return ResultKey(
        test_id=report.test_id,
        round_id=report.round_id,
        source_agent_id=result.source_agent_id,
        reverse_target_id=report.target_agent_id if report.is_reverse else 0,
    )
