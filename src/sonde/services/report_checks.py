"""What a round report must look like to be believed. Schema and types were checked when it was decoded."""

import math
from collections.abc import Iterator
from itertools import chain
from typing import Final, TypeAlias

import msgspec

from sonde.model.packets import ROW_BYTES, PacketFlag, PacketTable, PacketTrace, unpack_packets
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
from sonde.rtp.summary import StreamSummary

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
ROWS_PER_PACKET: Final = 3
"""Copies of each packet of the schedule, at most, that a report may list; a target records fewer."""

PACKING_OVERHEAD: Final = 1024
"""Bytes by which packed packets may be longer than unpacked ones."""

_LONGEST: Final = int(DELAY_MAX) * 10**9
_FLAGS: Final = bytes(
    (
        0,
        PacketFlag.LOST,
        PacketFlag.DUPLICATE,
        PacketFlag.REORDERED,
        PacketFlag.DISCARDED,
        PacketFlag.REORDERED | PacketFlag.DISCARDED,
        PacketFlag.UNTIMED,
        PacketFlag.REORDERED | PacketFlag.UNTIMED,
    )
)
"""The flags that a row may have."""

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
    if report.packets is not None:
        checks = chain(checks, _check_packets(report, report.packets))
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
    bound = report.health.clock_error_bound
    yield bound is None or bound >= 0, "health.clock_error_bound must be at least 0."


def _check_stream(report: RoundReport, stream: StreamSummary) -> Iterator[_Check]:
    yield from _check_numbers("stream", stream)
    yield from _check_counts(report, stream)
    yield from _check_ratio("loss_ratio", stream.loss_ratio, stream.packets_lost, stream.packets_sent)
    yield from _check_ratio(
        "discard_ratio", stream.discard_ratio, stream.packets_discarded, stream.packets_sent
    )
    yield from _check_distributions(stream)


def _check_packets(report: RoundReport, trace: PacketTrace) -> Iterator[_Check]:
    stream = report.stream
    yield stream is not None, "packets must be absent without a stream."
    if stream is None:
        return
    most = ROWS_PER_PACKET * _schedule(report)
    yield (
        trace.rows == stream.packets_sent + stream.packets_duplicated <= most,
        f"packets.rows must be packets_sent + packets_duplicated, and at most {most}.",
    )
    yield len(trace.data) <= trace.rows * ROW_BYTES + PACKING_OVERHEAD, "packets.data is too long."
    try:
        table = unpack_packets(trace)
    except ValueError as error:
        yield False, f"packets.{error}."
        return
    yield from _check_table(table, stream)


def _check_table(table: PacketTable, stream: StreamSummary) -> Iterator[_Check]:
    flags = table.flags.tobytes()
    yield not flags.translate(None, _FLAGS), "packets.data has flags that cannot stand together."
    yield (
        (flags.count(PacketFlag.LOST), flags.count(PacketFlag.DUPLICATE))
        == (stream.packets_lost, stream.packets_duplicated),
        "packets.data must have as many lost and duplicate rows as packets_lost and packets_duplicated say.",
    )
    yield bool((table.index[1:] >= table.index[:-1]).all()), "packets.data must be in the order of index."
    for name, values, least, last in (
        ("sent", table.sent, -_LONGEST, _LONGEST),
        ("delay", table.delay, -_LONGEST, _LONGEST),
        ("tos", table.tos, -1, 255),
        ("ttl", table.ttl, -1, 255),
    ):
        is_met = not len(values) or (least <= values.min() and values.max() <= last)
        yield bool(is_met), f"packets.data must have {name} within {least} to {last}."


def _check_numbers(part: str, values: msgspec.Struct) -> Iterator[_Check]:
    for name, value in msgspec.structs.asdict(values).items():
        if isinstance(value, int):
            yield 0 <= value <= COUNT_MAX, f"{part}.{name} must be 0 to {COUNT_MAX}."
        if isinstance(value, float):
            # Written so that NaN fails too.
            yield abs(value) <= DELAY_MAX, f"{part}.{name} must be within {DELAY_MAX:g} seconds of 0."


def _check_counts(report: RoundReport, stream: StreamSummary) -> Iterator[_Check]:
    sent, received = stream.packets_sent, stream.packets_received
    schedule = _schedule(report)
    yield sent <= schedule, f"packets_sent must be at most {schedule}, what the codec sends in the duration."
    yield (
        received + stream.packets_lost == sent,
        "packets_received and packets_lost must add up to packets_sent.",
    )
    yield stream.packets_discarded <= received, "packets_discarded must be at most packets_received."
    yield stream.packets_reordered <= received, "packets_reordered must be at most packets_received."
    yield (
        stream.packets_discarded + stream.packets_untimed <= received,
        "packets_discarded and packets_untimed must be at most packets_received together.",
    )
    missing = stream.packets_lost + stream.packets_discarded
    yield (
        stream.loss_runs <= missing,
        "loss_runs must be at most packets_lost and packets_discarded together.",
    )
    yield (stream.bursts or 0) <= stream.loss_runs, "bursts must be at most loss_runs."
    yield stream.burst_ratio is None or stream.burst_ratio >= 0, "burst_ratio must be at least 0."


def _schedule(report: RoundReport) -> int:
    """Packets that the codec sends in the duration, at most."""
    return math.ceil(report.duration * CODECS[report.codec].packets_per_second) + 1


def _check_ratio(name: str, ratio: float | None, part: int, whole: int) -> Iterator[_Check]:
    if whole == 0:
        yield ratio is None, f"{name} must be absent when nothing was sent."
    elif ratio is not None:
        yield math.isclose(ratio, part / whole, abs_tol=_RATIO_TOLERANCE), f"{name} must be {part} / {whole}."


def _check_distributions(stream: StreamSummary) -> Iterator[_Check]:
    bins = stream.pdv_histogram.counts if stream.pdv_histogram else {}
    for name, counts, last in (
        ("dscp_counts", stream.dscp_counts, 63),
        ("ecn_counts", stream.ecn_counts, 3),
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
