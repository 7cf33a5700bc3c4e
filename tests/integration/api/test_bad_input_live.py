"""Nonsense to every route of a running server: a clear answer in the right shape, never a fault."""

import json

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.integration

ROOT = "/thousandeyes/v6"
NEW = f"{ROOT}/tests/voice/new"
GOOD = {"agents": [{"agentId": 999998}], "targetAgentId": 999999, "interval": 60}


def sentence(response: httpx2.Response) -> str:
    """What an error of the ThousandEyes API says; it has no other key."""
    assert 400 <= response.status_code < 500, response.text
    assert response.json().keys() == {"errorMessage"}
    return response.json()["errorMessage"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 404),
        ("/nowhere", 404),
        ("/voice", 404),
        ("/voice/rtp-stream", 404),
        ("/tests/voice/1", 404),
        ("/tests/1/2/3", 404),
        ("/v6/agents", 404),
        ("/agents.yaml", 404),
        ("/tests/0", 400),
        ("/tests/-1", 400),
        ("/tests/1.5", 400),
        ("/tests/abc", 400),
        ("/tests/%00", 400),
        ("/tests/%F0%9F%98%80", 400),
        ("/tests/" + "9" * 400, 400),
        ("/tests/999999999", 404),
        ("/tests/999999999999999999", 404),
        ("/voice/rtp-stream/999999999", 400),
        ("/voice/rtp-stream/x", 400),
        ("/voice/rtp-stream/1?window=1y", 400),
        ("/voice/rtp-stream/1?window=1h&from=2026-01-01T00:00:00", 400),
        ("/voice/rtp-stream/1?to=2026-01-01T00:00:00", 400),
        ("/voice/rtp-stream/1?from=yesterday", 400),
        ("/agents?aid=abc", 400),
        ("/agents?aid=", 400),
        ("/agents?aid=999999", 400),
        ("/agents?aid=999999999999999999", 400),
        ("/agents?agentTypes=ROBOT", 400),
        ("/agents?format=yaml", 406),
        ("/agents?format=XML", 406),
        ("/voice/rtp-stream/1?lastRoundId=60", 400),
        ("/net/metrics/1", 400),
        ("/agents/0", 400),
        ("/agents/999999999", 404),
        ("/agents/1/update", 405),
        ("/instant/voice", 405),
        ("/tests/voice/new", 405),
        ("/tests/voice/1/delete", 405),
    ],
)
def test_wrong_addresses(world, path, status):
    """Each wrong path, id or parameter gets its status and a sentence."""
    response = world.ask("GET", f"{ROOT}{path}")
    assert response.status_code == status, response.text
    assert sentence(response)


@pytest.mark.parametrize("accept", ["text/html", "///", "image/png;q=x", "text/xml;q=0"])
def test_only_json_and_xml_are_spoken(world, accept):
    """Who wants something else is told what there is."""
    response = world.ask("GET", f"{ROOT}/agents", headers={"Accept": accept})
    assert response.status_code == 406
    assert "JSON" in sentence(response)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_wrong_methods(world, method):
    """The answer says which method there is."""
    response = world.ask(method, f"{ROOT}/agents")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert "GET" in sentence(response)


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer", "Bearer x", "Digest a=b"])
def test_wrong_credentials(world, header):
    """A stranger is told so, in the shape of this API."""
    response = world.http.get(f"{ROOT}/agents", headers={"Authorization": header})
    assert response.status_code == 401
    assert sentence(response)


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"agents": None}, "agents"),
        ({"agents": []}, "agents"),
        ({"agents": [7]}, "agents[0]"),
        ({"agents": [{}]}, "agents[0].agentId"),
        ({"agents": [{"agentId": "7"}]}, "agents[0].agentId"),
        ({"agents": [{"agentId": 0}]}, "agents[0].agentId"),
        ({"agents": [{"agentId": 10**30}]}, "agents[0].agentId"),
        ({"agents": [{"agentId": 999997}]}, "targetAgentId"),
        ({"codecId": 10**4000}, "codecId"),
        ({"targetAgentId": "2"}, "targetAgentId"),
        ({"targetAgentId": True}, "targetAgentId"),
        ({"interval": 61}, "interval"),
        ({"interval": 10**30}, "interval"),
        ({"codecId": 10}, "codecId"),
        ({"codecId": "0"}, "codecId"),
        ({"dscpId": 64}, "dscpId"),
        ({"duration": 0}, "duration"),
        ({"jitterBuffer": 151}, "jitterBuffer"),
        ({"jitterBuffer": 1e308}, "jitterBuffer"),
        ({"numPathTraces": 11}, "numPathTraces"),
        ({"enabled": True}, "enabled"),
        ({"enabled": 2}, "enabled"),
        ({"alertsEnabled": "1"}, "alertsEnabled"),
        ({"testName": ""}, "testName"),
        ({"testName": "x" * 256}, "testName"),
        ({"testName": "a\x00b"}, "testName"),
        ({"alertRules": [{"ruleId": "x"}]}, "alertRules[0].ruleId"),
    ],
)
def test_wrong_fields_are_named(world, change, start):
    """The sentence begins with the field as the caller spells it."""
    response = world.write("/tests/voice/new", {"testName": "Bad", **GOOD, **change})
    assert response.status_code == 400, response.text
    assert sentence(response).startswith(start), sentence(response)


@pytest.mark.parametrize("missing", GOOD)
def test_required_fields(world, missing):
    """A new test needs three fields, and the answer says which is missing."""
    body = {key: value for key, value in GOOD.items() if key != missing}
    assert sentence(world.write("/tests/voice/new", body)).startswith(missing)


@pytest.mark.parametrize("path", [NEW, f"{ROOT}/tests/voice/1/update"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"\xff"', b"[" * 100_000, b'{"testName": "\\ud800"}']
)
def test_bodies_that_are_no_test(world, path, body):
    """What cannot be read is refused before anything is looked up."""
    response = world.ask("POST", path, content=body, headers={"Content-Type": "application/json"})
    assert sentence(response)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", ";;;"])
def test_bodies_that_do_not_say_they_are_json(world, kind):
    """A forgotten header is the commonest slip with curl."""
    response = world.ask("POST", NEW, content=json.dumps(GOOD), headers={"Content-Type": kind})
    assert response.status_code == 415
    assert "application/json" in sentence(response)


def test_a_body_beyond_the_cap(world):
    """Nobody needs a test of a megabyte."""
    assert world.write("/tests/voice/new", {**GOOD, "description": "x" * 1_000_000}).status_code == 413


@pytest.mark.parametrize("path", ["/nowhere", "/v1/agent/nowhere", "/v1", "/%00", "/thousandeyesx/v6/agents"])
def test_other_paths_have_the_native_shape(world, path):
    """Outside the vendor's API an error is Sonde's own."""
    response = world.ask("GET", path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "agents",
        "targetAgentId",
        "interval",
        "testName",
        "codecId",
        "dscpId",
        "jitterBuffer",
        "groups",
        "enabled",
    ]
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(FIELDS, VALUES, max_size=4))
def test_any_json_is_refused_by_name(world, body):
    """Whatever JSON is sent as a new test, the answer is a sentence."""
    assert sentence(world.write("/tests/voice/new", {**GOOD, **body}))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), path=st.sampled_from(["enrol", "results"]))
def test_any_bytes_from_an_agent_are_refused(world, body, path):
    """Bytes that are no message get an error in the native shape."""
    response = world.ask("POST", f"/v1/agent/{path}", "snd_agent_unknown", content=body)
    assert response.status_code in {400, 401}
    assert response.json()["error"]["message"]


V7 = "/thousandeyes/v7"
GOOD_V7 = {"agents": [{"agentId": "999998"}], "targetAgentId": "999999", "interval": 60}


def problem(response: httpx2.Response) -> dict:
    """An error of version 7."""
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    said = response.json()
    assert said["status"] == response.status_code
    assert said["detail"]
    return said


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("", 404, None),
        ("/agents.json", 404, None),
        ("/status", 404, None),
        ("/tests/voice/0", 400, "testId"),
        ("/tests/voice/%F0%9F%98%80", 400, "testId"),
        ("/tests/voice/999999999", 404, None),
        ("/tests/1/run", 405, None),
        ("/test-results/999999999/rtp-server", 404, None),
        ("/test-results/x/rtp-stream", 400, "testId"),
        ("/test-results/1/sip-server", 404, None),
        ("/agents?agentTypes=Enterprise", 400, "agentTypes"),
        ("/agents?expand=everything", 400, "expand"),
        ("/agents/999999999", 404, None),
        ("/agents?aid=", 400, "aid"),
        ("/account-groups/x", 400, "aid"),
        ("/account-groups/999999", 400, "aid"),
    ],
)
def test_wrong_addresses_of_version_7(world, path, status, field):
    """Each has its status, and the parameter that is to blame is named."""
    said = problem(world.ask("GET", f"{V7}{path}"))
    assert said["status"] == status
    assert [each["field"] for each in said.get("errors", [])] == ([field] if field else [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("window=1y", "window"),
        ("window=1h&startDate=2026-01-01T00:00:00Z", "window"),
        ("endDate=2026-01-01T00:00:00Z", "endDate"),
        ("startDate=2026-01-01", "startDate"),
        ("startDate=2026-01-02T00:00:00Z&endDate=2026-01-01T00:00:00Z", "startDate"),
        ("cursor=x", "cursor"),
        ("cursor=" + "A" * 500, "cursor"),
        ("cursor=%F0%9F%98%80", "cursor"),
    ],
)
def test_wrong_ranges_of_version_7(world, pair, query, field):
    """The parameter that is to blame is named."""
    said = problem(world.ask("GET", f"{V7}/test-results/{pair.test}/rtp-server?{query}"))
    assert [each["field"] for each in said["errors"]] == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agents": []}, "agents"),
        ({"agents": [{"agentId": 1}]}, "agents[0].agentId"),
        ({"agents": [{"agentId": "0"}]}, "agents[0].agentId"),
        ({"targetAgentId": 2}, "targetAgentId"),
        ({"targetAgentId": "9" * 17}, "targetAgentId"),
        ({"targetAgentId": None}, "targetAgentId"),
        ({"interval": "60"}, "interval"),
        ({"interval": 61}, "interval"),
        ({"codecId": 0}, "codecId"),
        ({"codecId": "10"}, "codecId"),
        ({"dscpId": "64"}, "dscpId"),
        ({"dscpId": "-1"}, "dscpId"),
        ({"duration": 0}, "duration"),
        ({"jitterBuffer": 40.5}, "jitterBuffer"),
        ({"jitterBuffer": 10**400}, "jitterBuffer"),
        ({"enabled": 1}, "enabled"),
        ({"alertRules": [7]}, "alertRules[0]"),
        ({"tags": ["x" * 256]}, "tags[0]"),
        ({"testName": ""}, "testName"),
    ],
)
def test_wrong_fields_of_version_7_are_named(world, change, field):
    """Numbers where strings belong are refused too: the vendor's clients never send them."""
    body = json.dumps({"testName": "Bad", **GOOD_V7, **change})
    response = world.ask(
        "POST", f"{V7}/tests/voice", content=body, headers={"Content-Type": "application/json"}
    )
    said = problem(response)
    assert (said["status"], [each["field"] for each in said["errors"]]) == (400, [field])


@pytest.mark.parametrize("path", [f"{V7}/tests/voice", f"{V7}/tests/voice/instant"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(FIELDS, VALUES, max_size=4))
def test_any_json_is_refused_by_version_7(world, path, body):
    """Whatever JSON is sent as a new test, the answer is a problem."""
    assert problem(world.ask("POST", path, json={**GOOD_V7, **body}))
