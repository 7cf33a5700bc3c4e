"""Webhooks from the change of a session to the receiver and back into the log, on both databases."""

import base64
import ipaddress
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import pytest
from webhook_receiver import answer_with, running_receiver

from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.model.peers import peer_id_of
from sonde.model.people import Access, Role, Workspace
from sonde.model.sightings import Sighting
from sonde.model.webhooks import DeliveryState, EventKind, WebhookSettings
from sonde.services.session_sweeper import SessionSweeper
from sonde.services.sessions import Sessions
from sonde.services.signing import Signing
from sonde.services.webhook_courier import CLAIM, RETRY_MAX, WebhookCourier
from sonde.services.webhooks import RETRY_FOR, Webhooks

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
SECOND = timedelta(seconds=1)
EVERYTHING = tuple(EventKind)


class SetClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, step: timedelta) -> None:
        self.moment += step


class World:
    """A workspace with sessions and webhooks, and a courier that moves when it is told to."""

    def __init__(self, directory: Directory, clock: SetClock, access: Access) -> None:
        self.directory, self.clock, self.access = directory, clock, access
        self.sessions = Sessions(directory, clock)
        self.webhooks = Webhooks(directory, clock, allowed=LOOPBACK)
        self.signing = Signing(directory, clock)
        self.courier = self.make_courier()

    def make_courier(self) -> WebhookCourier:
        """Another one, as another process has it."""
        return WebhookCourier(self.directory, self.signing, self.clock, allowed=LOOPBACK)

    def listen(self, url: str, *events: EventKind) -> str:
        """Make a webhook for some events, or for all; its id."""
        settings = WebhookSettings(name="test", url=url, events=events or EVERYTHING)
        return self.webhooks.create(self.access, settings).webhook_id

    def report(self, key: str = "ada", **more) -> str:
        """A peer reports now; its session."""
        at = self.clock()
        fields = {"first_at": at, "last_at": at, "meeting": "room", "name": key.title()} | more
        sighting = Sighting(
            workspace_id=self.access.workspace.workspace_id, peer_id=peer_id_of(key), **fields
        )
        return self.sessions.saw([sighting])[0].session_id

    def bring(self) -> None:
        """Do all that is due."""
        while self.courier.spread():
            pass
        self.courier.deliver()

    def log(self, webhook_id: str, **wanted):
        """The deliveries of a webhook, the oldest first."""
        return self.webhooks.deliveries(self.access, webhook_id, limit=1000, **wanted)[::-1]


@pytest.fixture
def world(directory: Directory, now: datetime, home: Workspace) -> World:
    access = Access(person_id=1, person_label="Ada (ada@example.com)", workspace=home, role=Role.ADMIN)
    return World(directory, SetClock(now), access)


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver


def test_a_whole_session_is_told_in_order(world, receiver) -> None:
    """Start, joins, leaves and the end arrive once each, in the vendor's words, and stand in the log."""
    webhook_id = world.listen(f"{receiver.url}/hook?of=us")
    session_id = world.report("ada", custom_id="a-1")
    world.report("bob")
    world.clock.advance(10 * SECOND)
    world.report("bob", has_left=True)
    world.sessions.end(world.access, session_id)
    world.bring()
    assert receiver.events == [
        "meeting.started",
        "meeting.participantJoined",
        "meeting.participantJoined",
        "meeting.participantLeft",
        "meeting.participantLeft",
        "meeting.ended",
    ]
    assert {each.path for each in receiver.received} == {"/hook?of=us"}
    joined, ended = receiver.received[1].json, receiver.received[-1].json
    assert joined["participant"] == {
        "peerId": peer_id_of("ada"),
        "userDisplayName": "Ada",
        "customParticipantId": "a-1",
        "clientSpecificId": "a-1",
        "joinedAt": "2026-03-04T05:06:07.890Z",
    }
    assert ended["reason"] == "HOST_ENDED_MEETING"
    assert ended["meeting"]["sessionId"] == session_id
    assert ended["meeting"]["endedAt"] == "2026-03-04T05:06:17.890Z"
    home = world.access.workspace
    assert ended["meeting"]["organizedBy"] == {"id": home.uuid, "name": "Home"}
    assert ended["meeting"]["createdAt"] == ended["meeting"]["startedAt"] == "2026-03-04T05:06:07.890Z"
    assert [each.delivery_id for each in world.log(webhook_id)] == [
        each.delivery_id for each in receiver.received
    ]
    assert {each.state for each in world.log(webhook_id)} == {DeliveryState.DELIVERED}
    assert [each.attempts[0].answer for each in world.log(webhook_id)] == ["thanks"] * 6


def test_a_session_that_everybody_left_ends_for_that_reason(world, receiver) -> None:
    """The sweeper's time-outs and ends are told like any other."""
    world.listen(receiver.url, EventKind.LEFT, EventKind.ENDED)
    sweeper = SessionSweeper(world.directory, world.clock)
    world.report("ada")
    for _ in range(60):
        world.clock.advance(5 * SECOND)
        sweeper.sweep()
    world.bring()
    assert receiver.events == ["meeting.participantLeft", "meeting.ended"]
    assert receiver.received[0].json["participant"]["leftAt"] == "2026-03-04T05:06:07.890Z"
    assert receiver.received[1].json["reason"] == "ALL_PARTICIPANTS_LEFT"


def test_openssl_agrees_with_the_signature(world, receiver, tmp_path) -> None:
    """An independent program verifies the raw body against the public key, and refuses a changed one."""
    world.listen(receiver.url, EventKind.STARTED)
    world.report()
    world.bring()
    [came] = receiver.received
    key, signature = tmp_path / "key.pem", tmp_path / "signature"
    key.write_text(Signing(world.directory).public_key())
    signature.write_bytes(base64.b64decode(came.headers["rtk-signature"], validate=True))
    command = ["openssl", "dgst", "-sha256", "-verify", key, "-signature", signature]
    assert subprocess.run(command, input=came.body, check=False, capture_output=True).returncode == 0
    changed = came.body.replace(b"LIVE", b"DEAD")
    assert subprocess.run(command, input=changed, check=False, capture_output=True).returncode != 0


def test_servers_that_start_together_share_one_key(world) -> None:
    """Whoever makes the key first, all sign with it."""
    line = threading.Barrier(4)

    def show(_: int) -> str:
        line.wait()
        return Signing(world.directory).public_key()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(show, range(4)))) == 1


def test_what_the_receiver_cannot_take_comes_again(world, receiver) -> None:
    """After 5xx the same bytes come under the same id, later and later, until they are taken."""
    webhook_id = world.listen(receiver.url, EventKind.STARTED)
    world.report()
    receiver.answer = answer_with(503, b"not now")
    for tries in (1, 2, 3):
        world.bring()
        world.bring()  # too early
        assert len(receiver.received) == tries
        world.clock.advance(timedelta(seconds=5 * 2 ** (tries - 1)))
    receiver.answer = answer_with(204)
    world.bring()
    [delivery] = world.log(webhook_id)
    assert [each.status for each in delivery.attempts] == [503, 503, 503, 204]
    assert delivery.state is DeliveryState.DELIVERED
    assert len({(each.delivery_id, each.body) for each in receiver.received}) == 1
    assert world.webhooks.get(world.access, webhook_id).failures == 0


def test_nobody_there_is_tried_for_a_day(world) -> None:
    """A network failure is repeated until a day has passed, and every attempt says why."""
    with running_receiver() as gone:
        webhook_id = world.listen(gone.url, EventKind.STARTED)
    world.report()
    for _ in range(int(RETRY_FOR / RETRY_MAX) * 3):
        world.bring()
        world.clock.advance(RETRY_MAX)
    [delivery] = world.log(webhook_id)
    assert delivery.state is DeliveryState.FAILED
    assert delivery.next_at is None
    assert 20 < delivery.attempt_count < 60
    assert len(delivery.attempts) == 20
    assert delivery.attempts[-1].status is None
    assert "refused" in delivery.attempts[-1].error


@pytest.mark.parametrize("status", [301, 400, 404, 410, 429])
def test_other_answers_are_final(world, receiver, status: int) -> None:
    """A redirection or a refusal is not repeated, and a redirection is not followed."""
    receiver.answer = answer_with(status, Location=f"{receiver.url}/elsewhere")
    webhook_id = world.listen(f"{receiver.url}/here", EventKind.STARTED)
    world.report()
    world.bring()
    world.clock.advance(RETRY_MAX)
    world.bring()
    assert [each.path for each in receiver.received] == ["/here"]
    assert [each.state for each in world.log(webhook_id)] == [DeliveryState.FAILED]


def test_a_replay_sends_the_same_once_more(world, receiver) -> None:
    """Of what failed and of what was delivered; the id stays, the log grows."""
    receiver.answer = answer_with(400)
    webhook_id = world.listen(receiver.url, EventKind.STARTED)
    world.report()
    world.bring()
    receiver.answer = answer_with(200)
    for _ in range(2):
        world.webhooks.replay(world.access, webhook_id, receiver.received[0].delivery_id)
        world.bring()
    [delivery] = world.log(webhook_id)
    assert [each.status for each in delivery.attempts] == [400, 200, 200]
    assert len(receiver.received) == 3
    assert len({(each.delivery_id, each.body) for each in receiver.received}) == 1


def test_two_couriers_send_nothing_twice(world, receiver) -> None:
    """Whoever claims a delivery has it alone."""
    world.listen(receiver.url)
    for number in range(20):
        world.report(f"peer-{number}")
    couriers = [world.make_courier() for _ in range(3)]

    def work(courier: WebhookCourier) -> None:
        while courier.spread():
            pass
        courier.deliver()

    with ThreadPoolExecutor(len(couriers)) as pool:
        list(pool.map(work, couriers))
    world.bring()
    ids = [each.delivery_id for each in receiver.received]
    assert len(ids) == len(set(ids)) == 21


def test_what_is_undone_is_not_told(world, receiver) -> None:
    """An event lives and dies with the transaction that it was written in."""
    world.listen(receiver.url)
    session_id = world.report()

    def fail_at_the_end() -> None:
        with world.directory.write() as tx:
            for peer in tx.peers.present(session_id):
                tx.peers.update(msgspec.structs.replace(peer, left_at=world.clock()))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_at_the_end()
    world.bring()
    assert receiver.events == ["meeting.started", "meeting.participantJoined"]


def test_a_courier_that_died_before_it_sent_loses_nothing(world, receiver) -> None:
    """What it had claimed is somebody else's after a while, and not before."""
    webhook_id = world.listen(receiver.url, EventKind.STARTED)
    world.report()
    world.courier.spread()
    with world.directory.write() as tx:
        held = tx.deliveries.hold_next(world.access.workspace.workspace_id, webhook_id, now=world.clock())
        tx.deliveries.update(msgspec.structs.replace(held, next_at=world.clock() + CLAIM))
    world.bring()
    assert receiver.received == []
    world.clock.advance(CLAIM)
    world.bring()
    assert receiver.events == ["meeting.started"]


def test_workspaces_hear_only_of_their_own(world, receiver, abroad: Workspace) -> None:
    """Neither events nor logs cross over, and an id of another workspace names nothing."""
    theirs = Access(person_id=2, person_label="Eve", workspace=abroad, role=Role.ADMIN)
    their_webhook = world.webhooks.create(
        theirs, WebhookSettings(name="test", url=f"{receiver.url}/theirs", events=EVERYTHING)
    ).webhook_id
    webhook_id = world.listen(f"{receiver.url}/ours")
    world.report()
    world.bring()
    assert {each.path for each in receiver.received} == {"/ours"}
    assert world.webhooks.deliveries(theirs, their_webhook, limit=10) == []
    delivery_id = receiver.received[0].delivery_id
    for ask in (
        lambda: world.webhooks.get(theirs, webhook_id),
        lambda: world.webhooks.remove(theirs, webhook_id),
        lambda: world.webhooks.deliveries(theirs, webhook_id, limit=10),
        lambda: world.webhooks.replay(theirs, webhook_id, delivery_id),
        lambda: world.webhooks.replay(theirs, their_webhook, delivery_id),
        lambda: world.webhooks.delivery(theirs, their_webhook, delivery_id),
    ):
        with pytest.raises(NotFound):
            ask()


def test_the_log_is_kept_for_thirty_days(world, receiver) -> None:
    """After that a delivery is forgotten, whatever became of it."""
    webhook_id = world.listen(receiver.url, EventKind.STARTED)
    world.report()
    world.bring()
    world.clock.advance(timedelta(days=30))
    world.courier.forget()
    assert len(world.log(webhook_id)) == 1
    world.clock.advance(SECOND)
    world.courier.forget()
    assert world.log(webhook_id) == []


def test_a_webhook_goes_with_its_log(world, receiver) -> None:
    """What waits for it is not sent any more."""
    webhook_id = world.listen(receiver.url)
    world.report()
    world.courier.spread()
    world.webhooks.remove(world.access, webhook_id)
    world.bring()
    assert receiver.received == []
    with pytest.raises(NotFound):
        world.log(webhook_id)


def test_a_webhook_that_is_off_is_sent_nothing(world, receiver) -> None:
    """What waited for it comes when it is on again; what happened meanwhile does not."""
    webhook_id = world.listen(receiver.url, EventKind.JOINED)
    settings = world.webhooks.get(world.access, webhook_id).settings
    world.report("ada")
    world.courier.spread()
    off = msgspec.structs.replace(settings, enabled=False)
    world.webhooks.update(world.access, webhook_id, off)
    world.report("bob")
    world.bring()
    assert receiver.received == []
    world.webhooks.update(world.access, webhook_id, settings)
    world.bring()
    assert [each.json["participant"]["userDisplayName"] for each in receiver.received] == ["Ada"]
