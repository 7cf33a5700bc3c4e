"""`sonde analyze`: what capture files, and dumps of client statistics, say of a call."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import read_option
from sonde.model.errors import Invalid

if TYPE_CHECKING:
    from sonde.capture.analysis import AnalysisOptions
    from sonde.capture.codec_choice import CodecOptions
    from sonde.capture.report import CaptureReport

NO_STREAM = 3
LONGEST_DEPTH = 1.0

DEPTH = "40ms"
DELAY = "0"


def analyze(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="A pcap or pcapng file, or dumps of client statistics; - reads standard input.",
        ),
    ],
    codec: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PT=]CODEC",
            help="Of a capture: codec of the streams, or of those with payload type PT; may be repeated.",
        ),
    ] = None,
    jitter_buffer: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Of a capture: depth of the fixed de-jitter buffer the score is for, up to 1s.",
        ),
    ] = DEPTH,
    one_way_delay: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="Of a capture: delay of the network to assume; it cannot be measured."
        ),
    ] = DELAY,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say how good a call was, and why, from a capture or from dumps of what its clients reported.

    A capture is analysed by itself. Dumps are webrtc-internals and rtcstats dumps, Chrome's rtcstats export
    and getStats reports as JSON lines, gzip or not; files of one call are put together.

    Exit codes: 0 streams were found, 2 wrong usage or no readable file, 3 there is no stream.
    """
    if _has_capture(files):
        options = _options(codec or [], jitter_buffer, one_way_delay)
        found = _show_capture(files[0], options, as_json=as_json)
    else:
        _refuse_options_of_captures(codec, jitter_buffer, one_way_delay)
        found = _show_calls(files, as_json=as_json)
    sys.exit(0 if found else NO_STREAM)


def _has_capture(files: Sequence[Path]) -> bool:
    from sonde.capture.analysis import is_capture
    from sonde.cli.call_files import first_bytes

    captures = [file for file in files if is_capture(first_bytes(file))]
    if captures and len(files) > 1:
        raise Invalid(
            f"{captures[0]} is a capture, which is analysed by itself.",
            hint="Give one capture, or only dumps of client statistics.",
            field="FILE",
        )
    return bool(captures)


def _refuse_options_of_captures(codec: list[str] | None, jitter_buffer: str, one_way_delay: str) -> None:
    given = [
        *(["--codec"] if codec else []),
        *(["--jitter-buffer"] if jitter_buffer != DEPTH else []),
        *(["--one-way-delay"] if one_way_delay != DELAY else []),
    ]
    if given:
        raise Invalid(
            f"{given[0]} is for captures; clients say it themselves.", hint="Leave it out.", field=given[0]
        )


def _show_calls(files: Sequence[Path], *, as_json: bool) -> bool:
    """Whether there was a stream."""
    from sonde.cli.call_files import read_calls
    from sonde.cli.call_tables import print_json, print_tables

    report = read_calls(files, quiet=as_json)
    show = print_json if as_json else print_tables
    show(report)
    return any(peer.streams for session in report.sessions for peer in session.peers)


def _show_capture(file: Path, options: "AnalysisOptions", *, as_json: bool) -> bool:
    """Whether there was a stream."""
    from sonde.cli.capture_report import print_json, print_tables

    report = _analyse(file, options, quiet=as_json)
    show = print_json if as_json else print_tables
    show(report)
    return bool(report.streams)


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
