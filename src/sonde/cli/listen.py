"""`sonde listen`: take measured streams from people who know the key, without a server."""

import shlex
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import read_host, read_option
from sonde.cli.probe import DEFAULT_PORT

if TYPE_CHECKING:
    from sonde.probe.receiver import ReceiverHealth

ELSEWHERE = "http://192.0.2.1"
"""An address far away (RFC 5737), to ask which of ours leads there; nothing is sent to it."""


def listen(
    bind: Annotated[str, typer.Option(help="Address to listen on; :: for IPv6 and IPv4.")] = "0.0.0.0",  # noqa: S104 - a target is there to be reached
    port: Annotated[int, typer.Option(min=0, max=65535, help="UDP port; 0 for any.")] = DEFAULT_PORT,
    key: Annotated[
        str | None, typer.Option(help="Shared key; made up and printed when left out.", envvar="SONDE_KEY")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Let `sonde probe` on another machine measure the way to this one. Ctrl-C ends it."""
    from sonde.cli.signals import run_until_told
    from sonde.probe.keys import new_passphrase

    host = read_option("--bind", read_host, bind)
    run_until_told(_listen(host, port, key or new_passphrase(), as_json=as_json))


async def _listen(bind: str, port: int, key: str, *, as_json: bool) -> None:
    import asyncio

    from sonde.probe.engine import ReceiveEngine
    from sonde.probe.keys import pair_key
    from sonde.probe.receiver import Listen

    # Who reads the output finds the port in its first line, however soon there is other news.
    announced = False

    def show(health: "ReceiverHealth") -> None:
        if announced:
            (_print_json if as_json else _print_line)(health)

    engine = ReceiveEngine(Listen(host=bind, port=port), show)
    try:
        port = await engine.start()
        engine.allow((pair_key(key),))
        _announce(bind, port, key, as_json=as_json)
        announced = True
        await asyncio.Event().wait()
    finally:
        await engine.stop()


def _announce(bind: str, port: int, key: str, *, as_json: bool) -> None:
    import json

    if as_json:
        print(json.dumps({"listening": True, "port": port, "key": key}), flush=True)
        return
    command = f"sonde probe {_address_for_others(bind)} --port {port} --key {shlex.quote(key)}"
    print(f"Listening on UDP port {port}. On the other machine run:\n\n    {command}\n", flush=True)


def _address_for_others(bind: str) -> str:
    """Where others most likely reach us: the bound address, or the one that our packets to them have."""
    from sonde.model.errors import Unavailable
    from sonde.probe.sockets import address_towards

    if bind not in {"0.0.0.0", "::"}:  # noqa: S104 - a comparison
        return bind
    try:
        return address_towards(ELSEWHERE)
    except Unavailable:
        return socket.gethostname()


def _print_json(health: "ReceiverHealth") -> None:
    import msgspec

    print(msgspec.json.encode(health).decode(), flush=True)


def _print_line(health: "ReceiverHealth") -> None:
    ignored = ", ".join(f"{count} {reason}" for reason, count in health.silences.items() if count)
    print(
        f"streams now {health.streams}, taken so far {health.accepted}; "
        f"datagrams met with silence: {ignored or 'none'}",
        flush=True,
    )
