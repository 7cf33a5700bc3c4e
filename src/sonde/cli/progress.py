"""What a person sees while a stream is measured or a file is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from sonde.probe.orders import StreamProgress

_PHASES = {
    "greeting": "asking for consent",
    "streaming": "sending",
    "settling": "waiting for the last packets",
    "fetching": "fetching the record",
}


@contextmanager
def stream_progress(host: str, *, quiet: bool) -> Iterator[Callable[[StreamProgress], None]]:
    """A progress line on standard error if that is a terminal, so that standard output stays clean.

    There is none when `quiet`.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} packets"),
        TimeElapsedColumn(),
    )
    is_hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as progress:
        task = progress.add_task(f"{host}: starting")

        def advance(step: StreamProgress) -> None:
            doing = _PHASES.get(step.phase, step.phase)
            progress.update(task, description=f"{host}: {doing}", completed=step.sent, total=step.packets)

        yield advance


@contextmanager
def file_progress(path: Path, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error if that is a terminal, told how many bytes of the file are read.

    There is none when `quiet`.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    is_hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as progress:
        task = progress.add_task(path.name, total=path.stat().st_size if path.is_file() else None)
        yield lambda count: progress.update(task, completed=count)


@contextmanager
def work_progress(doing: str, steps: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error if that is a terminal, told of each step that is done.

    There is none when `quiet`.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    is_hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as progress:
        task = progress.add_task(doing, total=steps)
        yield lambda: progress.advance(task)
