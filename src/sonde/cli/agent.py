"""`sonde agent`: measure for a server."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.probe import DEFAULT_PORT

if TYPE_CHECKING:
    from sonde.model.control import EnrolRequest
    from sonde.probe.agent import AgentSettings
    from sonde.probe.memory import Identity


def agent(
    state_dir: Annotated[
        Path, typer.Option(help="What the agent remembers.", envvar="SONDE_AGENT_STATE_DIR")
    ],
    server: Annotated[str | None, typer.Option(help="Base URL of the server; needed to enrol.")] = None,
    token: Annotated[
        str | None, typer.Option(help="One-time enrolment token; needed once.", envvar="SONDE_ENROL_TOKEN")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="How people call this agent; its host name if left out.")
    ] = None,
    bind: Annotated[str, typer.Option(help="Address its RTP listener binds.")] = "0.0.0.0",  # noqa: S104 - a target is there to be reached
    port: Annotated[int, typer.Option(min=1, max=65535, help="UDP port of its RTP listener.")] = DEFAULT_PORT,
    advertise: Annotated[
        str | None, typer.Option(help="host:port where other agents reach it, if not its own address.")
    ] = None,
    country: Annotated[str, typer.Option(help="ISO 3166-1 country code, two letters.")] = "",
    location: Annotated[str, typer.Option(help="Where it stands, for people.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Log JSON lines.")] = False,
) -> None:
    """Run this machine as an agent; the first time with --server and --token to enrol it."""
    from sonde.logs import set_up_logs
    from sonde.probe.agent import AgentSettings
    from sonde.probe.receiver import Listen

    set_up_logs(form="json" if as_json else "auto")
    settings = AgentSettings(state_dir=state_dir, listen=Listen(host=bind, port=port))
    about = {"name": name, "advertise": advertise, "country": country, "location": location}
    asyncio.run(_run(settings, server, token, about))


async def _run(
    settings: "AgentSettings", server: str | None, token: str | None, about: dict[str, str | None]
) -> None:
    from sonde.probe.agent import run

    identity = await _identity(settings, server, token, about)
    work = asyncio.get_running_loop().create_task(run(settings, identity))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return


async def _identity(
    settings: "AgentSettings", server: str | None, token: str | None, about: dict[str, str | None]
) -> "Identity":
    from sonde.model.errors import Invalid
    from sonde.probe.agent import enrol
    from sonde.probe.memory import Memory

    if token is None:
        identity = Memory(settings.state_dir).identity()
        if identity is None:
            hint = (
                "enrol it with --server URL --token TOKEN; `sonde admin enrol-token` on the server makes one"
            )
            raise Invalid(f"{settings.state_dir} holds no agent yet", hint=hint)
        return identity
    if server is None:
        raise Invalid("--token needs --server", field="server", hint="give the server's URL")
    return await enrol(settings.state_dir, server, token, _introduction(settings, server, about))


def _introduction(settings: "AgentSettings", server: str, about: dict[str, str | None]) -> "EnrolRequest":
    import socket

    from sonde import __version__
    from sonde.impair.notation import parse_endpoint
    from sonde.model.control import EnrolRequest
    from sonde.probe.sockets import address_towards

    own = address_towards(server)
    advertised = about["advertise"]
    host, port = parse_endpoint(advertised) if advertised else (own, settings.listen.port)
    return EnrolRequest(
        name=about["name"] or socket.gethostname(),
        host=host,
        port=port,
        version=__version__,
        addresses=(own,),
        country_id=(about["country"] or "").upper(),
        location=about["location"] or "",
    )
