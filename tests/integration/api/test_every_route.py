"""Every route of every API: the shapes of its success and of each of its failures."""

import json
import re

import pytest
from route_cases import (
    CLOUDFLARE,
    IDS,
    NATIVE,
    NOWHERE,
    ROUTES,
    SOCKETS,
    TELNYX,
    V6,
    V7,
    VIDEOSDK,
    Case,
    served,
)
from websockets.sync.client import connect

from sonde.api.realtimekit.app import create_realtimekit
from sonde.api.telnyx.app import create_telnyx
from sonde.api.thousandeyes.addressing import PREFIX
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.v6.app import create_v6
from sonde.api.thousandeyes.v7.app import create_v7
from sonde.api.videosdk.app import create_videosdk
from sonde.api.videosdk.choices import Choices as VideoSdkChoices
from sonde.settings import Settings
from sonde.wiring import open_server

pytestmark = pytest.mark.integration

JSON, HAL, PROBLEM = "application/json", "application/hal+json", "application/problem+json"
LIMITS = {f"x-organization-rate-limit-{each}" for each in ("limit", "remaining", "reset")}

every_route = pytest.mark.parametrize(("method", "path"), ROUTES, ids=IDS)


def of_facades(*conditions) -> pytest.MarkDecorator:
    """Every route of a vendor's API that meets the conditions."""
    chosen = [
        (method, path)
        for (method, path), case in ROUTES.items()
        if path.startswith(PREFIX) and all(condition(case) for condition in conditions)
    ]
    return pytest.mark.parametrize(("method", "path"), chosen, ids=[" ".join(each) for each in chosen])


def asks_who(case: Case) -> bool:
    """Whether strangers are refused."""
    return bool(case.credential)


def check_error(response, path: str) -> None:
    """An error has the shape of its API, and nothing else."""
    said = response.json()
    if path.startswith(V7):
        assert response.headers["content-type"].startswith(PROBLEM)
        if response.status_code == 401:
            assert said.keys() == {"error", "error_description"}
            return
        assert {"type", "title", "status", "detail", "instance"} <= said.keys()
        assert said["status"] == response.status_code
        return
    assert response.headers["content-type"].startswith(JSON)
    if path.startswith(V6):
        assert said.keys() == {"errorMessage"}
        assert said["errorMessage"]
    elif path.startswith(TELNYX):
        assert said.keys() == {"errors"}
        assert all(each.keys() >= {"code", "title", "detail"} for each in said["errors"])
    elif path.startswith(CLOUDFLARE):
        assert said.keys() == {"success", "error", "errors", "messages", "result"}
        assert said["error"]["code"] == response.status_code
        assert (said["success"], said["errors"]) == (False, [said["error"]])
    elif path.startswith(VIDEOSDK):
        assert said.keys() == {"statusCode", "message", "error", "code"}
        assert (said["statusCode"], bool(said["message"])) == (response.status_code, True)
    else:
        assert said.keys() == {"error"}
        assert said["error"].keys() == {"code", "message", "hint", "field"}


def test_no_route_is_forgotten(tmp_path):
    """Whatever the application answers has its line in the table, and the table names nothing else."""
    with open_server(Settings(data_dir=tmp_path)) as server:
        choices = Choices()
        mounts = {
            PREFIX: {V6: create_v6(server.use_cases, choices), V7: create_v7(server.use_cases, choices)},
            TELNYX: {TELNYX: create_telnyx(server.use_cases)},
            VIDEOSDK: {VIDEOSDK: create_videosdk(server.use_cases, VideoSdkChoices())},
            CLOUDFLARE: {CLOUDFLARE: create_realtimekit(server.use_cases)},
        }
        answered = {(method, path.rstrip("/") or "/") for method, path in served(server.app, mounts)}
    watched = ROUTES.keys() | {("SOCKET", path) for path in SOCKETS}
    unwatched = sorted(f"{method} {path}" for method, path in answered - watched)
    assert not unwatched, (
        f"nobody checks whom these routes answer: {', '.join(unwatched)}. "
        "Give each a line in ROUTES of tests/support/route_cases.py."
    )
    gone = sorted(f"{method} {path}" for method, path in watched - answered)
    assert not gone, f"these routes are not served any more: {', '.join(gone)}"


@every_route
def test_success(world, ours, make_things, method, path):
    """What is there is answered as documented."""
    case = ROUTES[method, path]
    if method != "GET" and not case.repeats:
        ours = make_things(world, world.ours)
    url = ours.fill(path, case)
    answer = world.ask(
        method, url, ours.token(case, world.ours), json=ours.body(path, case, f"{ours.mark} made")
    )
    assert answer.status_code == case.status, answer.text
    if case.keys is None:
        assert case.status != 204 or answer.content == b""
    elif case.status >= 400:
        check_error(answer, path)
    else:
        is_hal = path.startswith(V7) and not path.endswith("openapi.json")
        assert answer.headers["content-type"].startswith(HAL if is_hal else JSON)
        said = answer.json()
        shown = said[0] if isinstance(said, list) else said
        assert case.keys <= shown.keys()
        assert not path.startswith(V6) or case.credential == "" or case.keys == shown.keys()
    if path.startswith(PREFIX):
        assert answer.headers["x-server-name"] == "sonde"
        assert answer.headers.keys() >= LIMITS or not case.credential


@every_route
def test_strangers_get_nothing(world, ours, method, path):
    """Without a token, or with one that nobody has, it is a 401 in the API's shape, with a challenge."""
    case = ROUTES[method, path]
    body = ours.body(path, case, f"{ours.mark} stolen")
    for token in ("", "nobody"):
        answer = world.knock(method, ours.fill(path, case), token, json=body)
        if not case.credential:
            assert answer.status_code == case.status
            assert ours.mark not in answer.text
            continue
        assert answer.status_code == 401, answer.text
        assert "Bearer" in answer.headers["www-authenticate"]
        check_error(answer, path)


@pytest.mark.parametrize("path", sorted(SOCKETS))
def test_sockets_let_browsers_in_and_nobody_else(world, ours, path):
    """Whoever has no client key is told so, and shown out before anything is taken."""
    address = world.url.replace("http", "ws", 1) + path
    with connect(f"{address}?key={ours.call.client_key}") as socket:
        socket.send(json.dumps(ours.call.batch))
        assert json.loads(socket.recv())["accepted"] == 5
    for wrong in ("", *ours.strangers("client", world.ours)):
        with connect(f"{address}?key={wrong}") as socket:
            assert json.loads(socket.recv())["error"]["code"] == "unauthenticated"


@every_route
def test_members_who_may_not(world, ours, method, path):
    """Who may only read is a 403 where something is written, and let in elsewhere."""
    case = ROUTES[method, path]
    if case.credential != "person" or "{aid}" in path:
        # The other account group is none of theirs, whatever they may do in this one.
        assert case.credential != "person" or case.missing == 403
        return
    body = ours.body(path, case, f"{ours.mark} by a member")
    answer = world.ask(method, ours.fill(path, case), world.ours.member, json=body)
    assert answer.status_code == (403 if case.admin_only else case.status), answer.text
    if case.admin_only:
        check_error(answer, path)


@of_facades(asks_who)
def test_a_malformed_request(world, ours, method, path):
    """A wrong `aid` is a 400 everywhere, and is told with the counts."""
    case = ROUTES[method, path]
    body = ours.body(path, case, f"{ours.mark} malformed")
    answer = world.ask(method, f"{ours.fill(path, case)}?aid=1e3", json=body)
    assert answer.status_code == 400, answer.text
    check_error(answer, path)
    assert answer.headers.keys() >= LIMITS


@of_facades(asks_who, lambda case: case.missing)
def test_what_is_not_there(world, ours, method, path):
    """An id that nothing has is told from no other id of nothing, with the counts."""
    case = ROUTES[method, path]
    body = ours.body(path, case, f"{ours.mark} absent")
    if "{" in path:
        answer = world.ask(method, re.sub(r"\{\w+\}", str(NOWHERE), path), json=body)
    else:
        wrong = str(NOWHERE) if path.startswith(V7) else NOWHERE
        answer = world.ask(method, path, json={**body, "targetAgentId": wrong})
    # Of an account group the vendor tells 400, which does not exist, from 403, which is somebody else's.
    assert answer.status_code == (400 if case.missing == 403 else case.missing), answer.text
    check_error(answer, path)
    assert answer.headers.keys() >= LIMITS


@of_facades(asks_who)
def test_another_method(world, ours, method, path):
    """It is a 405 that says which ones there are, with the counts; strangers learn nothing."""
    case = ROUTES[method, path]
    url = ours.fill(path, case)
    answer = world.ask("PATCH", url)
    assert answer.status_code == 405, answer.text
    assert method in answer.headers["allow"]
    check_error(answer, path)
    assert answer.headers.keys() >= LIMITS
    assert world.knock("PATCH", url).status_code == 401


@pytest.mark.parametrize("version", [V6, V7])
@pytest.mark.parametrize("path", ["/nowhere", "/tests/1/2/3", "/-", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_path(world, version, method, path):
    """It is a 404 with the counts; strangers learn nothing."""
    answer = world.ask(method, version + path)
    assert answer.status_code == 404, answer.text
    check_error(answer, version)
    assert answer.headers.keys() >= LIMITS
    assert world.knock(method, version + path).status_code == 401


@of_facades(asks_who, lambda case: case.body)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_type_of_body(world, ours, method, path, kind):
    """What does not say that it is JSON is a 415."""
    case = ROUTES[method, path]
    headers = {"Content-Type": kind} if kind else {}
    answer = world.ask(method, ours.fill(path, case), content=b"{}", headers=headers)
    assert answer.status_code == 415, answer.text
    check_error(answer, path)
    assert answer.headers.keys() >= LIMITS


@pytest.fixture(scope="module")
def strict_world(make_world, tmp_path_factory):
    """A server that lets each organization make one request in a minute."""
    limits = {"SONDE_REQUESTS_PER_MINUTE": "1", "SONDE_INSTANT_TESTS_PER_MINUTE": "1"}
    with make_world(tmp_path_factory.mktemp("strict") / "data", environment=limits) as world:
        yield world


@of_facades(asks_who)
def test_too_many_requests(strict_world, method, path):
    """It is a 429 in the API's shape, with the counts and without Retry-After."""
    url = re.sub(r"\{\w+\}", str(NOWHERE), path)
    # A minute may begin between two of them, but not between all three.
    answers = [strict_world.ask(method, url) for _ in range(3)]
    refused = [each for each in answers if each.status_code == 429]
    assert refused, [each.text for each in answers]
    for answer in refused:
        check_error(answer, path)
        assert answer.headers["x-organization-rate-limit-remaining"] == "0"
        assert "retry-after" not in answer.headers


def test_native_errors_have_their_own_shape(world):
    """Unknown paths, methods and workspaces of Sonde's own API."""
    for method, path, status in (
        ("GET", f"{NATIVE}/nowhere", 404),
        ("PATCH", f"{NATIVE}/agents", 405),
        ("GET", f"{NATIVE}/agents?workspace_id=x", 400),
        ("GET", f"{NATIVE}/agents?workspace_id={world.theirs.aid}", 403),
    ):
        answer = world.ask(method, path)
        assert answer.status_code == status, answer.text
        check_error(answer, path)
