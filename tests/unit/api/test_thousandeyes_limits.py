"""Rate limits, lockout, formats and versions as callers see them, with a clock that is set."""

import base64

import pytest

from sonde.services.lockout import FAILURES_MAX

PREFIXES = ("x-organization-rate-limit", "x-instant-test-rate-limit")


def counts(response, prefix: str = "x-organization-rate-limit") -> list[int] | None:
    """Limit, remaining and reset of an answer."""
    if f"{prefix}-limit" not in response.headers:
        return None
    return [int(response.headers[f"{prefix}-{name}"]) for name in ("limit", "remaining", "reset")]


@pytest.fixture(scope="module")
def client(facade):
    """One client for all tests that change nothing."""
    return facade.usual_client


@pytest.mark.parametrize("version", ["v6", "v7"])
def test_every_answer_says_what_is_left(make_facade, version):
    """Good and bad ones; the reset is the next whole minute of 05:06:07."""
    facade = make_facade(requests=10)
    client = facade.usual_client
    paths = ["/agents", "/agents/999", "/tests/voice?aid=x", "/agents?aid=1"]
    answers = [facade.ask("GET", f"/{version}{path}", client=client) for path in paths]
    reset = int(facade.clock().timestamp()) + 53
    assert [counts(each) for each in answers] == [[10, 10 - n, reset] for n in range(1, 5)]
    assert {counts(each, PREFIXES[1]) for each in answers} == {None}


@pytest.mark.parametrize("version", ["v6", "v7"])
def test_too_many_requests(make_facade, version):
    """The answer is a 429 in the version's own shape, without Retry-After; the next minute is free."""
    facade = make_facade(requests=2)
    client = facade.usual_client
    answers = [facade.ask("GET", f"/{version}/agents", client=client) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    refused = answers[-1]
    assert counts(refused)[:2] == [2, 0]
    assert "retry-after" not in refused.headers
    said = refused.json()
    assert said.keys() == {"errorMessage"} if version == "v6" else said["status"] == 429
    facade.clock.advance(seconds=53)
    assert facade.ask("GET", f"/{version}/agents", client=client).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v6/instant/999/rerun"), ("POST", "/v7/tests/999/run")]
)
def test_instant_tests_have_a_limit_of_their_own(make_facade, method, path):
    """Their answers have all six headers; when they are used up, other requests still work."""
    facade = make_facade(instants=2)
    client = facade.usual_client
    answers = [facade.ask(method, path, client=client) for _ in range(3)]
    assert [each.status_code for each in answers] == [404, 404, 429]
    assert [counts(each, PREFIXES[1])[:2] for each in answers] == [[2, 1], [2, 0], [2, 0]]
    assert counts(answers[-1])[:2] == [240, 237]
    assert facade.ask("GET", "/v6/agents", client=client).status_code == 200


def test_strangers_have_no_limit_and_no_count(facade, client):
    """Who is nobody belongs to no organization; `/status` is free."""
    assert counts(facade.ask("GET", "/v6/agents", "wrong", client=client)) is None
    assert counts(facade.ask("GET", "/v6/status", client=client)) is None


@pytest.mark.parametrize("version", ["v6", "v7"])
def test_guessing_locks_the_address_out(make_facade, version):
    """After the last allowed failure even the right token is refused, for an hour, with a 429."""
    facade = make_facade()
    client = facade.usual_client
    path = f"/{version}/agents"
    statuses = {facade.ask("GET", path, "wrong", client=client).status_code for _ in range(FAILURES_MAX)}
    assert statuses == {401}
    refused = facade.ask("GET", path, client=client)
    assert refused.status_code == 429
    assert "retry-after" not in refused.headers
    facade.clock.advance(hours=1)
    assert facade.ask("GET", path, client=client).status_code == 200


@pytest.mark.parametrize("password", ["", "wrong"])
def test_wrong_basic_credentials_are_a_401(facade, client, password):
    """The challenge names both schemes of version 6."""
    basic = base64.b64encode(f"ada@example.com:{password}".encode()).decode()
    response = facade.ask("GET", "/v6/agents", client=client, headers={"Authorization": f"Basic {basic}"})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic")


def test_version_7_takes_bearer_tokens_only(facade, client):
    """Basic credentials are a 401 in its own shape, even if they are right."""
    basic = base64.b64encode(f"ada@example.com:{facade.admin}".encode()).decode()
    response = facade.ask("GET", "/v7/agents", client=client, headers={"Authorization": f"Basic {basic}"})
    assert response.status_code == 401
    assert response.json().keys() == {"error", "error_description"}


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/v4/agents.json?aid=1", "/thousandeyes/v5/agents.json?aid=1"),
        ("/v8/tests/voice", "/thousandeyes/v5/tests/voice"),
        ("/v0", "/thousandeyes/v5/"),
        ("/v4/a%0d%0ab", "/thousandeyes/v5/a%0D%0Ab"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_versions_that_do_not_exist_lead_to_the_oldest(facade, client, method, path, location):
    """As documented, with the path and the query kept, and whoever asks."""
    response = facade.ask(method, path, "nobody", client=client)
    assert (response.status_code, response.headers["location"]) == (301, location)


@pytest.mark.parametrize("prefix", ["", "/v5", "/v6"])
def test_the_older_versions_answer_alike(facade, client, prefix):
    """Version 5 and paths without a version are served; each has the words of both."""
    assert facade.ask("GET", f"{prefix}/accounts", client=client).json() == {
        "account": [{"aid": 1, "accountName": "Home", "current": 1, "default": 1}]
    }
    assert facade.ask("GET", f"{prefix}/account-groups", client=client).json() == {
        "accountGroups": [
            {"accountGroupName": "Home", "aid": 1, "current": 1, "default": 1, "organizationName": "Acme"}
        ]
    }


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/v6/agents", None, "application/json"),
        ("/v6/agents.xml", "application/json", "text/xml"),
        ("/v6/agents.json", "text/xml", "application/json"),
        ("/v6/agents?format=xml", "*/*", "text/xml"),
        ("/v6/agents?format=json", "text/xml", "text/xml"),
        ("/v6/nowhere.xml", None, "text/xml"),
        ("/v6/agents.xml?aid=x", None, "text/xml"),
        ("/v7/agents", None, "application/hal+json"),
        ("/v7/agents", "application/json", "application/hal+json"),
        ("/v7/agents?aid=x", None, "application/problem+json"),
    ],
)
def test_formats(facade, client, path, accept, kind):
    """Suffix before `Accept` before `format=`, for errors too; version 7 has media types of its own."""
    headers = {"Accept": accept} if accept else {}
    response = facade.ask("GET", path, client=client, headers=headers)
    assert response.headers["content-type"].partition(";")[0] == kind


def test_the_default_format_is_a_setting(facade):
    """With it a server answers as the vendor did; who asks for JSON still gets it."""
    client = facade.client(default_format="xml")
    assert facade.ask("GET", "/v6/agents", client=client).headers["content-type"].startswith("text/xml")
    wanted = facade.ask("GET", "/v6/agents", client=client, headers={"Accept": "application/json"})
    assert wanted.json() == {"agents": []}


@pytest.mark.parametrize("path", ["/v7/agents", "/v7/account-groups"])
def test_version_7_has_no_xml(facade, client, path):
    """Who wants that is told so, as a problem."""
    response = facade.ask("GET", path, client=client, headers={"Accept": "text/xml"})
    assert response.status_code == 406
    assert response.json()["title"] == "Not Acceptable"


def test_the_old_name_of_the_results_leads_on(facade, client):
    """Version, suffix and query stay; that is what the vendor did from 2018 on."""
    response = facade.ask("GET", "/v5/voice/metrics/7.xml?window=1h", client=client)
    base = "https://sonde.example.org/thousandeyes"
    assert response.status_code == 301
    assert response.headers["location"] == f"{base}/v5/voice/rtp-stream/7.xml?window=1h"
