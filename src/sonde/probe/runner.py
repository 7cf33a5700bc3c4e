"""Runs the rounds an agent is asked for and puts their reports into its spool."""

import asyncio
import time

import msgspec
import structlog

from sonde.model.control import StreamAssignment
from sonde.model.rounds import RoundError, RoundReport
from sonde.model.voice_tests import INTERVALS
from sonde.probe.clock_comparison import ClockHistory, compare_clocks
from sonde.probe.clock_state import clock_reader, with_clock_watch
from sonde.probe.engine import SendEngine
from sonde.probe.measurement import with_measurement
from sonde.probe.memory import Memory
from sonde.probe.planning import StreamPlan, plan_order
from sonde.probe.schedule import History, Run, fits, next_run
from sonde.probe.uploader import Uploader
from sonde.quality.codecs import UnknownCodec, codec
from sonde.spool.spool import Spool

LONGEST_SLEEP = 5.0
"""Seconds after which the plan is looked at again, in case the clock was set."""

log = structlog.get_logger(__name__)


class Runner:
    """The agent's timetable.

    Args:
        agent_id: who sends.
        engine: the data plane.
        memory: which rounds were begun.
        spool: where reports go.
        uploader: told when there is a new report.
    """

    def __init__(
        self, agent_id: int, engine: SendEngine, *, memory: Memory, spool: Spool, uploader: Uploader
    ) -> None:
        self._agent_id = agent_id
        self._engine = engine
        self._memory = memory
        self._spool = spool
        self._uploader = uploader
        self._assignments: tuple[StreamAssignment, ...] = ()
        self._begun = memory.rounds_begun()
        self._known_since: dict[str, float] = {}
        self._changed = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._pairs: dict[int, asyncio.Lock] = {}
        self._read_clock = clock_reader()
        self._clocks: dict[int, ClockHistory] = {}

    def assign(self, assignments: tuple[StreamAssignment, ...]) -> None:
        """Replaces what there is to do; rounds under way are finished."""
        self._assignments = assignments
        targets = {assignment.target_agent_id for assignment in assignments}
        self._clocks = {target: kept for target, kept in self._clocks.items() if target in targets}
        self._forget_the_rest(time.time())
        self._changed.set()

    async def run(self) -> None:
        """Starts every round when it is due, until cancelled."""
        while True:
            self._changed.clear()
            pause = self._start_due(time.time())
            try:
                await asyncio.wait_for(self._changed.wait(), pause)
            except TimeoutError:
                continue

    async def finish(self) -> None:
        """Waits until the rounds under way are in the spool; call it after the engine has stopped."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _start_due(self, now: float) -> float:
        pause = LONGEST_SLEEP
        for assignment in self._assignments:
            run = next_run(assignment, self._agent_id, now, self._history(_stream_name(assignment), now))
            if run is None:
                continue
            if run.at <= now:
                self._begin(assignment, run)
            else:
                pause = min(pause, run.at - now)
        return pause

    def _history(self, stream: str, now: float) -> History:
        known_since = self._known_since.setdefault(stream, now)
        return History(known_since=known_since, last_round=self._begun.get(stream))

    def _forget_the_rest(self, now: float) -> None:
        """Keeps nothing of tests that are gone: on-request tests come and go for ever.

        A test that comes back is new to its target too. What it began lately is kept, so that it measures
        no round twice.
        """
        wanted = {_stream_name(each) for each in self._assignments}
        lately = now - max(INTERVALS)
        self._known_since = {name: since for name, since in self._known_since.items() if name in wanted}
        self._begun = {
            name: round_id for name, round_id in self._begun.items() if name in wanted or round_id > lately
        }

    def _begin(self, assignment: StreamAssignment, run: Run) -> None:
        self._begun[_stream_name(assignment)] = run.round_id
        self._memory.remember_rounds_begun(self._begun)
        task = asyncio.get_running_loop().create_task(self._run_round(assignment, run.round_id))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("round.lost", reason=f"{type(error).__name__}: {error}")

    async def _run_round(self, assignment: StreamAssignment, round_id: int) -> None:
        report = _blank_report(assignment, round_id)
        # Two streams of one pair at once would measure each other.
        async with self._pairs.setdefault(assignment.target_agent_id, asyncio.Lock()):
            report = await self._measure(assignment, report)
        await asyncio.wrap_future(self._spool.append([msgspec.msgpack.encode(report)]))
        log.info(
            "round.finished",
            test_id=report.test_id,
            round_id=report.round_id,
            error=report.error,
            lost=report.stream.packets_lost if report.stream else None,
        )
        self._uploader.notice()

    async def _measure(self, assignment: StreamAssignment, report: RoundReport) -> RoundReport:
        if not fits(assignment, report.round_id, time.time()):
            detail = "this agent was still sending other streams to the same target when the round ended"
            return msgspec.structs.replace(report, error=RoundError.AGENT_FAILURE, error_detail=detail)
        try:
            order = await plan_order(_plan(assignment), self._engine.next_order_id())
        except OSError as error:
            detail = f"{assignment.target_host} does not resolve: {error.strerror or error}"
            return msgspec.structs.replace(report, error=RoundError.UNREACHABLE, error_detail=detail)
        except UnknownCodec as error:
            detail = f"this agent is too old for the test: {error}"
            return msgspec.structs.replace(report, error=RoundError.AGENT_FAILURE, error_detail=detail)
        report = msgspec.structs.replace(report, target_address=order.address, target_port=order.port)
        outcome = await with_clock_watch(self._engine.run(order), self._read_clock)
        clocks = compare_clocks(outcome, self._clocks.get(assignment.target_agent_id, ()))
        self._clocks[assignment.target_agent_id] = clocks.history
        return with_measurement(report, outcome, clocks)


def _stream_name(assignment: StreamAssignment) -> str:
    """Tells the streams of this agent apart.

    A source sends one stream in a test, whatever its target; the target of a two-way test sends one to each
    source.
    """
    reverse = f":{assignment.target_agent_id}" if assignment.is_reverse else ""
    return f"{assignment.test_id}{reverse}"


def _plan(assignment: StreamAssignment) -> StreamPlan:
    return StreamPlan(
        host=assignment.target_host,
        port=assignment.target_port,
        pair_key=assignment.pair_key,
        codec=codec(assignment.codec),
        duration=assignment.duration,
        dscp=assignment.dscp,
    )


def _blank_report(assignment: StreamAssignment, round_id: int) -> RoundReport:
    return RoundReport(
        test_id=assignment.test_id,
        round_id=round_id,
        target_agent_id=assignment.target_agent_id,
        interval=assignment.interval,
        duration=assignment.duration,
        codec=assignment.codec,
        dscp=assignment.dscp,
        jitter_buffer=assignment.jitter_buffer,
        started_at=time.time(),
        is_reverse=assignment.is_reverse,
    )
