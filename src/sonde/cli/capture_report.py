"""The streams of a capture for people and for programs."""

import msgspec
from rich.console import Console
from rich.table import Table

from sonde.capture.report import CaptureReport, StreamReport
from sonde.cli.report import NOT_MEASURED
from sonde.quality.dscp import dscp_name

_WIDTH_OF_A_PIPE = 160


def print_json(report: CaptureReport) -> None:
    """One JSON object; SI units, as docs/metrics.md has them."""
    print(msgspec.json.format(msgspec.json.encode(report)).decode())


def print_tables(report: CaptureReport) -> None:
    """One line for each stream, then each stream's details; what was not measured says so."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_A_PIPE)
    console.print(_headline(report), highlight=False)
    if report.streams:
        console.print(_overview(report))
    for number, stream in enumerate(report.streams, start=1):
        console.print(_details(number, stream))
        for line in (stream.not_measured, stream.mos.reason, *stream.notes, *stream.mos.notes):
            if line:
                console.print(f"  {line}", style="yellow", highlight=False)
    for line in report.notes:
        console.print(line, style="yellow", highlight=False)


def _headline(report: CaptureReport) -> str:
    count = len(report.streams)
    found = f"{count} RTP stream{'s' if count != 1 else ''}" if count else "no RTP stream"
    return f"{report.file}: {report.packets:,} packets in {report.duration:.1f} s, {found}"


def _overview(report: CaptureReport) -> Table:
    table = Table(title="Streams", title_justify="left")
    for name in ("", "from", "to", "SSRC", "codec"):
        table.add_column(name)
    for name in ("s", "packets", "lost", "discarded", "jitter", "PDV p99", "MOS"):
        table.add_column(name, justify="right")
    for number, stream in enumerate(report.streams, start=1):
        table.add_row(
            str(number),
            _end(stream.source_address, stream.source_port),
            _end(stream.destination_address, stream.destination_port),
            f"{stream.ssrc:08X}",
            _codec(stream),
            f"{stream.duration:.1f}",
            f"{stream.packets_received:,}",
            _percent(stream.loss_ratio),
            _percent(stream.discard_ratio),
            _milliseconds(stream.jitter),
            _milliseconds(stream.pdv.p99 if stream.pdv else None),
            _mos(stream),
        )
    return table


def _details(number: int, stream: StreamReport) -> Table:
    table = Table("", "", show_header=False, title=f"Stream {number}", title_justify="left")
    for name, value in [*_verdict(stream), *_counts(stream), *_delays(stream), *_origin(stream)]:
        table.add_row(name, value)
    return table


def _verdict(stream: StreamReport) -> list[tuple[str, str]]:
    mos = stream.mos
    if mos.value is None or mos.r_factor is None:
        return [("MOS", NOT_MEASURED)]
    between = "" if mos.low is None or mos.high is None else f", 95 % within {mos.low:.2f} to {mos.high:.2f}"
    assumed = (
        f"{1000 * mos.jitter_buffer:g} ms buffer, {1000 * mos.assumed_one_way_delay:g} ms network assumed"
    )
    return [
        ("MOS", f"{mos.value:.2f} ({mos.scale}, {mos.model}{between})"),
        ("R factor", f"{mos.r_factor:.1f} with {mos.codec_value}, {assumed}"),
    ]


def _counts(stream: StreamReport) -> list[tuple[str, str]]:
    lost = f"{stream.packets_lost} ({_percent(stream.loss_ratio)}); by RFC 3550 {stream.packets_lost_rfc3550}"
    return [
        ("packets", f"{stream.packets_received} of {stream.packets_expected} received"),
        ("lost", lost),
        (
            "discarded, buffer of the smallest delay",
            f"{_percent(stream.discard_ratio)}; {_depths(stream.discards_minimum_anchor)}",
        ),
        ("duplicated, reordered", f"{stream.packets_duplicated}, {stream.packets_reordered}"),
        ("bursts", _bursts(stream)),
        ("burst ratio", f"{stream.burst_ratio:.2f} from {stream.loss_runs} runs of loss"),
    ]


def _delays(stream: StreamReport) -> list[tuple[str, str]]:
    pdv, ipdv = stream.pdv, stream.ipdv
    skew = "" if stream.clock_skew is None else f"{1e6 * stream.clock_skew:.1f} ppm"
    removed = ", taken off PDV" if stream.clock_skew_removed else ""
    return [
        ("jitter (RFC 3550)", _milliseconds(stream.jitter)),
        (
            "PDV p50 / p95 / p99 / max",
            NOT_MEASURED if pdv is None else _times(pdv.p50, pdv.p95, pdv.p99, pdv.max),
        ),
        ("IPDV p50 / p95 / p99", NOT_MEASURED if ipdv is None else _times(ipdv.p50, ipdv.p95, ipdv.p99)),
        ("clock skew", f"{skew}{removed}" if skew else NOT_MEASURED),
    ]


def _origin(stream: StreamReport) -> list[tuple[str, str]]:
    clock = "unknown" if stream.clock_rate is None else f"{stream.clock_rate} Hz"
    marks = ", ".join(f"{dscp_name(int(code))}: {count}" for code, count in stream.dscp.items())
    rows = [
        ("codec", f"{_codec(stream)}, payload type {stream.payload_type}, known by: {stream.codec_source}"),
        ("RTP clock, packet interval", f"{clock}, {1000 * stream.packet_interval:.1f} ms"),
        ("DSCP", marks),
    ]
    claim = stream.reported
    if claim is not None:
        rows.append(
            ("receiver's own report", f"{claim.packets_lost} lost, jitter {_milliseconds(claim.jitter)}")
        )
    return rows


def _depths(discards: dict[str, int] | None) -> str:
    """Packets too late for buffers of these depths."""
    if discards is None:
        return NOT_MEASURED
    return ", ".join(f"{count} at {1000 * float(depth):g} ms" for depth, count in discards.items())


def _bursts(stream: StreamReport) -> str:
    if not stream.bursts:
        return "none"
    lasting = (
        f"{1000 * stream.burst_duration:.0f} ms on average, {_percent(stream.burst_density)} lost in them"
    )
    return f"{stream.bursts} of {lasting}"


def _codec(stream: StreamReport) -> str:
    return (stream.codec or "unknown") + (" ?" if stream.codec_source == "guessed" and stream.codec else "")


def _mos(stream: StreamReport) -> str:
    return "-" if stream.mos.value is None else f"{stream.mos.value:.2f}"


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{100 * ratio:.2f} %"


def _milliseconds(seconds: float | None) -> str:
    return NOT_MEASURED if seconds is None else f"{1000 * seconds:.3f} ms"


def _times(*seconds: float) -> str:
    return " / ".join(f"{1000 * value:.3f}" for value in seconds) + " ms"
