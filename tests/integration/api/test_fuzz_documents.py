"""Every API against its own OpenAPI document: hundreds of requests that nobody thought of."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

PROGRAM = Path(sys.executable).with_name("schemathesis")
DOCUMENTS = (
    "/thousandeyes/v6/openapi.json",
    "/thousandeyes/v7/openapi.json",
    "/telnyx/v2/openapi.json",
    "/v1/openapi.json",
)
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
ENDLESS = "/v1/changes"
"""An answer that goes on for ever."""

EXAMPLES = 5
"""Requests of each phase and operation, and the same ones in every run."""


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world in which everything may be changed and deleted."""
    with make_world(tmp_path_factory.mktemp("fuzz") / "data") as world:
        yield world


@pytest.fixture(scope="module")
def calls(world) -> list[str]:
    """Calls of which Telnyx SDKs uploaded something, if only that."""
    wanted = {"label": "fuzz", "email": "ann@ours.example"}
    token = world.ask("POST", "/v1/call-report-tokens", json=wanted).json()["secret"]
    ids = [str(uuid4()) for _ in range(3)]
    for call_id in ids:
        headers = {"x-call-report-id": token, "x-call-id": call_id}
        assert world.http.post("/call_report", json={"stats": []}, headers=headers).status_code == 200
    return ids


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_promises_what_the_server_keeps(world, make_pair, calls, tmp_path, document):
    """No request, sensible or not, gets a 5xx, an undocumented status, or a body of another shape."""
    # Several, because they get deleted on the way.
    pairs = [make_pair(world, f"{document} {number}") for number in range(5)]
    for pair in pairs:
        world.upload(pair.key, *(pair.report(pair.past_round(back)) for back in (1, 2, 3)))
    (tmp_path / "schemathesis.toml").write_text(known_ids(world, pairs, calls), encoding="utf-8")
    run = subprocess.run(
        [
            *(PROGRAM, "run", f"{world.url}{document}", "--url", world.url + server(world, document)),
            *("--header", f"Authorization: Bearer {world.ours.admin}"),
            *("--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--seed", "1"),
            *("--generation-database", "none", "--no-color"),
            *("--exclude-path", ENDLESS),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def known_ids(world, pairs, calls) -> str:
    """Configuration that puts ids of things that are there where ids belong, most of the time."""
    agents = [agent for pair in pairs for agent in (pair.source, pair.target)]
    lists = {
        "tests": [pair.test for pair in pairs],
        "agents": agents,
        "workspaces": [world.ours.aid, world.ours.aid, world.theirs.aid],
    }
    lists |= {f"{name}-text": [str(each) for each in ids] for name, ids in lists.items()}
    lists["calls"] = calls
    lists["rounds"] = [pair.past_round(2) for pair in pairs]
    lists["results"] = [f"{pair.test}-{pair.past_round(2)}-{pair.source}" for pair in pairs]
    used = {
        "tests-text": ("path.testId",),
        "tests": ("path.test_id", "query.test"),
        "agents-text": ("path.agentId",),
        "agents": ("path.agent_id", "query.agent"),
        "calls": ("path.call_id",),
        "workspaces-text": ("path.aid", "query.aid"),
        "workspaces": ("query.workspace_id",),
        "rounds": ("path.round_id",),
        "results": ("path.result_id",),
    }
    lines = [f"dictionaries.{name}.values = {ids}" for name, ids in lists.items()]
    lines += [
        f'generation.dictionaries.{kind} = {{ dictionary = "{name}", probability = 0.4 }}'
        for kind, name in (("integer", "agents"), ("string", "agents-text"))
    ]
    lines += ["[parameters]"]
    lines += [
        f'"{place}" = {{ dictionary = "{name}", probability = 0.8 }}'
        for name, places in used.items()
        for place in places
    ]
    return "\n".join(lines)


def server(world, document: str) -> str:
    """Where the paths of a document begin."""
    [first] = world.http.get(document).json()["servers"]
    return first["url"].rstrip("/")
