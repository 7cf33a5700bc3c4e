"""kill -9 of the server while clients report: nothing acknowledged is lost or doubled."""

import json
import random
import threading
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from client_batches import make_batch, read_series
from httpx2 import Client, HTTPError

from sonde.demo.processes import Command, run_json
from sonde.opening import open_directory
from sonde.services.accounts import Accounts
from sonde.services.clock import utc_now
from sonde.services.reporting import Reporting
from sonde.settings import load_settings

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

SERIES = Path(__file__).parents[1] / "data/webrtc/chromium-getstats-series-clean.jsonl.gz"
KILLS = 6
PEERS = 3
TICK = 1_000_000


class Caller(threading.Thread):
    """A client that reports tick after tick, each until it is acknowledged, and some of them twice."""

    def __init__(self, url, key, seed):
        super().__init__()
        self.peer, self.acknowledged = str(uuid4()), 0
        self._post, self._chance = (url, key), random.Random(seed)
        self._reports = read_series(SERIES)
        self._begin = int(time.time()) * TICK
        self.stopping = threading.Event()

    def run(self):
        """Report until told to stop."""
        with Client(base_url=self._post[0], params={"key": self._post[1]}, timeout=10) as client:
            while not self.stopping.is_set():
                report = self._reports[self.acknowledged % len(self._reports)]
                at = [self._begin + self.acknowledged * TICK]
                body = json.dumps(
                    make_batch([report], at, peer=self.peer, first=self.acknowledged, meeting="kill")
                ).encode()
                for _ in range(self._chance.choice((1, 1, 2))):
                    self._send(client, body)
                self.acknowledged += 1
                time.sleep(0.02)

    def _send(self, client, body):
        while True:
            # While the server is down nobody answers, which is what this is about.
            with suppress(HTTPError):
                if client.post("/v1/collect", content=body).status_code == 200:
                    return
            time.sleep(0.05)


def wait_until(is_true, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_kill_minus_nine_loses_and_doubles_no_batch(tmp_path, free_port):
    """After several kills in mid-ingest every acknowledged tick is there exactly once."""
    port = free_port()
    environment = {"SONDE_DATA_DIR": str(tmp_path / "data"), "SONDE_REQUESTS_PER_MINUTE": "1000000"}
    about = ("--organization", "O", "--workspace", "W", "--email", "a@example.org", "--name", "A")
    token = run_json("admin", "init", *about, environment=environment)["token"]
    with open_directory(load_settings(data_dir=tmp_path / "data")) as directory:
        accounts = Accounts(directory, utc_now)
        access = accounts.access(accounts.authenticate(token), None)
        key = Reporting(directory, utc_now).create_key(access, "page").secret
    command = ("serve", "--port", str(port))
    server = Command(*command, environment=environment, log=tmp_path / "server.log")
    callers = [Caller(f"http://127.0.0.1:{port}", key, seed) for seed in range(PEERS)]
    headers = {"Authorization": f"Bearer {token}"}
    with Client(base_url=f"http://127.0.0.1:{port}/v1", headers=headers, timeout=30) as client:

        def numbers(peer):
            try:
                streams = client.get(f"/peers/{peer}/streams").json().get("items", ())
                names = [{name: each[name] for name in ("connection", "stream_id")} for each in streams]
                pages = [
                    client.get(f"/peers/{peer}/samples", params={**each, "limit": 10_000}).json()["items"]
                    for each in names
                ]
            except HTTPError:
                return []
            return [[sample["number"] for sample in page] for page in pages]

        for caller in callers:
            caller.start()
        chance = random.Random(9)
        for _ in range(KILLS):
            so_far = callers[0].acknowledged
            wait_until(lambda so_far=so_far: callers[0].acknowledged > so_far + 5)
            time.sleep(chance.uniform(0, 1))
            server.kill()
            server = Command(*command, environment=environment, log=tmp_path / "server.log")
        for caller in callers:
            caller.stopping.set()
            caller.join()
        for caller in callers:
            wanted = list(range(caller.acknowledged))
            wait_until(lambda caller=caller, wanted=wanted: numbers(caller.peer)[:1] == [wanted])
            assert all(found == wanted for found in numbers(caller.peer))
            assert len(wanted) > 5 * KILLS
    server.stop()
