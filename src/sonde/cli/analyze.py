"""`sonde analyze`: the quality of every RTP stream in a capture file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import read_option

if TYPE_CHECKING:
    from sonde.capture.analysis import AnalysisOptions
    from sonde.capture.codec_choice import CodecOptions
    from sonde.capture.report import CaptureReport

NO_STREAM = 3
LONGEST_DEPTH = 1.0


def analyze(
    file: Annotated[Path, typer.Argument(help="A pcap or pcapng file; - reads standard input.")],
    codec: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PT=]CODEC",
            help="Codec of the streams, or of those with payload type PT; may be repeated.",
        ),
    ] = None,
    jitter_buffer: Annotated[
        str,
        typer.Option(metavar="TIME", help="Depth of the fixed de-jitter buffer the score is for, up to 1s."),
    ] = "40ms",
    one_way_delay: Annotated[
        str, typer.Option(metavar="TIME", help="Delay of the network to assume; a capture cannot measure it.")
    ] = "0",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what happened to the RTP streams in a capture and how they would sound.

    Exit codes: 0 streams were found, 2 wrong usage or no readable capture, 3 there is no RTP stream in it.
    """
    options = _options(codec or [], jitter_buffer, one_way_delay)
    report = _analyse(file, options, quiet=as_json)
    _show(report, as_json=as_json)
    sys.exit(0 if report.streams else NO_STREAM)


def _options(codecs: list[str], jitter_buffer: str, one_way_delay: str) -> "AnalysisOptions":
    from sonde.capture.analysis import AnalysisOptions

    return AnalysisOptions(
        codecs=_read_codecs(codecs),
        jitter_buffer=read_option("--jitter-buffer", _read_depth, jitter_buffer),
        one_way_delay=read_option("--one-way-delay", _read_delay, one_way_delay),
    )


def _read_codecs(codecs: list[str]) -> "CodecOptions":
    from sonde.capture.codec_option import read_codecs

    # A codec has no space in its name, so all options together are read like one.
    return read_option("--codec", lambda text: read_codecs(text.split()), " ".join(codecs))


def _read_depth(text: str) -> float:
    from sonde.impair.notation import parse_duration

    depth = parse_duration(text)
    if depth > LONGEST_DEPTH:
        raise ValueError(f"a de-jitter buffer is from 0 to 1s deep, not {text}.")
    return depth


def _read_delay(text: str) -> float:
    from sonde.impair.notation import parse_duration

    delay = parse_duration(text)
    if delay > LONGEST_DEPTH:
        raise ValueError(f"the delay of a network is from 0 to 1s, not {text}.")
    return delay


def _analyse(file: Path, options: "AnalysisOptions", *, quiet: bool) -> "CaptureReport":
    from sonde.capture.analysis import analyse, analyse_path
    from sonde.cli.progress import file_progress

    if str(file) == "-":
        return analyse(sys.stdin.buffer, "on standard input", options)
    with file_progress(file, quiet=quiet) as advance:
        return analyse_path(file, options, advance)


def _show(report: "CaptureReport", *, as_json: bool) -> None:
    from sonde.cli.capture_report import print_json, print_tables

    show = print_json if as_json else print_tables
    show(report)
