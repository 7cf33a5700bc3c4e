"""A two-way test between three agents and a server: both directions are measured, packet by packet."""

import json
import time

import httpx2
import numpy as np
import pytest

from sonde.demo.processes import Command, free_udp_port, run_json
from sonde.model.packets import PacketFlag
from sonde.model.voice_tests import VoiceTestSettings
from sonde.opening import open_directory
from sonde.services.accounts import Accounts
from sonde.services.clock import utc_now
from sonde.services.rounds import Rounds, RoundWindow
from sonde.services.voice_tests import VoiceTests
from sonde.settings import load_settings
from sonde.spool import Spool
from sonde.store import Store

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

NAMES = ("Basel", "Chur", "Davos")
"""The last one is the target."""

DEADLINE = 90.0


def wait_until(is_true):
    """Waits for something that must happen."""
    deadline = time.monotonic() + DEADLINE
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def is_healthy(url):
    """Whether a server answers there."""
    try:
        return httpx2.get(f"{url}/healthz").status_code == 200
    except httpx2.HTTPError:
        return False


def events(folder, name):
    """The log of an agent."""
    lines = (folder / f"{name}.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def create_test(settings, token, agents):
    """Access to the workspace, and a two-way test in it."""
    with open_directory(settings) as directory:
        accounts = Accounts(directory, utc_now)
        access = accounts.access(accounts.authenticate(token), None)
        wanted = VoiceTestSettings(
            name="both ways",
            source_agent_ids=(agents["Basel"], agents["Chur"]),
            target_agent_id=agents["Davos"],
            interval=10,
            duration=1,
            codec="g729a",
            two_way=True,
        )
        return access, VoiceTests(directory, utc_now).create(access, wanted).test_id


def read_back(settings, access, test_id):
    """The results of both directions, and all of them with their packets."""
    with (
        open_directory(settings) as directory,
        Store(settings.effective_store_dsn) as store,
        Spool(settings.spool_file, max_bytes=10**9, when_full="refuse") as spool,
    ):
        rounds = Rounds(directory, store, spool)
        results = [
            rounds.page(access, test_id, RoundWindow(), is_reverse=is_reverse).results
            for is_reverse in (False, True)
        ]
        return results, [(each, packets_of(rounds, access, each)) for each in results[0] + results[1]]


def packets_of(rounds, access, result):
    """The packets of a result."""
    report = result.report
    return rounds.packets(
        access,
        report.test_id,
        round_id=report.round_id,
        source_agent_id=result.source_agent_id,
        reverse_target_id=report.target_agent_id if report.is_reverse else 0,
    )


@pytest.fixture
def measured(tmp_path, free_port):
    """What was stored after every agent has delivered two rounds, and what the facade shows of it."""
    environment = {"SONDE_DATA_DIR": str(tmp_path / "data")}
    about = ("--organization", "O", "--workspace", "W", "--email", "a@example.org", "--name", "A")
    token = run_json("admin", "init", *about, environment=environment)["token"]
    port, commands = free_port(), []
    url = f"http://127.0.0.1:{port}"

    def start(name, *words):
        commands.append(Command(*words, environment=environment, log=tmp_path / f"{name}.log"))

    def delivered(name):
        return sum(each["event"] == "results.uploaded" for each in events(tmp_path, name))

    try:
        start("server", "serve", "--port", str(port))
        wait_until(lambda: is_healthy(url))
        for name in NAMES:
            enrolment = run_json("admin", "enrol-token", "--label", name, environment=environment)["token"]
            state = ("--state-dir", str(tmp_path / name), "--port", str(free_udp_port()), "--json")
            about = ("--server", url, "--token", enrolment, "--name", name, "--bind", "127.0.0.1")
            start(name, "agent", *state, *about)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=f"{url}/thousandeyes", headers=headers, timeout=30) as client:
            wait_until(lambda: len(client.get("/v6/agents").json()["agents"]) == len(NAMES))
            listed = client.get("/v6/agents").json()["agents"]
            agents = {each["agentName"]: each["agentId"] for each in listed}
            settings = load_settings(data_dir=tmp_path / "data")
            access, test_id = create_test(settings, token, agents)
            wait_until(lambda: all(delivered(name) >= 2 for name in NAMES))
            path = f"/v6/voice/rtp-stream/{test_id}"
            wait_until(lambda: client.get(path, params={"window": "1h"}).json()["voice"]["metrics"])
            shown = client.get(path, params={"window": "1h"}).json()["voice"]["metrics"]
    finally:
        for command in commands:
            command.stop()
    results, tables = read_back(settings, access, test_id)
    return agents, results, tables, shown


def test_both_directions_are_measured(measured) -> None:
    """Each pair each way, in the same rounds, with its packets; the facade shows the forward direction."""
    agents, results, tables, shown = measured
    sources, target = {agents["Basel"], agents["Chur"]}, agents["Davos"]

    def pairs(*, is_reverse):
        return {(each.source_agent_id, each.report.target_agent_id) for each in results[is_reverse]}

    assert pairs(is_reverse=False) == {(source, target) for source in sources}
    assert pairs(is_reverse=True) == {(target, source) for source in sources}
    assert [each.report.error_detail for each, _ in tables if each.report.error] == []

    rounds = [{each.report.round_id for each in results[is_reverse]} for is_reverse in (False, True)]
    assert rounds[0] & rounds[1]
    assert {row["agentId"] for row in shown} == sources

    for result, table in tables:
        stream = result.report.stream
        assert len(table.index) == stream.packets_sent + stream.packets_duplicated == 50
        timed = table.delay[table.flags & (PacketFlag.LOST | PacketFlag.UNTIMED) == 0]
        assert stream.one_way_delay_max == pytest.approx(timed.max() / 1e9, abs=1e-9)
        assert np.array_equal(table.index, np.arange(50))
