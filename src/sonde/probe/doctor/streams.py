"""A real stream on loopback, between a sender and a receiver process that do what an agent's do.

The processes begin as copies of this one, and the packets are short and frequent: so fifty of them, sent,
stamped, received and fetched as ever, take no longer than half a second.
"""

import asyncio
import secrets
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from sonde.model.control import PairKey
from sonde.model.rounds import SenderHealth
from sonde.probe.clock_state import clock_reader, with_clock_watch
from sonde.probe.doctor.finding import Finding, Verdict
from sonde.probe.doctor.loopback import ADDRESSES
from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.measurement import sender_health, stream_summary
from sonde.probe.orders import StreamOutcome
from sonde.probe.planning import StreamPlan, make_order
from sonde.probe.receiver import READ_EVERY, Listen
from sonde.probe.tags import key_id
from sonde.quality.codecs import codec

PACKETS = 50
PACKET_INTERVAL = 0.005
"""Seconds of sound in a packet, a quarter of what calls have: harder to pace, and sooner over."""

SETTLING = 2 * READ_EVERY
"""Seconds until the last clock question is answered; packets need none, for loopback delivers as it sends."""

JITTER_BUFFER = 0.040
PACING = 0.001
"""Seconds of pacing error at the 99th percentile from which a sender is called degraded."""

Measured: TypeAlias = tuple[Finding, SenderHealth | None]
"""The verdict on a stream, and how an agent here would describe itself; None without a stream."""

_CODEC = msgspec.structs.replace(
    codec("g711"), frame_duration=PACKET_INTERVAL, frame_bytes=40, frames_per_packet=1
)
_DSCP = 46


async def measure_streams(names: Sequence[str]) -> list[Measured]:
    """One stream for each family, all at once, after every process has started.

    To be called while this process has no thread but one.
    """
    sending = SendEngine(method="fork")
    sending.start()
    receiving = {name: ReceiveEngine(Listen(host=ADDRESSES[name], port=0), method="fork") for name in names}
    try:
        ports = await asyncio.gather(
            *(engine.start() for engine in receiving.values()), return_exceptions=True
        )
        started = zip(receiving.items(), ports, strict=True)
        return list(
            await asyncio.gather(*(_measure(name, sending, engine, port) for (name, engine), port in started))
        )
    finally:
        await asyncio.gather(sending.stop(), *(engine.stop() for engine in receiving.values()))


async def _measure(
    name: str, sending: SendEngine, receiving: ReceiveEngine, port: int | BaseException
) -> Measured:
    if isinstance(port, BaseException):
        return _not_measured(name, str(port)), None
    key = secrets.token_bytes(32)
    pair_key = PairKey(key_id=key_id(key), key=key)
    receiving.allow((pair_key,))
    plan = StreamPlan(
        host=ADDRESSES[name],
        port=port,
        pair_key=pair_key,
        codec=_CODEC,
        duration=PACKETS * PACKET_INTERVAL,
        dscp=_DSCP,
        settling=SETTLING,
    )
    order = make_order(plan, sending.next_order_id())
    outcome = await with_clock_watch(sending.run(order), clock_reader())
    return judge_stream(name, outcome), sender_health(outcome)


def judge_stream(name: str, outcome: StreamOutcome) -> Finding:
    """What the outcome of a stream on loopback says of the machine."""
    stream, health = stream_summary(outcome, JITTER_BUFFER), sender_health(outcome)
    if stream is None or outcome.error:
        return _not_measured(name, outcome.error_detail)
    # The first exchange is the handshake's.
    asked, answered = len(outcome.syncs) // 8, len(outcome.exchanges) - 1
    delay, pacing = stream.one_way_delay_p50, health.pacing_error_p99
    is_prompt = pacing is not None and pacing <= PACING
    is_ok = is_prompt and stream.packets_lost == 0 and answered == asked
    return Finding(
        check=f"{name}.stream",
        verdict=Verdict.OK if is_ok else Verdict.DEGRADED,
        seen=f"{stream.packets_lost} of {stream.packets_sent} packets lost, "
        f"{answered} of {asked} clock questions answered, "
        f"delay p50 {_ms(delay)}, pacing error p99 {_ms(pacing)}",
        meaning=_meaning(lost=stream.packets_lost, unanswered=asked - answered, is_prompt=is_prompt),
        advice=() if is_ok else ("uptime", "give the agent a core of its own, or permit real-time priority"),
        facts={
            "packets_sent": stream.packets_sent,
            "packets_lost": stream.packets_lost,
            "clock_questions": asked,
            "clock_answers": answered,
            "one_way_delay_p50": delay,
            "pacing_error_p99": pacing,
            "agent_drops": health.agent_drops,
        },
    )


def words_of(health: SenderHealth) -> dict[str, str]:
    """The labels that rounds carry: all that is a word in it."""
    fields = msgspec.structs.asdict(health)
    return {name: value for name, value in fields.items() if isinstance(value, str) and value}


def _meaning(*, lost: int, unanswered: int, is_prompt: bool) -> str:
    if lost:
        return "This machine loses packets by itself, and results blame some of that on the network."
    if unanswered:
        return "Some answers to clock questions do not come back, so one-way delays are less exact."
    if not is_prompt:
        return "Packets leave late on this machine; delays do not show it, but streams are less like calls."
    return "Sending, receiving and fetching the record work, and the machine adds nothing that matters."


def _ms(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{1000 * seconds:.3f} ms"


def _not_measured(name: str, reason: str) -> Finding:
    return Finding(
        check=f"{name}.stream",
        verdict=Verdict.FAILED,
        seen=reason,
        meaning="Not even a stream inside this machine could be measured.",
        advice=("nft list ruleset", "look whether a limit on processes or memory stops the agent"),
    )
