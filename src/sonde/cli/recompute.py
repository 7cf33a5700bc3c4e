"""`sonde recompute`: samples, intervals, scores and issues again, from the payloads as they came."""

import json
from pathlib import Path
from typing import Annotated

import typer


def recompute(
    data_dir: Annotated[Path | None, typer.Option(help="Folder of all that the server keeps.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read all payloads of clients again, as this release understands them.

    A server with an embedded store must be stopped meanwhile.
    """
    import msgspec
    from rich.console import Console
    from rich.progress import Progress

    from sonde.logs import set_up_logs
    from sonde.opening import open_directory
    from sonde.services.evaluations import Evaluations
    from sonde.services.recomputing import Recomputing
    from sonde.settings import load_settings
    from sonde.store import Store

    settings = load_settings(data_dir=data_dir)
    set_up_logs(form=settings.log_format, level=settings.log_level)
    console = Console(stderr=True)
    with (
        open_directory(settings) as directory,
        Store(settings.effective_store_dsn) as store,
        Progress(console=console, transient=True, disable=as_json or not console.is_terminal) as progress,
    ):
        task = progress.add_task("payloads", total=None)
        done = Recomputing(store, Evaluations(directory, store)).run(
            lambda payloads: progress.update(task, completed=payloads)
        )
    if as_json:
        print(json.dumps(msgspec.to_builtins(done)))
        return
    print(f"{done.payloads} payloads read again: {done.samples} samples of {done.peers} peers.")
    for reason, count in done.failures.items():
        print(f"{count} could not be read: {reason}")
