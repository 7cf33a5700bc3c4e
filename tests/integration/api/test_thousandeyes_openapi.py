"""Answers of version 7, checked against the vendor's own description of it."""

import gzip
import os
from pathlib import Path

import httpx2
import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

pytestmark = pytest.mark.integration

DOCUMENT = os.environ.get("SONDE_TEST_THOUSANDEYES_OPENAPI", "")


VENDOR = "urn:vendor"
"""What the document is called while it is looked up in."""


@pytest.fixture(scope="module")
def description() -> dict:
    """The vendor's document."""
    if not DOCUMENT:
        pytest.skip("SONDE_TEST_THOUSANDEYES_OPENAPI names no copy of the vendor's version 7 document")
    with gzip.open(Path(DOCUMENT)) as file:
        return yaml.load(file, Loader=yaml.CSafeLoader)


@pytest.fixture(scope="module")
def check(description):
    """Checks one answer: its status and media type are described, and its body is as described."""
    registry = Registry().with_resource(VENDOR, DRAFT4.create_resource(description))

    def resolve(node: dict) -> dict:
        while "$ref" in node:
            place = description
            for part in node["$ref"].removeprefix("#/").split("/"):
                place = place[part]
            node = place
        return node

    def check(response, method: str, template: str) -> None:
        answers = description["paths"][template][method.lower()]["responses"]
        answer = resolve(answers.get(str(response.status_code)) or answers["default"])
        kinds = answer.get("content", {})
        if not kinds:
            assert response.content == b""
            return
        kind = response.headers["content-type"].partition(";")[0]
        assert kind in kinds
        validator = OAS30Validator({"$ref": VENDOR + kinds[kind]["schema"]["$ref"]}, registry=registry)
        errors = sorted(validator.iter_errors(response.json()), key=str)
        assert not errors, "\n".join(f"{'/'.join(map(str, e.path))}: {e.message}" for e in errors)

    return check


@pytest.fixture(scope="module")
def measured(world, make_pair):
    """A pair whose test has one good round and one failed."""
    pair = make_pair(world, "described")
    failed = {"stream": None, "target_address": "", "error": "no_consent", "error_detail": "nobody answered"}
    world.upload(pair.key, pair.report(pair.past_round(3)), pair.report(pair.past_round(2), **failed))
    path = f"/voice/rtp-stream/{pair.test}?window=1h"
    world.wait_for(lambda: world.read(path)["voice"]["metrics"], lambda rows: len(rows) == 2)
    return pair


def new_test(pair, **changes) -> dict:
    """The body of a test between the pair's agents."""
    agents = [{"agentId": str(pair.source), "sourceIpAddress": "192.0.2.9"}]
    return {"agents": agents, "targetAgentId": str(pair.target), "interval": 120, **changes}


def test_the_description_tells_right_from_wrong(world, measured, check):
    """A code point that is a number, as version 6 has it, would be found out."""
    path = f"/thousandeyes/v7/test-results/{measured.test}/rtp-server"
    good = world.ask("GET", path)
    wrong = good.json() | {"results": [{"latency": 30.5, "dscp": 46}]}
    bad = httpx2.Response(200, json=wrong, headers={"Content-Type": "application/hal+json"})
    with pytest.raises(AssertionError, match="results/0/latency"):
        check(bad, "get", "/test-results/{testId}/rtp-server")


def test_reading(world, measured, check):
    """Everything that is read is as described, with every expansion."""
    expand = "expand=agent,alert-rule,monitor,label,tag,shared-with-account"
    for path, template in (
        ("/tests", "/tests"),
        ("/tests/voice", "/tests/voice"),
        (f"/tests/voice/{measured.test}?{expand}", "/tests/voice/{testId}"),
        (f"/test-results/{measured.test}/rtp-server", "/test-results/{testId}/rtp-server"),
        (f"/test-results/{measured.test}/rtp-server?window=1h", "/test-results/{testId}/rtp-server"),
        ("/agents?expand=test,test-ids,cluster-member", "/agents"),
        (f"/agents/{measured.source}?expand=test,test-ids,notification-rule", "/agents/{agentId}"),
        ("/account-groups", "/account-groups"),
        (f"/account-groups/{world.ours.aid}", "/account-groups/{id}"),
    ):
        response = world.ask("GET", f"/thousandeyes/v7{path}")
        assert response.status_code == 200, response.text
        check(response, "get", template)


def test_writing(world, measured, check):
    """So is everything that is made, changed, run and deleted."""
    everything = {
        "testName": "described in full",
        "alertRules": ["1"],
        "labels": ["2"],
        "monitors": ["3"],
        "sharedWithAccounts": ["4"],
        "tags": ["c6b78e57-81a2-4c5f-a11a-d96c3c664d55"],
    }
    query = "?expand=agent,alert-rule,monitor,label,tag,shared-with-account"
    made = world.ask("POST", f"/thousandeyes/v7/tests/voice{query}", json=new_test(measured, **everything))
    assert made.status_code == 201, made.text
    check(made, "post", "/tests/voice")
    path = f"/thousandeyes/v7/tests/voice/{made.json()['testId']}"
    changed = world.ask("PUT", path + query, json=new_test(measured, jitterBuffer=60))
    check(changed, "put", "/tests/voice/{testId}")
    assert changed.json()["jitterBuffer"] == 60
    check(world.ask("DELETE", path), "delete", "/tests/voice/{testId}")
    instant = world.ask("POST", "/thousandeyes/v7/tests/voice/instant", json=new_test(measured))
    assert instant.status_code == 201, instant.text
    check(instant, "post", "/tests/voice/instant")
    run = world.ask("POST", f"/thousandeyes/v7/tests/{instant.json()['testId']}/run")
    check(run, "post", "/tests/{testId}/run")
    agent = world.ask("PUT", f"/thousandeyes/v7/agents/{measured.source}", json={"enabled": True})
    check(agent, "put", "/agents/{agentId}")


def test_errors(world, measured, check):
    """So are refusals: of a token, a role, an id, a field."""
    path, template = f"/thousandeyes/v7/tests/voice/{measured.test}", "/tests/voice/{testId}"
    check(world.ask("GET", path, "wrong"), "get", template)
    check(world.ask("DELETE", path, world.ours.member), "delete", template)
    check(world.ask("GET", "/thousandeyes/v7/tests/voice/99999999"), "get", template)
    refused = world.ask("POST", "/thousandeyes/v7/tests/voice", json={**new_test(measured), "interval": 7})
    check(refused, "post", "/tests/voice")
    window = world.ask("GET", f"/thousandeyes/v7/test-results/{measured.test}/rtp-server?window=1y")
    check(window, "get", "/test-results/{testId}/rtp-server")
