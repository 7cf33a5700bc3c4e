"""The real JavaScript SDK of Telnyx, unmodified, uploads its call reports to a running server."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from node import NODE, install

from sonde.services.call_report_tokens import CallReportTokens

pytestmark = pytest.mark.integration

SDK = Path(__file__).parents[2] / "support/telnyx_sdk"
SENT = {"host", "content-type", "x-call-report-id", "x-call-id", "x-voice-sdk-id", "user-agent"}


@pytest.fixture(scope="module")
def make_call() -> Callable[..., list[dict]]:
    """Has the SDK make a call; the posts it sent, in their order."""
    install(SDK)

    def make(url: str, token: str, *script: str) -> list[dict]:
        command = [NODE, "call.mjs", url.replace("http", "ws", 1), token, *script]
        done = subprocess.run(command, cwd=SDK, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr[-2000:]
        return [json.loads(line) for line in done.stdout.splitlines()]

    return make


@pytest.fixture(scope="module")
def tokens(world) -> CallReportTokens:
    return CallReportTokens(world.agents._directory)


@pytest.fixture(scope="module")
def token(world, tokens) -> str:
    return tokens.create(world.ours.access, "ann@ours.example", label="SDK").secret


@contextmanager
def front(url: str, *statuses: int) -> Iterator[str]:
    """A proxy that answers the first posts with these statuses itself, and hands the others on."""
    answers = iter(statuses)

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, content = next(answers, None), b"{}"
            if status is None:
                headers = {name: value for name, value in self.headers.items() if name.lower() in SENT}
                answer = httpx2.post(f"{url}{self.path}", content=body, headers=headers)
                status, content = answer.status_code, answer.content
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def stored(world, call_id: str, wanted: int) -> list[dict]:
    """Samples of what the call sent, once there are so many."""
    path, stream = f"/v1/peers/{call_id}/samples", {"stream_id": "outbound"}

    def look() -> list[dict]:
        # There is no such peer before the first upload is stored.
        streams = world.ask("GET", f"/v1/peers/{call_id}/streams").json().get("items", [])
        for connection in {each["connection"] for each in streams}:
            return world.ask("GET", path, params={**stream, "connection": connection}).json()["items"]
        return []

    world.wait_for(look, lambda samples: len(samples) >= wanted)
    return look()


def test_a_call_in_segments_is_one_call(world, make_call, token):
    """Flushed by time, muted, held, its page unloaded, hung up: all of it is in one peer that has left."""
    made = make_call(world.url, token, "talk", "mute", "hold", "talk", "unload", "hangup")
    # The last two go out at the same moment, so either may arrive first.
    posts = sorted(made, key=lambda post: post["body"]["segment"])
    bodies = [post["body"] for post in posts]
    assert {post["status"] for post in posts} == {200}
    assert [each["segment"] for each in bodies] == list(range(len(bodies)))
    reasons = [each.get("flushReason", {}).get("type") for each in bodies]
    assert reasons == ["buffer-limit", "buffer-limit", "page-unload", None]
    assert posts[-1]["keepalive"]
    assert posts[0]["headers"]["x-voice-sdk-id"] == "VSDK1under-test"

    call_id = bodies[0]["summary"]["callId"]
    intervals = [interval for each in bodies for interval in each["stats"]]
    samples = stored(world, call_id, len(intervals) + 1)
    assert [each["packets_sent"] for each in samples][1:] == [
        each["audio"]["outbound"]["packetsSent"] for each in intervals
    ]
    assert samples[0]["packets_sent"] == 0
    assert samples[-1]["remote_jitter"] == pytest.approx(0.0042)
    assert [each["track_enabled"] for each in samples][1:3] == [True, True]
    assert samples[-1]["track_enabled"] is False
    peer = world.ask("GET", f"/v1/peers/{call_id}").json()
    assert peer["left_at"] is not None
    assert (peer["device"]["sdk"], peer["device"]["sdk_version"]) == ("telnyx-js", "2.27.10")
    assert peer["device"]["os"] == "" or peer["device"]["browser"] != ""
    assert peer["labels"]["telnyx_session_id"] == "9a0f6b0e-fb1f-44c9-9b53-7f81442b4c5f"


def test_what_was_refused_comes_again_and_counts_once(world, make_call, token):
    """After a 500 and a 401 on the way the SDK repeats the same body."""
    with front(world.url, 500, 401) as url:
        posts = make_call(url, token, "talk", "hangup")
    assert [post["status"] for post in posts][:3].count(200) <= 1
    bodies = [json.dumps(post["body"]) for post in posts]
    statuses = {
        body: [post["status"] for post in posts if json.dumps(post["body"]) == body] for body in bodies
    }
    assert sorted(status for each in statuses.values() for status in each if status != 200) == [401, 500]
    assert all(each[-1] == 200 for each in statuses.values())
    call_id = posts[0]["body"]["summary"]["callId"]
    intervals = sum(len(json.loads(body)["stats"]) for body in statuses)
    assert len(stored(world, call_id, intervals + 1)) == intervals + 1


def test_a_revoked_token_is_told_four_times(world, make_call, tokens):
    """The SDK repeats every refusal, and nothing of the call is kept."""
    made = tokens.create(world.ours.access, "ann@ours.example", label="revoked")
    tokens.revoke(world.ours.access, made.token.token_id)
    posts = make_call(world.url, made.secret, "hangup")
    assert [post["status"] for post in posts] == [401] * 4
    assert world.ask("GET", f"/v1/peers/{posts[0]['body']['summary']['callId']}").status_code == 404
