"""What Telnyx SDKs upload to a running server, and what becomes of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telnyx_bodies import SDKS, javascript, packed

from sonde.services.call_report_tokens import CallReportTokens

pytestmark = pytest.mark.integration

ALLOWED = {"content-type", "x-call-report-id", "x-call-id", "x-voice-sdk-id"}
"""Headers that a browser asks for before it sends a report."""

MAX_BODY = 2 * 1024 * 1024

Post = Callable[..., httpx2.Response]


def begin() -> datetime:
    """When a call began that has just ended."""
    return datetime.now(UTC) - timedelta(seconds=60)


@pytest.fixture(scope="module")
def tokens(world) -> CallReportTokens:
    return CallReportTokens(world.agents._directory)


@pytest.fixture(scope="module")
def token(world, tokens) -> str:
    """A token of our administrator."""
    return tokens.create(world.ours.access, "ann@ours.example", label="app").secret


@pytest.fixture(scope="module")
def their_token(world, tokens) -> str:
    return tokens.create(world.theirs.access, "bob@theirs.example", label="app").secret


@pytest.fixture
def post(world, token) -> Post:
    """Uploads a body with the headers that every SDK sends; None leaves one out."""

    def send(body, *, call_id=None, secret=token, sdk_id="VSDK1abc", **headers) -> httpx2.Response:
        said = {"x-call-report-id": secret, "x-call-id": call_id, "x-voice-sdk-id": sdk_id, **headers}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return world.http.post(
            "/call_report",
            content=content,
            headers={"content-type": "application/json", "origin": "https://app.example"}
            | {name: value for name, value in said.items() if value is not None},
        )

    return send


def peer(world, call_id: str, **options) -> dict | None:
    """The call as a peer, once it is there."""
    response = world.ask("GET", f"/v1/peers/{call_id.lower()}", **options)
    return response.json() if response.status_code == 200 else None


def items(world, path: str) -> list[dict]:
    """What a list of the native API has."""
    return world.ask("GET", path).json()["items"]


def arrived(world, call_id: str) -> dict:
    """The call as a peer; waits for it."""
    world.wait_for(lambda: peer(world, call_id), bool)
    return peer(world, call_id)


@pytest.mark.parametrize("sdk", SDKS)
def test_a_call_of_every_sdk_becomes_a_peer_like_any_other(world, post, sdk):
    """With its SDK, both streams, intervals and scores, from the body as the SDK packs it."""
    body = SDKS[sdk](begin=begin())
    call_id = body["summary"]["callId"]
    receipt = post(packed(sdk, body), call_id=call_id)
    assert receipt.status_code == 200, receipt.text
    assert receipt.json()["accepted"] >= len(body["stats"])
    found = arrived(world, call_id)
    assert (found["device"]["sdk"], found["device"]["sdk_version"]) == (sdk, body["summary"]["sdkVersion"])
    assert found["left_at"] is not None
    path = f"/v1/peers/{call_id.lower()}"
    world.wait_for(lambda: items(world, f"{path}/streams"), lambda streams: len(streams) == 2)
    directions = {each["stream_id"]: each["direction"] for each in items(world, f"{path}/streams")}
    assert directions == {"inbound": "recv", "outbound": "send"}
    measured = [each["measures"] for each in items(world, f"{path}/intervals")]
    # React Native does not say which codec there is, without which there is no score.
    assert any("mos" in each for each in measured) == (sdk != "telnyx-react-native")
    assert all(each["jitter"]["avg"] < 0.01 for each in measured if "jitter" in each)


def test_what_a_header_does_not_say_may_stand_in_the_body(world, post, token):
    """And the header wins, so that a proxy can put its own token into an upload."""
    body = SDKS["telnyx-android"](begin=begin())
    alone = body | {"call_report_id": token}
    assert post(alone, secret=None, sdk_id=None).status_code == 200
    assert post(body | {"call_report_id": "another"}).status_code == 200
    assert arrived(world, body["call_id"])
    del body["summary"]
    assert post(body | {"call_id": str(uuid4())}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"secret": None}, 401, "missing call_report_id"),
        ({"secret": ""}, 401, "missing call_report_id"),
        ({"secret": "forged"}, 401, "invalid call_report_id"),
        ({"secret": "snd_callreport_" + "A" * 43}, 401, "invalid call_report_id"),
        ({"body": {"stats": []}}, 400, "missing call_id"),
        ({"body": []}, 400, "object"),
        ({"body": b"{"}, 400, "not valid JSON"),
        ({"body": b""}, 400, "not valid JSON"),
        ({"call_id": "c" * 2000}, 400, "call_id"),
        ({"body": b'{"a":"' + b"x" * MAX_BODY + b'"}'}, 413, ""),
    ],
)
def test_what_cannot_be_taken_is_refused_in_the_vendors_words(post, changes, status, text):
    """In an answer that a page of any origin may read."""
    response = post(**{"body": javascript(), **changes})
    assert response.status_code == status, response.text
    assert text in response.json()["error"]["message"]
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_body_of_two_megabytes_is_taken_and_no_byte_more(post):
    """The limit is on the body as it comes."""
    body = json.dumps(javascript(begin=begin())).encode()
    assert post(body.ljust(MAX_BODY)).status_code == 200
    assert post(body.ljust(MAX_BODY + 1)).status_code == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), raw=st.binary(max_size=60))
def test_no_body_is_our_fault(world, post, data, raw):
    """Bytes of any kind, and real bodies with anything in a place of them: taken or refused, never a 5xx."""
    body = json.loads(packed("telnyx-js", javascript(begin=begin(), lengths=[1.0])))
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
    body = javascript(begin=begin())
    assert post(body).status_code == 200
    assert arrived(world, body["summary"]["callId"])
    assert world.http.get("/healthz").json()["status"] == "ok"


def test_a_browser_may_ask_first(world):
    """What it is allowed, for how long; nobody need say who they are for that."""
    for path in ("/call_report", "/call_recording"):
        answer = world.http.request(
            "OPTIONS",
            path,
            headers={
                "origin": "https://app.example",
                "access-control-request-method": "POST",
                "access-control-request-headers": ",".join(sorted(ALLOWED)),
            },
        )
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]
        allowed = answer.headers["access-control-allow-headers"].split(",")
        assert {each.strip().lower() for each in allowed} >= ALLOWED
        assert int(answer.headers["access-control-max-age"]) >= 3600


def test_a_recording_is_passed_over(world):
    """However large: 8 MB of sound are neither kept nor a failure that an SDK would repeat."""
    answer = world.http.post("/call_recording", content=b"{" + b" " * (8 << 20))
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"


def test_expired_and_revoked_tokens_open_nothing(world, post, tokens):
    """From the next upload on."""
    made = tokens.create(world.ours.access, "ann@ours.example", label="old")
    body = javascript(begin=begin())
    assert post(body, secret=made.secret).status_code == 200
    tokens.revoke(world.ours.access, made.token.token_id)
    brief = tokens.create(world.ours.access, "ann@ours.example", label="brief", ttl=timedelta(microseconds=1))
    for secret in (made.secret, brief.secret):
        refused = post(body, secret=secret)
        assert refused.status_code == 401
        assert refused.json()["error"]["message"] == "invalid call_report_id"


def test_the_same_call_of_two_organizations_stays_two(world, post, their_token):
    """Each sees its own, under the same id."""
    body, other = javascript(begin=begin()), SDKS["telnyx-flutter"](begin=begin())
    call_id = other["summary"]["callId"] = body["summary"]["callId"]
    assert post(body).status_code == post(other, secret=their_token).status_code == 200
    world.wait_for(lambda: peer(world, call_id, token=world.theirs.admin), bool)
    assert peer(world, call_id, token=world.theirs.admin)["device"]["sdk"] == "telnyx-flutter"
    assert arrived(world, call_id)["device"]["sdk"] == "telnyx-js"


def test_the_legs_of_one_call_are_in_one_session(world, post):
    """Two SDKs that name the same `telnyx_session_id`, one of them in capitals."""
    session, since = str(uuid4()), begin()
    one = javascript(begin=since, summary={"telnyxSessionId": session})
    two = SDKS["telnyx-ios"](begin=since)
    two["summary"]["telnyxSessionId"] = session.upper()
    ids = [each["summary"]["callId"] for each in (one, two)]
    for body in (one, two):
        assert post(body).status_code == 200
    assert len({arrived(world, call_id)["session_id"] for call_id in ids}) == 1
