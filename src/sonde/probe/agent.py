"""An agent that works for a server: enrolled once, then told what to do."""

import asyncio
import random
from pathlib import Path

import msgspec
import structlog

from sonde import __version__
from sonde.model.agents import POLL_INTERVAL
from sonde.model.control import DesiredState, EnrolRequest, Presence
from sonde.model.errors import Invalid, SondeError
from sonde.probe import sockets
from sonde.probe.controller import Controller
from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.memory import Identity, Memory
from sonde.probe.packet_trace import without_packets
from sonde.probe.receiver import Listen, ReceiverHealth
from sonde.probe.runner import Runner
from sonde.probe.uploader import Uploader
from sonde.spool.spool import Spool

log = structlog.get_logger(__name__)


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How an agent runs on this machine.

    Attributes:
        state_dir: what it remembers lives here.
        listen: where its RTP listener binds.
        advertise: host and port that other agents are told; None for those of the enrolment, or else for
            the address that leads to the server.
        outbox_bytes: how much disk waiting results may take; when it is full the oldest packets are given
            up first, and when there are none, the oldest results.
    """

    state_dir: Path
    listen: Listen
    advertise: tuple[str, int] | None = None
    outbox_bytes: int = 256 * 2**20


class Introduction(msgspec.Struct, frozen=True, kw_only=True):
    """How an agent introduces itself to people."""

    name: str
    country_id: str = ""
    location: str = ""


async def enrol(settings: AgentSettings, server: str, token: str, introduction: Introduction) -> Identity:
    """Makes this machine an agent of a server.

    Raises:
        SondeError: refused, unreachable, or the folder already belongs to an agent.
    """
    memory = Memory(settings.state_dir)
    if known := memory.identity():
        hint = "leave out --token to run it, or choose another --state-dir"
        where = f"{settings.state_dir} already belongs to agent {known.agent_id} of {known.server}"
        raise Invalid(where, hint=hint)
    presence = _presence(settings, server, settings.advertise)
    request = EnrolRequest(**msgspec.structs.asdict(presence), **msgspec.structs.asdict(introduction))
    controller = Controller(server)
    try:
        response = await controller.enrol(token, request)
    finally:
        await controller.close()
    identity = Identity(
        server=server,
        agent_id=response.agent_id,
        agent_key=response.agent_key,
        name=request.name,
        workspace=response.workspace,
        advertise=settings.advertise,
    )
    memory.remember_identity(identity)
    return identity


async def run(settings: AgentSettings, identity: Identity) -> None:
    """Runs the agent until it is cancelled.

    Raises:
        SondeError: the port or the state folder cannot be had.
    """
    memory = Memory(settings.state_dir)
    with Spool(
        memory.spool_path,
        max_bytes=settings.outbox_bytes,
        when_full="drop-oldest",
        lighten=without_packets,
    ) as spool:
        await _run_with(spool, memory, settings, identity)


async def _run_with(spool: Spool, memory: Memory, settings: AgentSettings, identity: Identity) -> None:
    sending, receiving = SendEngine(), ReceiveEngine(settings.listen, _log_health)
    controller = Controller(identity.server, identity.agent_key)
    uploader = Uploader(spool, controller)
    runner = Runner(identity.agent_id, sending, memory=memory, spool=spool, uploader=uploader)
    try:
        sending.start()
        port = await receiving.start()
        log.info("agent.started", agent_id=identity.agent_id, name=identity.name, port=port)
        if state := memory.desired_state():
            _apply(state, runner, receiving)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(runner.run())
            tasks.create_task(uploader.run())
            tasks.create_task(_announce(controller, settings, identity))
            tasks.create_task(_follow(controller, memory, runner, receiving))
    except BaseExceptionGroup as group:
        # One of the tasks failed for good; people get the sentence, not the group around it.
        known = next((error for error in group.exceptions if isinstance(error, SondeError)), None)
        raise known or group from group
    finally:
        await asyncio.gather(sending.stop(), receiving.stop(), controller.close())
        await runner.finish()


def _presence(settings: AgentSettings, server: str, advertise: tuple[str, int] | None) -> Presence:
    own = sockets.address_towards(server)
    host, port = advertise or (own, settings.listen.port)
    return Presence(host=host, port=port, version=__version__, addresses=(own,))


async def _announce(controller: Controller, settings: AgentSettings, identity: Identity) -> None:
    """Tells the server where this agent is now; tries until the server has heard it."""
    while True:
        try:
            presence = _presence(settings, identity.server, settings.advertise or identity.advertise)
            await controller.report_presence(presence)
        except SondeError as error:
            log.warning("presence.untold", reason=error.message, hint=error.hint)
            await asyncio.sleep(POLL_INTERVAL * random.uniform(0.9, 1.1))
        else:
            return


async def _follow(controller: Controller, memory: Memory, runner: Runner, receiving: ReceiveEngine) -> None:
    """Asks the server what to do, again and again; goes on with the last answer when there is none."""
    version, pause = None, POLL_INTERVAL
    while True:
        try:
            state = await controller.desired_state()
        except SondeError as error:
            log.warning("state.unknown", reason=error.message, hint=error.hint)
        else:
            pause = state.poll_interval
            if state.version != version:
                version = state.version
                memory.remember_desired_state(state)
                _apply(state, runner, receiving)
        await asyncio.sleep(pause * random.uniform(0.9, 1.1))


def _apply(state: DesiredState, runner: Runner, receiving: ReceiveEngine) -> None:
    receiving.allow(state.accept)
    runner.assign(state.streams)
    log.info("state.applied", version=state.version, streams=len(state.streams), accept=len(state.accept))


def _log_health(health: ReceiverHealth) -> None:
    silences = {reason: count for reason, count in health.silences.items() if count}
    log.debug("receiver.health", streams=health.streams, accepted=health.accepted, **silences)
