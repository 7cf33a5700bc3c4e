"""`sonde demo`: everything at once on this machine, filled with real measurements."""

import signal
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sonde.cli.options import read_option, read_run_time

if TYPE_CHECKING:
    from sonde.demo.world import World

LOOK_EVERY = 1.0

# Neither wrapped nor kept back: the commands must survive a narrow terminal, and the rows a pipe.
_say = partial(print, flush=True)


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port of the server.")] = 8700,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep the data in this folder; without it nothing is left behind.")
    ] = None,
    run_for: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="Stop after this time: 60s or 5min.")
    ] = None,
) -> None:
    """Run everything on this machine, filled with real measurements.

    That is a server, two agents, and two bad roads between them.
    """
    from sonde.demo.world import World

    seconds = None if run_for is None else read_option("--for", read_run_time, run_for)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = _folder(data_dir, stack)
        world = stack.enter_context(World(folder, port))
        _build(world)
        _greet(world)
        _watch(world, seconds)
    _say("Stopped; nothing is left running.")


def _folder(data_dir: Path | None, stack: ExitStack) -> Path:
    import tempfile

    from sonde.model.errors import Unavailable

    if data_dir is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sonde-demo-")))
    hint = "choose another folder with --data-dir, or leave the option out"
    try:
        is_used = data_dir.exists() and any(data_dir.iterdir())
    except OSError as error:
        raise Unavailable(f"{data_dir} cannot be used: {error.strerror}", hint=hint) from error
    if is_used:
        raise Unavailable(f"{data_dir} already holds data, perhaps of a demo that still runs", hint=hint)
    return data_dir.absolute()


def _build(world: "World") -> None:
    from rich.console import Console

    with Console().status("starting the server ...") as status:
        world.start_server()
        status.update("starting two agents and the roads between them ...")
        world.start_agents()
        world.create_tests()


def _greet(world: "World") -> None:
    bearer = f'curl -H "Authorization: Bearer {world.token}"'
    path = f"{world.url}/thousandeyes/v6"
    _say(f"""
Sonde runs at {world.url}; ThousandEyes clients use {world.url}/thousandeyes
key: {world.token}

Try in another terminal:
  {bearer} {path}/voice/rtp-stream/{min(world.test_ids)}
  {bearer} {path}/agents

Measured rounds appear here as they come. Ctrl-C stops everything.
""")


def _watch(world: "World", seconds: float | None) -> None:
    end = None if seconds is None else time.monotonic() + seconds
    try:
        while end is None or time.monotonic() < end:
            for row in world.new_rounds():
                _say(_line(row))
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        _say("\nStopping ...")


def _line(row: dict[str, Any]) -> str:
    head = f"{row['date']}  {row['testName']:<42}"
    if row.get("mos") is None:
        return f"{head} not measured: {row.get('errorDetail', '')}"
    return (
        f"{head} MOS {row['mos']:.2f}  loss {row['loss']:4.1f} %  discards {row['discards']:4.1f} %  "
        f"latency {row['latency']:3d} ms  PDV {row['pdv']:5.1f} ms  {row['dscpName']}"
    )
