"""The vendor's own Python SDK for version 7, pointed at a running server."""

import json
import time
import urllib.parse
from datetime import UTC, datetime

import pytest
import urllib3
from thousandeyes_sdk import tests as sdk  # by name: pytest takes classes called Test... for its own
from thousandeyes_sdk.agents import CloudAndEnterpriseAgentsApi
from thousandeyes_sdk.agents.models import AgentRequest, CloudEnterpriseAgentType
from thousandeyes_sdk.core import ApiClient, Configuration
from thousandeyes_sdk.core.exceptions import (
    ApiException,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    TooManyRequestsException,
    UnauthorizedException,
)
from thousandeyes_sdk.test_results import VoiceRTPServerTestResultsApi

models = sdk.models

pytestmark = pytest.mark.integration


def connect(url: str, token: str, **options) -> ApiClient:
    """A client as the vendor's readme makes it, with another host."""
    return ApiClient(Configuration(host=f"{url}/thousandeyes/v7", access_token=token, **options))


@pytest.fixture(scope="module")
def client(world) -> ApiClient:
    """Of the administrator of our workspace."""
    return connect(world.url, world.ours.admin)


@pytest.fixture(scope="module")
def small_pages(tmp_path_factory, make_world):
    """A server whose pages have three rows."""
    data_dir = tmp_path_factory.mktemp("pages") / "data"
    with make_world(data_dir, environment={"SONDE_PAGE_ROWS": "3"}) as world:
        yield world


def request_for(pair, **changes) -> models.VoiceTestRequest:
    """A test between the pair's agents."""
    least = {
        "interval": models.TestInterval.NUMBER_120,
        "agents": [models.TestAgentWithSourceIpRequest(agentId=str(pair.source))],
        "targetAgentId": str(pair.target),
    }
    return models.VoiceTestRequest(**(least | changes))


def test_a_test_is_made_read_changed_and_deleted(world, client, pair):
    """The life of a test, by the SDK's own models."""
    api = sdk.VoiceTestsApi(client)
    wanted = request_for(
        pair,
        testName="by SDK",
        description="from the SDK",
        codecId="5",
        dscpId=models.TestDscpId.ENUM_8,
        duration=6,
        jitterBuffer=60,
        numPathTraces=4,
        alertsEnabled=False,
        bgpMeasurements=False,
        labels=["9842"],
        tags=["c6b78e57-81a2-4c5f-a11a-d96c3c664d55"],
        sharedWithAccounts=["1234"],
        alertRules=["344753"],
    )
    answer = api.create_voice_test_with_http_info(wanted, expand=list(models.ExpandTestOptions)[:6])
    made = answer.data
    assert answer.status_code == 201
    assert answer.headers["location"] == made.links.var_self.href
    assert made.links.var_self.href == f"{world.url}/thousandeyes/v7/tests/voice/{made.test_id}"
    assert (made.type, made.test_name, made.interval) == ("voice", "by SDK", models.TestInterval.NUMBER_120)
    assert (made.codec, made.codec_id) == ("G.729a @ 8 Kbps", "5")
    assert (made.dscp, made.dscp_id) == ("CS1 (DSCP 8)", models.TestDscpId.ENUM_8)
    assert (made.duration, made.jitter_buffer, made.num_path_traces) == (6, 60, 4)
    assert (made.port, made.alerts_enabled, made.bgp_measurements) == (49153, False, False)
    assert made.created_by == "Admin (ann@ours.example)"
    assert [each.agent_id for each in made.agents] == [str(pair.source)]
    assert [each.rule_id for each in made.alert_rules] == ["344753"]
    assert [each.label_id for each in made.labels] == ["9842"]
    assert [each.aid for each in made.shared_with_accounts] == ["1234"]
    assert [each.id for each in made.tags] == ["c6b78e57-81a2-4c5f-a11a-d96c3c664d55"]

    read = api.get_voice_test(made.test_id)
    assert read.agents is read.labels is read.alert_rules is None
    assert read.created_date == made.created_date

    changed = api.update_voice_test(made.test_id, request_for(pair, testName="renamed", jitterBuffer=20))
    assert (changed.test_name, changed.jitter_buffer, changed.codec_id) == ("renamed", 20, "5")
    assert changed.modified_by == "Admin (ann@ours.example)"
    assert made.test_id in {each.test_id for each in api.get_voice_tests().tests}
    assert made.test_id in {each.test_id for each in sdk.TestsApi(client).get_tests().tests}

    api.delete_voice_test(made.test_id)
    with pytest.raises(NotFoundException):
        api.get_voice_test(made.test_id)


def test_defaults_are_the_vendors(client, pair):
    """Of what the SDK leaves out, a voice test gets the documented value."""
    api = sdk.VoiceTestsApi(client)
    made = api.create_voice_test(request_for(pair, testName="defaults"))
    assert (made.codec_id, made.dscp_id, made.duration) == ("0", models.TestDscpId.ENUM_46, 5)
    assert (made.jitter_buffer, made.num_path_traces) == (40, 3)
    assert (made.enabled, made.alerts_enabled, made.bgp_measurements) == (True, True, True)
    api.delete_voice_test(made.test_id)


def test_an_instant_test_is_read_by_the_sdk(world, client, pair):
    """Its interval is none that the SDK knows, so it gets the SDK's own mark for that."""
    body = {"agents": [{"agentId": str(pair.source)}], "targetAgentId": str(pair.target)}
    made = world.ask("POST", "/thousandeyes/v7/tests/voice/instant", world.ours.member, json=body)
    assert made.status_code == 201, made.text
    read = sdk.VoiceTestsApi(client).get_voice_test(made.json()["testId"])
    assert made.headers["location"] == read.links.var_self.href
    assert read.interval is models.TestInterval.NUMBER_11184809
    assert read.alerts_enabled is None


def test_what_the_sdk_does_not_know_breaks_no_list(world, client, make_pair):
    """A test of ten seconds, a short stream and a low port: lists are read, and sent back unchanged."""
    pair = make_pair(world, "odd")
    body = {"agents": [{"agentId": pair.source}], "targetAgentId": pair.target, "testName": "odd one"}
    made = world.write("/tests/voice/new", {**body, "interval": 10, "duration": 1, "dscpId": 3})
    assert made.status_code == 201, made.text
    test_id = str(made.json()["test"][0]["testId"])
    api = sdk.VoiceTestsApi(client)
    [odd] = [test for test in api.get_voice_tests().tests if test.test_id == test_id]
    assert (odd.interval, odd.dscp_id) == (models.TestInterval.NUMBER_11184809, models.TestDscpId.UNKNOWN)
    api.update_voice_test(test_id, request_for(pair, interval=odd.interval, duration=None, testName="odder"))
    [after] = world.read(f"/tests/{test_id}")["test"]
    assert (after["interval"], after["duration"], after["testName"]) == (10, 1, "odder")
    assert world.write(f"/tests/voice/{test_id}/delete", {}).status_code == 204


def test_results_have_the_strict_types_of_the_sdk(world, client, pair):
    """Its models take whole latency and a code point in quotes, and nothing else."""
    round_id = pair.past_round(4)
    world.upload(pair.key, pair.report(round_id))
    api = VoiceRTPServerTestResultsApi(client)
    world.wait_for(lambda: api.get_test_rtp_server_results(str(pair.test)).results, bool)
    answer = api.get_test_rtp_server_results(str(pair.test))
    [row] = answer.results
    assert row.var_date == datetime.fromtimestamp(round_id + 6, UTC)
    assert (row.round_id, row.start_time, row.end_time) == (round_id, round_id, round_id + 60)
    assert (row.agent.agent_id, row.agent.agent_name) == (str(pair.source), pair.source_name)
    assert (row.dscp, row.dscp_name, row.server_ip) == ("8", "CS1 (DSCP 8)", "192.0.2.7")
    assert (row.loss, row.discards, row.latency, row.pdv) == (2.0, 0.0, 30, 1)
    assert 1 < row.mos < row.codec_max_mos == 4.41
    assert row.links.app_link.href.startswith(f"{world.url}/voice/metrics?__a={world.ours.aid}&")
    assert row.error_detail is None
    assert answer.test.test_id == str(pair.test)
    assert answer.start_date is None


def test_a_failed_round_is_read_too(world, client, make_pair):
    """What was not measured is absent, and the reason is there."""
    pair = make_pair(world, "failed round")
    round_id = pair.past_round(1)
    failed = {"stream": None, "target_address": "", "error": "no_consent", "error_detail": "nobody answered"}
    world.upload(pair.key, pair.report(round_id, **failed))
    api = VoiceRTPServerTestResultsApi(client)
    world.wait_for(lambda: api.get_test_rtp_server_results(str(pair.test)).results, bool)
    [row] = api.get_test_rtp_server_results(str(pair.test)).results
    assert row.error_detail == "nobody answered"
    assert [row.mos, row.loss, row.discards, row.latency, row.pdv, row.dscp, row.server_ip] == [None] * 7


@pytest.mark.parametrize("asks_with", ["window", "dates"])
def test_pages_visit_each_round_once_while_new_ones_arrive(small_pages, make_pair, asks_with):
    """The SDK's own iterator sees every round of its range, none twice, whatever is uploaded meanwhile."""
    world = small_pages
    pair = make_pair(world, f"pages by {asks_with}")
    rounds = [pair.past_round(back) for back in range(12, 2, -1)]
    world.upload(pair.key, *(pair.report(each) for each in rounds))
    client = connect(world.url, world.ours.admin)
    api = VoiceRTPServerTestResultsApi(client)
    asked = {"window": "1h"}
    if asks_with == "dates":
        asked = {
            "start_date": datetime.fromtimestamp(rounds[0], UTC),
            "end_date": datetime.fromtimestamp(time.time() + 60, UTC),
        }
    world.wait_for(lambda: world.http.get("/healthz").json()["spool"]["items"], lambda items: items == 0)
    seen = []
    rows = api.get_test_rtp_server_results_paginated(str(pair.test), **asked)
    for number, row in enumerate(rows):
        seen.append(row.round_id)
        if number == 1:
            world.upload(pair.key, pair.report(pair.past_round(1)))
    assert seen[: len(rounds)] == rounds
    assert len(seen) == len(set(seen))


def test_agents(client, pair):
    """Listed, read, changed and filtered, with the types that the SDK insists on."""
    api = CloudAndEnterpriseAgentsApi(client)
    listed = {getattr(agent, "actual_instance", agent).agent_id for agent in api.get_agents().agents}
    assert {str(pair.source), str(pair.target)} <= listed
    assert api.get_agents(agent_types=[CloudEnterpriseAgentType.CLOUD]).agents == []
    changed = api.update_agent(str(pair.source), AgentRequest(agentName="renamed by SDK"), expand=["test"])
    agent = getattr(changed, "actual_instance", changed)
    assert agent.agent_name == "renamed by SDK"
    assert agent.agent_type == "enterprise"
    assert str(pair.test) in [test.test_id for test in agent.tests]
    api.update_agent(str(pair.source), AgentRequest(agentName=pair.source_name))


def test_an_agent_is_deleted_when_no_test_uses_it(world, client, pair):
    """One that is used is a conflict, one that is not is gone."""
    api = CloudAndEnterpriseAgentsApi(client)
    with pytest.raises(ApiException) as caught:
        api.delete_agent(str(pair.source))
    assert caught.value.status == 409
    agent_id, _ = world.enrol("to be deleted")
    api.delete_agent(str(agent_id))
    with pytest.raises(NotFoundException):
        api.get_agent(str(agent_id))


def problem(error: ApiException) -> dict:
    """The body of an error; it says that it is a problem."""
    assert error.headers["content-type"].startswith("application/problem+json")
    return json.loads(error.body)


def test_a_wrong_token(world):
    """A 401 has the words of RFC 6750."""
    with pytest.raises(UnauthorizedException) as caught:
        sdk.VoiceTestsApi(connect(world.url, "wrong")).get_voice_tests()
    assert problem(caught.value).keys() == {"error", "error_description"}
    assert problem(caught.value)["error"] == "invalid_token"


def test_a_member_may_not_write(world, pair):
    """A 403 is a problem."""
    api = sdk.VoiceTestsApi(connect(world.url, world.ours.member))
    with pytest.raises(ForbiddenException) as caught:
        api.delete_voice_test(str(pair.test))
    assert problem(caught.value)["status"] == 403


def test_a_wrong_field_is_named(client, pair):
    """A 400 lists the fields that are to blame, as the caller spells them."""
    with pytest.raises(BadRequestException) as caught:
        sdk.VoiceTestsApi(client).create_voice_test(request_for(pair, targetAgentId="999999"))
    said = problem(caught.value)
    assert (said["type"], said["title"], said["status"]) == ("about:blank", "Bad Request", 400)
    assert said["instance"] == "/thousandeyes/v7/tests/voice"
    assert [error["field"] for error in said["errors"]] == ["targetAgentId"]


def test_too_many_requests_are_answered_as_the_sdk_expects(make_world, tmp_path_factory):
    """A 429 has the three headers, a reset within a minute, and no Retry-After."""
    data_dir = tmp_path_factory.mktemp("limit") / "data"
    with make_world(data_dir, environment={"SONDE_REQUESTS_PER_MINUTE": "3"}) as world:
        api = sdk.VoiceTestsApi(connect(world.url, world.ours.admin, retries=urllib3.Retry(0)))
        with pytest.raises(TooManyRequestsException) as caught:
            list(map(sdk.VoiceTestsApi.get_voice_tests, [api] * 8))  # no minute begins so often
    headers = {name.lower(): value for name, value in caught.value.headers.items()}
    assert headers["x-organization-rate-limit-limit"] == "3"
    assert headers["x-organization-rate-limit-remaining"] == "0"
    assert 0 <= int(headers["x-organization-rate-limit-reset"]) - time.time() + 1 <= 61
    assert "retry-after" not in headers
    assert problem(caught.value)["status"] == 429


def test_links_can_be_followed(world, client, pair):
    """Every address in an answer leads somewhere on this server."""
    made = sdk.VoiceTestsApi(client).get_voice_test(str(pair.test))
    for link in (made.links.var_self, *made.links.test_results):
        path = urllib.parse.urlsplit(link.href).path
        assert world.ask("GET", path).status_code == 200, path
