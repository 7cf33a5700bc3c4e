"""Instant tests and tests with a timetable, really measured by live agents and read through both versions."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from sonde.demo.processes import free_udp_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def live_pair(world, tmp_path_factory):
    """Ids of two agents that run as processes of their own, the source and the target."""
    processes, ids = [], []
    for name in ("live source", "live target"):
        token = world.agents.create_enrolment_token(world.ours.access, name, timedelta(hours=1))
        folder = tmp_path_factory.mktemp("agent")
        words = ["agent", "--state-dir", folder, "--server", world.url, "--token", token, "--name", name]
        words += ["--bind", HOST, "--port", free_udp_port(), "--json"]
        with (folder / "log").open("w") as log:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "sonde", *map(str, words)],
                    stderr=log,
                    env={name: value for name, value in os.environ.items() if not name.startswith("SONDE_")},
                )
            )

    def online() -> list[int]:
        agents = {agent["agentName"]: agent for agent in world.read("/agents")["agents"]}
        found = [agents.get(name, {}) for name in ("live source", "live target")]
        return [agent["agentId"] for agent in found if agent.get("agentState") == "Online"]

    world.wait_for(online, lambda ids: len(ids) == 2)
    ids = online()
    yield ids
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=30)


def rounds_of(world, test_id: int) -> list[dict]:
    """All results of a test so far, by the older version."""
    return world.read(f"/voice/rtp-stream/{test_id}?window=1h")["voice"]["metrics"]


def check_measured(row: dict) -> None:
    """A stream over loopback arrives whole and at once."""
    assert "errorDetail" not in row, row
    assert (row["loss"], row["dscp"], row["serverIp"]) == (0.0, 46, HOST)
    assert 0 <= row["latency"] < 1000
    assert 1 < row["mos"] <= row["codecMaxMos"]


def test_an_instant_test_runs_once_and_once_more_when_asked(world, live_pair):
    """Made by a member, it has no results at first, then one round; a rerun adds exactly one."""
    source, target = live_pair
    body = {
        "agents": [{"agentId": source}],
        "targetAgentId": target,
        "interval": 300,
        "alertsEnabled": 1,
        "duration": 5,
    }
    before = int(time.time())
    made = world.write("/instant/voice", body, token=world.ours.member)
    assert made.status_code == 201, made.text
    [test] = made.json()["test"]
    assert (test["interval"], test["alertsEnabled"]) == (0, 0)
    assert rounds_of(world, test["testId"]) == []

    world.wait_for(lambda: rounds_of(world, test["testId"]), bool)
    [row] = rounds_of(world, test["testId"])
    check_measured(row)
    assert before <= row["roundId"] <= before + 10

    rerun = world.write(f"/instant/{test['testId']}/rerun", {}, token=world.ours.member)
    assert (rerun.status_code, rerun.content) == (200, b"")
    world.wait_for(lambda: rounds_of(world, test["testId"]), lambda rows: len(rows) == 2)
    first, second = rounds_of(world, test["testId"])
    check_measured(second)
    assert first["roundId"] == row["roundId"] < second["roundId"]


def test_a_test_with_a_timetable_is_measured_and_read_by_version_7(world, live_pair):
    """Made through version 7; what its agents measured has that version's types."""
    source, target = live_pair
    body = {"agents": [{"agentId": str(source)}], "targetAgentId": str(target), "interval": 10, "duration": 1}
    made = world.ask("POST", "/thousandeyes/v7/tests/voice", json=body)
    assert made.status_code == 201, made.text
    results = f"/thousandeyes/v7/test-results/{made.json()['testId']}/rtp-server"
    world.wait_for(lambda: world.ask("GET", results).json()["results"], bool)
    [row] = world.ask("GET", results).json()["results"]
    assert "errorDetail" not in row, row
    assert {type(row[name]) for name in ("latency", "pdv", "roundId", "startTime", "endTime")} == {int}
    assert (row["dscp"], row["loss"], row["roundId"] % 10) == ("46", 0.0, 0)
    assert row["agent"]["agentName"] == "live source"
    deleted = world.ask("DELETE", f"/thousandeyes/v7/tests/voice/{made.json()['testId']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
