"""Every API against its own OpenAPI document: hundreds of requests that nobody thought of."""

import subprocess
import sys
from pathlib import Path

import pytest
from route_cases import STREAM

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

PROGRAM = Path(sys.executable).with_name("schemathesis")
VIDEOSDK = "/videosdk/openapi.json"
DOCUMENTS = (
    "/thousandeyes/v6/openapi.json",
    "/thousandeyes/v7/openapi.json",
    "/telnyx/v2/openapi.json",
    "/cloudflare/client/v4/openapi.json",
    VIDEOSDK,
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

EXAMPLES = 40
"""Requests of each phase and operation, and the same ones in every run."""


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world in which everything may be changed and deleted."""
    with make_world(tmp_path_factory.mktemp("fuzz") / "data") as world:
        yield world


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_promises_what_the_server_keeps(world, ours, make_pair, tmp_path, document):
    """No request, sensible or not, gets a 5xx, an undocumented status, or a body of another shape."""
    # Several, because they get deleted on the way.
    pairs = [make_pair(world, f"{document} {number}") for number in range(5)]
    for pair in pairs:
        world.upload(pair.key, *(pair.report(pair.past_round(back)) for back in (1, 2, 3)))
    (tmp_path / "schemathesis.toml").write_text(known_ids(world, pairs, ours.call), encoding="utf-8")
    token = ours.call.program_token if document == VIDEOSDK else world.ours.admin
    run = subprocess.run(
        [
            *(PROGRAM, "run", f"{world.url}{document}", "--url", world.url + server(world, document)),
            *("--header", f"Authorization: Bearer {token}"),
            *("--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--seed", "77"),
            *("--generation-database", "none", "--no-color"),
            *("--exclude-path", ENDLESS),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def known_ids(world, pairs, call) -> str:
    """Configuration that puts ids of things that are there where ids belong, most of the time."""
    agents = [agent for pair in pairs for agent in (pair.source, pair.target)]
    lists = {
        "tests": [pair.test for pair in pairs],
        "agents": agents,
        "workspaces": [world.ours.aid, world.ours.aid, world.theirs.aid],
    }
    lists |= {f"{name}-text": [str(each) for each in ids] for name, ids in lists.items()}
    lists["rounds"] = [pair.past_round(2) for pair in pairs]
    lists["results"] = [f"{pair.test}-{pair.past_round(2)}-{pair.source}" for pair in pairs]
    # Workspaces are named already, ours and theirs.
    of_call = {name: each for name, each in {**call.ids, **STREAM}.items() if name != "workspace_id"}
    lists |= {name: [value] for name, value in of_call.items()}
    used = {
        "tests-text": ("path.testId",),
        "tests": ("path.test_id", "query.test"),
        "agents-text": ("path.agentId",),
        "agents": ("path.agent_id", "query.agent"),
        "workspaces-text": ("path.aid", "query.aid"),
        "workspaces": ("query.workspace_id", "path.workspace_id"),
        "rounds": ("path.round_id",),
        "results": ("path.result_id",),
        **{name: (f"path.{name}", f"query.{name}") for name in of_call},
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
