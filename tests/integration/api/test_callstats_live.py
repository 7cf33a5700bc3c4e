"""What RealtimeKit's statistics clients send to a running server, and what becomes of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from callstats_bodies import USER_AGENT, entry, join, message, ping
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.integration

MAX_BODY = 2 * 1024 * 1024
ORIGIN = {"origin": "https://app.example"}

Post = Callable[..., httpx2.Response]


def begin() -> datetime:
    """When a call began that goes on."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=60)


def enrol(world, workspace) -> tuple[str, str]:
    """Somebody in a meeting of their own: the participant, and a token of theirs."""
    title = {"title": f"kit {uuid4()}"}
    meeting = world.ask("POST", "/v1/meetings", workspace.admin, json=title).json()["meeting_id"]
    person = {"custom_id": "ann", "name": "Ann"}
    made = world.ask("POST", f"/v1/meetings/{meeting}/participants", workspace.admin, json=person).json()
    participant = made["participant_id"]
    token = world.ask("POST", f"/v1/participants/{participant}/tokens", workspace.admin, json={})
    return participant, token.json()["token"]


@pytest.fixture(scope="module")
def token(world) -> str:
    """A token of somebody in our workspace."""
    return enrol(world, world.ours)[1]


@pytest.fixture
def post(world, token) -> Post:
    """Sends a message as the client does."""

    def send(body, secret=token, **headers) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = {"authorization": f"Bearer {secret}"} if secret else {}
        said = {"content-type": "application/json", "user-agent": USER_AGENT, **ORIGIN, **own, **headers}
        return world.http.post("/api/v1/message", content=content, headers=said)

    return send


def streams(world, peer: str, token: str = "") -> list[dict[str, Any]]:
    """The streams of a peer; waits for them."""
    path = f"/v1/peers/{peer}/streams"
    world.wait_for(lambda: world.ask("GET", path, token).json().get("items"), bool)
    return world.ask("GET", path, token).json()["items"]


def samples(world, peer: str) -> list[dict[str, Any]]:
    """The samples of what a peer heard."""
    query = {"connection": "call", "stream_id": "c-sound", "limit": 1000}
    return world.ask("GET", f"/v1/peers/{peer}/samples", params=query).json()["items"]


def test_repeats_and_order_change_nothing(world, post):
    """Entries behind newer ones, in other messages, late and again: the same samples and peer."""
    since = begin()
    entries = [join(since), *(ping(7.0 * turn, begin=since) for turn in range(8))]
    away = entry("disconnect", since + timedelta(seconds=55))
    straight, crooked = str(uuid4()), str(uuid4())
    assert post(message(*entries, away, peer=straight)).json()["accepted"] == 8
    for part in ([entries[5], away], entries[6:], [*entries[3:6], entries[0]], entries[:4], entries[2:5]):
        assert post(message(*part, peer=crooked)).status_code == 200
    world.wait_for(lambda: len(samples(world, crooked)) if streams(world, crooked) else 0, lambda n: n == 8)
    assert len(samples(world, straight)) == 8
    assert samples(world, straight) == samples(world, crooked)
    shown = [world.ask("GET", f"/v1/peers/{each}").json() for each in (straight, crooked)]
    same = ("participant_id", "created_at", "joined_at", "left_at", "leave_reason", "device", "labels")
    assert [shown[0][name] for name in same] == [shown[1][name] for name in same]
    assert shown[0]["leave_reason"] == "left"


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (b"{", 400, "not valid JSON"),
        (b"", 400, "not valid JSON"),
        (b"[]", 400, "object"),
        ({"payload": {"entries": []}}, 400, "peerId"),
        ({"peerId": "p"}, 400, "payload.entries"),
        (message(*[{}] * 26), 400, "at most 25"),
        (b'{"peerId":"' + b"x" * MAX_BODY + b'"}', 413, ""),
    ],
)
def test_what_cannot_be_taken_is_refused(post, body, status, text):
    """In an answer that a page of any origin may read."""
    answer = post(body)
    assert answer.status_code == status, answer.text
    assert text in answer.json()["error"]["message"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_twenty_five_entries_are_taken_and_so_are_two_megabytes(post):
    """Both limits are inclusive."""
    assert post(message(*[entry("audio_on", begin())] * 25)).status_code == 200
    assert post(json.dumps(message()).encode().ljust(MAX_BODY)).status_code == 200


def test_only_a_participants_token_opens(world, post):
    """Not a client key, a person's token or a made-up one; and the answer can be read across origins."""
    key = world.ask("POST", "/v1/client-keys", json={"label": "kit"}).json()["secret"]
    for wrong in ("", "forged", f"snd_participant_{'A' * 43}", key, world.ours.admin):
        # Each from an address of its own, which may only fail so often.
        answer = post(message(), wrong, **{"x-forwarded-for": f"198.18.7.{len(wrong)}"})
        assert answer.status_code == 401, answer.text
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Bearer" in answer.headers["www-authenticate"]


def test_expired_and_revoked_tokens_open_nothing(world, post):
    """Ten seconds later at the latest."""
    person, secret = enrol(world, world.ours)
    assert post(message(), secret).status_code == 200
    assert world.ask("DELETE", f"/v1/participants/{person}/tokens").status_code == 204
    assert post(message(), secret).status_code == 401
    person, _ = enrol(world, world.ours)
    short = world.ask("POST", f"/v1/participants/{person}/tokens", json={"ttl": 1}).json()["token"]
    world.wait_for(lambda: post(message(), short).status_code, lambda status: status == 401)


def test_nobody_reports_for_somebody_elses_peer(world, post):
    """Their samples are not kept, and what is there stays as it is."""
    since, peer = begin(), str(uuid4())
    assert post(message(join(since), ping(7, begin=since), peer=peer)).status_code == 200
    assert len(streams(world, peer)) == 5
    before = world.ask("GET", f"/v1/peers/{peer}").json()
    _, other = enrol(world, world.ours)
    assert post(message(ping(14, begin=since), ping(21, begin=since), peer=peer), other).status_code == 200
    mark = str(uuid4())
    assert post(message(ping(7, begin=since), peer=mark), other).status_code == 200
    assert streams(world, mark)
    assert world.ask("GET", f"/v1/peers/{peer}").json() == before
    assert len(samples(world, peer)) == 1


def test_the_same_peer_of_two_workspaces_stays_two(world, post):
    """Each sees its own, under the same id."""
    since, peer = begin(), str(uuid4())
    _, theirs = enrol(world, world.theirs)
    assert post(message(ping(7, begin=since), peer=peer)).status_code == 200
    assert post(message(ping(14, begin=since), peer=peer), theirs).status_code == 200
    ours, others = streams(world, peer), streams(world, peer, world.theirs.admin)
    assert {each["first_at"] for each in ours}.isdisjoint(each["first_at"] for each in others)


def test_a_browser_may_ask_first(world):
    """What it is allowed, for how long; nobody need say who they are for that."""
    for path in ("/api/v1/message", "/api/v1/location"):
        asked = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        answer = world.http.request("OPTIONS", path, headers=ORIGIN | asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]
        allowed = {each.strip() for each in answer.headers["access-control-allow-headers"].split(",")}
        assert allowed >= {"authorization", "content-type"}
        assert int(answer.headers["access-control-max-age"]) >= 3600


def test_callers_are_told_their_own_place(world):
    """By either method, without what names one subscriber, and across origins."""
    for method in ("GET", "POST"):
        headers = ORIGIN | {"x-forwarded-for": "203.0.113.77"}
        answer = world.http.request(method, "/api/v1/location?token=t&peerId=p", headers=headers)
        assert answer.status_code == 200
        assert answer.json() == {"ip": "203.0.0.0"}
        assert answer.headers["access-control-allow-origin"] == "*"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), raw=st.binary(max_size=60))
def test_no_message_is_our_fault(post, data, raw):
    """Bytes of any kind, and real messages with anything in some place: taken or refused, never a 5xx."""
    since = begin()
    body = message(join(since), ping(7, begin=since), peer=str(uuid4()))
    place = body
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    for content in (body, raw, b"{" + raw + b"}", b"[" * 5000):
        assert post(content).status_code in {200, 400}


def test_what_was_acknowledged_can_all_be_stored(world, post):
    """Nothing that fuzzing got acknowledged stands in the way of what comes after it."""
    since, peer = begin(), str(uuid4())
    assert post(message(ping(7, begin=since), peer=peer)).status_code == 200
    assert len(streams(world, peer)) == 5
    assert world.http.get("/healthz").json()["status"] == "ok"
