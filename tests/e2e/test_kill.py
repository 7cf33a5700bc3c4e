"""kill -9 of the server and of the agents, again and again: nothing acknowledged is lost or doubled."""

import json
import random
import time
from collections import Counter

import pytest
from httpx2 import Client, HTTPError

from sonde.demo.processes import Command, free_udp_port, run_json
from sonde.model.voice_tests import VoiceTestSettings
from sonde.opening import open_directory
from sonde.services.accounts import Accounts
from sonde.services.clock import utc_now
from sonde.services.voice_tests import VoiceTests
from sonde.settings import load_settings

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(400)]

KILLS = 20
TESTS_EACH_WAY = 4


class Product:
    """A server and two agents that measure each other, each of which can be killed and started again."""

    def __init__(self, folder, port):
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.environment = {
            "SONDE_DATA_DIR": str(folder / "data"),
            "SONDE_REQUESTS_PER_MINUTE": "1000000",
        }
        about = ("--organization", "O", "--workspace", "W", "--email", "a@example.org", "--name", "A")
        self.token = run_json("admin", "init", *about, environment=self.environment)["token"]
        self.arguments = {"server": ("serve", "--port", str(port))}
        self.commands = {}
        self.start("server")
        self.client = Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)
        self.wait_until_healthy()
        for name in ("A", "B"):
            self.enrol(name)

    def enrol(self, name):
        token = run_json("admin", "enrol-token", "--label", name, environment=self.environment)["token"]
        state = ("agent", "--state-dir", str(self.folder / name), "--bind", "127.0.0.1", "--json")
        own = (*state, "--port", str(free_udp_port()))
        self.arguments[name] = (*own, "--server", self.url, "--token", token, "--name", name)
        self.start(name)
        self.wait_until(lambda: len(self.get("/thousandeyes/v6/agents")["agents"]) == len(self.arguments) - 1)
        self.arguments[name] = own

    def start(self, name):
        log = self.folder / f"{name}.log"
        self.commands[name] = Command(*self.arguments[name], environment=self.environment, log=log)

    def kill(self, name):
        self.commands[name].kill()
        self.start(name)

    def get(self, path, **params):
        return self.client.get(path, params=params).raise_for_status().json()

    def wait_until_healthy(self):
        def is_healthy():
            try:
                return self.client.get("/healthz").status_code == 200
            except HTTPError:
                return False

        self.wait_until(is_healthy)

    def wait_until(self, is_true, seconds=60):
        deadline = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.1)

    def create_tests(self):
        with open_directory(load_settings(data_dir=self.folder / "data")) as directory:
            accounts = Accounts(directory, utc_now)
            access = accounts.access(accounts.authenticate(self.token), None)
            agents = {a["agentName"]: a["agentId"] for a in self.get("/thousandeyes/v6/agents")["agents"]}
            tests = VoiceTests(directory, utc_now)
            for number in range(2 * TESTS_EACH_WAY):
                source, target = ("A", "B") if number % 2 else ("B", "A")
                settings = VoiceTestSettings(
                    name=f"test {number}",
                    source_agent_ids=(agents[source],),
                    target_agent_id=agents[target],
                    interval=10,
                    duration=1,
                )
                tests.create(access, settings)

    def acknowledged(self):
        """Rounds that the agents say are on their disk, from their logs."""
        for name in ("A", "B"):
            for line in (self.folder / f"{name}.log").read_text().splitlines():
                event = json.loads(line) if line.startswith("{") else {}
                if event.get("event") == "round.finished":
                    yield event["test_id"], event["round_id"]

    def wait_for_another_round(self):
        so_far = len(set(self.acknowledged()))
        self.wait_until(lambda: len(set(self.acknowledged())) > so_far)

    def stored(self):
        """Rounds that the API shows."""
        for test in self.get("/thousandeyes/v6/tests")["test"]:
            path = f"/thousandeyes/v6/voice/rtp-stream/{test['testId']}"
            for row in self.get(path, window="1h")["voice"]["metrics"]:
                yield test["testId"], row["roundId"]

    def stop(self):
        for command in self.commands.values():
            command.stop()
        self.client.close()


@pytest.fixture
def product(tmp_path, free_port):
    """The product, stopped at the end."""
    product = Product(tmp_path, free_port())
    yield product
    product.stop()


def test_kill_minus_nine_loses_and_doubles_nothing(product):
    """After twenty kills of server and agents every acknowledged round is there exactly once."""
    product.create_tests()
    chance = random.Random(20)
    for victim in ["server", "A", "server", "B"] * (KILLS // 4):
        product.wait_for_another_round()
        time.sleep(chance.uniform(0, 1.5))
        product.kill(victim)
    product.wait_until_healthy()
    acknowledged = set(product.acknowledged())
    product.wait_until(lambda: acknowledged <= set(product.stored()))

    for command in product.commands.values():
        command.check()
    stored = Counter(product.stored())
    assert len(acknowledged) >= KILLS
    assert set(stored.values()) == {1}
    newest = max(round_id for _, round_id in acknowledged)
    product.wait_until(lambda: max(round_id for _, round_id in product.stored()) > newest)
