"""`sonde probe`: one measured stream to a listening machine, without a server."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sonde.model.rounds import RoundReport
    from sonde.probe.planning import StreamPlan
    from sonde.quality.voice import VoiceScore

THRESHOLD_MISSED = 1
NOT_MEASURED = 3

DEFAULT_PORT = 49152


def probe(
    host: Annotated[str, typer.Argument(help="The listening machine: a name or an address.")],
    key: Annotated[str, typer.Option(help="What `sonde listen` printed there.", envvar="SONDE_KEY")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its UDP port.")] = DEFAULT_PORT,
    codec: Annotated[str, typer.Option(help="Codec to imitate; a wrong one lists them all.")] = "g711",
    dscp: Annotated[str, typer.Option(help="DiffServ code point to send: EF, AF41, 46 ...")] = "EF",
    duration: Annotated[str, typer.Option(help="Length of the stream, up to 60s.")] = "5s",
    jitter_buffer: Annotated[str, typer.Option(help="Depth of the fixed de-jitter buffer.")] = "40ms",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    fail_under_mos: Annotated[
        float | None, typer.Option(min=1, max=5, help="Exit with 1 when the MOS is lower or unknown.")
    ] = None,
    fail_over_loss: Annotated[
        str | None, typer.Option(help="Exit with 1 when more was lost, such as 1%.")
    ] = None,
) -> None:
    """Measure the way to a machine that runs `sonde listen`.

    Exit codes: 0 measured and good enough, 1 a threshold was missed, 2 wrong usage, 3 not measured.
    """
    from sonde.impair.notation import parse_ratio

    loss_limit = None if fail_over_loss is None else parse_ratio(fail_over_loss)
    plan = _plan(host, port, key, codec, dscp, duration)
    report, score = asyncio.run(_measure(plan, _buffer_depth(jitter_buffer), quiet=as_json))
    _show(report, score, as_json=as_json)
    sys.exit(_exit_code(report, score, fail_under_mos, loss_limit))


def _plan(host: str, port: int, key: str, codec: str, dscp: str, duration: str) -> "StreamPlan":
    from sonde.impair.notation import parse_duration
    from sonde.model.errors import Invalid
    from sonde.model.voice_tests import DURATION_RANGE
    from sonde.probe.keys import pair_key
    from sonde.probe.planning import StreamPlan
    from sonde.quality.codecs import codec as find_codec
    from sonde.quality.dscp import parse_dscp

    seconds = parse_duration(duration)
    if not DURATION_RANGE[0] <= seconds <= DURATION_RANGE[1]:
        raise Invalid(f"--duration {duration}: a stream lasts from 1s to 60s")
    try:
        profile, code_point = find_codec(codec), parse_dscp(dscp)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return StreamPlan(
        host=host, port=port, pair_key=pair_key(key), codec=profile, duration=seconds, dscp=code_point
    )


def _buffer_depth(text: str) -> float:
    from sonde.impair.notation import parse_duration
    from sonde.model.errors import Invalid
    from sonde.model.voice_tests import JITTER_BUFFER_RANGE

    depth = parse_duration(text)
    if not JITTER_BUFFER_RANGE[0] <= depth <= JITTER_BUFFER_RANGE[1]:
        raise Invalid(f"--jitter-buffer {text}: a de-jitter buffer is from 0 to 150ms deep")
    return depth


async def _measure(
    plan: "StreamPlan", jitter_buffer: float, *, quiet: bool
) -> "tuple[RoundReport, VoiceScore]":
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


def _show(report: "RoundReport", score: "VoiceScore", *, as_json: bool) -> None:
    from sonde.cli.report import print_json, print_table

    show = print_json if as_json else print_table
    show(report, score)


def _exit_code(
    report: "RoundReport", score: "VoiceScore", mos_limit: float | None, loss_limit: float | None
) -> int:
    if report.stream is None:
        return NOT_MEASURED
    loss = report.stream.loss_ratio
    if mos_limit is not None and (score.mos_cq is None or score.mos_cq < mos_limit):
        return THRESHOLD_MISSED
    if loss_limit is not None and (loss is None or loss > loss_limit):
        return THRESHOLD_MISSED
    return NOT_MEASURED if report.error else 0
