"""All checks, in an order in which none disturbs another."""

from pathlib import Path

from sonde.probe.doctor import clocks, machine
from sonde.probe.doctor.finding import Diagnosis, Finding, worst
from sonde.probe.doctor.loopback import ADDRESSES, examine_family
from sonde.probe.doctor.streams import measure_streams, words_of

OUTBOX_BYTES = 256 * 2**20
"""What an agent's outbox may take, unless told otherwise."""


async def examine(*, state_dir: Path | None = None, server: str | None = None) -> Diagnosis:
    """Examine this machine; takes less than a second, unless a server keeps it waiting.

    To be called while this process has no thread but one.

    Args:
        state_dir: the agent's folder; None leaves it out.
        server: base URL of its server; None leaves it out.
    """
    before = clocks.read_instant()
    # First what needs a quiet machine, then what starts processes.
    findings = _examine_machine(state_dir)
    usable = [name for name in ADDRESSES if f"{name}.arrival_stamps" in {each.check for each in findings}]
    measured = await measure_streams(usable)
    findings += [finding for finding, _ in measured]
    if server is not None:
        # A web client takes longer to import than a stream to measure.
        from sonde.probe.doctor.server import check_server  # noqa: PLC0415

        findings.append(await check_server(server))
    findings.append(clocks.check_run(before, clocks.read_instant()))
    labels = next((words_of(health) for _, health in measured if health), {})
    return Diagnosis(verdict=worst(findings), findings=tuple(findings), labels=labels)


def _examine_machine(state_dir: Path | None) -> list[Finding]:
    """The checks that need nothing but this thread."""
    findings = [
        machine.check_timers(),
        machine.check_real_time(),
        machine.check_open_files(),
        clocks.check_synchronisation(),
    ]
    for name in ADDRESSES:
        findings += examine_family(name)
    if state_dir is not None:
        findings.append(machine.check_folder(state_dir, OUTBOX_BYTES))
    return findings
