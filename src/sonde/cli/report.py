"""One measured stream for people and for programs."""

from collections.abc import Iterator

import msgspec
from rich.console import Console
from rich.table import Table

from sonde.model.rounds import RoundReport, SenderHealth, Verdicts
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name
from sonde.quality.voice import VoiceScore
from sonde.rtp.burst_ratio import ENOUGH_RUNS
from sonde.rtp.summary import StreamSummary

NOT_MEASURED = "not measured"

_LOST_TO = {"basic": "telephones", "talker_echo": "talker echo", "listener_echo": "listener echo"}
"""Words for people, where the name of the impairment is none."""


def print_json(report: RoundReport, verdicts: Verdicts) -> None:
    """One JSON object: the report without its packets, and both scores; SI units, as docs/metrics.md has."""
    document = {
        **msgspec.to_builtins(report, str_keys=True),
        "score": _score_document(verdicts.score),
        "sonde_score": _score_document(verdicts.sonde_score),
    }
    del document["packets"]  # packed, they mean nothing to a reader
    print(msgspec.json.format(msgspec.json.encode(document)).decode())


def print_table(report: RoundReport, verdicts: Verdicts) -> None:
    """A table with units; what was not measured says so."""
    console = Console()
    table = Table("", "", show_header=False, title=_title(report), title_justify="left")
    scores = (verdicts.score, verdicts.sonde_score)
    rows = [row for score in scores for row in _verdict(score)]
    for name, value in [*rows, *_facts(report), *_health(report)]:
        table.add_row(name, value)
    console.print(table)
    # Both models may have the same doubt, and it is enough to say it once.
    notes = [note for score in scores for note in score.notes]
    for line in dict.fromkeys([report.error_detail, *notes]):
        if line:
            console.print(line, style="yellow", highlight=False)


def _score_document(score: VoiceScore) -> dict[str, object]:
    """The score's fields, and the points that each impairment took."""
    points = score.attribution
    taken = None if points is None else {"points": points.points, "mos_points": points.mos_points}
    return {**msgspec.to_builtins(score), "attribution": taken}


def _title(report: RoundReport) -> str:
    where = f"{report.target_address or 'the target'} port {report.target_port}"
    return f"{codec(report.codec).name}, {report.duration} s to {where}"


def _verdict(score: VoiceScore) -> list[tuple[str, str]]:
    name = f"MOS-CQ ({score.model})"
    if score.mos_cq is None or score.r_factor is None:
        return [(name, f"none: {score.reason}")]
    rows = [(name, f"{score.mos_cq:.2f} of {score.codec_max_mos:.2f}, {score.scale} scale")]
    r_factor = f"{score.r_factor:.1f}"
    if None not in (score.mos_low, score.mos_high, score.r_low, score.r_high):
        rows.append(("    with 95 % certainty", f"{score.mos_low:.2f} to {score.mos_high:.2f}"))
        r_factor = f"{r_factor} ({score.r_low:.1f} to {score.r_high:.1f})"
    return [*rows, ("    R factor", r_factor), ("    MOS points lost to", _losses(score))]


def _losses(score: VoiceScore) -> str:
    """The impairments that took a hundredth of a point or more, the largest first."""
    points = score.attribution.mos_points if score.attribution else {}
    largest = sorted(points.items(), key=lambda item: -item[1])
    shown = [f"{_LOST_TO.get(name, name)} {lost:.2f}" for name, lost in largest if lost >= 0.005]
    return ", ".join(shown) or "nothing"


def _facts(report: RoundReport) -> list[tuple[str, str]]:
    stream = report.stream
    if stream is None:
        return [("packets", NOT_MEASURED)]
    return [
        ("packets", f"{stream.packets_received} of {stream.packets_sent} received"),
        ("lost", _share(stream.packets_lost, stream.loss_ratio)),
        ("discarded", f"{_share(stream.packets_discarded, stream.discard_ratio)}{_depth(report)}"),
        *_patterns(stream),
        ("duplicated, reordered", f"{stream.packets_duplicated}, {stream.packets_reordered}"),
        ("one-way delay", _delay(report, stream)),
        ("PDV p50 / p99 / max", _times(stream.pdv_p50, stream.pdv_p99, stream.pdv_max)),
        *_levels(stream),
        ("jitter (RFC 3550)", _times(stream.jitter)),
        ("DSCP sent -> received", f"{dscp_name(report.dscp)} -> {_received_dscp(stream)}"),
    ]


def _patterns(stream: StreamSummary) -> list[tuple[str, str]]:
    """How the missing packets lie together; nothing to say when none is missing."""
    if not stream.loss_runs:
        return []
    rows = [("runs of missing packets", f"{stream.loss_runs}{_compared_to_chance(stream)}")]
    if stream.bursts and stream.burst_density is not None:
        lasting = f", {1000 * stream.burst_duration:.0f} ms each" if stream.burst_duration else ""
        missing = f"{100 * stream.burst_density:.0f} % of their packets missing"
        rows.append(("bursts (RFC 3611)", f"{stream.bursts}{lasting}, {missing}"))
    return rows


def _compared_to_chance(stream: StreamSummary) -> str:
    if stream.burst_ratio is None or stream.loss_runs < ENOUGH_RUNS:
        return ""
    return f", {stream.burst_ratio:.2f} times as long as by chance"


def _levels(stream: StreamSummary) -> list[tuple[str, str]]:
    """A jump of the delay and what varies without it; nothing to say when there was none."""
    if not stream.level_shift or stream.level_shift_at is None:
        return []
    shift = f"{1000 * stream.level_shift:+.1f} ms after {stream.level_shift_at:.2f} s"
    return [
        ("delay went to another level", shift),
        ("PDV around both p99 / max", _times(stream.pdv_restarted_p99, stream.pdv_restarted_max)),
    ]


def _health(report: RoundReport) -> list[tuple[str, str]]:
    health = report.health
    return [
        *_clocks(health),
        ("shortest round trip", _times(health.round_trip_time_min)),
        ("sender pacing error p99", _times(health.pacing_error_p99)),
        ("lost in the target's own socket", str(health.agent_drops)),
        ("arrival times from", health.timestamp_source),
    ]


def _share(count: int, ratio: float | None) -> str:
    return str(count) if ratio is None else f"{count} ({100 * ratio:.2f} %)"


def _depth(report: RoundReport) -> str:
    return f" by a {1000 * report.jitter_buffer:g} ms de-jitter buffer"


def _delay(report: RoundReport, stream: StreamSummary) -> str:
    delay = _times(stream.one_way_delay_min, stream.one_way_delay_mean, stream.one_way_delay_max)
    bound = report.health.clock_error_bound
    trust = f", +/- {1000 * bound:.3f} ms" if bound is not None else ""
    return f"{delay} min / mean / max ({report.health.clock_method}{trust})"


def _clocks(health: SenderHealth) -> Iterator[tuple[str, str]]:
    """What is known of two clocks, and what speaks against trusting them."""
    if health.clock_stat_error is not None and health.clock_method != "same-clock":
        yield "error of the delay from queues", f"+/- {_times(health.clock_stat_error)} (95 %)"
    if health.clock_skew:
        yield "target's clock against ours", f"{1e6 * health.clock_skew:+.1f} ppm"
    if health.clock_conflict:
        yield "clocks declared synchronised", "the packets prove that they are not"
    if health.clock_step is not None:
        yield "clock set during the stream", f"{1000 * health.clock_step:+.3f} ms"
    if health.clock_rate_change is not None:
        yield "clock's speed changed", f"{1e6 * health.clock_rate_change:+.1f} ppm"


def _times(*seconds: float | None) -> str:
    if all(value is None for value in seconds):
        return NOT_MEASURED
    return " / ".join("-" if value is None else f"{1000 * value:.3f}" for value in seconds) + " ms"


def _received_dscp(stream: StreamSummary) -> str:
    if stream.dscp_received is None:
        return NOT_MEASURED
    others = len(stream.dscp_counts) - 1
    return dscp_name(stream.dscp_received) + (f" and {others} more" if others else "")
