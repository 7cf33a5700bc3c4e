"""Why a number of a result is missing, in one sentence."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from sonde.model.rounds import RoundResult, SenderHealth
from sonde.quality.voice import VoiceScore
from sonde.rtp.summary import StreamSummary

NO_STREAM: Final = "Nothing is known of how the packets arrived."
NOT_SENT: Final = "No packet was sent."
NOT_RECEIVED: Final = "No packet arrived."
NOT_MEASURED: Final = "The agents that measured were of a release that did not measure it."
NO_EVIDENCE: Final = "How many packets the numbers rest on is not known."
NO_SECOND_MODEL: Final = "The result was stored before there was this model."

_NO_OFFSET: Final = "The offset between the clocks of both agents is not known."
_TOO_FEW_ARRIVED: Final = "Fewer than two packets arrived."
_TOO_FEW_SENT: Final = "Fewer than two packets were sent."
_NO_SHIFT: Final = "The delay did not move to another level."
_NO_CHAIN: Final = "The losses are too few for the Markov chain of RFC 3611 appendix A.2."
_UNTOLD: Final = "The system of the agent that received did not tell."
_NO_ANSWER: Final = "The target never answered, or its answers were too few."
_NOT_DUE: Final = "Too few packets were due."

_BY_BEGINNING: Final[Mapping[str, Mapping[str, str]]] = {
    "stream": {
        "one_way_delay_": _NO_OFFSET,
        "ipdv_": _TOO_FEW_ARRIVED,
        "jitter": _TOO_FEW_ARRIVED,
        "level_shift_at": _NO_SHIFT,
        "pdv_restarted_": _NO_SHIFT,
        "burst_density_estimate": _NO_CHAIN,
        "gap_density_estimate": _NO_CHAIN,
        "burst_duration_estimate": _NO_CHAIN,
        "gap_duration_estimate": _NO_CHAIN,
        "burst_duration": _TOO_FEW_SENT,
        "gap_duration": _TOO_FEW_SENT,
        "dscp_received": _UNTOLD,
        "ttl_": _UNTOLD,
    },
    "health": {
        "pacing_error_": _NOT_DUE,
        "stall_max": _NOT_DUE,
        "consent_round_trip_time": _NO_ANSWER,
        "round_trip_time_min": _NO_ANSWER,
        "clock_error_bound": _NO_ANSWER,
        "clock_stat_error": _NO_ANSWER,
        "clock_skew": _NO_ANSWER,
        "clock_step": "Neither clock is known to have been set.",
        "clock_rate_change": "Neither clock is known to have been made faster or slower.",
    },
}
"""Reasons by how the name of a field begins; the first one that fits holds."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that are missing for the same reason.

    Attributes:
        fields: paths to them in the result, joined by dots.
        reason: one sentence.
    """

    fields: tuple[str, ...]
    reason: str


def explain_missing(result: RoundResult) -> tuple[Missing, ...]:
    """Why each number that a result lacks is missing; without its histogram and packets, which are apart."""
    by_reason: dict[str, list[str]] = {}
    for field, reason in _each(result):
        by_reason.setdefault(reason, []).append(field)
    return tuple(Missing(fields=tuple(fields), reason=reason) for reason, fields in by_reason.items())


def _each(result: RoundResult) -> Iterator[tuple[str, str]]:
    report = result.report
    if report.stream is None:
        yield "stream", report.error_detail or NO_STREAM
    else:
        yield from _of_stream(report.stream)
    for name in _absent(report.health, _HEALTH):
        yield f"health.{name}", _reason("health", name)
    yield from _of_score("score", result.score)
    if result.sonde_score is None:
        yield "sonde_score", NO_SECOND_MODEL
    else:
        yield from _of_score("sonde_score", result.sonde_score)


def _of_stream(stream: StreamSummary) -> Iterator[tuple[str, str]]:
    general = "" if stream.packets_received else NOT_RECEIVED if stream.packets_sent else NOT_SENT
    for name in _absent(stream, _STREAM):
        yield f"stream.{name}", general or _reason("stream", name)


def _of_score(place: str, score: VoiceScore) -> Iterator[tuple[str, str]]:
    for name in _absent(score, _SCORE):
        yield f"{place}.{name}", score.reason or NO_EVIDENCE


def _reason(part: str, name: str) -> str:
    reasons = _BY_BEGINNING[part].items()
    return next((reason for beginning, reason in reasons if name.startswith(beginning)), NOT_MEASURED)


def _optional(kind: type[msgspec.Struct], *without: str) -> tuple[str, ...]:
    """The fields that may be None."""
    return tuple(
        each.name
        for each in msgspec.structs.fields(kind)
        if each.name not in without and type(None) in getattr(each.type, "__args__", ())
    )


_STREAM: Final = _optional(StreamSummary, "pdv_histogram")
_HEALTH: Final = _optional(SenderHealth)
_SCORE: Final = _optional(VoiceScore)


def _absent(part: Any, names: tuple[str, ...]) -> Iterator[str]:
    return (name for name in names if getattr(part, name) is None)
