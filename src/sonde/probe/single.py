"""One stream outside of any timetable: what `sonde probe` does."""

import time

import msgspec

from sonde.model.rounds import RoundError, RoundReport
from sonde.probe.clock_state import clock_reader, with_clock_watch
from sonde.probe.engine import ProgressListener, SendEngine
from sonde.probe.measurement import with_measurement
from sonde.probe.planning import StreamPlan, plan_order


async def measure_once(
    engine: SendEngine, plan: StreamPlan, jitter_buffer: float, on_progress: ProgressListener
) -> RoundReport:
    """Sends one stream now and reports on it as on a round of no test (`test_id` and `interval` are 0)."""
    started_at = time.time()
    report = RoundReport(
        test_id=0,
        round_id=int(started_at),
        target_agent_id=0,
        interval=0,
        duration=round(plan.duration),
        codec=plan.codec.slug,
        dscp=plan.dscp,
        jitter_buffer=jitter_buffer,
        started_at=started_at,
        target_port=plan.port,
    )
    try:
        order = await plan_order(plan, engine.next_order_id())
    except OSError as error:
        detail = f"{plan.host} does not resolve: {error.strerror or error}"
        return msgspec.structs.replace(report, error=RoundError.UNREACHABLE, error_detail=detail)
    report = msgspec.structs.replace(report, target_address=order.address)
    outcome = await with_clock_watch(engine.run(order, on_progress), clock_reader())
    return with_measurement(report, outcome)
