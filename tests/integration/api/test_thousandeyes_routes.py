"""Every route of the ThousandEyes API: its shapes for success and failure, and whose things it shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx2
import pytest

from sonde.api.thousandeyes.v6.app import HANDLERS as V6
from sonde.api.thousandeyes.v7.app import HANDLERS as V7

pytestmark = pytest.mark.integration

JSON = "application/json"
HAL = "application/hal+json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Case:
    """One route, how to ask it for something that is there, and what it says.

    Attributes:
        keys: top-level keys of a success; None for an empty body.
        status: of a success.
        body: what to send.
        missing: status for a thing that is not there or not the caller's; None where nothing is named.
        is_open: strangers are answered.
        admin_only: members are refused.
    """

    keys: set[str] | None
    status: int = 200
    body: dict | None = None
    missing: int | None = None
    is_open: bool = False
    admin_only: bool = False


ROUTES = {
    ("v6", "GET", "/status"): Case({"timestamp"}, is_open=True),
    ("v6", "GET", "/tests"): Case({"test"}),
    ("v6", "GET", "/tests/voice"): Case({"test"}),
    ("v6", "GET", "/tests/{test_id:str}"): Case({"test"}, missing=404),
    ("v6", "POST", "/tests/voice/new"): Case({"test"}, 201, body={"new": 6}, missing=400, admin_only=True),
    ("v6", "POST", "/tests/voice/{test_id:str}/update"): Case(
        {"test"}, body={"jitterBuffer": 30}, missing=404, admin_only=True
    ),
    ("v6", "POST", "/tests/voice/{test_id:str}/delete"): Case(
        None, 204, body={}, missing=404, admin_only=True
    ),
    ("v6", "POST", "/instant/voice"): Case({"test"}, 201, body={"new": 6}, missing=400),
    ("v6", "POST", "/instant/{test_id:str}/rerun"): Case(None, body={}, missing=404),
    ("v6", "GET", "/voice/rtp-stream/{test_id:str}"): Case({"pages", "voice"}, missing=400),
    ("v6", "GET", "/voice/metrics/{test_id:str}"): Case(None, 301),
    ("v6", "GET", "/net/metrics/{test_id:str}"): Case({"errorMessage"}, 400, missing=400),
    ("v6", "GET", "/agents"): Case({"agents"}),
    ("v6", "GET", "/agents/{agent_id:str}"): Case({"agents"}, missing=404),
    ("v6", "POST", "/agents/{agent_id:str}/update"): Case(
        {"agents"}, body={"enabled": 1}, missing=404, admin_only=True
    ),
    ("v6", "POST", "/agents/{agent_id:str}/delete"): Case(None, 204, body={}, missing=404, admin_only=True),
    ("v6", "GET", "/account-groups"): Case({"accountGroups"}),
    ("v6", "GET", "/accounts"): Case({"account"}),
    ("v7", "GET", "/tests"): Case({"tests", "_links"}),
    ("v7", "GET", "/tests/voice"): Case({"tests", "_links"}),
    ("v7", "GET", "/tests/voice/{test_id:str}"): Case({"testId", "_links", "interval"}, missing=404),
    ("v7", "POST", "/tests/voice"): Case(
        {"testId", "_links", "interval"}, 201, body={"new": 7}, missing=400, admin_only=True
    ),
    ("v7", "PUT", "/tests/voice/{test_id:str}"): Case(
        {"testId", "_links", "interval"}, body={"jitterBuffer": 30}, missing=404, admin_only=True
    ),
    ("v7", "DELETE", "/tests/voice/{test_id:str}"): Case(None, 204, missing=404, admin_only=True),
    ("v7", "POST", "/tests/voice/instant"): Case({"testId", "_links"}, 201, body={"new": 7}, missing=400),
    ("v7", "POST", "/tests/{test_id:str}/run"): Case(None, body={}, missing=404),
    ("v7", "GET", "/test-results/{test_id:str}/rtp-server"): Case({"results", "test", "_links"}, missing=404),
    ("v7", "GET", "/test-results/{test_id:str}/rtp-stream"): Case({"results", "test", "_links"}, missing=404),
    ("v7", "GET", "/agents"): Case({"agents", "_links"}),
    ("v7", "GET", "/agents/{agent_id:str}"): Case({"agentId", "_links"}, missing=404),
    ("v7", "PUT", "/agents/{agent_id:str}"): Case(
        {"agentId", "_links"}, body={"enabled": True}, missing=404, admin_only=True
    ),
    ("v7", "DELETE", "/agents/{agent_id:str}"): Case(None, 204, missing=404, admin_only=True),
    ("v7", "GET", "/account-groups"): Case({"accountGroups", "_links"}),
    ("v7", "GET", "/account-groups/{aid:str}"): Case({"aid", "_links"}, missing=403),
}
NOWHERE = 99999999
"""An id that nothing has."""

IDS = [" ".join(route) for route in ROUTES]


def routes_of(version: str, handlers) -> Iterator[tuple[str, str, str]]:
    """Every method and path that a version has."""
    for handler in handlers:
        for method in handler.http_methods:
            for path in handler.paths:
                yield version, str(method), path


def test_no_route_is_forgotten():
    """A route that is added must be added here, or nobody checks whom it answers."""
    assert ROUTES.keys() == {*routes_of("v6", V6), *routes_of("v7", V7)}


@dataclass(frozen=True)
class Things:
    """What one workspace has: an instant test, an agent that no test uses, and the ids to name them by."""

    pair: object
    aid: int
    instant: int
    idle: int

    def path(self, version: str, path: str) -> str:
        """A path with these things named in it."""
        is_instant = path.endswith(("/rerun", "/run"))
        for name, value in (
            ("{test_id:str}", self.instant if is_instant else self.pair.test),
            ("{agent_id:str}", self.idle),
            ("{aid:str}", self.aid),
        ):
            path = path.replace(name, str(value))
        return f"/thousandeyes/{version}{path}"

    def body(self, case: Case, name: str) -> dict | None:
        """What to send about these things."""
        if case.body is None or "new" not in case.body:
            return case.body
        agent = str if case.body["new"] == 7 else int
        return {
            "agents": [{"agentId": agent(self.pair.source)}],
            "targetAgentId": agent(self.pair.target),
            "interval": 60,
            "testName": name,
        }


@pytest.fixture
def things(world, make_pair, request):
    """Makes things of a workspace, new for each test, since some of them get deleted."""

    def make(workspace) -> Things:
        name = f"{request.node.name} {workspace.aid}"[:200]
        pair = make_pair(world, name, workspace)
        body = {"agents": [{"agentId": pair.source}], "targetAgentId": pair.target, "testName": f"{name} i"}
        made = world.write("/instant/voice", body, token=workspace.admin)
        assert made.status_code == 201, made.text
        idle, _ = world.enrol(f"{name} idle", workspace)
        return Things(pair=pair, aid=workspace.aid, instant=made.json()["test"][0]["testId"], idle=idle)

    return make


def check_error(response: httpx2.Response, version: str) -> None:
    """An error of a version has that version's shape and nothing else."""
    assert response.status_code >= 400
    if version == "v6":
        assert response.headers["content-type"].startswith(JSON)
        assert response.json().keys() == {"errorMessage"}
        assert response.json()["errorMessage"]
        return
    assert response.headers["content-type"].startswith(PROBLEM)
    said = response.json()
    if response.status_code == 401:
        assert said.keys() == {"error", "error_description"}
    else:
        assert {"type", "title", "status", "detail", "instance"} <= said.keys()
        assert said["status"] == response.status_code


@pytest.mark.parametrize(("version", "method", "path"), ROUTES, ids=IDS)
def test_the_shapes_of_success_and_failure(world, things, version, method, path):
    """What is there is answered as documented; strangers, and members who may not, as errors."""
    case, ours = ROUTES[version, method, path], things(world.ours)
    url = ours.path(version, path)
    if not case.is_open:
        stranger = world.http.request(method, url, json=case.body)
        assert stranger.status_code == 401
        check_error(stranger, version)
    if case.admin_only:
        member = world.ask(method, url, world.ours.member, json=ours.body(case, "by a member"))
        assert member.status_code == 403, member.text
        check_error(member, version)
    answer = world.ask(method, url, json=ours.body(case, f"{url} made"))
    assert answer.status_code == case.status, answer.text
    if case.keys is None:
        assert answer.content == b""
    elif case.status >= 400:
        check_error(answer, version)
    else:
        assert answer.headers["content-type"].startswith(HAL if version == "v7" else JSON)
        assert case.keys <= answer.json().keys()
        assert version == "v7" or case.keys == answer.json().keys()


@pytest.mark.parametrize(("version", "method", "path"), ROUTES, ids=IDS)
def test_nobody_reaches_into_another_workspace(world, things, version, method, path):
    """Neither by an id nor by `aid` nor through a body: no reading, listing, changing or guessing."""
    case, ours = ROUTES[version, method, path], things(world.ours)
    url = ours.path(version, path)
    before = everything(world, ours)
    if case.missing is not None:
        answer = world.ask(method, url, world.theirs.admin, json=ours.body(case, "stolen"))
        assert answer.status_code == case.missing, answer.text
        check_error(answer, version)
    if case.missing == 404:
        # What is somebody else's is told from what is not there by nothing but the id.
        nothing = Things(pair=replace(ours.pair, test=NOWHERE), aid=NOWHERE, instant=NOWHERE, idle=NOWHERE)
        absent = world.ask(method, nothing.path(version, path), world.theirs.admin, json=case.body)
        assert without_ids(absent.text) == without_ids(answer.text)
    if not case.is_open:
        answer = world.ask(
            method, f"{url}?aid={world.ours.aid}", world.theirs.admin, json=ours.body(case, "stolen")
        )
        assert answer.status_code == 403, answer.text
        check_error(answer, version)
    listed = world.ask(method, url, world.theirs.admin, json=case.body).text if method == "GET" else ""
    assert ours.pair.source_name not in listed
    assert everything(world, ours) == before


def without_ids(text: str) -> str:
    """An error without the numbers that name things."""
    return re.sub(r"\d+", "N", text)


def everything(world, ours: Things) -> list:
    """What our workspace sees of its things."""
    paths = (f"/tests/{ours.pair.test}", f"/tests/{ours.instant}", f"/agents/{ours.idle}")
    return [world.read(path) for path in paths]
