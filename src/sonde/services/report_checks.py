"""What a round report must look like to be believed. Schema and types were checked when it was decoded."""

import math
from collections.abc import Iterator
from itertools import chain
from typing import Final, TypeAlias

import msgspec

from sonde.model.rounds import RoundReport
from sonde.model.voice_tests import (
    DURATION_RANGE,
    INTERVALS,
    JITTER_BUFFER_RANGE,
    ON_REQUEST,
    REQUEST_LIFE,
)
from sonde.quality.codecs import CODECS
from sonde.rtp.delay import OVERFLOW_BIN
from sonde.rtp.recorder import StreamSummary

AHEAD_MAX: Final = 300
"""Seconds that an agent's clock may be ahead of ours."""

AGE_MAX: Final = 366 * 86_400
"""Seconds after which a round is too old to be taken; an agent may have been offline for long."""

START_SLACK: Final = 60
"""Seconds that a stream may begin after its round on a machine that can hardly keep up."""

COUNT_MAX: Final = 2**32 - 1
DELAY_MAX: Final = 3600.0
"""Seconds, of either sign, beyond which a delay says something about clocks and nothing about networks."""

ADDRESS_LENGTH: Final = 255
DETAIL_LENGTH: Final = 2000
_RATIO_TOLERANCE: Final = 1e-9

_Check: TypeAlias = tuple[bool, str]


def find_fault(report: RoundReport, *, now: float) -> str:
    """The first thing that is wrong with a report, as a sentence; empty when it can be taken.

    Args:
        report: what an agent says.
        now: epoch seconds.
    """
    # Each check may rely on the ones before it, so they are made one by one.
    checks = chain(_check_settings(report), _check_times(report, now), _check_health(report))
    if report.stream is not None:
        checks = chain(checks, _check_stream(report, report.stream))
    return next((sentence for is_met, sentence in checks if not is_met), "")


def _check_settings(report: RoundReport) -> Iterator[_Check]:
    shortest, longest = DURATION_RANGE
    none, deepest = JITTER_BUFFER_RANGE
    yield (
        report.interval in {ON_REQUEST, *INTERVALS},
        f"interval must be {ON_REQUEST} or one of {', '.join(map(str, INTERVALS))}.",
    )
    yield shortest <= report.duration <= longest, f"duration must be {shortest} to {longest}."
    yield report.codec in CODECS, f"codec must be one of {', '.join(CODECS)}."
    yield 0 <= report.dscp <= 63, "dscp must be 0 to 63."
    yield none <= report.jitter_buffer <= deepest, f"jitter_buffer must be {none} to {deepest}."
    yield 0 <= report.target_port <= 65535, "target_port must be 0 to 65535."
    yield len(report.target_address) <= ADDRESS_LENGTH, "target_address is too long."
    yield len(report.error_detail) <= DETAIL_LENGTH, "error_detail is too long."
    yield (
        report.stream is not None or report.error is not None,
        "A report without a stream must say by its error why there is none.",
    )


def _check_times(report: RoundReport, now: float) -> Iterator[_Check]:
    if report.interval == ON_REQUEST:
        slack = REQUEST_LIFE + START_SLACK
    else:
        slack = report.interval + START_SLACK
        yield report.round_id % report.interval == 0, "round_id must be divisible by the interval."
    yield report.round_id <= now + AHEAD_MAX, "round_id is in the future; check the agent's clock."
    yield report.round_id >= now - AGE_MAX, "round_id is more than a year ago; check the agent's clock."
    yield (
        abs(report.started_at - report.round_id) <= slack,
        f"started_at must be within {slack} seconds of round_id.",
    )


def _check_health(report: RoundReport) -> Iterator[_Check]:
    yield from _check_numbers("health", report.health)


def _check_stream(report: RoundReport, stream: StreamSummary) -> Iterator[_Check]:
    yield from _check_numbers("stream", stream)
    yield from _check_counts(report, stream)
    yield from _check_ratio("loss_ratio", stream.loss_ratio, stream.packets_lost, stream.packets_sent)
    yield from _check_ratio(
        "discard_ratio", stream.discard_ratio, stream.packets_discarded, stream.packets_sent
    )
    yield from _check_distributions(stream)


def _check_numbers(part: str, values: msgspec.Struct) -> Iterator[_Check]:
    for name, value in msgspec.structs.asdict(values).items():
        if isinstance(value, int):
            yield 0 <= value <= COUNT_MAX, f"{part}.{name} must be 0 to {COUNT_MAX}."
        if isinstance(value, float):
            # Written so that NaN fails too.
            yield abs(value) <= DELAY_MAX, f"{part}.{name} must be within {DELAY_MAX:g} seconds of 0."


def _check_counts(report: RoundReport, stream: StreamSummary) -> Iterator[_Check]:
    sent, received = stream.packets_sent, stream.packets_received
    schedule = math.ceil(report.duration * CODECS[report.codec].packets_per_second) + 1
    yield sent <= schedule, f"packets_sent must be at most {schedule}, what the codec sends in the duration."
    yield (
        received + stream.packets_lost == sent,
        "packets_received and packets_lost must add up to packets_sent.",
    )
    yield stream.packets_discarded <= received, "packets_discarded must be at most packets_received."
    yield stream.packets_reordered <= received, "packets_reordered must be at most packets_received."


def _check_ratio(name: str, ratio: float | None, part: int, whole: int) -> Iterator[_Check]:
    if whole == 0:
        yield ratio is None, f"{name} must be absent when nothing was sent."
    elif ratio is not None:
        yield math.isclose(ratio, part / whole, abs_tol=_RATIO_TOLERANCE), f"{name} must be {part} / {whole}."


def _check_distributions(stream: StreamSummary) -> Iterator[_Check]:
    bins = stream.pdv_histogram.counts if stream.pdv_histogram else {}
    for name, counts, last in (
        ("dscp_counts", stream.dscp_counts, 63),
        ("pdv_histogram", bins, OVERFLOW_BIN),
    ):
        yield all(0 <= each <= last for each in counts), f"The keys of {name} must be 0 to {last}."
        yield all(count >= 0 for count in counts.values()), f"The counts of {name} must not be negative."
        yield (
            sum(counts.values()) <= stream.packets_received,
            f"The counts of {name} must add up to at most packets_received.",
        )
    known = (stream.dscp_received, 63), (stream.ttl_min, 255), (stream.ttl_max, 255)
    yield (
        all(value is None or value <= most for value, most in known),
        "dscp_received is above 63 or a TTL above 255.",
    )
