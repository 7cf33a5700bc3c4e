"""`sonde impair`: a bad network on purpose, between two programs or between two network interfaces."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import read_endpoint, read_option, read_run_time

if TYPE_CHECKING:
    from sonde.impair.config import BridgeConfig, PathConfig, RelayConfig
    from sonde.impair.impairment import Impairment
    from sonde.impair.log import Counts, Summary
    from sonde.impair.process import AnyCarrier

_Words = Annotated[
    str, typer.Option(metavar="WORDS", help="All at once: 'loss=2% burst-ratio=3 rate=1Mbit'.")
]
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
    listen: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Take packets here; port 0 is any.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Pass them on to this address.")] = None,
    bridge: Annotated[
        str | None,
        typer.Option(metavar="IFACE,IFACE", help="Instead of that: join two interfaces, as root."),
    ] = None,
    *,
    forward: _Words = "",
    loss: _Loss = None,
    delay: _Delay = None,
    jitter: _Jitter = None,
    duplicate: _Duplicate = None,
    reorder: _Reorder = None,
    reorder_delay: _ReorderDelay = None,
    dscp: _Dscp = None,
    reverse: _Words = "",
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
    realtime: Annotated[bool, typer.Option("--realtime", help="Run before all ordinary processes.")] = False,
    log: Annotated[Path | None, typer.Option(help="Write one JSON line for every packet.")] = None,
    run_for: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="Stop after this time: 60s or 5min.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON line when ready and one at the end.")
    ] = False,
) -> None:
    """Lose, delay, repeat, reorder, damage or remark packets, between programs or between interfaces.

    Packets of clients, or from the first interface to the second, suffer --forward and the plain options,
    those on the way back --reverse and the --reverse- ones. Ctrl-C stops it.
    """
    from sonde.impair.config import PathConfig

    said = {
        "loss": (loss, reverse_loss),
        "delay": (delay, reverse_delay),
        "jitter": (jitter, reverse_jitter),
        "duplicate": (duplicate, reverse_duplicate),
        "reorder": (reorder, reverse_reorder),
        "reorder-delay": (reorder_delay, reverse_reorder_delay),
        "dscp": (dscp, reverse_dscp),
    }
    path = PathConfig(
        forward=_read("--forward", "--", forward, {word: there for word, (there, _) in said.items()}),
        reverse=_read("--reverse", "--reverse-", reverse, {word: back for word, (_, back) in said.items()}),
        seed=seed,
        spare_control=spare_control,
        max_flows=max_flows,
        run_for=None if run_for is None else read_option("--for", read_run_time, run_for),
        log=log,
        realtime=realtime,
    )
    (_run_for_programs if as_json else _run_for_people)(_place(path, listen, to, bridge))


def _place(
    path: "PathConfig", listen: str | None, to: str | None, bridge: str | None
) -> "RelayConfig | BridgeConfig":
    """Where the path is: exactly one of the two ways to say it."""
    import msgspec

    from sonde.impair.config import BridgeConfig, RelayConfig
    from sonde.model.errors import Invalid

    what = msgspec.structs.asdict(path)
    if bridge is not None:
        if listen or to:
            raise Invalid("--bridge: takes the place of --listen and --to.", field="--bridge")
        first, second = read_option("--bridge", _read_interfaces, bridge)
        return BridgeConfig(first=first, second=second, **what)
    ends = [
        None if text is None else read_option(option, read_endpoint, text)
        for option, text in (("--listen", listen), ("--to", to))
    ]
    if ends[0] is None or ends[1] is None:
        missing = "--to" if ends[0] else "--listen"
        hint = "Give --listen and --to, or --bridge."
        raise Invalid(f"{missing} is missing.", hint=hint, field=missing)
    return RelayConfig(listen=ends[0], target=ends[1], **what)


def _read_interfaces(text: str) -> tuple[str, str]:
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise ValueError(f"'{text}' are not two interfaces; write two names, such as veth0,veth1.")
    return names[0], names[1]


def _read(option: str, prefix: str, text: str, options: dict[str, str | None]) -> "Impairment":
    """What the words of one option and the plain options say together."""
    from sonde.impair.words import read_impairment, split_words
    from sonde.model.errors import Invalid

    words = read_option(option, split_words, text)
    for word, value in options.items():
        if value is not None and word in words:
            raise Invalid(f"{prefix}{word}: {option} says {word} as well.", field=prefix + word)
    try:
        return read_impairment(words | {word: value for word, value in options.items() if value is not None})
    except Invalid as error:
        name = f"{option}: {error.field}" if error.field in words else prefix + error.field
        raise Invalid(f"{name}: {error.message}", field=name) from error


def _run_for_programs(config: "RelayConfig | BridgeConfig") -> None:
    import msgspec

    from sonde.impair.process import carry, describe

    def say(what: msgspec.Struct) -> None:
        print(msgspec.json.encode(what).decode(), flush=True)

    say(carry(config, ready=lambda carrier: say(describe(carrier))))


def _run_for_people(config: "RelayConfig | BridgeConfig") -> None:
    from rich.console import Console
    from rich.live import Live

    from sonde.impair.process import carry

    console = Console(highlight=False)

    def ready(carrier: "AnyCarrier") -> None:
        console.print(f"{_describe(carrier)}, seed {config.seed}")

    # Drawn by the carrier's own thread, twice a second: a drawing thread would delay packets more.
    with Live(console=console, auto_refresh=False, transient=True) as live:
        summary = carry(config, ready=ready, watch=lambda news: live.update(_line(news), refresh=True))
    console.print(_line(summary))


def _describe(carrier: "AnyCarrier") -> str:
    from sonde.impair.bridge import Bridge
    from sonde.impair.notation import format_endpoint

    if isinstance(carrier, Bridge):
        return f"bridging {' and '.join(carrier.interfaces)}"
    return f"listening on {format_endpoint(carrier.address)}, to {format_endpoint(carrier.target)}"


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
