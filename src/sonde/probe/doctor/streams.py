"""A real stream on loopback, between a sender and a receiver process as an agent runs them."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from sonde.model.control import PairKey
from sonde.model.rounds import RoundReport, SenderHealth
from sonde.probe.doctor.finding import Finding, Verdict
from sonde.probe.doctor.loopback import ADDRESSES
from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.planning import StreamPlan
from sonde.probe.receiver import Listen
from sonde.probe.single import measure_once
from sonde.probe.tags import key_id
from sonde.quality.codecs import codec

DURATION = 1.0
JITTER_BUFFER = 0.040
PACING = 0.001
"""Seconds of pacing error at the 99th percentile from which a sender is called degraded."""

Measured: TypeAlias = tuple[Finding, SenderHealth | None]
"""The verdict on a stream, and how an agent here would describe itself; None without a stream."""

_CODEC = codec("g711")
_DSCP = 46


async def measure_streams(names: Sequence[str]) -> list[Measured]:
    """One stream of a second for each family, all at once, after every process has started."""
    sending = SendEngine()
    sending.start()
    receiving = {name: ReceiveEngine(Listen(host=ADDRESSES[name], port=0)) for name in names}
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
        host=ADDRESSES[name], port=port, pair_key=pair_key, codec=_CODEC, duration=DURATION, dscp=_DSCP
    )
    report = await measure_once(sending, plan, JITTER_BUFFER, lambda _: None)
    return judge_stream(name, report), report.health


def judge_stream(name: str, report: RoundReport) -> Finding:
    """What the report of a stream on loopback says of the machine."""
    stream, pacing = report.stream, report.health.pacing_error_p99
    if stream is None or report.error:
        return _not_measured(name, report.error_detail)
    is_prompt = pacing is not None and pacing <= PACING
    is_ok = is_prompt and stream.packets_lost == 0
    delay = stream.one_way_delay_p50
    return Finding(
        check=f"{name}.stream",
        verdict=Verdict.OK if is_ok else Verdict.DEGRADED,
        seen=f"{stream.packets_lost} of {stream.packets_sent} packets lost, delay p50 {_ms(delay)}, "
        f"pacing error p99 {_ms(pacing)}",
        meaning=_meaning(lost=stream.packets_lost, is_prompt=is_prompt),
        advice=() if is_ok else ("uptime", "give the agent a core of its own, or permit real-time priority"),
        facts={
            "packets_sent": stream.packets_sent,
            "packets_lost": stream.packets_lost,
            "one_way_delay_p50": delay,
            "pacing_error_p99": pacing,
            "agent_drops": report.health.agent_drops,
        },
    )


def words_of(health: SenderHealth) -> dict[str, str]:
    """The labels that rounds carry: all that is a word in it."""
    fields = msgspec.structs.asdict(health)
    return {name: value for name, value in fields.items() if isinstance(value, str) and value}


def _meaning(*, lost: int, is_prompt: bool) -> str:
    if lost:
        return "This machine loses packets by itself, and results blame some of that on the network."
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
