"""One measured stream for people and for programs."""

import msgspec
from rich.console import Console
from rich.table import Table

from sonde.model.rounds import RoundReport
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name
from sonde.quality.voice import VoiceScore
from sonde.rtp.recorder import StreamSummary

NOT_MEASURED = "not measured"


def print_json(report: RoundReport, score: VoiceScore) -> None:
    """One JSON object: the report without its packets, and `score`; SI units, as docs/metrics.md has them."""
    document = {**msgspec.to_builtins(report, str_keys=True), "score": msgspec.to_builtins(score)}
    del document["packets"]  # packed, they mean nothing to a reader
    print(msgspec.json.format(msgspec.json.encode(document)).decode())


def print_table(report: RoundReport, score: VoiceScore) -> None:
    """A table with units; what was not measured says so."""
    console = Console()
    table = Table("", "", show_header=False, title=_title(report), title_justify="left")
    for name, value in [*_verdict(score), *_facts(report), *_health(report)]:
        table.add_row(name, value)
    console.print(table)
    for line in (report.error_detail, score.reason, *score.notes):
        if line:
            console.print(line, style="yellow", highlight=False)


def _title(report: RoundReport) -> str:
    where = f"{report.target_address or 'the target'} port {report.target_port}"
    return f"{codec(report.codec).name}, {report.duration} s to {where}"


def _verdict(score: VoiceScore) -> list[tuple[str, str]]:
    if score.mos_cq is None or score.r_factor is None:
        return [("MOS-CQ", NOT_MEASURED)]
    return [
        ("MOS-CQ", f"{score.mos_cq:.2f} of {score.codec_max_mos:.2f} ({score.scale}, {score.model})"),
        ("R factor", f"{score.r_factor:.1f}"),
    ]


def _facts(report: RoundReport) -> list[tuple[str, str]]:
    stream = report.stream
    if stream is None:
        return [("packets", NOT_MEASURED)]
    return [
        ("packets", f"{stream.packets_received} of {stream.packets_sent} received"),
        ("lost", _share(stream.packets_lost, stream.loss_ratio)),
        ("discarded", f"{_share(stream.packets_discarded, stream.discard_ratio)}{_depth(report)}"),
        ("duplicated, reordered", f"{stream.packets_duplicated}, {stream.packets_reordered}"),
        ("one-way delay", _delay(report, stream)),
        ("PDV p50 / p99 / max", _times(stream.pdv_p50, stream.pdv_p99, stream.pdv_max)),
        ("jitter (RFC 3550)", _times(stream.jitter)),
        ("DSCP sent -> received", f"{dscp_name(report.dscp)} -> {_received_dscp(stream)}"),
    ]


def _health(report: RoundReport) -> list[tuple[str, str]]:
    health = report.health
    return [
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


def _times(*seconds: float | None) -> str:
    if all(value is None for value in seconds):
        return NOT_MEASURED
    return " / ".join("-" if value is None else f"{1000 * value:.3f}" for value in seconds) + " ms"


def _received_dscp(stream: StreamSummary) -> str:
    if stream.dscp_received is None:
        return NOT_MEASURED
    others = len(stream.dscp_counts) - 1
    return dscp_name(stream.dscp_received) + (f" and {others} more" if others else "")
