"""Meetings, sessions, peers, keys and tokens through the API, over a real directory."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from sonde.api.native.app import handlers
from sonde.api.native.document import make_document
from sonde.model.sightings import Sighting

NOWHERE = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


class Caller:
    """Somebody who calls the API, and demands the status that is expected."""

    def __init__(self, client: TestClient[Litestar], token: str) -> None:
        self._client = client
        self._token = token

    def __call__(self, method: str, path: str, expected: int = 200, **options: Any) -> Any:
        """The body of the answer."""
        answer = self._client.request(
            method, f"/v1{path}", headers={"Authorization": f"Bearer {self._token}"}, **options
        )
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def world(make_facade):
    """A server with a workspace of which nobody else knows, and its clock."""
    return make_facade()


@pytest.fixture
def ask(world) -> Caller:
    """Ada, who administers the workspace."""
    return Caller(world.usual_client, world.admin)


@pytest.fixture
def ask_in_vain(facade) -> Caller:
    """The same where nothing is ever made."""
    return Caller(facade.usual_client, facade.admin)


@pytest.fixture
def others(world) -> Callable[[str], Caller]:
    """Makes members of the workspace, and an administrator of another organization."""
    accounts = world.use_cases.accounts

    def make(who: str) -> Caller:
        if who == "member":
            access = accounts.access(accounts.authenticate(world.admin))
            token = accounts.add_person(access, email="bob@example.com", name="Bob")
        else:
            token = accounts.bootstrap("Umbrella", "Lair", email="eve@example.com", name="Eve").token
        return Caller(world.usual_client, token)

    return make


def report(world, **more: Any) -> Any:
    """A peer reports."""
    now = world.clock()
    fields = {"workspace_id": 1, "peer_id": NOWHERE, "meeting": "stand-up", "first_at": now, "last_at": now}
    return world.use_cases.sessions.saw([Sighting(**fields | more)])[0]


def test_a_meeting_is_made_shown_and_changed(ask) -> None:
    """What is left out of a change gets its default."""
    made = ask(
        "POST", "/meetings", 201, json={"title": " Stand-up ", "custom_id": "stand-up", "keep_alive": 300}
    )
    assert made["title"] == "Stand-up"
    assert ask("GET", f"/meetings/{made['meeting_id']}") == made
    changed = ask("PUT", f"/meetings/{made['meeting_id']}", json={"title": "Retro"})
    assert (changed["title"], changed["custom_id"], changed["keep_alive"]) == ("Retro", None, 60)
    assert [each["title"] for each in ask("GET", "/meetings?search=etr")["items"]] == ["Retro"]
    assert ask("GET", "/meetings?search=stand-up")["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": "x", "keep_alive": 59}, "keep_alive"),
        ({"title": "x", "keep_alive": 601}, "keep_alive"),
        ({"title": "x", "status": "open"}, "status"),
        ({"title": "x", "custom_id": "\x00"}, "custom_id"),
        ({"title": "x", "parent_meeting_id": NOWHERE}, "parent_meeting_id"),
    ],
)
def test_an_impossible_meeting_is_refused(ask_in_vain, body: dict[str, Any], field: str) -> None:
    """The answer names the field."""
    assert ask_in_vain("POST", "/meetings", 400, json=body)["error"]["field"] == field


def test_a_call_from_joining_to_leaving(ask, world) -> None:
    """The application's own calls make a session with people, events and minutes."""
    meeting = ask("POST", "/meetings", 201, json={"title": "Stand-up"})["meeting_id"]
    ada = ask("POST", f"/meetings/{meeting}/peers", 201, json={"custom_id": "ada", "name": "Ada"})
    world.clock.advance(minutes=1)
    bob = ask(
        "POST",
        f"/meetings/{meeting}/peers",
        201,
        json={"name": "Bob", "view_type": "webinar", "peer_id": "x"},
    )
    world.clock.advance(minutes=2)
    left = ask("POST", f"/peers/{ada['peer_id']}/leave")
    assert (left["leave_reason"], left["duration"]) == ("left", 180)
    assert [each["kind"] for each in left["events"]] == ["created", "joining", "joined", "leaving"]
    session = ask("GET", f"/sessions/{ada['session_id']}")
    assert session["status"] == "live"
    assert (session["participants"], session["live_peers"], session["max_concurrent_peers"]) == (2, 1, 2)
    assert session["minutes_by_view_type"] == {"group_call": 3, "webinar": 2}
    peers = ask("GET", f"/sessions/{ada['session_id']}/peers")["items"]
    assert [each["peer_id"] for each in peers] == [ada["peer_id"], bob["peer_id"]]
    people = ask("GET", f"/sessions/{ada['session_id']}/participants")["items"]
    assert [(each["name"], each["minutes"], each["left_at"] is None) for each in people] == [
        ("Ada", 3, False),
        ("Bob", 2, True),
    ]
    ended = ask("POST", f"/sessions/{ada['session_id']}/end")
    assert (ended["status"], ended["end_reason"], ended["live_peers"]) == ("ended", "request", 0)
    assert ask("GET", f"/peers/{bob['peer_id']}")["leave_reason"] == "session_ended"


def test_an_inactive_meeting_cannot_be_joined(ask) -> None:
    """It is a clash with what is there, and says so."""
    meeting = ask("POST", "/meetings", 201, json={"title": "Old", "status": "inactive"})["meeting_id"]
    assert ask("POST", f"/meetings/{meeting}/peers", 409, json={})["error"]["field"] == "status"


def test_nobody_joins_as_somebody_of_another_meeting(ask, world) -> None:
    """A participant belongs to one meeting."""
    ada = report(world).participant_id
    other = ask("POST", "/meetings", 201, json={"title": "Other"})["meeting_id"]
    ask("POST", f"/meetings/{other}/peers", 404, json={"participant_id": ada})
    ask("POST", f"/meetings/{NOWHERE}/peers", 404, json={})
    assert ask("GET", f"/sessions?meeting_id={other}")["items"] == []


def test_joining_twice_is_joining_once(ask) -> None:
    """A caller that lost the answer may ask again."""
    meeting = ask("POST", "/meetings", 201, json={"title": "Stand-up"})["meeting_id"]
    first = ask("POST", f"/meetings/{meeting}/peers", 201, json={"peer_id": "tab"})
    again = ask("POST", f"/meetings/{meeting}/peers", 201, json={"peer_id": "tab"})
    assert (again["peer_id"], again["session_id"]) == (first["peer_id"], first["session_id"])


def test_sessions_are_filtered(ask, world) -> None:
    """By time, state, meeting and who was in them."""
    early = report(world, peer_id=f"{uuid4()}", name="Ada Lovelace", custom_id="ada", has_left=True)
    begun = world.clock()
    world.clock.advance(hours=1)
    late = report(world, peer_id=f"{uuid4()}", meeting="retro")
    world.use_cases.sessions.end(world.use_cases.accounts.operator_access(), early.session_id)

    def found(query: str) -> list[str]:
        return [each["session_id"] for each in ask("GET", f"/sessions?{query}")["items"]]

    assert found("") == [late.session_id, early.session_id]
    assert found("status=live") == [late.session_id]
    assert found("status=ended") == found("participant=love") == [early.session_id]
    assert found("participant=ada") == found(f"participant={early.participant_id}") == [early.session_id]
    assert found(f"meeting_id={late.meeting_id}") == [late.session_id]
    moment = (begun + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    assert found(f"until={moment}") == [early.session_id]
    assert found("since=2027-01-01T00:00:00Z") == [late.session_id]
    assert found("participant=%25") == []
    assert ask("GET", "/sessions?participant=%00", 400)["error"]["field"] == "participant"
    assert ask("GET", "/meetings?search=%00", 400)["error"]["field"] == "search"
    assert ask("GET", "/sessions?since=2027-01-01T00:00:00", 400)["error"]["field"] == "since"


def test_sessions_and_peers_are_found_by_their_program(ask, world) -> None:
    """By its whole name and version; what is looked for must be something that there can be."""
    js = report(world, peer_id=f"{uuid4()}", sdk="telnyx-js", sdk_version="2.27.10")
    report(world, peer_id=f"{uuid4()}", sdk="sonde-collector")
    report(world, peer_id=f"{uuid4()}", meeting="retro", sdk="sonde-collector")
    wanted = "sdk=telnyx-js&sdk_version=2.27.10"
    assert [each["session_id"] for each in ask("GET", f"/sessions?{wanted}")["items"]] == [js.session_id]
    peers = f"/sessions/{js.session_id}/peers"
    assert [each["peer_id"] for each in ask("GET", f"{peers}?{wanted}")["items"]] == [js.peer_id]
    assert len(ask("GET", peers)["items"]) == 2
    assert ask("GET", "/sessions?sdk=telnyx-js&sdk_version=2")["items"] == []
    for query, field in (("issue=loss", "issue"), ("mos_below=9", "mos_below"), ("sdk=%00", "sdk")):
        assert ask("GET", f"/sessions?{query}", 400)["error"]["field"] == field
        assert ask("GET", f"{peers}?{query}", 400)["error"]["field"] == field


def test_pages_show_each_session_once(ask, world) -> None:
    """Also those that began in the same moment, and however many begin meanwhile."""
    made = {report(world, peer_id=f"{uuid4()}", meeting=f"room {n}").session_id for n in range(7)}
    shown, cursor = [], ""
    while cursor is not None:
        page = ask("GET", f"/sessions?limit=3{cursor and f'&cursor={cursor}'}")
        shown += [each["session_id"] for each in page["items"]]
        cursor = page["next"]
        world.clock.advance(seconds=1)
        report(world, peer_id=f"{uuid4()}", meeting=f"new room {len(shown)}")
    assert sorted(shown) == sorted(made)


def test_pages_of_a_session_show_each_peer_once(ask, world) -> None:
    """In the order in which they came."""
    peers = [report(world, peer_id=f"{uuid4()}").peer_id for _ in range(5)]
    session = report(world, peer_id=peers[0]).session_id
    first = ask("GET", f"/sessions/{session}/peers?limit=3")
    second = ask("GET", f"/sessions/{session}/peers?limit=3&cursor={first['next']}")
    assert second["next"] is None
    assert [each["peer_id"] for each in first["items"] + second["items"]] == sorted(peers)
    first = ask("GET", f"/sessions/{session}/participants?limit=2")
    rest = ask("GET", f"/sessions/{session}/participants?cursor={first['next']}")
    assert (len(first["items"]), len(rest["items"])) == (2, 3)


def test_a_client_key_is_shown_once_and_ends(ask, world) -> None:
    """The list shows its beginning only, and the end of it counts at once."""
    made = ask("POST", "/client-keys", 201, json={"label": "web"})
    client = world.use_cases.reporting.authenticate(made["secret"])
    assert (client.workspace_id, client.participant_id) == (1, None)
    [listed] = ask("GET", "/client-keys")["items"]
    assert made["secret"].startswith(listed["prefix"])
    assert "secret" not in listed
    ask("DELETE", f"/client-keys/{listed['key_id']}", 204)
    ask("DELETE", f"/client-keys/{listed['key_id']}", 404)
    assert ask("GET", "/client-keys")["items"][0]["revoked_at"] is not None


def test_a_participant_is_enrolled_and_gets_a_token(ask, world) -> None:
    """The token names the meeting and the person, and ends when asked to."""
    meeting = ask("POST", "/meetings", 201, json={"title": "Stand-up"})["meeting_id"]
    ada = ask("POST", f"/meetings/{meeting}/participants", 201, json={"custom_id": "ada", "preset": "host"})
    ask("POST", f"/meetings/{meeting}/participants", 409, json={"custom_id": "ada"})
    assert ask("GET", f"/meetings/{meeting}/participants")["items"] == [ada]
    assert ask("GET", f"/participants/{ada['participant_id']}") == ada
    made = ask("POST", f"/participants/{ada['participant_id']}/tokens", 201, json={"ttl": 60})
    client = world.use_cases.reporting.authenticate(made["token"])
    assert (client.meeting_id, client.participant_id) == (meeting, ada["participant_id"])
    ask("DELETE", f"/participants/{ada['participant_id']}/tokens", 204)
    ask("POST", f"/participants/{ada['participant_id']}/tokens", 400, json={"ttl": 0})


READS = (
    "/meetings/{meeting_id}",
    "/meetings/{meeting_id}/participants",
    "/participants/{participant_id}",
    "/sessions/{session_id}",
    "/sessions/{session_id}/peers",
    "/sessions/{session_id}/participants",
    "/peers/{peer_id}",
)
WRITES = (
    ("PUT", "/meetings/{meeting_id}", {"title": "x"}),
    ("POST", "/meetings/{meeting_id}/participants", {"custom_id": "x"}),
    ("POST", "/meetings/{meeting_id}/peers", {}),
    ("POST", "/participants/{participant_id}/tokens", {}),
    ("DELETE", "/participants/{participant_id}/tokens", None),
    ("POST", "/sessions/{session_id}/end", None),
    ("POST", "/peers/{peer_id}/leave", None),
    ("DELETE", "/client-keys/1", None),
)


def test_another_tenant_finds_nothing(ask, world, others) -> None:
    """Neither by reading nor by writing, and the lists are empty."""
    names = {
        name: getattr(report(world), name)
        for name in ("meeting_id", "session_id", "participant_id", "peer_id")
    }
    ask("POST", "/client-keys", 201, json={"label": "web"})
    eve = others("stranger")
    for path in READS:
        ask("GET", path.format(**names))
        eve("GET", path.format(**names), 404)
    for method, path, body in WRITES:
        eve(method, path.format(**names), 404, json=body)
    for path in ("/meetings", "/sessions", "/client-keys"):
        assert eve("GET", path)["items"] == []
        assert len(ask("GET", path)["items"]) == 1
    for name in ("meeting_id", "parent_session_id", "participant"):
        found = names.get(name) or names["session_id" if name == "parent_session_id" else "participant_id"]
        assert eve("GET", f"/sessions?{name}={found}")["items"] == []
    eve("POST", "/meetings", 400, json={"title": "x", "parent_meeting_id": names["meeting_id"]})


def test_members_read_and_do_not_write(ask, world, others) -> None:
    """Only administrators change anything."""
    names = {
        name: getattr(report(world), name)
        for name in ("meeting_id", "session_id", "participant_id", "peer_id")
    }
    bob = others("member")
    for path in READS:
        bob("GET", path.format(**names))
    for method, path, body in (
        *WRITES,
        ("POST", "/meetings", {"title": "x"}),
        ("POST", "/client-keys", {"label": "x"}),
    ):
        bob(method, path.format(**names), 403, json=body)


@pytest.mark.parametrize("strange", ["0", "x", "%00", "%F0%9F%92%A9", "a" * 5000, f"{{{NOWHERE}}}"])
def test_what_is_no_uuid_is_refused(ask_in_vain, strange: str) -> None:
    """The answer names the part of the path; a UUID that nobody has names nothing."""
    for path in READS:
        name = path[path.index("{") + 1 : path.index("}")]
        assert ask_in_vain("GET", path.replace(f"{{{name}}}", strange), 400)["error"]["field"] == name
        ask_in_vain("GET", path.replace(f"{{{name}}}", NOWHERE), 404)


def test_a_uuid_may_be_written_in_capitals(ask, world) -> None:
    """They name the same thing."""
    seen = report(world)
    assert ask("GET", f"/peers/{seen.peer_id.upper()}")["session_id"] == seen.session_id


def test_every_field_of_these_routes_is_explained() -> None:
    """In the document, which is made of the types."""
    schemas = make_document(handlers())["components"]["schemas"]
    shapes = ("MeetingItem", "SessionItem", "PeerDetail", "PeerEvent", "Device", "Place", "NewClientKey")
    blank = [
        f"{shape}.{field}"
        for shape in (*shapes, "SessionParticipantItem", "ParticipantItem", "JoinBody", "ParticipantToken")
        for field, schema in schemas[shape]["properties"].items()
        if not schema.get("description")
    ]
    assert blank == []
