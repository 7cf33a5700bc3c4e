"""How the log looks: one event with its values per line, readable on a terminal and as JSON elsewhere."""

import logging
import sys
from typing import Literal

import structlog
from structlog.types import Processor

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def set_up_logs(*, form: Literal["auto", "console", "json"] = "auto", level: str = "info") -> None:
    """Send Sonde's log, and what its libraries have to say, to standard error.

    Args:
        form: `auto` chooses console when standard error is a terminal.
        level: the least serious line to write, a key of `LEVELS`.
    """
    on_terminal = sys.stderr.isatty()
    as_json = form == "json" or (form == "auto" and not on_terminal)
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _rendering(as_json=as_json, colors=on_terminal)
    structlog.configure(
        processors=[*before, *last],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _take_in_library_logs(before, last)


def _rendering(*, as_json: bool, colors: bool) -> list[Processor]:
    """Turn an event into a line. Traces come without local variables, which may be tokens."""
    if not as_json:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(frames), structlog.processors.JSONRenderer()]


def _take_in_library_logs(before: list[Processor], last: list[Processor]) -> None:
    """Give the lines of the standard `logging` the same look; only warnings and worse are news there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
