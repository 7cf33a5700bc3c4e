"""`sonde impair`: a bad network between two programs, on one machine and without privileges."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sonde.cli.options import read_endpoint, read_option, read_run_time

if TYPE_CHECKING:
    from sonde.impair.config import RelayConfig
    from sonde.impair.log import Counts, Summary
    from sonde.impair.plan import Impairment
    from sonde.impair.relay import Relay

_Loss = Annotated[str | None, typer.Option(metavar="RATIO", help="Lose packets: 2% or 0.02.")]
_Delay = Annotated[str | None, typer.Option(metavar="TIME", help="Hold every packet: 30ms or 0.03s.")]
_Jitter = Annotated[str | None, typer.Option(metavar="TIME", help="Hold up to this much longer, at random.")]
_Duplicate = Annotated[str | None, typer.Option(metavar="RATIO", help="Send packets twice.")]
_Reorder = Annotated[str | None, typer.Option(metavar="RATIO", help="Let later packets overtake.")]
_ReorderDelay = Annotated[
    str | None, typer.Option(metavar="TIME", help="How long a packet is overtaken; 50ms unless told.")
]
_Dscp = Annotated[str | None, typer.Option(metavar="DSCP", help="Rewrite the code point: CS1, EF or 8.")]


def impair(
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Take packets here; port 0 is any.")],
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="Pass them on to this address.")],
    *,
    loss: _Loss = None,
    delay: _Delay = None,
    jitter: _Jitter = None,
    duplicate: _Duplicate = None,
    reorder: _Reorder = None,
    reorder_delay: _ReorderDelay = None,
    dscp: _Dscp = None,
    reverse_loss: _Loss = None,
    reverse_delay: _Delay = None,
    reverse_jitter: _Jitter = None,
    reverse_duplicate: _Duplicate = None,
    reverse_reorder: _Reorder = None,
    reverse_reorder_delay: _ReorderDelay = None,
    reverse_dscp: _Dscp = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed loses the same packets.")] = 0,
    spare_control: Annotated[
        bool, typer.Option("--spare-control", help="Only delay and remark what is not RTP.")
    ] = False,
    max_flows: Annotated[int, typer.Option(min=1, max=10_000, help="Clients at the same time.")] = 256,
    log: Annotated[Path | None, typer.Option(help="Write one JSON line for every packet.")] = None,
    run_for: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="Stop after this time: 60s or 5min.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON line when ready and one at the end.")
    ] = False,
) -> None:
    """Relay UDP and lose, delay, repeat, reorder or remark packets.

    Clients' packets suffer the plain options, replies the --reverse ones. Ctrl-C stops it.
    """
    from sonde.impair.config import RelayConfig

    forward = _read_impairment(
        "--",
        loss=loss,
        delay=delay,
        jitter=jitter,
        duplicate=duplicate,
        reorder=reorder,
        reorder_delay=reorder_delay,
        dscp=dscp,
    )
    reverse = _read_impairment(
        "--reverse-",
        loss=reverse_loss,
        delay=reverse_delay,
        jitter=reverse_jitter,
        duplicate=reverse_duplicate,
        reorder=reverse_reorder,
        reorder_delay=reverse_reorder_delay,
        dscp=reverse_dscp,
    )
    config = RelayConfig(
        listen=read_option("--listen", read_endpoint, listen),
        target=read_option("--to", read_endpoint, to),
        forward=forward,
        reverse=reverse,
        seed=seed,
        spare_control=spare_control,
        max_flows=max_flows,
        run_for=None if run_for is None else read_option("--for", read_run_time, run_for),
        log=log,
    )
    (_run_for_programs if as_json else _run_for_people)(config)


def _read_impairment(prefix: str, **words: str | None) -> "Impairment":
    from sonde.impair.notation import parse_duration, parse_ratio
    from sonde.impair.plan import Impairment
    from sonde.model.errors import Invalid
    from sonde.quality.dscp import parse_dscp

    readers: dict[str, Callable[[str], float]] = {
        "loss": parse_ratio,
        "duplicate": parse_ratio,
        "reorder": parse_ratio,
        "dscp": parse_dscp,
    }
    values: dict[str, Any] = {
        field: read_option(_option(prefix, field), readers.get(field, parse_duration), word)
        for field, word in words.items()
        if word is not None
    }
    try:
        return Impairment(**values)
    except Invalid as error:
        option = _option(prefix, error.field)
        raise Invalid(f"{option}: {error.message}", field=option) from error


def _option(prefix: str, field: str) -> str:
    return prefix + field.replace("_", "-")


def _run_for_programs(config: "RelayConfig") -> None:
    import msgspec

    from sonde.impair.process import describe, run_relay

    def say(what: msgspec.Struct) -> None:
        print(msgspec.json.encode(what).decode(), flush=True)

    say(run_relay(config, ready=lambda relay: say(describe(relay))))


def _run_for_people(config: "RelayConfig") -> None:
    from rich.console import Console
    from rich.live import Live

    from sonde.impair.notation import format_endpoint
    from sonde.impair.process import run_relay

    console = Console(highlight=False)

    def ready(relay: "Relay") -> None:
        target = format_endpoint(config.target)
        console.print(f"listening on {format_endpoint(relay.address)}, to {target}, seed {config.seed}")

    # Drawn by the relay's own thread, twice a second: a drawing thread would delay packets more.
    with Live(console=console, auto_refresh=False, transient=True) as live:
        summary = run_relay(config, ready=ready, watch=lambda news: live.update(_line(news), refresh=True))
    console.print(_line(summary))


def _line(summary: "Summary") -> str:
    warning = f"   {summary.socket_drops:,} dropped by a busy machine" if summary.socket_drops else ""
    refused = f"   {summary.refused:,} refused" if summary.refused else ""
    ways = f"there: {_tell(summary.forward)}   back: {_tell(summary.reverse)}"
    return f"{summary.seconds:.0f} s   flows: {summary.flows:,}   {ways}{refused}{warning}"


def _tell(counts: "Counts") -> str:
    """`1,203 received, 24 lost`; what never happened is not told."""
    import msgspec

    happened = {name: number for name, number in msgspec.structs.asdict(counts).items() if number}
    return ", ".join(f"{number:,} {name}" for name, number in happened.items()) or "nothing"
