"""`sonde probe`: one measured stream to a listening machine, without a server."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import read_host, read_option

if TYPE_CHECKING:
    from sonde.model.rounds import RoundReport, Verdicts
    from sonde.probe.planning import StreamPlan

THRESHOLD_MISSED = 1
NOT_MEASURED = 3

DEFAULT_PORT = 49152


def probe(
    host: Annotated[str, typer.Argument(help="The listening machine: a name or an address.")],
    key: Annotated[str, typer.Option(help="What `sonde listen` printed there.", envvar="SONDE_KEY")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its UDP port.")] = DEFAULT_PORT,
    codec: Annotated[
        str, typer.Option(metavar="CODEC", help="Codec to imitate; a wrong one lists them all.")
    ] = "g711",
    dscp: Annotated[
        str, typer.Option(metavar="DSCP", help="DiffServ code point to send: EF, AF41, 46 ...")
    ] = "EF",
    duration: Annotated[
        str, typer.Option(metavar="TIME", help="Length of the stream: whole seconds, up to 60s.")
    ] = "5s",
    jitter_buffer: Annotated[
        str, typer.Option(metavar="TIME", help="Depth of the fixed de-jitter buffer, up to 150ms.")
    ] = "40ms",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    packets: Annotated[
        Path | None,
        typer.Option(help="Write what happened to each packet into this file, as CSV."),
    ] = None,
    fail_under_mos: Annotated[
        float | None,
        typer.Option(min=1, max=5, help="Exit with 1 when the MOS by te-g107 is lower or unknown."),
    ] = None,
    fail_over_loss: Annotated[
        str | None, typer.Option(metavar="RATIO", help="Exit with 1 when more was lost, such as 1%.")
    ] = None,
) -> None:
    """Measure the way to a machine that runs `sonde listen`.

    Exit codes: 0 measured and good enough, 1 a threshold was missed, 2 wrong usage, 3 not measured.
    """
    import asyncio

    from sonde.impair.notation import parse_ratio

    loss_limit = (
        None if fail_over_loss is None else read_option("--fail-over-loss", parse_ratio, fail_over_loss)
    )
    depth = read_option("--jitter-buffer", _read_depth, jitter_buffer)
    plan = _plan(host, port, key, codec, dscp, duration)
    report, verdicts = asyncio.run(_measure(plan, depth, quiet=as_json))
    _show(report, verdicts, as_json=as_json)
    if packets is not None:
        from sonde.cli.packets import write_packets

        write_packets(packets, report)
    sys.exit(_exit_code(report, verdicts.score.mos_cq, fail_under_mos, loss_limit))


def _plan(host: str, port: int, key: str, codec: str, dscp: str, duration: str) -> "StreamPlan":
    from sonde.probe.keys import pair_key
    from sonde.probe.planning import StreamPlan
    from sonde.quality.codecs import codec as find_codec
    from sonde.quality.dscp import parse_dscp

    return StreamPlan(
        host=read_option("HOST", read_host, host),
        port=port,
        codec=read_option("--codec", find_codec, codec),
        dscp=read_option("--dscp", parse_dscp, dscp),
        duration=read_option("--duration", _read_length, duration),
        pair_key=pair_key(key),
    )


def _read_length(text: str) -> float:
    from sonde.impair.notation import parse_duration
    from sonde.model.voice_tests import DURATION_RANGE

    seconds = parse_duration(text)
    if not (DURATION_RANGE[0] <= seconds <= DURATION_RANGE[1] and seconds.is_integer()):
        raise ValueError(f"a stream lasts whole seconds, from 1s to 60s, not {text}.")
    return seconds


def _read_depth(text: str) -> float:
    from sonde.impair.notation import parse_duration
    from sonde.model.voice_tests import JITTER_BUFFER_RANGE

    depth = parse_duration(text)
    if not JITTER_BUFFER_RANGE[0] <= depth <= JITTER_BUFFER_RANGE[1]:
        raise ValueError(f"a de-jitter buffer is from 0 to 150ms deep, not {text}.")
    return depth


async def _measure(
    plan: "StreamPlan", jitter_buffer: float, *, quiet: bool
) -> "tuple[RoundReport, Verdicts]":
    from sonde.cli.progress import stream_progress
    from sonde.model.rounds import score_report
    from sonde.probe.engine import SendEngine
    from sonde.probe.single import measure_once

    engine = SendEngine()
    try:
        with stream_progress(plan.host, quiet=quiet) as advance:
            report = await measure_once(engine, plan, jitter_buffer, advance)
    finally:
        await engine.stop()
    return report, score_report(report)


def _show(report: "RoundReport", verdicts: "Verdicts", *, as_json: bool) -> None:
    from sonde.cli.report import print_json, print_table

    show = print_json if as_json else print_table
    show(report, verdicts)


def _exit_code(
    report: "RoundReport", mos: float | None, mos_limit: float | None, loss_limit: float | None
) -> int:
    if report.stream is None:
        return NOT_MEASURED
    loss = report.stream.loss_ratio
    if mos_limit is not None and (mos is None or mos < mos_limit):
        return THRESHOLD_MISSED
    if loss_limit is not None and (loss is None or loss > loss_limit):
        return THRESHOLD_MISSED
    return NOT_MEASURED if report.error else 0
