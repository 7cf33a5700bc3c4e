"""Instant tests: voice tests without a timetable, each of whose rounds a person asks for.

A request is the id of a round, kept with the test. The agents find it in their desired state when they next
ask, within seconds, and begin the round as soon as both of them have heard of it.
"""

import secrets
from datetime import timedelta
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.people import Access
from sonde.model.voice_tests import ON_REQUEST, VoiceTest, VoiceTestSettings
from sonde.services.clock import Clock, utc_now
from sonde.services.voice_test_names import free_name
from sonde.services.voice_tests import (
    PROBE_KEY_BYTES,
    check_agents,
    checked_settings,
    found_test,
    require,
)

KEPT_FOR: Final = timedelta(days=90)
"""How long an instant test stays after it was asked for last; the vendor keeps data as long."""

KEPT_MAX: Final = 1000
"""Most instant tests of a workspace; beyond them the one that was asked for longest ago goes."""


class InstantTests:
    """The instant tests of each workspace; members may make and run them too.

    Args:
        kept_max: most of them in one workspace.
    """

    def __init__(self, directory: Directory, now: Clock = utc_now, *, kept_max: int = KEPT_MAX) -> None:
        self._directory = directory
        self._now = now
        self._kept_max = kept_max

    def create(self, access: Access, settings: VoiceTestSettings) -> VoiceTest:
        """Make a test that runs once now, and again whenever `run` is asked for.

        A name that is taken gets a number behind it: such a test is made again and again. It also gives
        its name up when a test with a timetable wants it.

        Nobody deletes such tests, so the making of one forgets those of the workspace that are older than
        `KEPT_FOR`, and those beyond `kept_max`.

        Args:
            access: who asks.
            settings: their interval is not looked at.

        Raises:
            Invalid: a setting cannot be used; `field` is its name in `VoiceTestSettings`.
        """
        settings = checked_settings(msgspec.structs.replace(settings, interval=ON_REQUEST))
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            check_agents(tx, access, settings)
            oldest = int((self._now() - KEPT_FOR).timestamp())
            tx.voice_tests.forget_on_request(workspace_id, requested_before=oldest, keep=self._kept_max - 1)
            name = free_name(settings.name, tx.voice_tests.names(workspace_id))
            made = tx.voice_tests.add(
                workspace_id,
                msgspec.structs.replace(settings, name=name),
                probe_key=secrets.token_bytes(PROBE_KEY_BYTES),
                created_by=access.person_label,
                now=self._now(),
            )
            return self._request_round(tx, made)

    def run(self, access: Access, test_id: int) -> VoiceTest:
        """Ask for one more round. A request that the agents have not heard of yet is replaced.

        Raises:
            NotFound: the workspace has no such test.
            Invalid: the test has a timetable, is disabled, or an agent of it is gone.
        """
        with self._directory.write() as tx:
            test = found_test(tx.voice_tests.get(access.workspace.workspace_id, test_id), test_id)
            require(
                test.settings.interval == ON_REQUEST,
                "test_id",
                f"must be an instant test, and {test_id} runs every {test.settings.interval} seconds",
            )
            require(test.settings.enabled, "enabled", "must be true for a test to run")
            check_agents(tx, access, test.settings)
            return self._request_round(tx, test)

    def _request_round(self, tx: Transaction, test: VoiceTest) -> VoiceTest:
        """Ask for the round of this second, or the next one that was not asked for before."""
        previous = -1 if test.requested_round is None else test.requested_round
        round_id = max(int(self._now().timestamp()), previous + 1)
        requested = tx.voice_tests.request_round(test.workspace_id, test.test_id, round_id)
        return found_test(requested, test.test_id)
