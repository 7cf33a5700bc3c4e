"""Webhooks as people make and change them, and what they say."""

import ipaddress
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.errors import Conflict, Denied, Invalid, NotFound
from sonde.model.peers import peer_id_of
from sonde.model.sightings import Sighting
from sonde.model.webhooks import WEBHOOKS_MAX, EventKind, SessionEvent, WebhookSettings
from sonde.services.sessions import Sessions
from sonde.services.webhook_courier import RETRY_FIRST, RETRY_MAX, wait_after
from sonde.services.webhook_events import read_scene, write_body
from sonde.services.webhooks import Webhooks

SETTINGS = WebhookSettings(
    name="billing", url="https://hooks.example/sonde", events=(EventKind.STARTED, EventKind.ENDED)
)


@pytest.fixture
def webhooks(directory, clock) -> Webhooks:
    return Webhooks(directory, clock)


def test_what_was_made_can_be_read_changed_and_removed(webhooks, admin, clock) -> None:
    """All of its life, with the times of it."""
    made = webhooks.create(admin, SETTINGS)
    assert webhooks.all(admin) == [made] == [webhooks.get(admin, made.webhook_id)]
    clock.advance(timedelta(minutes=1))
    wanted = msgspec.structs.replace(SETTINGS, name="audit", enabled=False)
    changed = webhooks.update(admin, made.webhook_id, wanted)
    assert (changed.settings, changed.created_at) == (wanted, made.created_at)
    assert changed.updated_at == clock()
    webhooks.remove(admin, made.webhook_id)
    assert webhooks.all(admin) == []
    with pytest.raises(NotFound):
        webhooks.remove(admin, made.webhook_id)


def test_members_see_nothing_of_them(webhooks, admin, member) -> None:
    """A webhook's address can be a secret, so it is for administrators only."""
    made = webhooks.create(admin, SETTINGS)
    for ask in (
        lambda: webhooks.create(member, SETTINGS),
        lambda: webhooks.all(member),
        lambda: webhooks.get(member, made.webhook_id),
        lambda: webhooks.update(member, made.webhook_id, SETTINGS),
        lambda: webhooks.remove(member, made.webhook_id),
        lambda: webhooks.deliveries(member, made.webhook_id, limit=1),
        lambda: webhooks.delivery(member, made.webhook_id, made.webhook_id),
        lambda: webhooks.replay(member, made.webhook_id, made.webhook_id),
    ):
        with pytest.raises(Denied):
            ask()


def test_strangers_find_nothing(webhooks, admin, stranger) -> None:
    """An id of another workspace names nothing."""
    made = webhooks.create(admin, SETTINGS)
    assert webhooks.all(stranger) == []
    with pytest.raises(NotFound):
        webhooks.update(stranger, made.webhook_id, SETTINGS)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "a" * 256),
        ("url", "ftp://hooks.example/"),
        ("url", "http://127.0.0.1:8700/"),
        ("url", "http://[::1]/"),
        ("url", "http://169.254.169.254/latest/meta-data"),
        ("events", ()),
    ],
)
def test_settings_that_cannot_be_used(webhooks, admin, field, value) -> None:
    """Each is refused by its name, when it is made and when it is changed."""
    made = webhooks.create(admin, SETTINGS)
    wrong = msgspec.structs.replace(SETTINGS, **{field: value})
    with pytest.raises(Invalid) as creating:
        webhooks.create(admin, wrong)
    with pytest.raises(Invalid) as changing:
        webhooks.update(admin, made.webhook_id, wrong)
    assert {creating.value.field, changing.value.field} == {field}


def test_a_private_network_can_be_allowed(directory, clock, admin) -> None:
    """What the settings of the server name may be a target."""
    webhooks = Webhooks(directory, clock, allowed=[ipaddress.ip_network("10.0.0.0/8")])
    made = webhooks.create(admin, msgspec.structs.replace(SETTINGS, url="http://10.1.2.3/"))
    assert made.settings.url == "http://10.1.2.3/"


def test_there_are_only_so_many(webhooks, admin) -> None:
    """Each event is written once for every webhook, so their number is limited."""
    for _ in range(WEBHOOKS_MAX):
        webhooks.create(admin, SETTINGS)
    with pytest.raises(Conflict):
        webhooks.create(admin, SETTINGS)


def test_events_are_named_once(webhooks, admin) -> None:
    """Whoever names one twice is told once."""
    twice = (EventKind.ENDED, EventKind.STARTED, EventKind.ENDED)
    made = webhooks.create(admin, msgspec.structs.replace(SETTINGS, events=twice))
    assert made.settings.events == (EventKind.ENDED, EventKind.STARTED)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_waits_double_up_to_an_hour(attempts: int, chance: float) -> None:
    """Between a half and all of it, so that receivers are not overrun by all at once."""
    longest = min(RETRY_FIRST.total_seconds() * 2.0 ** min(attempts - 1, 60), RETRY_MAX.total_seconds())
    assert longest / 2 <= wait_after(attempts, chance).total_seconds() <= longest + 1e-6


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (EventKind.TRANSCRIPT, {"transcriptDownloadUrl", "transcriptDownloadUrlExpiry"}),
        (EventKind.SUMMARY, {"summaryDownloadUrl", "summaryDownloadUrlExpiry"}),
    ],
)
def test_files_are_told_with_their_addresses(directory, webhooks, admin, clock, kind, fields) -> None:
    """Beside the meeting: where the file is, and until when."""
    said = body_of(directory, webhooks, admin, clock, kind)
    assert said.keys() == {"event", "meeting"} | fields
    assert {said[name] for name in fields} == {"https://sonde.example/f", "2026-03-05T00:00:00.000Z"}


def test_chat_is_told_flat(directory, webhooks, admin, clock) -> None:
    """The vendor's event of chat has no `meeting`."""
    said = body_of(directory, webhooks, admin, clock, EventKind.CHAT)
    assert said.keys() == {
        "event",
        "sessionId",
        "meetingId",
        "title",
        "chatDownloadUrl",
        "chatDownloadUrlExpiry",
        "createdAt",
        "startedAt",
        "endedAt",
        "organizedBy",
    }


def body_of(directory, webhooks, admin, clock, kind: EventKind) -> dict:
    """What is said of a file of a session, whoever wrote the event."""
    webhooks.create(admin, msgspec.structs.replace(SETTINGS, events=(kind,)))
    workspace_id = admin.workspace.workspace_id
    seen = Sessions(directory, clock).saw(
        [
            Sighting(
                workspace_id=workspace_id,
                peer_id=peer_id_of("ada"),
                first_at=clock(),
                last_at=clock(),
                meeting="room",
            )
        ]
    )[0]
    event = SessionEvent(
        kind=kind,
        workspace_id=workspace_id,
        session_id=seen.session_id,
        at=clock(),
        details={"url": "https://sonde.example/f", "expires_at": "2026-03-05T00:00:00.000Z"},
    )
    with directory.write() as tx:
        tx.session_events.add(event)
        kept = tx.session_events.take(limit=10)[-1]
        return msgspec.json.decode(write_body(kept, read_scene(tx, kept)))
