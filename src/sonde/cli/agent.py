"""`sonde agent`: measure for a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import read_endpoint, read_host, read_option, read_url
from sonde.cli.probe import DEFAULT_PORT

if TYPE_CHECKING:
    from sonde.probe.agent import AgentSettings, Introduction
    from sonde.probe.memory import Identity


def agent(
    state_dir: Annotated[
        Path, typer.Option(help="What the agent remembers.", envvar="SONDE_AGENT_STATE_DIR")
    ],
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Base URL of the server; needed to enrol.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="One-time enrolment token; needed once.", envvar="SONDE_ENROL_TOKEN")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What it enrols as; its host name if left out.")] = None,
    bind: Annotated[str, typer.Option(help="Address its RTP listener binds.")] = "0.0.0.0",  # noqa: S104 - a target is there to be reached
    port: Annotated[int, typer.Option(min=1, max=65535, help="UDP port of its RTP listener.")] = DEFAULT_PORT,
    advertise: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where other agents reach it, if not at its own address."),
    ] = None,
    country: Annotated[str, typer.Option(help="ISO 3166-1 country code, two letters.")] = "",
    location: Annotated[str, typer.Option(help="Where it stands, for people.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Log JSON lines.")] = False,
) -> None:
    """Run this machine as an agent of a server.

    The first time it needs --server and --token to enrol. The same command line may stay for later
    starts: a folder that has an agent of that server goes on as this agent.
    """
    import socket

    from sonde.cli.signals import run_until_told
    from sonde.logs import set_up_logs
    from sonde.probe.agent import AgentSettings, Introduction
    from sonde.probe.receiver import Listen

    settings = AgentSettings(
        state_dir=state_dir,
        listen=Listen(host=read_option("--bind", read_host, bind), port=port),
        advertise=read_option("--advertise", read_endpoint, advertise) if advertise else None,
    )
    url = read_option("--server", read_url, server) if server else None
    secret = read_option("--token", _read_token, token) if token else None
    introduction = Introduction(
        name=name or socket.gethostname(), country_id=country.upper(), location=location
    )
    set_up_logs(form="json" if as_json else "auto")
    run_until_told(_run(settings, url, secret, introduction))


async def _run(
    settings: "AgentSettings", server: str | None, token: str | None, introduction: "Introduction"
) -> None:
    from sonde.probe.agent import run

    identity = _known(settings.state_dir, server)
    if identity is None:
        identity = await _enrol(settings, server, token, introduction)
    elif token is not None:
        import structlog

        note = "--token, --name, --country and --location are for enrolling only"
        structlog.get_logger(__name__).info("agent.enrolled_before", agent_id=identity.agent_id, note=note)
    await run(settings, identity)


def _known(state_dir: Path, server: str | None) -> "Identity | None":
    """Who this agent is already.

    Raises:
        SondeError: it belongs to another server, or the folder cannot be used.
    """
    from sonde.model.errors import Invalid
    from sonde.probe.memory import Memory

    identity = Memory(state_dir).identity()
    if identity is None or server is None:
        return identity
    if read_option(f"{state_dir / 'identity.json'}", read_url, identity.server) == server:
        return identity
    hint = "choose another --state-dir; if the server has moved, change its URL in identity.json there"
    raise Invalid(f"{state_dir} belongs to agent {identity.agent_id} of {identity.server}", hint=hint)


async def _enrol(
    settings: "AgentSettings", server: str | None, token: str | None, introduction: "Introduction"
) -> "Identity":
    from sonde.model.errors import Conflict, Invalid
    from sonde.probe.agent import enrol

    if token is None:
        hint = "enrol it with --server URL --token TOKEN; `sonde admin enrol-token` on the server makes one"
        raise Invalid(f"{settings.state_dir} holds no agent yet", hint=hint)
    if server is None:
        raise Invalid("--token needs --server", field="server", hint="give the server's URL")
    try:
        return await enrol(settings, server, token, introduction)
    except Conflict as error:
        raise Conflict(error.message, hint=error.hint or "choose another name with --name") from error


def _read_token(text: str) -> str:
    """An enrolment token, without what a file or a terminal puts around it."""
    token = text.strip()
    if not (token.isascii() and token.isprintable()):
        raise ValueError("a token has letters, digits, - and _ only.")
    return token
