"""Every route of Sonde's own API: who may ask it, whose things it shows, and how it refuses."""

import re

import pytest
from recorded import recorded
from route_cases import STREAM

from sonde.api.native.app import handlers
from sonde.api.native.document import PREFIX, make_document
from sonde.model.imports import IMPORTED

pytestmark = pytest.mark.integration

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
ROUTES = [
    (method.upper(), path, operation)
    for path, methods in make_document(handlers())["paths"].items()
    for method, operation in methods.items()
]
PATHS = pytest.mark.parametrize(
    ("method", "path", "operation"), ROUTES, ids=[operation["operationId"] for _, _, operation in ROUTES]
)
UUID = r"[0-9a-f-]{36}"
NOBODY = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
NAMED_BY_CALLERS = {
    "upload_import_piece": 204,
    "import_uploaded_file": 409,
}
"""What is said of a file of which nothing came yet: who imports it chooses its name."""

FOR_ADMINISTRATORS = {"list_webhooks", "get_webhook", "list_deliveries", "get_delivery"}
"""What members may not even read: the address of a webhook can be a secret."""

ERROR = {"code", "message", "hint", "field"}


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world of this module's own: in the one that others share, the other workspace reports."""
    with make_world(tmp_path_factory.mktemp("native") / "data") as world:
        yield world


@pytest.fixture(scope="module")
def names(world, pair, ours) -> dict[str, object]:
    """What there is of ours for each name in a path."""
    round_id = pair.past_round(3)
    assert world.upload(pair.key, pair.report(round_id, **recorded(1)))["accepted"] == 1
    result_id = f"{pair.test}-{round_id}-{pair.source}"
    path = f"{PREFIX}/results/{result_id}"
    world.wait_for(lambda: world.ask("GET", path).status_code, lambda status: status == 200)
    return {
        **ours.call.ids,
        **STREAM,
        "test_id": pair.test,
        "round_id": round_id,
        "agent_id": pair.source,
        "result_id": result_id,
        "packets": 250,
    }


def filled(path: str, names) -> str:
    """A path to what is ours; a name that is not known here fails the test."""
    return re.sub(r"{(\w+)}", lambda found: str(names[found[1]]), path)


def ask(world, method, path, operation, names, token="", **options):
    """Ask a route, with the parameters that it must have, and the body of its example if it takes one."""
    required = [
        each["name"] for each in operation["parameters"] if each["in"] == "query" and each["required"]
    ]
    params = {name: names[name] for name in required} | options.pop("params", {})
    content = operation.get("requestBody", {"content": {}})["content"]
    if "application/json" in content:
        options["json"] = content["application/json"]["example"]
    elif content:
        options["content"] = b"a piece"
    return world.ask(method, filled(path, names), token, params=params, **options)


def refusal(response) -> dict:
    """The error of an answer, in the one shape there is."""
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == ERROR
    assert body["error"]["message"].endswith((".", "?"))
    return body["error"]


@PATHS
def test_strangers_are_refused(world, names, method, path, operation):
    """Without a token, or with one that nobody has, nothing is shown."""
    response = world.http.request(method, filled(path, names))
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert refusal(response)["hint"]


@PATHS
def test_what_is_ours_is_not_theirs(world, names, method, path, operation):
    """Another workspace gets at nothing by its name, sees nothing of it in lists, and cannot act here."""
    theirs = ask(world, method, path, operation, names, world.theirs.admin)
    if operation["operationId"] in NAMED_BY_CALLERS:
        assert theirs.status_code == NAMED_BY_CALLERS[operation["operationId"]]
    elif "{" in path:
        assert theirs.status_code == 404
        assert refusal(theirs)["code"] == "not_found"
    elif operation["operationId"] == "listen_to_changes":
        assert (theirs.status_code, theirs.text) == (200, ": listening\n\n")
    elif method == "GET" and operation["operationId"] != "list_workspaces":
        assert theirs.status_code == 200
        # A piece of a file that they uploaded themselves above is shown as soon as it is stored.
        seen = [each for each in theirs.json()["items"] if each.get("source_id") != IMPORTED]
        assert (seen, theirs.json()["next"]) == ([], None)
    elif method in WRITES:
        # Two examples name agents or somebody of ours; other things are made in their own workspace.
        assert theirs.status_code == (400 if "voice" in path else 404 if "call-report" in path else 201)
    here = {"workspace_id": world.ours.aid}
    response = ask(world, method, path, operation, names, world.theirs.admin, params=here)
    assert response.status_code == 403
    assert refusal(response)["code"] == "denied"
    nowhere = ask(world, method, path, operation, names, params={"workspace_id": 999999})
    assert refusal(nowhere)["message"].replace("999999", str(world.ours.aid)) == refusal(response)["message"]


@PATHS
def test_members_read_and_administrators_write(world, names, method, path, operation):
    """Whoever may only read is refused by every route that writes, and by those that show secrets."""
    response = ask(world, method, path, operation, names, world.ours.member)
    is_refused = method in WRITES or operation["operationId"] in FOR_ADMINISTRATORS
    assert response.status_code == (403 if is_refused else 200), response.text


@PATHS
def test_unknown_parameters_are_refused_by_name(world, names, method, path, operation):
    """A slip of the pen is told, with the names there are."""
    response = ask(world, method, path, operation, names, params={"form": "csv"})
    error = refusal(response)
    assert (response.status_code, error["field"]) == (400, "form")
    assert "workspace_id" in error["hint"]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [each for each in ROUTES if "{" in each[1]],
    ids=lambda each: str(each)[:40],
)
def test_what_is_not_there_is_told_as_such(world, names, method, path, operation):
    """A number of nothing is not found; what is no number at all is refused."""
    missing = {
        name: value if name == "test_id" and path.count("{") > 1 else 999999 for name, value in names.items()
    }
    missing |= {"result_id": "999999-1-1", "number": names["number"]}
    missing |= {name: NOBODY for name, value in names.items() if re.fullmatch(UUID, str(value))}
    response = ask(world, method, path, operation, missing)
    if operation["operationId"] in NAMED_BY_CALLERS:
        assert response.status_code == NAMED_BY_CALLERS[operation["operationId"]]
    else:
        assert (response.status_code, refusal(response)["code"]) == (404, "not_found")
    for bad in ("0", "-1", "x", "9" * 30, "%00"):
        response = ask(world, method, path, operation, names | dict.fromkeys(names.keys() - STREAM, bad))
        assert (response.status_code, refusal(response)["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/results", {"limit": "0"}, "limit"),
        ("/results", {"limit": "10001"}, "limit"),
        ("/results", {"limit": "many"}, "limit"),
        ("/results", {"from": "yesterday"}, "from"),
        ("/results", {"from": "2026-07-29T08:00:00"}, "from"),
        ("/results", {"from": "2026-07-29T08:00:00Z", "to": "2026-07-28T08:00:00Z"}, "to"),
        ("/results", {"direction": "sideways"}, "direction"),
        ("/results", {"format": "xml"}, "format"),
        ("/results", {"cursor": "e30"}, "cursor"),
        ("/results", {"cursor": "WzEsMiwzXQ"}, "cursor"),
        ("/results", {"format": "csv", "limit": "5"}, "limit"),
        ("/results", {"format": "csv", "cursor": "e30"}, "cursor"),
        ("/results", [("test", "1"), ("test", "2")], "test"),
        ("/agents", {"workspace_id": "x"}, "workspace_id"),
    ],
)
def test_refusals_name_the_parameter(world, path, query, field):
    """What is wrong with a query is said of the parameter that is wrong."""
    response = world.ask("GET", f"/v1{path}", params=query)
    assert response.status_code == 400, response.text
    assert refusal(response)["field"] == field


def test_times_before_the_epoch_are_times(world):
    """They find nothing, and break nothing."""
    for query in ({"to": "0001-01-01T00:00:00Z"}, {"from": "0001-01-01T00:00:00+14:00", "limit": 1}):
        assert world.ask("GET", "/v1/results", params=query).status_code == 200


def test_a_test_of_another_workspace_is_no_filter(world, names):
    """Whether there is such a test elsewhere is not to be told."""
    ours = world.ask("GET", "/v1/results", world.theirs.admin, params={"test": names["test_id"]})
    nobodys = world.ask("GET", "/v1/results", world.theirs.admin, params={"test": 999999})
    assert ours.status_code == nobodys.status_code == 404
    agent = world.ask("GET", "/v1/results", world.theirs.admin, params={"agent": names["agent_id"]})
    assert agent.json()["items"] == []


def test_formats_that_do_not_exist_are_refused(world, names):
    """`Accept` of nothing that there is gets 406; `format=` wins over it."""
    for path in ("/v1/results", f"/v1/results/{names['result_id']}/packets"):
        assert world.ask("GET", path, headers={"Accept": "image/png"}).status_code == 406
        answer = world.ask("GET", path, headers={"Accept": "image/png"}, params={"format": "csv"})
        assert answer.headers["content-type"].startswith("text/csv")


def test_a_voice_test_is_made_changed_and_deleted(world):
    """What is left out of a change stays; results of a deleted test are gone with it."""
    source, target = (world.enrol(f"crud {name}")[0] for name in ("source", "target"))
    body = {"name": "crud", "source_agent_ids": [source], "target_agent_id": target, "codec": "g729a"}
    made = world.ask("POST", "/v1/voice-tests", json=body)
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    assert made.json().items() >= body.items()
    changed = world.ask("PATCH", path, json={"jitter_buffer": 0.06}).json()
    assert (changed["jitter_buffer"], changed["codec"]) == (0.06, "g729a")
    assert changed == world.ask("GET", path).json()
    assert changed in world.ask("GET", "/v1/voice-tests?limit=10000").json()["items"]
    assert world.ask("POST", "/v1/voice-tests", json=body).status_code == 409
    assert world.ask("DELETE", path).status_code == 204
    assert world.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interval": 7}, "interval"),
        ({"duration": 31}, "duration"),
        ({"codec": "mp3"}, "codec"),
        ({"jitter_buffer": -1}, "jitter_buffer"),
        ({"jitter_buffer": "deep"}, "jitter_buffer"),
        ({"dscp": 64}, "dscp"),
        ({"source_agent_ids": []}, "source_agent_ids"),
        ({"source_agent_ids": [999999]}, "source_agent_ids"),
        ({"target_agent_id": 10**19}, "target_agent_id"),
        ({"colour": "red"}, ""),
        ({"name": ""}, "name"),
    ],
)
def test_refusals_name_the_field(world, names, change, field):
    """What is wrong with a body is said of the field that is wrong, in the words of the body."""
    response = world.ask("PATCH", f"/v1/voice-tests/{names['test_id']}", json=change)
    assert response.status_code == 400, response.text
    error = refusal(response)
    assert error["field"] == field
    assert field in error["message"] or "Expected" in error["message"] or "colour" in error["message"]


def test_bodies_that_are_not_json_are_refused(world, names):
    """Another type is 415, no JSON 400, too much of it 413."""
    path = f"/v1/voice-tests/{names['test_id']}"
    assert world.ask("PATCH", path, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    as_json = {"Content-Type": "application/json"}
    assert world.ask("PATCH", path, content=b"{", headers=as_json).status_code == 400
    assert world.ask("PATCH", path, content=b" " * 300_000, headers=as_json).status_code == 413


def test_the_document_and_its_pages_are_open(world):
    """Whoever looks for the way in finds it without a token; pages may load nothing."""
    document = world.http.get("/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    page = world.http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    shown = re.sub(r"https://(sonde\.example\.org|hooks\.example)", "", page.text)
    assert "https://" not in shown
