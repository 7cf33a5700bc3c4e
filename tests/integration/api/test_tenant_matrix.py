"""Two workspaces, two people, every route: nobody reads, lists, changes or guesses what is not theirs."""

import re
import time
from uuid import uuid4

import pytest
from route_cases import IDS, KIT, NATIVE, NOWHERE, ROUTES, TELNYX, V6, V7, query

pytestmark = pytest.mark.integration

every_route = pytest.mark.parametrize(("method", "path"), ROUTES, ids=IDS)

WITHIN_APPS = [
    (method, path)
    for method, path in ROUTES
    if path.startswith(f"{KIT}/{{app_id}}/") and "_id}" in path.removeprefix(f"{KIT}/{{app_id}}/")
]
"""The routes that name an app and something in it."""


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world of this module's own: in the one that others share, the other workspace is empty."""
    with make_world(tmp_path_factory.mktemp("tenants") / "data") as world:
        yield world


@pytest.fixture(scope="module")
def theirs(world, make_things):
    """What the other workspace has."""
    return make_things(world, world.theirs)


def everything(world, things) -> list:
    """What our workspace sees of its things."""
    around = f"from={moment(things.round_id - 60)}&to={moment(things.round_id + 60)}"
    paths = (
        f"{V6}/tests/{things.pair.test}",
        f"{V6}/tests/{things.instant}",
        f"{V6}/agents/{things.idle}",
        f"{V6}/agents/{things.pair.source}",
        f"{V6}/voice/rtp-stream/{things.pair.test}?{around}",
        f"{V6}/account-groups/{things.group}",
        f"{NATIVE}/agents/{things.idle}",
        f"{NATIVE}/client-keys",
        f"{NATIVE}/webhooks",
        f"{NATIVE}/meetings/{things.call.ids['meeting_id']}",
        f"{NATIVE}/meetings/{things.call.ids['meeting_id']}/participants",
        f"{NATIVE}/sessions/{things.call.ids['session_id']}/chat",
        f"{NATIVE}/sessions/{things.call.ids['session_id']}/transcript",
        f"{NATIVE}/sessions/{things.call.ids['session_id']}/summary",
        f"{NATIVE}/peers/{things.call.ids['peer_id']}/streams",
        f"{TELNYX}/voice_sdk_call_reports/{things.call.ids['call_id']}",
    )
    return [world.ask("GET", path).json() for path in paths]


def moment(seconds: int) -> str:
    """A time as version 6 takes it; the same whenever it is asked."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def nowhere(path: str) -> str:
    """A path that names nothing."""
    path = path.replace("{result_id}", f"{NOWHERE}-60-{NOWHERE}")
    names = "meeting|session|participant|peer|call|message|webhook|delivery"
    path = re.sub(rf"\{{({names})_id\}}", lambda _: str(uuid4()), path)
    return re.sub(r"\{\w+\}", str(NOWHERE), path)


def without_numbers(text: str) -> str:
    """A sentence without the numbers and UUIDs that name things."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+", "N", text)


@every_route
def test_nobody_reaches_into_another_workspace(world, ours, theirs, method, path):
    """Their best credentials and our ids: no answer has a word of ours, and nothing of ours changes."""
    case = ROUTES[method, path]
    before = everything(world, ours)
    body = ours.body(path, case, f"{theirs.mark} stolen")
    url, token = ours.fill(path, case), theirs.token(case, world.theirs)
    answer = world.ask(method, url, token, json=body)
    assert ours.mark not in answer.text
    if case.missing is not None:
        assert answer.status_code == case.missing, answer.text
    if case.missing in {402, 404}:
        # What is somebody else's is told from what is not there by nothing but the id.
        absent = world.ask(method, nowhere(path) + query(case), token, json=body)
        assert (absent.status_code, without_numbers(absent.text)) == (
            case.missing,
            without_numbers(answer.text),
        )
    assert everything(world, ours) == before


@every_route
def test_nobody_chooses_another_workspace(world, ours, theirs, method, path):
    """Neither `aid` nor `workspace_id` of ours opens anything to them, and nothing of ours changes."""
    case = ROUTES[method, path]
    before = everything(world, ours)
    name = "aid" if path.startswith((V6, V7)) else "workspace_id"
    url = theirs.fill(path, case)
    answer = world.ask(
        method,
        f"{url}{'&' if '?' in url else '?'}{name}={world.ours.aid}",
        theirs.token(case, world.theirs),
        json=theirs.body(path, case, f"{theirs.mark} elsewhere"),
    )
    assert ours.mark not in answer.text
    if case.credential == "person" and not case.is_of_caller:
        assert answer.status_code == 403, answer.text
    assert everything(world, ours) == before


@pytest.mark.parametrize(("method", "path"), WITHIN_APPS, ids=[" ".join(each) for each in WITHIN_APPS])
def test_nobody_reaches_through_their_own_app(world, ours, theirs, method, path):
    """Where a path names an app and then a thing: ours is not in theirs, whatever is said of it."""
    case = ROUTES[method, path]
    before = everything(world, ours)
    app = {name: theirs.call.ids[name] for name in ("account_id", "app_id")}
    token = theirs.token(case, world.theirs)
    said = []
    for names in (ours.call.ids | app, dict.fromkeys(ours.call.ids, str(uuid4())) | app):
        url = re.sub(r"\{(\w+)\}", lambda found, names=names: str(names[found[1]]), path)
        answer = world.ask(method, url, token, json=ours.body(path, case, f"{theirs.mark} within"))
        assert ours.mark not in answer.text
        said.append((answer.status_code, without_numbers(answer.text)))
    assert said[0] == said[1]
    assert said[0][0] == 404, said[0]
    assert everything(world, ours) == before


def test_a_peer_of_one_workspace_is_nobody_in_another(world, ours, theirs):
    """Who reports with our peer's id and our meeting's has a peer of their own, and ours stays as it was."""
    names = {name: ours.call.ids[name] for name in ("peer_id", "meeting_id")}
    path = f"{NATIVE}/peers/{names['peer_id']}"
    before = [world.ask("GET", each).json() for each in (path, f"{path}/streams")]
    claims = {"peer": names["peer_id"], "meeting": names["meeting_id"]}
    reported = world.ask("POST", f"{NATIVE}/collect", theirs.call.client_key, json=theirs.call.batch | claims)
    assert reported.json()["accepted"] == 5, reported.text
    streams = f"{path}/streams"
    world.wait_for(lambda: world.ask("GET", streams, world.theirs.admin).json().get("items"), bool)
    theirs_now = world.ask("GET", path, world.theirs.admin).json()
    for name in ("session_id", "participant_id"):
        assert theirs_now[name] != before[0][name]
    assert [world.ask("GET", each).json() for each in (path, streams)] == before


@every_route
def test_no_credential_opens_what_others_are_for(world, ours, method, path):
    """A person's token is no agent's key, and neither is a token for enrolment."""
    case = ROUTES[method, path]
    if not case.credential:
        return
    for token in ours.strangers(case.credential, world.ours):
        body = ours.body(path, case, f"{ours.mark} mistaken")
        answer = world.knock(method, ours.fill(path, case), token, json=body)
        assert answer.status_code == 401, answer.text
        assert ours.mark not in answer.text
