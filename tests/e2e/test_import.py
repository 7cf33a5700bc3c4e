"""`sonde import` and `sonde recompute`: files become sessions, and what is kept is read again."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from callstats_bodies import join, message, ping
from httpx2 import Client, HTTPError, get, post
from telnyx_bodies import javascript

from sonde.demo.processes import Command, run_json

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

SERIES = Path(__file__).parents[1] / "data/webrtc/chromium-getstats-series-loss20_delay50.jsonl.gz"


@pytest.fixture
def product(tmp_path, free_port):
    """How to run commands beside a server, the server, and an administrator's token."""
    port = free_port()
    environment = {"SONDE_DATA_DIR": str(tmp_path / "data"), "SONDE_REQUESTS_PER_MINUTE": "1000000"}
    about = ("--organization", "O", "--workspace", "W", "--email", "a@example.org", "--name", "A")
    token = run_json("admin", "init", *about, environment=environment)["token"]
    servers = []

    def start():
        server = Command("serve", "--port", str(port), environment=environment, log=tmp_path / "server.log")
        servers.append(server)
        deadline = time.monotonic() + 60
        while not is_healthy(f"http://127.0.0.1:{port}"):
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        return server

    yield environment, f"http://127.0.0.1:{port}", token, start
    for server in servers:
        server.stop()


def is_healthy(url):
    """Whether a server answers, and works."""
    try:
        return get(f"{url}/healthz").status_code == 200
    except HTTPError:
        return False


def answers(url, token, peers):
    """All that can be read of some peers."""
    with Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        return {
            (peer, what): client.get(f"/peers/{peer}/{what}").raise_for_status().json()
            for peer in peers
            for what in ("streams", "intervals", "issues", "summary")
        }


def test_a_file_is_imported_once_and_read_again_the_same(product):
    """A second import doubles nothing, and neither does reading everything again."""
    environment, url, token, start = product
    server = start()
    command = ("import", str(SERIES), "--server", url, "--token", token, "--meeting", "imported", "--json")
    [first] = run_json(*command, environment=environment).values()
    [again] = run_json(*command, environment=environment).values()
    assert first == again
    assert len({peer["session_id"] for peer in first["peers"]}) == 1
    peers = [peer["peer_id"] for peer in first["peers"]]
    before = answers(url, token, peers)
    assert any(
        "packet_loss_in" in {issue["type"] for issue in before[peer, "issues"]["items"]} for peer in peers
    )
    server.stop()
    done = run_json("recompute", "--json", environment=environment)
    assert (done["payloads"], done["peers"], done["failures"]) == (1, len(peers), {})
    assert done["samples"] == sum(peer["samples"] for peer in first["peers"])
    start()
    assert answers(url, token, peers) == before


def test_a_telnyx_call_is_uploaded_imported_analysed_and_read_again_the_same(product, tmp_path):
    """Its loss is found in whichever way it comes, and reading everything again changes nothing."""
    environment, url, token, start = product
    server = start()
    about = ("--email", "a@example.org", "--json")
    secret = run_json("admin", "call-report-token", "create", *about, environment=environment)["token"]
    body = javascript(begin=datetime.now(UTC) - timedelta(minutes=2), lengths=[1.0] * 60, loss=0.08)
    call_id, stats = body["summary"]["callId"], body["stats"]
    segments = [
        {**body, "stats": stats[:35], "segment": 0, "flushReason": {"type": "buffer-limit"}},
        {**body, "stats": stats[35:], "segment": 1},
    ]
    for segment in (segments[1], segments[0], segments[0]):
        answer = post(f"{url}/call_report", json=segment, headers={"x-call-report-id": secret})
        assert answer.status_code == 200, answer.text

    file = tmp_path / "report.json"
    file.write_text(json.dumps([{**each, "call_id": call_id} for each in segments]))
    analysed = run_json("analyze", str(file), "--json", environment=environment)
    assert "packet_loss_in" in {issue["type"] for issue in analysed["issues"]}
    [made] = run_json(
        "import", str(file), "--server", url, "--token", token, "--json", environment=environment
    ).values()
    [imported] = made["peers"]
    assert imported["samples"] == 2 * 61

    peers = [call_id, imported["peer_id"]]
    deadline = time.monotonic() + 60
    while len(before := loss(answers(url, token, peers))) < len(peers):
        assert time.monotonic() < deadline, before
        time.sleep(0.2)
    assert before[call_id] == before[imported["peer_id"]]
    kept = answers(url, token, peers)
    server.stop()
    done = run_json("recompute", "--json", environment=environment)
    assert (done["payloads"], done["peers"], done["failures"]) == (3, 2, {})
    start()
    assert answers(url, token, peers) == kept


def test_a_realtimekit_call_is_sent_imported_analysed_and_read_again_the_same(product, tmp_path):
    """Its loss is found in whichever way it comes, and reading everything again changes nothing."""
    environment, url, token, start = product
    server = start()
    since, peer = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3), str(uuid4())
    pings = [ping(7.0 * turn, begin=since, loss=0.08 if turn else 0.0) for turn in range(20)]
    messages = [message(join(since), *pings[:9], peer=peer), message(*pings[8:], peer=peer)]
    secret = participant_token(url, token)
    for each in (messages[1], messages[0], messages[1]):
        answer = post(f"{url}/api/v1/message", json=each, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 200, answer.text

    file = tmp_path / "messages.jsonl"
    file.write_text("\n".join(map(json.dumps, messages)))
    analysed = run_json("analyze", str(file), "--json", environment=environment)
    assert "packet_loss_in" in {issue["type"] for issue in analysed["issues"]}
    [made] = run_json(
        "import", str(file), "--server", url, "--token", token, "--json", environment=environment
    ).values()
    [imported] = made["peers"]
    assert imported["samples"] == 5 * len(pings)

    peers = [peer, imported["peer_id"]]
    deadline = time.monotonic() + 60
    while len(before := loss(answers(url, token, peers))) < len(peers):
        assert time.monotonic() < deadline, before
        time.sleep(0.2)
    assert before[peer] == before[imported["peer_id"]]
    kept = answers(url, token, peers)
    server.stop()
    done = run_json("recompute", "--json", environment=environment)
    assert (done["payloads"], done["peers"], done["failures"]) == (3, 2, {})
    start()
    assert answers(url, token, peers) == kept


def participant_token(url, token):
    """What somebody in a meeting reports with."""
    with Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {token}"}) as client:
        meeting = client.post("/meetings", json={"title": "kit"}).json()["meeting_id"]
        person = client.post(f"/meetings/{meeting}/participants", json={"custom_id": "ann"}).json()
        return client.post(f"/participants/{person['participant_id']}/tokens", json={}).json()["token"]


def loss(read):
    """When packets were lost, by peer."""
    return {
        peer: [
            (issue["start"], issue["end"]) for issue in found["items"] if issue["type"] == "packet_loss_in"
        ]
        for (peer, what), found in read.items()
        if what == "issues" and "packet_loss_in" in {issue["type"] for issue in found["items"]}
    }
