"""`sonde demo`: everything at once on this machine, filled with real measurements."""

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from sonde.demo.world import World

LOOK_EVERY = 1.0


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port of the server.")] = 8700,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep the data in this folder; without it nothing is left behind.")
    ] = None,
    run_for: Annotated[
        float | None, typer.Option("--for", min=1, help="Stop by itself after so many seconds.")
    ] = None,
) -> None:
    """Start a server, two agents and two bad roads between them, and show what they measure."""
    from rich.console import Console

    from sonde.demo.world import World

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console()
    with ExitStack() as stack:
        folder = _folder(data_dir, stack)
        world = stack.enter_context(World(folder, port))
        _build(world, console)
        _greet(world, console)
        _watch(world, console, run_for)
    console.print("Stopped; nothing is left running.")


def _folder(data_dir: Path | None, stack: ExitStack) -> Path:
    from sonde.model.errors import Unavailable

    if data_dir is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sonde-demo-")))
    if data_dir.exists() and any(data_dir.iterdir()):
        hint = "choose another folder with --data-dir, or leave the option out"
        raise Unavailable(f"{data_dir} already holds data, perhaps of a demo that still runs", hint=hint)
    return data_dir.absolute()


def _build(world: "World", console: "Console") -> None:
    with console.status("starting the server ...") as status:
        world.start_server()
        status.update("starting two agents and the roads between them ...")
        world.start_agents()
        world.create_tests()


def _greet(world: "World", console: "Console") -> None:
    test_id = min(world.test_ids)
    console.print(
        f"\nSonde runs at {world.url}; ThousandEyes clients use {world.url}/thousandeyes", highlight=False
    )
    console.print(f"key: {world.token}\n", highlight=False, soft_wrap=True)
    console.print("Try in another terminal:", highlight=False)
    bearer = f'curl -H "Authorization: Bearer {world.token}"'
    path = f"{world.url}/thousandeyes/v6"
    console.print(f"  {bearer} {path}/voice/rtp-stream/{test_id}", highlight=False, soft_wrap=True)
    console.print(f"  {bearer} {path}/agents\n", highlight=False, soft_wrap=True)
    console.print("Measured rounds appear here as they come. Ctrl-C stops everything.\n", highlight=False)


def _watch(world: "World", console: "Console", run_for: float | None) -> None:
    end = None if run_for is None else time.monotonic() + run_for
    try:
        while end is None or time.monotonic() < end:
            for row in world.new_rounds():
                console.print(_line(row), highlight=False, soft_wrap=True)
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        console.print("\nStopping ...")


def _line(row: dict[str, Any]) -> str:
    head = f"{row['date']}  {row['testName']:<42}"
    if row.get("mos") is None:
        return f"{head} not measured: {row.get('errorDetail', '')}"
    return (
        f"{head} MOS {row['mos']:.2f}  loss {row['loss']:4.1f} %  discards {row['discards']:4.1f} %  "
        f"latency {row['latency']:3d} ms  PDV {row['pdv']:5.1f} ms  {row['dscpName']}"
    )
