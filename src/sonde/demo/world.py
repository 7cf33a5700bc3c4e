"""Builds the demo's world with Sonde's own commands and API, and takes it down again."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from httpx2 import Client, HTTPError

from sonde.demo.processes import Command, free_udp_port, require_free_port, run_json
from sonde.demo.scenario import PLACES, TESTS, DemoTest, Place, weather
from sonde.impair.config import RelayConfig
from sonde.impair.process import RelayProcess
from sonde.model.errors import Unavailable

HOST = "127.0.0.1"
READY_WITHIN = 60.0
EMAIL = "demo@example.org"
WATCHED = 180
"""Seconds back that each look for new rounds covers."""


def changing_road(number: int, port: int) -> RelayConfig:
    """A relay to an agent on this machine whose weather changes each minute."""
    return RelayConfig(listen=(HOST, 0), target=(HOST, port), forward=weather(number), seed=number)


class World:
    """Everything the demo runs; a context manager that leaves nothing behind.

    Args:
        data_dir: where server and agents keep their data.
        port: of the server.
        tests: what is measured.
        road: the relay in front of an agent, by the agent's number and UDP port.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        *,
        tests: Sequence[DemoTest] = TESTS,
        road: Callable[[int, int], RelayConfig] = changing_road,
    ) -> None:
        self.url = f"http://{HOST}:{port}"
        self.token = ""
        self.test_ids: dict[int, str] = {}
        self._data_dir = data_dir
        self._port = port
        self._tests = tests
        self._road = road
        self._environment = {
            "SONDE_DATA_DIR": str(data_dir),
            "SONDE_LOG_LEVEL": "error",
            # The demo itself looks for rounds every second; its visitors want to ask too.
            "SONDE_REQUESTS_PER_MINUTE": "6000",
        }
        self._commands: list[Command] = []
        self._stack = ExitStack()
        self._seen: set[tuple[int, int, int]] = set()

    def __enter__(self) -> Self:
        require_free_port(HOST, self._port)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_server(self) -> None:
        """Makes an organization with one person and its key, and a server that answers."""
        about = ("--organization", "Demo", "--workspace", "Demo", "--email", EMAIL, "--name", "Demo")
        self.token = run_json("admin", "init", *about, environment=self._environment)["token"]
        self._start("serve", "--host", HOST, "--port", str(self._port))
        self._client = self._stack.enter_context(Client(base_url=self.url, timeout=20))
        self._client.headers["Authorization"] = f"Bearer {self.token}"
        self._wait_for(self._is_healthy, "the server")

    def start_agents(self) -> None:
        """Starts an agent in each place, with a bad road to it."""
        for number, place in enumerate(PLACES):
            self._start_agent(place, free_udp_port(), number)
        self._wait_for(lambda: len(self._agents()) == len(PLACES), "the agents")

    def create_tests(self) -> None:
        """Creates the voice tests; the agents run their first round at once."""
        agents = self._agents()
        for test in self._tests:
            created = self._post("/thousandeyes/v6/tests/voice/new", _body(test, agents))["test"][0]
            self.test_ids[created["testId"]] = test.name

    def new_rounds(self) -> list[dict[str, Any]]:
        """Rounds measured since the last call, oldest first, each with `testName`."""
        for command in self._commands:
            command.check()
        rounds = [row for test_id in self.test_ids for row in self._rounds_of(test_id)]
        return sorted(rounds, key=lambda row: str(row["date"]))

    def _start(self, *arguments: str) -> None:
        command = Command(*arguments, environment=self._environment)
        self._commands.append(command)
        self._stack.callback(command.stop)

    def _start_agent(self, place: Place, port: int, number: int) -> None:
        listening = self._stack.enter_context(RelayProcess(self._road(number, port))).listening
        label = ("--label", place.name)
        token = run_json("admin", "enrol-token", *label, environment=self._environment)["token"]
        self._start(
            *("agent", "--server", self.url, "--token", token, "--name", place.name),
            *("--bind", HOST, "--port", str(port), "--advertise", f"{HOST}:{listening.port}"),
            *("--country", place.country, "--location", place.location),
            *("--state-dir", str(self._data_dir / "agents" / place.name)),
        )

    def _wait_for(self, is_done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not is_done():
            for command in self._commands:
                command.check()
            if time.monotonic() > deadline:
                raise Unavailable(f"{what} did not get ready within {READY_WITHIN:g} s")
            time.sleep(0.1)

    def _is_healthy(self) -> bool:
        try:
            return self._client.get("/healthz").status_code == 200
        except HTTPError:
            return False

    def _agents(self) -> dict[str, int]:
        listed = self._client.get("/thousandeyes/v6/agents").raise_for_status().json()["agents"]
        return {agent["agentName"]: agent["agentId"] for agent in listed}

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self._client.post(path, json=body)
        if response.is_error:
            raise Unavailable(f"the server refused {path}: {response.text}")
        document: dict[str, Any] = response.json()
        return document

    def _rounds_of(self, test_id: int) -> list[dict[str, Any]]:
        path = f"/thousandeyes/v6/voice/rtp-stream/{test_id}"
        try:
            answer = self._client.get(path, params={"window": f"{WATCHED}s"}).raise_for_status().json()
        except HTTPError:
            return []
        fresh = []
        for row in answer["voice"]["metrics"]:
            name = (test_id, row["roundId"], row["agentId"])
            if name not in self._seen:
                self._seen.add(name)
                fresh.append({**row, "testName": self.test_ids[test_id]})
        return fresh


def _body(test: DemoTest, agents: dict[str, int]) -> dict[str, Any]:
    return {
        "testName": test.name,
        "agents": [{"agentId": agents[test.source.name]}],
        "targetAgentId": agents[test.target.name],
        "interval": 60,
        "codecId": test.codec_id,
        "dscpId": test.dscp_id,
    }
