"""`sonde listen`: take measured streams from people who know the key, without a server."""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.probe import DEFAULT_PORT

if TYPE_CHECKING:
    from sonde.probe.receiver import ReceiverHealth


def listen(
    bind: Annotated[str, typer.Option(help="Address to listen on; :: for IPv6 and IPv4.")] = "0.0.0.0",  # noqa: S104 - a target is there to be reached
    port: Annotated[int, typer.Option(min=0, max=65535, help="UDP port; 0 for any.")] = DEFAULT_PORT,
    key: Annotated[
        str | None, typer.Option(help="Shared key; made up and printed when left out.", envvar="SONDE_KEY")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Let `sonde probe` on another machine measure the way to this one. Ctrl-C ends it."""
    from sonde.probe.keys import new_passphrase

    asyncio.run(_listen(bind, port, key or new_passphrase(), as_json=as_json))


async def _listen(bind: str, port: int, key: str, *, as_json: bool) -> None:
    from sonde.probe.engine import ReceiveEngine
    from sonde.probe.keys import pair_key
    from sonde.probe.receiver import Listen

    show = _print_json if as_json else _print_line
    engine = ReceiveEngine(Listen(host=bind, port=port), show)
    try:
        port = await engine.start()
        engine.allow((pair_key(key),))
        _announce(port, key, as_json=as_json)
        await _until_told_to_stop()
    finally:
        await engine.stop()


def _announce(port: int, key: str, *, as_json: bool) -> None:
    import json

    if as_json:
        print(json.dumps({"listening": True, "port": port, "key": key}), flush=True)
        return
    print(f"Listening on UDP port {port}. On the other machine run:\n")
    print(f"    sonde probe THIS_MACHINE --port {port} --key {key}\n", flush=True)


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


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
