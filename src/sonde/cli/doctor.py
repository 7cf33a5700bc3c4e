"""`sonde doctor`: is this machine fit to measure, and what do its numbers rest on?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import read_option, read_url

if TYPE_CHECKING:
    from sonde.probe.doctor.finding import Diagnosis

CHECK_FAILED = 1

_STYLES = {"ok": "", "degraded": "yellow", "failed": "red"}


def doctor(
    state_dir: Annotated[
        Path | None,
        typer.Option(help="Folder of an agent, to see that it can be used.", envvar="SONDE_AGENT_STATE_DIR"),
    ] = None,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Base URL of a server, to see that it can be reached.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Try on loopback all that measuring on this machine relies on. It takes about a second.

    Exit codes: 0 all is well or only degraded, 1 a check failed, 2 wrong usage.
    """
    import asyncio

    from sonde.probe.doctor.examination import examine
    from sonde.probe.doctor.finding import Verdict

    url = read_option("--server", read_url, server) if server else None
    diagnosis = asyncio.run(examine(state_dir=state_dir, server=url))
    show = _print_json if as_json else _print_table
    show(diagnosis)
    sys.exit(CHECK_FAILED if diagnosis.verdict is Verdict.FAILED else 0)


def _print_json(diagnosis: "Diagnosis") -> None:
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(diagnosis)).decode())


def _print_table(diagnosis: "Diagnosis") -> None:
    """What was seen in a table, then what is not well with what it means and what to do."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    table = Table("check", "", "seen", title="This machine as a measuring agent", title_justify="left")
    for finding in diagnosis.findings:
        table.add_row(finding.check, finding.verdict, finding.seen, style=_STYLES[finding.verdict])
    console.print(table)
    for finding in diagnosis.findings:
        if finding.verdict != "ok":
            console.print(f"\n{finding.check}: {finding.meaning}", style=_STYLES[finding.verdict])
            for advice in finding.advice:
                console.print(f"    {advice}")
    if diagnosis.labels:
        labels = ", ".join(f"{name} {value}" for name, value in diagnosis.labels.items())
        console.print(f"\nA round on loopback was labelled: {labels}")
