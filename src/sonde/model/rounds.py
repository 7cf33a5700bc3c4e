"""What one source agent's stream to its target gave in one round: the facts, then the verdict."""

from enum import StrEnum

import msgspec

from sonde.model.packets import PacketTrace
from sonde.quality.codecs import codec
from sonde.quality.coding import coding_of
from sonde.quality.interval import Evidence
from sonde.quality.voice import VoiceScore, score_sonde, score_voice
from sonde.rtp.summary import StreamSummary

CLOCK_ERROR = 0.001
"""Seconds a delay may lie below zero when an agent does not say how wrong its clock offset can be."""


class RoundError(StrEnum):
    """Why a round has no or only part of its numbers. A closed list; docs/metrics.md explains each."""

    NO_CONSENT = "no_consent"
    """The target never answered the handshake."""

    REFUSED = "refused"
    """The target answered, and declined; the detail says why."""

    CONSENT_LOST = "consent_lost"
    """The target stopped answering during the stream, so sending stopped."""

    REPORT_LOST = "report_lost"
    """The stream was sent but the target's record of it could not be fetched."""

    UNREACHABLE = "unreachable"
    """The target's name or network could not be reached from here."""

    AGENT_FAILURE = "agent_failure"
    """The measuring program itself failed."""


class SenderHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How well the agents themselves worked while they measured.

    Attributes:
        pacing_error_p50, pacing_error_p99, pacing_error_max: seconds, percentiles of (real send time -
            schedule).
        stall_max: seconds, longest hole in the sender beyond the packet interval.
        send_errors: packets the local kernel refused to send; counted as not sent.
        agent_drops: packets the target's own socket queue lost (SO_RXQ_OVFL); not network loss.
        agent_drops_of: `stream` when they are exactly this stream's, which then count as not sent; `port`
            when the queue was shared, so that they are of all its streams and those of this one count as
            lost; `unknown` when the target's system does not count them.
        priority: `realtime` or `normal`, of the process that sent.
        timestamp_source: `kernel` or `user`, where receive times came from.
        consent_round_trip_time: seconds of the handshake.
        round_trip_time_min: seconds, the smallest of all clock exchanges of the stream.
        clock_method: how the clock offset was found: `same-clock`, `two-way`, `two-way+ntp` or `none`.
        clock_error_bound: seconds that the offset, and with it each one-way delay, is wrong at most.
        clock_stat_error: seconds, 95th percentile of the part of that error that queues cause.
        clock_skew: how much faster the target's clock runs than the source's, seconds per second.
        clock_conflict: both clocks are declared to be synchronised, and the packets prove the opposite.
        clock_step: seconds by which the target's clock was set against the source's meanwhile; None when
            neither is known to have been set.
        clock_rate_change: how much faster the target's clock was made against the source's meanwhile,
            seconds per second; None when neither is known to have been made faster or slower.
        forged_packets: packets at this stream's port whose tag was wrong.
        source_version, target_version: Sonde releases at both ends.
    """

    pacing_error_p50: float | None = None
    pacing_error_p99: float | None = None
    pacing_error_max: float | None = None
    stall_max: float | None = None
    send_errors: int = 0
    agent_drops: int = 0
    agent_drops_of: str = "unknown"
    priority: str = "normal"
    timestamp_source: str = "none"
    consent_round_trip_time: float | None = None
    round_trip_time_min: float | None = None
    clock_method: str = "none"
    clock_error_bound: float | None = None
    clock_stat_error: float | None = None
    clock_skew: float | None = None
    clock_conflict: bool = False
    clock_step: float | None = None
    clock_rate_change: float | None = None
    forged_packets: int = 0
    source_version: str = ""
    target_version: str = ""


class RoundReport(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one stream, as the source agent reports them. SI units throughout.

    Attributes:
        round_id: start of the round in epoch seconds, divisible by `interval`.
        started_at: epoch seconds of the first packet, or of the attempt when none was sent.
        target_address: numeric address the stream went to, empty when it did not resolve.
        stream: None when no packet was sent or nothing is known of their arrival.
        error: None for a complete round.
        error_detail: one sentence for people, empty without an error.
        is_reverse: the stream went from the test's target to one of its sources, in a two-way test;
            `target_agent_id` is who received it.
        packets: what happened to each packet; None when nothing is known of their arrival, or when a full
            outbox gave it up for newer results.
    """

    test_id: int
    round_id: int
    target_agent_id: int
    interval: int
    duration: int
    codec: str
    dscp: int
    jitter_buffer: float
    started_at: float
    target_address: str = ""
    target_port: int = 0
    stream: StreamSummary | None = None
    health: SenderHealth = SenderHealth()
    error: RoundError | None = None
    error_detail: str = ""
    is_reverse: bool = False
    packets: PacketTrace | None = None


class RoundResult(msgspec.Struct, frozen=True, kw_only=True):
    """A report placed in its workspace, with its scores: one row of `round_results`.

    Attributes:
        received_at: epoch seconds at which the server took the report.
        score: by `te-g107`; always present, its MOS is None with a reason when nothing can be said.
        sonde_score: by `sonde-g107`, likewise; None for a result stored before that model was there.
    """

    workspace_id: int
    source_agent_id: int
    received_at: float
    report: RoundReport
    score: VoiceScore
    sonde_score: VoiceScore | None = None


class RoundOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The heart of a result, for when there are many; fields as in the parts of `RoundResult`.

    Attributes:
        mos_cq, codec_max_mos, reason: of its score by `te-g107`.
    """

    workspace_id: int
    test_id: int
    round_id: int
    source_agent_id: int
    interval: int
    duration: int
    codec: str
    started_at: float
    target_address: str
    error: RoundError | None
    error_detail: str
    loss_ratio: float | None
    discard_ratio: float | None
    one_way_delay_mean: float | None
    pdv_mean: float | None
    dscp_received: int | None
    mos_cq: float | None
    codec_max_mos: float
    reason: str


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What each of the models makes of one report.

    Attributes:
        score: by `te-g107`.
        sonde_score: by `sonde-g107`.
    """

    score: VoiceScore
    sonde_score: VoiceScore


def score_report(report: RoundReport) -> Verdicts:
    """The verdicts on a report, by the current versions of the scoring models.

    Raises:
        UnknownCodec: there is no such codec.
        ValueError: a number in the report is impossible; the message begins with its name.
    """
    sent, stream = codec(report.codec), report.stream
    delay, evidence = _credible_delay(report), _evidence(report)
    loss, discards = (stream.loss_ratio, stream.discard_ratio) if stream else (None, None)
    score = score_voice(
        codec=sent,
        one_way_delay=delay,
        jitter_buffer=report.jitter_buffer,
        loss_ratio=loss,
        discard_ratio=discards,
        evidence=evidence,
    )
    sonde_score = score_sonde(
        coding=coding_of(sent),
        one_way_delay=delay,
        jitter_buffer=report.jitter_buffer,
        loss_ratio=loss,
        discard_ratio=discards,
        evidence=evidence,
    )
    return Verdicts(score=score, sonde_score=sonde_score)


def _evidence(report: RoundReport) -> Evidence | None:
    """What the numbers of a report rest on; None when nothing was sent."""
    stream = report.stream
    if stream is None or stream.packets_sent == 0:
        return None
    return Evidence(
        packets=stream.packets_sent,
        loss_runs=stream.loss_runs,
        burst_ratio=stream.burst_ratio,
        delay_error=report.health.clock_error_bound,
    )


def _credible_delay(report: RoundReport) -> float | None:
    """The mean one-way delay to score: not below zero, and None when it is further below than clocks err."""
    delay = report.stream.one_way_delay_mean if report.stream else None
    bound = report.health.clock_error_bound
    if delay is None or delay < -(CLOCK_ERROR if bound is None else bound):
        return None
    return max(delay, 0.0)
