"""A server killed at any moment tells what happened, and tells nothing that did not."""

import ipaddress
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from webhook_receiver import running_receiver

from sonde.directory import Directory
from sonde.model.people import Access
from sonde.model.webhooks import EventKind, WebhookSettings
from sonde.services.accounts import Accounts
from sonde.services.clock import utc_now
from sonde.services.signing import Signing
from sonde.services.webhook_courier import CLAIM, WebhookCourier
from sonde.services.webhooks import Webhooks

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PROGRAM = Path(__file__).with_name("tell_events.py")
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
KILLS = 4
PER_RUN = 100_000
"""Distance of the numbers of two runs, more than a run can begin."""


def later() -> datetime:
    """A time at which nobody's claim holds any more."""
    return utc_now() + 2 * CLAIM


@pytest.fixture
def directory(tmp_path) -> Iterator[Directory]:
    with closing(Directory(f"sqlite:///{tmp_path}/directory.db")) as opened:
        yield opened


@pytest.fixture
def access(directory) -> Access:
    accounts = Accounts(directory)
    made = accounts.bootstrap("Acme", "Home", email="ada@example.com", name="Ada")
    return accounts.access(made.principal)


@contextmanager
def killed_after(seconds: float, folder: Path, *arguments: str) -> Iterator[Path]:
    """Runs the program, and kills it (signal 9) so long after its first word; the file of its words."""
    words = folder.with_name(f"{folder.name}-words")
    with words.open("wb") as output:
        process = subprocess.Popen([sys.executable, PROGRAM, *arguments], stdout=output)
        try:
            while words.stat().st_size == 0:
                assert process.poll() is None
                time.sleep(0.005)
            time.sleep(seconds)
        finally:
            process.kill()
            process.wait()
    yield words


def bring_the_rest(directory: Directory) -> None:
    """Be the courier after the last crash."""
    courier = WebhookCourier(directory, Signing(directory), later, allowed=LOOPBACK)
    while courier.spread():
        pass
    while is_anything_due(directory):
        courier.deliver()


def is_anything_due(directory: Directory) -> bool:
    with directory.read() as tx:
        return bool(tx.webhooks.due(now=later(), limit=1))


def test_kills_between_commit_and_delivery_lose_nothing(directory, access, tmp_path) -> None:
    """Each session that was kept is told once with its start and its join, and no other session is."""
    moments = random.Random(7)
    webhooks = Webhooks(directory, allowed=LOOPBACK)
    acked: set[str] = set()
    with running_receiver() as receiver:
        events = (EventKind.STARTED, EventKind.JOINED)
        settings = WebhookSettings(name="test", url=receiver.url, events=events)
        webhooks.create(access, settings)
        for run in range(KILLS):
            with killed_after(
                moments.uniform(0, 0.4), tmp_path, "change", f"{tmp_path}", f"{run * PER_RUN}"
            ) as words:
                acked |= {line.split()[2] for line in words.read_text().split("\n")[:-1]}
        bring_the_rest(directory)
        told = Counter((each.json["event"], each.json["meeting"]["sessionId"]) for each in receiver.received)
    with directory.read() as tx:
        kept = {
            session_id for _, session_id in told if tx.sessions.get(access.workspace.workspace_id, session_id)
        }
    assert len(acked) > KILLS
    assert set(told.values()) == {1}
    assert acked <= kept
    assert told.keys() == {(kind.value, session_id) for kind in events for session_id in kept}


def test_kills_of_the_courier_lose_nothing(directory, access, tmp_path) -> None:
    """Whatever was on its way arrives; what arrives twice has its id and its bytes of the first time."""
    moments = random.Random(8)
    webhooks = Webhooks(directory, allowed=LOOPBACK)
    with running_receiver() as receiver:
        settings = WebhookSettings(name="test", url=receiver.url, events=(EventKind.STARTED,))
        webhook_id = webhooks.create(access, settings).webhook_id
        with killed_after(0.5, tmp_path, "change", f"{tmp_path}", "0"):
            pass
        Signing(directory).public_key()  # which takes longer than they live
        for _ in range(KILLS):
            with killed_after(moments.uniform(0.2, 0.6), tmp_path, "deliver", f"{tmp_path}"):
                pass
        by_the_killed = len(receiver.received)
        bring_the_rest(directory)
        arrived: dict[str, set[bytes]] = {}
        for each in receiver.received:
            arrived.setdefault(each.delivery_id, set()).add(each.body)
        twice = len(receiver.received) - len(arrived)
    deliveries = webhooks.deliveries(access, webhook_id, limit=1_000_000)
    assert by_the_killed > 0
    assert arrived.keys() == {each.delivery_id for each in deliveries}
    assert all(len(bodies) == 1 for bodies in arrived.values())
    assert twice <= KILLS
    assert {each.state for each in deliveries} == {"delivered"}
