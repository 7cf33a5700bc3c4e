"""The endpoints of agents on a running server."""

import gzip
import time
from datetime import timedelta

import httpx2
import msgspec
import pytest

from sonde.model.control import DesiredState

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def agent_key(world) -> str:
    """The key of an enrolled agent that has nothing to do."""
    return world.enrol("Idle")[1]


def refusal(response: httpx2.Response) -> dict:
    """The inside of an error, which always has the same four keys."""
    assert response.json().keys() == {"error"}
    error = response.json()["error"]
    assert error.keys() == {"code", "message", "hint", "field"}
    assert error["code"]
    assert error["message"]
    return error


def test_an_enrolment_token_works_once(world):
    """The second agent with the same token stays outside."""
    body = {"name": "Once", "host": "192.0.2.9", "port": 49152, "version": "0"}
    token = world.agents.create_enrolment_token(world.ours.access, "once", timedelta(hours=1))
    assert world.ask("POST", "/v1/agent/enrol", token, json=body).status_code == 201
    again = world.ask("POST", "/v1/agent/enrol", token, json={**body, "name": "Twice"})
    assert again.status_code == 401
    assert refusal(again)["code"] == "unauthenticated"


def test_the_state_is_sent_only_when_it_changed(world, agent_key):
    """An agent that has the present version is told so, and nothing else."""
    first = world.ask("GET", "/v1/agent/state", agent_key)
    assert first.status_code == 200
    state = msgspec.json.decode(first.content, type=DesiredState)
    assert first.headers["etag"] == f'"{state.version}"'
    for tag in (f'"{state.version}"', f'W/"{state.version}"', f'"other", "{state.version}"'):
        same = world.ask("GET", "/v1/agent/state", agent_key, headers={"If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"")
    other = world.ask("GET", "/v1/agent/state", agent_key, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_an_agent_that_moved_is_found_at_its_new_place(world):
    """A source is sent to where its target said it is now, and people see the release it runs."""
    source_id, source_key = world.enrol("Mover's source")
    target_id, target_key = world.enrol("Mover")
    body = {
        "testName": "moving",
        "agents": [{"agentId": source_id}],
        "targetAgentId": target_id,
        "interval": 60,
    }
    created = world.ask("POST", "/thousandeyes/v6/tests/voice/new", world.ours.admin, json=body)
    assert created.status_code == 201
    now = {"host": "198.51.100.7", "port": 50000, "version": "9.9", "addresses": ["198.51.100.7"]}
    assert world.ask("PUT", "/v1/agent/presence", target_key, json=now).status_code == 204
    state = msgspec.json.decode(world.ask("GET", "/v1/agent/state", source_key).content, type=DesiredState)
    assert [(each.target_host, each.target_port) for each in state.streams] == [("198.51.100.7", 50000)]
    wrong = world.ask("PUT", "/v1/agent/presence", target_key, json={**now, "port": 0})
    assert (wrong.status_code, refusal(wrong)["field"]) == (400, "port")


@pytest.mark.parametrize("path", ["/v1/agent/state", "/v1/agent/results"])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Bearer snd_agent_" + "A" * 43])
def test_a_stranger_is_refused(world, path, header):
    """Without a valid key nothing is told and nothing is taken."""
    method = "GET" if path.endswith("state") else "POST"
    response = world.http.request(method, path, headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    refusal(response)


def test_a_persons_token_is_no_agent_key(world):
    """Each kind of token opens its own doors only."""
    assert world.ask("GET", "/v1/agent/state", world.ours.admin).status_code == 401


def test_a_gzip_batch_is_taken(world, agent_key):
    """Agents on thin lines may pack their results."""
    response = world.ask(
        "POST",
        "/v1/agent/results",
        agent_key,
        content=gzip.compress(b'{"results": []}'),
        headers={"Content-Encoding": "gzip"},
    )
    assert response.status_code == 200
    assert response.json() == {"accepted": 0, "rejected": []}


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b" " * 5_000_000, ""), (gzip.compress(b" " * 20_000_000), "gzip")],
)
def test_too_large_a_batch_is_refused(world, agent_key, body, encoding):
    """The cap holds for what is sent and for what it unpacks to."""
    headers = {"Content-Encoding": encoding} if encoding else {}
    response = world.ask("POST", "/v1/agent/results", agent_key, content=body, headers=headers)
    assert response.status_code == 413
    refusal(response)


def test_a_stranger_cannot_send_much(world):
    """An enrolment is read before its token is known, so its cap is small, packed or not."""
    for body, headers in (
        (b" " * 100_000, {}),
        (gzip.compress(b" " * 10_000_000), {"Content-Encoding": "gzip"}),
    ):
        response = world.ask("POST", "/v1/agent/enrol", "unknown", content=body, headers=headers)
        assert response.status_code == 413
        refusal(response)


def test_an_unreadable_batch_names_the_field(world, agent_key):
    """A report of the wrong type is a fault of the whole batch, with the path to it."""
    body = b'{"results": [{"test_id": "seven"}]}'
    response = world.ask("POST", "/v1/agent/results", agent_key, content=body)
    assert response.status_code == 400
    assert refusal(response)["field"] == "results[0].test_id"


def test_one_bad_report_does_not_reject_the_others(world):
    """Reports are judged one by one; the good ones are kept."""
    source_id, key = world.enrol("Judged source")
    target_id, _ = world.enrol("Judged target")
    body = {"agents": [{"agentId": source_id}], "targetAgentId": target_id, "interval": 60}
    [test] = world.write("/tests/voice/new", {**body, "testName": "Judged"}).json()["test"]
    failed = {
        "test_id": test["testId"],
        "round_id": last_round(),
        "target_agent_id": target_id,
        "interval": 60,
        "duration": 5,
        "codec": "g711",
        "dscp": 46,
        "jitter_buffer": 0.04,
        "started_at": float(last_round()),
        "error": "unreachable",
    }
    receipt = world.upload(key, {**failed, "codec": "opus"}, failed, {**failed, "test_id": 10**9})
    assert receipt["accepted"] == 1
    assert [rejected["index"] for rejected in receipt["rejected"]] == [0, 2]
    assert all(rejected["message"] for rejected in receipt["rejected"])
    path = f"/voice/rtp-stream/{test['testId']}"
    world.wait_for(lambda: world.read(path)["voice"]["metrics"], lambda rows: len(rows) == 1)


def last_round() -> int:
    """Id of the minute round that is over."""
    return (int(time.time()) // 60 - 1) * 60


def test_health(world):
    """A server whose parts work says so to anybody."""
    response = world.http.get("/healthz")
    assert response.status_code == 200
    health = response.json()
    assert (health["status"], health["store"], health["flusher"]) == ("ok", "ok", "ok")
    assert health["spool"]["items"] >= 0


def test_welcome(world):
    """The root says what this is, and its links lead somewhere."""
    welcome = world.http.get("/").json()
    assert welcome["name"] == "Sonde"
    for link in welcome["links"].values():
        assert world.http.get(link).status_code == 200
