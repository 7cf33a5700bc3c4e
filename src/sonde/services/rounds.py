"""Rounds: taking what agents report, and finding it again."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

import msgspec

from sonde.directory import Directory
from sonde.model.agents import Agent
from sonde.model.control import RejectedResult, UploadReceipt
from sonde.model.errors import Invalid, NotFound
from sonde.model.packets import PacketTable, unpack_packets
from sonde.model.people import Access
from sonde.model.rounds import RoundOutcome, RoundReport, RoundResult, score_report
from sonde.model.voice_tests import VoiceTest
from sonde.services.clock import Clock, utc_now
from sonde.services.report_checks import find_fault
from sonde.spool import Spool
from sonde.store import Store
from sonde.store.rounds import (
    LAST_ROUND_ID,
    RoundSpan,
    select_latest_round,
    select_outcomes,
    select_packets,
    select_rounds,
)

R = TypeVar("R")

UPLOAD_MAX = 500
"""Most reports in one upload."""

PAGE_ROWS = 10_000
"""Most results on one page: of one source in minute rounds, about a week."""

ROUND_MAX = 1_000_000
"""Most results of one round, which no page breaks."""

_encode = msgspec.msgpack.Encoder().encode

_Verdicts: TypeAlias = tuple[list[bytes], list[RejectedResult]]
"""Results as they go into the spool, and what was rejected."""


class RoundWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Rounds by their id, in epoch seconds, both ends included; None leaves an end open."""

    start: int | None = None
    end: int | None = None


class RoundPage(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """Some of the results that were asked for.

    Attributes:
        last_round: what to go on after; None when there is no more.
    """

    results: list[R]
    last_round: int | None = None


class Rounds:
    """What the voice tests of each workspace measured.

    Args:
        page_rows: most results on one page, unless a single round has more.
    """

    def __init__(
        self,
        directory: Directory,
        store: Store,
        spool: Spool,
        now: Clock = utc_now,
        *,
        page_rows: int = PAGE_ROWS,
    ) -> None:
        self._directory = directory
        self._store = store
        self._spool = spool
        self._now = now
        self._page_rows = page_rows

    async def record(self, agent: Agent, reports: Sequence[RoundReport]) -> UploadReceipt:
        """Take an agent's reports. Those that were not rejected are on the disk when this returns.

        A report of a round that was reported before takes the place of the earlier one.

        Args:
            agent: who reports.
            reports: at most `UPLOAD_MAX`.

        Raises:
            Invalid: there are too many.
            Unavailable: they cannot be kept now; all of them should come again.
        """
        if len(reports) > UPLOAD_MAX:
            raise Invalid(f"results must be at most {UPLOAD_MAX} reports.", field="results")
        bodies, rejected = await asyncio.to_thread(self._judge, agent, reports)
        if bodies:
            # Shielded, because the spool writes for others in the same group: a caller who leaves must
            # not take its future away.
            await asyncio.shield(asyncio.wrap_future(self._spool.append(bodies)))
        return UploadReceipt(accepted=len(bodies), rejected=tuple(rejected))

    def page(
        self,
        access: Access,
        test_id: int,
        window: RoundWindow | None = None,
        *,
        after: int | None = None,
        is_reverse: bool = False,
    ) -> RoundPage[RoundResult]:
        """The results of one direction of a test by round, then by agents, without their histograms.

        A page ends with the last source of a round, so that the round is all it takes to go on.

        Args:
            access: who asks, and in which workspace.
            test_id: one of its tests.
            window: which rounds; None for the last one that has data.
            after: the last round of the page before; None for the first page.
            is_reverse: from the target to the sources, what a two-way test has beside the other.

        Raises:
            NotFound: the workspace has no such test.
            Unavailable: the store cannot be asked now.
        """
        span = self._asked(access, test_id, window, after=after, is_reverse=is_reverse)
        return self._page(span, select_rounds, _round_of)

    def outcomes(
        self, access: Access, test_id: int, window: RoundWindow | None = None, *, after: int | None = None
    ) -> RoundPage[RoundOutcome]:
        """The hearts of the results from the sources to the target; all else as `page`.

        Raises:
            NotFound: the workspace has no such test.
            Unavailable: the store cannot be asked now.
        """
        span = self._asked(access, test_id, window, after=after, is_reverse=False)
        return self._page(span, select_outcomes, _round_of_outcome)

    def _asked(
        self,
        access: Access,
        test_id: int,
        window: RoundWindow | None,
        *,
        after: int | None,
        is_reverse: bool,
    ) -> RoundSpan | None:
        """The rounds that a page may have; None when there are none."""
        workspace_id = access.workspace.workspace_id
        self._require_test(workspace_id, test_id)
        span = self._span(
            RoundSpan(workspace_id=workspace_id, test_id=test_id, is_reverse=is_reverse), window
        )
        return span if span is None or after is None else _later(span, after)

    def _page(
        self, span: RoundSpan | None, select: Callable[..., list[R]], round_of: Callable[[R], int]
    ) -> RoundPage[R]:
        if span is None:
            return RoundPage(results=[])
        found = select(self._store, span, limit=self._page_rows + 1)
        if len(found) <= self._page_rows:
            return RoundPage(results=found)
        broken = round_of(found[-1])
        whole = [each for each in found if round_of(each) != broken]
        if not whole:  # one round alone is more than a page
            span = msgspec.structs.replace(span, start=broken, end=broken)
            whole = select(self._store, span, limit=ROUND_MAX)
        return RoundPage(results=whole, last_round=round_of(whole[-1]))

    def packets(
        self, access: Access, test_id: int, *, round_id: int, source_agent_id: int, reverse_target_id: int = 0
    ) -> PacketTable | None:
        """What happened to each packet of one result; None when there is no such result, or no such detail.

        Args:
            access: who asks, and in which workspace.
            test_id: one of its tests.
            round_id: the round of the result.
            source_agent_id: who sent.
            reverse_target_id: who received, for the reverse direction of a two-way test; 0 for the usual one.

        Raises:
            NotFound: the workspace has no such test.
            Unavailable: the store cannot be asked now.
        """
        workspace_id = access.workspace.workspace_id
        self._require_test(workspace_id, test_id)
        trace = select_packets(
            self._store,
            workspace_id=workspace_id,
            test_id=test_id,
            round_id=round_id,
            source_agent_id=source_agent_id,
            reverse_target_id=reverse_target_id,
        )
        return None if trace is None else unpack_packets(trace)

    def _require_test(self, workspace_id: int, test_id: int) -> None:
        with self._directory.read() as tx:
            if tx.voice_tests.get(workspace_id, test_id) is None:
                raise NotFound(f"There is no voice test {test_id} in this workspace.")

    def _span(self, span: RoundSpan, window: RoundWindow | None) -> RoundSpan | None:
        """The rounds of a span that are asked for; None when there can be none."""
        if window is None:
            latest = select_latest_round(self._store, span)
            return None if latest is None else msgspec.structs.replace(span, start=latest, end=latest)
        start = 0 if window.start is None else max(window.start, 0)
        end = LAST_ROUND_ID if window.end is None else min(window.end, LAST_ROUND_ID)
        return msgspec.structs.replace(span, start=start, end=end) if start <= end else None

    def _judge(self, agent: Agent, reports: Sequence[RoundReport]) -> _Verdicts:
        """Score what can be taken, and say of the rest why it cannot."""
        now = self._now()
        with self._directory.read() as tx:
            tests = tx.voice_tests.some(agent.workspace_id, {report.test_id for report in reports})
            agents = tx.agents.all(agent.workspace_id, include_removed=True)
        known_agents = {each.agent_id for each in agents}
        bodies, rejected = [], []
        for index, report in enumerate(reports):
            fault = _find_stranger(agent, report, tests, known_agents) or find_fault(
                report, now=now.timestamp()
            )
            if fault:
                rejected.append(RejectedResult(index=index, message=fault))
            else:
                bodies.append(_encode(_place(agent, report, now)))
        return bodies, rejected


def _round_of(result: RoundResult) -> int:
    return result.report.round_id


def _round_of_outcome(outcome: RoundOutcome) -> int:
    return outcome.round_id


def _later(span: RoundSpan, after: int) -> RoundSpan | None:
    """The part of a span behind a round; None when nothing is left of it."""
    start = max(span.start, after + 1)
    return msgspec.structs.replace(span, start=start) if start <= span.end else None


def _find_stranger(
    agent: Agent, report: RoundReport, tests: Mapping[int, VoiceTest], known_agents: set[int]
) -> str:
    """Whether a report is about something that is not the agent's, as a sentence; empty when it is."""
    test = tests.get(report.test_id)
    if test is None or agent.agent_id not in _senders(test, is_reverse=report.is_reverse):
        role = "the target" if report.is_reverse else "a source"
        return f"Agent {agent.agent_id} is not {role} of a voice test {report.test_id}."
    # Whatever the test's present partners and directions are: the report may be older than its latest change.
    if report.target_agent_id not in known_agents - {agent.agent_id}:
        return f"Agent {report.target_agent_id} cannot be the target of a voice test {report.test_id}."
    return ""


def _senders(test: VoiceTest, *, is_reverse: bool) -> tuple[int, ...]:
    """Who may have sent streams of this direction."""
    return (test.settings.target_agent_id,) if is_reverse else test.settings.source_agent_ids


def _place(agent: Agent, report: RoundReport, now: datetime) -> RoundResult:
    verdicts = score_report(report)
    return RoundResult(
        workspace_id=agent.workspace_id,
        source_agent_id=agent.agent_id,
        received_at=now.timestamp(),
        report=report,
        score=verdicts.score,
        sonde_score=verdicts.sonde_score,
    )
