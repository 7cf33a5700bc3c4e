"""An agent that works for a server: enrolled once, then told what to do."""

import asyncio
import random
from pathlib import Path

import msgspec
import structlog

from sonde.model.agents import POLL_INTERVAL
from sonde.model.control import DesiredState, EnrolRequest
from sonde.model.errors import Invalid, SondeError
from sonde.probe.controller import Controller
from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.memory import Identity, Memory
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
        outbox_bytes: how much disk waiting results may take; the oldest go first when it is full.
    """

    state_dir: Path
    listen: Listen
    outbox_bytes: int = 256 * 2**20


async def enrol(state_dir: Path, server: str, token: str, request: EnrolRequest) -> Identity:
    """Makes this machine an agent of a server.

    Raises:
        SondeError: refused, unreachable, or the folder already belongs to an agent.
    """
    memory = Memory(state_dir)
    if known := memory.identity():
        hint = "leave out --token to run it, or choose another --state-dir"
        raise Invalid(f"{state_dir} already belongs to agent {known.agent_id} of {known.server}", hint=hint)
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
    )
    memory.remember_identity(identity)
    return identity


async def run(settings: AgentSettings, identity: Identity) -> None:
    """Runs the agent until it is cancelled.

    Raises:
        SondeError: the port or the state folder cannot be had.
    """
    memory = Memory(settings.state_dir)
    with Spool(memory.spool_path, max_bytes=settings.outbox_bytes, when_full="drop-oldest") as spool:
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
            tasks.create_task(_follow(controller, memory, runner, receiving))
    finally:
        await asyncio.gather(sending.stop(), receiving.stop(), controller.close())


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
