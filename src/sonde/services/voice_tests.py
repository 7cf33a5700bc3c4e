"""Voice tests: the one place that says what a test may look like."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import Invalid, NotFound
from sonde.model.people import Access
from sonde.model.voice_tests import (
    DURATION_RANGE,
    INTERVALS,
    JITTER_BUFFER_RANGE,
    ON_REQUEST,
    VoiceTest,
    VoiceTestSettings,
)
from sonde.quality.codecs import CODECS
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.text import checked_name, checked_text
from sonde.services.voice_test_names import free_the_name

PROBE_KEY_BYTES = 32
PATH_TRACES_RANGE = (1, 10)
FACADE_SETTINGS_BYTES = 64 * 1024
"""Most bytes of JSON that vendors' APIs may keep with one test."""


class VoiceTests:
    """The voice tests of each workspace. A test keeps its sources by id, whatever order they came in."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def get(self, access: Access, test_id: int) -> VoiceTest:
        """One of the workspace's tests.

        Raises:
            NotFound: the workspace has no such test.
        """
        with self._directory.read() as tx:
            return found_test(tx.voice_tests.get(access.workspace.workspace_id, test_id), test_id)

    def create(self, access: Access, settings: VoiceTestSettings) -> VoiceTest:
        """Make a test with a timetable; its agents learn of it when they next ask.

        Raises:
            Denied: not an administrator.
            Invalid: a setting cannot be used; `field` is its name in `VoiceTestSettings`.
            Conflict: the name is taken.
        """
        require_admin(access)
        settings = checked_settings(settings)
        _check_timetable(settings)
        with self._directory.write() as tx:
            check_agents(tx, access, settings)
            free_the_name(tx, access, settings.name)
            return tx.voice_tests.add(
                access.workspace.workspace_id,
                settings,
                probe_key=secrets.token_bytes(PROBE_KEY_BYTES),
                created_by=access.person_label,
                now=self._now(),
            )

    def update(self, access: Access, test_id: int, settings: VoiceTestSettings) -> VoiceTest:
        """Replace all settings of a test.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such test.
            Invalid: a setting cannot be used; `field` is its name in `VoiceTestSettings`.
            Conflict: the name is taken.
        """
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            before = found_test(tx.voice_tests.get(workspace_id, test_id), test_id)
            settings = checked_settings(settings)
            require(
                (settings.interval == ON_REQUEST) == (before.settings.interval == ON_REQUEST),
                "interval",
                f"must stay {ON_REQUEST} for an instant test, and above it for any other",
            )
            check_agents(tx, access, settings)
            if settings.interval != ON_REQUEST:
                free_the_name(tx, access, settings.name)
            changed = tx.voice_tests.update(
                workspace_id, test_id, settings, modified_by=access.person_label, now=self._now()
            )
            return found_test(changed, test_id)

    def delete(self, access: Access, test_id: int) -> None:
        """Delete a test. Its rounds can no longer be asked for.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such test.
        """
        require_admin(access)
        with self._directory.write() as tx:
            if not tx.voice_tests.delete(access.workspace.workspace_id, test_id):
                raise _no_test(test_id)

    def list(self, access: Access) -> list[VoiceTest]:
        """The workspace's tests that have a timetable, by id."""
        with self._directory.read() as tx:
            return tx.voice_tests.scheduled(access.workspace.workspace_id)


def assign_source(
    tx: Transaction, access: Access, agent_id: int, *, test_ids: Collection[int], now: datetime
) -> None:
    """Let an agent send in exactly these of the workspace's tests that have a timetable.

    Raises:
        Invalid: the workspace has no such test, the agent is its target, or a test would lose its last
            source.
    """
    workspace_id = access.workspace.workspace_id
    tests = {test.test_id: test for test in tx.voice_tests.scheduled(workspace_id)}
    unknown = set(test_ids) - tests.keys()
    require(not unknown, "tests", f"must be tests of this workspace, which {_listed(unknown)} are not")
    for test_id, test in tests.items():
        sources = set(test.settings.source_agent_ids)
        wanted = sources | {agent_id} if test_id in test_ids else sources - {agent_id}
        if wanted != sources:
            settings = msgspec.structs.replace(test.settings, source_agent_ids=tuple(sorted(wanted)))
            _check_pairs(settings)
            check_agents(tx, access, settings)
            tx.voice_tests.update(workspace_id, test_id, settings, modified_by=access.person_label, now=now)


def checked_settings(settings: VoiceTestSettings) -> VoiceTestSettings:
    """The settings with words trimmed and sources in order.

    Raises:
        Invalid: a setting cannot be used.
    """
    _check_numbers(settings)
    _check_pairs(settings)
    return msgspec.structs.replace(
        settings,
        name=checked_name(settings.name, field="name"),
        description=checked_text(settings.description, field="description"),
        source_agent_ids=tuple(sorted(settings.source_agent_ids)),
        facade_settings=_checked_facade_settings(settings.facade_settings),
    )


def _check_numbers(settings: VoiceTestSettings) -> None:
    shortest, longest = DURATION_RANGE
    none, deepest = JITTER_BUFFER_RANGE
    fewest, most = PATH_TRACES_RANGE
    if settings.interval != ON_REQUEST:
        _check_timetable(settings)
    require(shortest <= settings.duration <= longest, "duration", f"must be {shortest} to {longest} seconds")
    require(settings.codec in CODECS, "codec", f"must be one of {', '.join(CODECS)}")
    require(0 <= settings.dscp <= 63, "dscp", "must be 0 to 63")
    require(
        none <= settings.jitter_buffer <= deepest, "jitter_buffer", f"must be {none} to {deepest} seconds"
    )
    require(fewest <= settings.path_traces <= most, "path_traces", f"must be {fewest} to {most}")


def _check_timetable(settings: VoiceTestSettings) -> None:
    seconds = ", ".join(map(str, INTERVALS))
    require(settings.interval in INTERVALS, "interval", f"must be one of {seconds} seconds")
    require(
        2 * settings.duration <= settings.interval,
        "duration",
        f"must be at most half of the interval, {settings.interval} seconds, so that starts can be spread",
    )


def _check_pairs(settings: VoiceTestSettings) -> None:
    sources = settings.source_agent_ids
    require(bool(sources), "source_agent_ids", "must name at least one agent")
    require(len(set(sources)) == len(sources), "source_agent_ids", "must name each agent once")
    require(
        settings.target_agent_id not in sources,
        "source_agent_ids",
        f"must not name the target, agent {settings.target_agent_id}: nothing is measured inside one agent",
    )


def _checked_facade_settings(facade_settings: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    try:
        encoded = msgspec.json.encode(facade_settings)
    except (TypeError, ValueError) as error:
        raise Invalid(f"facade_settings must be JSON: {error}.", field="facade_settings") from error
    require(
        len(encoded) <= FACADE_SETTINGS_BYTES,
        "facade_settings",
        f"must be at most {FACADE_SETTINGS_BYTES} bytes of JSON",
    )
    return msgspec.json.decode(encoded, type=dict[str, dict[str, Any]])


def check_agents(tx: Transaction, access: Access, settings: VoiceTestSettings) -> None:
    """Refuse agents that the workspace does not have; the others stay until the transaction ends.

    Raises:
        Invalid: one of them is not there.
    """
    wanted = {settings.target_agent_id, *settings.source_agent_ids}
    # Held, so that none can be removed between this check and the commit.
    missing = wanted - tx.agents.hold(access.workspace.workspace_id, wanted)
    require(
        settings.target_agent_id not in missing,
        "target_agent_id",
        f"must be an agent of this workspace, which {settings.target_agent_id} is not",
    )
    require(
        not missing,
        "source_agent_ids",
        f"must be agents of this workspace, which {_listed(missing)} are not",
    )


def _listed(ids: Collection[int]) -> str:
    return ", ".join(map(str, sorted(ids)))


def require(is_met: bool, field: str, expectation: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Refuse a setting that does not meet an expectation.

    Raises:
        Invalid: it does not.
    """
    if not is_met:
        raise Invalid(f"{field} {expectation}.", field=field)


def found_test(test: VoiceTest | None, test_id: int) -> VoiceTest:
    """A test that was looked for.

    Raises:
        NotFound: it is not there.
    """
    if test is None:
        raise _no_test(test_id)
    return test


def _no_test(test_id: int) -> NotFound:
    return NotFound(f"There is no voice test {test_id} in this workspace.")
