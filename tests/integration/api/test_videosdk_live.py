"""What applications forward from VideoSDK's clients to a running server, and what becomes of it."""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from client_batches import read_series
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from videosdk_bodies import around_it, javascript, python

from sonde.model.peers import peer_id_of

pytestmark = pytest.mark.integration

PATH = "/v1/collect/videosdk"
SERIES = Path(__file__).parents[2] / "data/webrtc/chromium-getstats-series-loss5_delay100.jsonl.gz"
REPORTS = read_series(SERIES)
MAX_BODY = 2 * 1024 * 1024

Post = Callable[..., httpx2.Response]


def looks() -> list[int]:
    """When the SDK looked, milliseconds since the epoch: each second until now."""
    end = int(time.time() * 1000)
    return [end - 1000 * (len(REPORTS) - index) for index in range(len(REPORTS))]


@pytest.fixture(scope="module")
def key(world) -> str:
    """A client key of ours."""
    return world.ask("POST", "/v1/client-keys", json={"label": "videosdk"}).json()["secret"]


@pytest.fixture(scope="module")
def their_key(world) -> str:
    made = world.ask("POST", "/v1/client-keys", world.theirs.admin, json={"label": "videosdk"})
    return made.json()["secret"]


@pytest.fixture
def post(world, key) -> Post:
    """Forwards a body."""

    def send(body, *, secret=key, **headers) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        credentials = {"authorization": f"Bearer {secret}"} if secret else {}
        return world.http.post(PATH, content=content, headers=credentials | headers)

    return send


def peer(world, peer_id: str, **options) -> dict | None:
    """A peer, once it is there."""
    response = world.ask("GET", f"/v1/peers/{peer_id}", **options)
    return response.json() if response.status_code == 200 else None


def streams(world, peer_id: str, count: int = 4) -> dict[tuple[str, str], dict]:
    """The streams of a peer by direction and kind, once so many can be read."""
    stored, path = f"/v1/peers/{peer_id}/streams", f"/v1/peers/{peer_id}/summary"
    world.wait_for(
        lambda: world.ask("GET", stored).json().get("items", []), lambda items: len(items) == count
    )
    # What goes on is not worked out anew for everyone who asks.
    world.wait_for(lambda: world.ask("GET", path).json()["streams"], lambda found: len(found) == count)
    found = [each["stream"] for each in world.ask("GET", path).json()["streams"]]
    return {(each["direction"], each["kind"]): each for each in found}


@pytest.mark.parametrize("form", [javascript, python])
def test_what_either_sdk_says_becomes_a_peer_like_any_other(world, post, form):
    """With its four streams, and the losses that getStats counted between the first and the last look."""
    own = str(uuid4())
    receipt = post(
        form(REPORTS, looks(), peer=own, meetingId=own, sdk={"name": form.__name__, "version": "1.1.1"})
    )
    assert receipt.status_code == 200, receipt.text
    assert (receipt.json()["accepted"], receipt.json()["skipped"]) == (len(REPORTS), 0)
    found = streams(world, own)
    assert set(found) == {(way, kind) for way in ("send", "recv") for kind in ("audio", "video")}
    assert found["recv", "audio"]["packets_lost"] == 51
    assert found["recv", "audio"]["mos"] is not None
    assert peer(world, own)["device"]["sdk"] == form.__name__


def test_bodies_in_any_order_and_twice_are_one_call(world, post):
    """The SDK empties its store at each answer; differences are made when the call is read."""
    own, at = str(uuid4()), looks()
    whole = javascript(REPORTS, at, peer=own, meetingId=own)["statsData"]
    sound = whole["consumerStats"]["bob"]["audio"]
    for part in (sound[10:], sound[:10], sound[5:15]):
        body = around_it(peer=own, meetingId=own, statsData={"consumerStats": {"bob": {"audio": part}}})
        assert post(body).status_code == 200
    world.wait_for(lambda: peer(world, own), bool)
    path = f"/v1/peers/{own}/samples?connection=call&stream_id=recv/bob/audio/{sound[0]['ssrc']}"
    world.wait_for(
        lambda: len(world.ask("GET", path).json().get("items", [])), lambda count: count == len(sound)
    )
    assert streams(world, own, 1)["recv", "audio"]["packets_lost"] == 51


def test_participants_are_found_by_what_the_application_calls_them(world, post):
    """Two of one session; without an id of the session the application names the connection itself."""
    at, session = looks(), str(uuid4())
    for who in ("ann", "bob"):
        body = javascript(REPORTS, at, meetingId=session, sessionId=session, participantId=who)
        assert post(body | {"participantName": who.title()}).status_code == 200
    ids = [peer_id_of(f"videosdk/{session}/{who}") for who in ("ann", "bob")]
    world.wait_for(lambda: all(peer(world, each) for each in ids), bool)
    [session_id] = {peer(world, each)["session_id"] for each in ids}
    people = world.ask("GET", f"/v1/sessions/{session_id}/participants").json()["items"]
    assert {(each["custom_id"], each["name"]) for each in people} == {("ann", "Ann"), ("bob", "Bob")}


def test_who_leaves_says_so(world, post):
    """With the time of the body."""
    own, at = str(uuid4()), looks()
    assert post(javascript(REPORTS, at, peer=own, meetingId=own)).status_code == 200
    assert post(around_it(peer=own, meetingId=own, left=True, timestamp=at[-1])).status_code == 200
    world.wait_for(lambda: peer(world, own), lambda found: found and found["left_at"])


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"secret": ""}, 401, ""),
        ({"secret": "snd_client_" + "A" * 43}, 401, ""),
        ({"body": {}}, 400, "meetingId"),
        ({"body": {"meetingId": "m"}}, 400, "participantId"),
        ({"body": {"meetingId": "m", "participantId": "p"}}, 400, "sessionId"),
        ({"body": {"meetingId": 7, "participantId": "p", "sessionId": "s"}}, 400, "meetingId"),
        ({"body": []}, 400, ""),
        ({"body": b"{"}, 400, ""),
        ({"body": b"[" * 5000}, 400, ""),
        ({"body": b'{"a":"' + b"x" * MAX_BODY + b'"}'}, 413, ""),
        ({"content-encoding": "br"}, 415, ""),
    ],
)
def test_what_cannot_be_taken_is_refused(post, changes, status, field):
    """In an answer that a page of any origin may read and that names what is wrong."""
    response = post(**{"body": around_it(), **changes})
    assert response.status_code == status, response.text
    assert response.json()["error"]["field"] == field
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_body_may_be_packed(world, post):
    """As a batch may."""
    own = str(uuid4())
    body = gzip.compress(json.dumps(javascript(REPORTS, looks(), peer=own, meetingId=own)).encode())
    assert post(body, **{"content-encoding": "gzip"}).json()["accepted"] == len(REPORTS)


def test_a_browser_may_ask_first(world):
    """What it is allowed; nobody need say who they are for that."""
    asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
    answer = world.http.request("OPTIONS", PATH, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in answer.headers["access-control-allow-headers"]


def test_the_same_session_of_two_organizations_stays_two(world, post, their_key):
    """Each sees its own under the same id."""
    own = str(uuid4())
    assert post(javascript(REPORTS, looks(), peer=own, meetingId=own, sdk={"name": "one"})).status_code == 200
    theirs = javascript(REPORTS, looks(), peer=own, meetingId=own, sdk={"name": "two"})
    assert post(theirs, secret=their_key).status_code == 200
    for token, sdk in ((world.ours.admin, "one"), (world.theirs.admin, "two")):
        world.wait_for(lambda token=token: peer(world, own, token=token), bool)
        assert peer(world, own, token=token)["device"]["sdk"] == sdk


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), raw=st.binary(max_size=60))
def test_no_body_is_our_fault(post, data, raw):
    """Bytes of any kind, and real bodies with anything in a place of them: taken or refused, never a 5xx."""
    form = data.draw(st.sampled_from([javascript, python]))
    body = json.loads(json.dumps(form(REPORTS[:3], looks()[:3])))
    place = body
    while True:
        step = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[step], dict | list) or not place[step] or data.draw(st.booleans()):
            place[step] = data.draw(JSON)
            break
        place = place[step]
    for content in (body, raw, b"{" + raw + b"}"):
        assert post(content).status_code in {200, 400}


def test_what_was_acknowledged_can_all_be_stored(world, post):
    """Nothing that fuzzing got acknowledged stands in the way of what comes after it."""
    own = str(uuid4())
    assert post(javascript(REPORTS, looks(), peer=own, meetingId=own)).status_code == 200
    world.wait_for(lambda: peer(world, own), bool)
    assert world.http.get("/healthz").json()["status"] == "ok"
