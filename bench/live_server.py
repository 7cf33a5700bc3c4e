"""A live `sonde serve` in an empty folder, with one agent whose results it expects."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cpu import tree_cpu

POLL_INTERVAL = 0.02
"""Seconds between two looks at something that will happen soon."""

PATIENCE = 60.0
"""Seconds after which it will not."""

BUSY = 0.3
"""Cores of work in the background below which a server counts as settled."""


@dataclass(frozen=True)
class LiveServer:
    """A running server, and how to talk to it.

    Attributes:
        pid: its process.
        address: host and port.
        agent_key: of the agent that is the source of all tests.
        source_id: that agent.
        target_id: of the agent that is the target of all tests.
        test_ids: of the voice tests.
    """

    pid: int
    address: str
    admin_token: str
    agent_key: str
    source_id: int
    target_id: int
    test_ids: tuple[int, ...]

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open from one request to the next."""
        return http.client.HTTPConnection(self.address, timeout=PATIENCE)

    def upload(self, connection: http.client.HTTPConnection, body: bytes) -> int:
        """Hand a batch over as an agent does; how many results were acknowledged.

        Raises:
            RuntimeError: the server did not take all of them.
        """
        receipt = ask(connection, "POST", "/v1/agent/results", self.agent_key, body)
        if receipt["rejected"]:
            raise RuntimeError(f"the server rejected a result: {receipt['rejected'][0]['message']}")
        return int(receipt["accepted"])

    def rounds_of(self, connection: http.client.HTTPConnection, test_id: int, query: str = "") -> list[int]:
        """Round ids of a test as the API shows them: all that the query asks for, or the latest."""
        path = f"/thousandeyes/v6/voice/rtp-stream/{test_id}{query}"
        rows = ask(connection, "GET", path, self.admin_token)["voice"]["metrics"]
        return [int(row["roundId"]) for row in rows]

    def cpu(self) -> float:
        """CPU seconds it used so far, its children included."""
        return tree_cpu(self.pid)

    def wait_until_stored(self, connection: http.client.HTTPConnection) -> None:
        """Wait until nothing is left in the spool: every acknowledged result is in the store."""
        deadline = time.monotonic() + PATIENCE
        while any(ask(connection, "GET", "/healthz", "")[spool]["items"] for spool in ("spool", "reports")):
            if time.monotonic() > deadline:
                raise TimeoutError("the server does not get on with its spool")
            time.sleep(POLL_INTERVAL)

    def settle(self, looks: int = 30) -> None:
        """Wait until the engine has merged what was put in, or for so many looks of two seconds."""
        for _ in range(looks):
            before = self.cpu()
            time.sleep(2)
            if self.cpu() - before < 2 * BUSY:
                return


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, token: str, body: bytes | None = None
) -> dict[str, Any]:
    """One request and its JSON answer.

    Raises:
        RuntimeError: the answer was an error.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"{method} {path} was answered with {response.status}: {text.decode()}")
    answer: dict[str, Any] = json.loads(text)
    return answer


def fetch(connection: http.client.HTTPConnection, path: str, token: str, *, scheme: str = "Bearer ") -> bytes:
    """An answer as it came.

    Args:
        connection: to the server.
        path: what is asked for.
        token: whose.
        scheme: what the token stands behind in the header.

    Raises:
        RuntimeError: it is an error.
    """
    connection.request("GET", path, headers={"Authorization": f"{scheme}{token}"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != http.HTTPStatus.OK:
        raise RuntimeError(f"GET {path} was answered with {response.status}: {answer.decode()}")
    return answer


def is_there(connection: http.client.HTTPConnection, path: str, token: str) -> bool:
    """Whether something can be read."""
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    response = connection.getresponse()
    response.read()
    return response.status == http.HTTPStatus.OK


@contextmanager
def running_server(folder: Path, *, tests: int) -> Iterator[LiveServer]:
    """Start a server with so many voice tests between two agents."""
    environment = _environment(folder)
    about = ("--organization", "O", "--workspace", "W", "--email", "a@example.org", "--name", "A")
    admin_token = _admin(environment, "init", *about)
    tokens = [_admin(environment, "enrol-token") for _ in range(2)]
    with _serving(environment) as (pid, address):
        yield _prepare(pid, address, admin_token, tokens, tests=tests)


@contextmanager
def reopened_server(folder: Path, before: LiveServer) -> Iterator[LiveServer]:
    """Start a server again in the folder of one that has ended."""
    with _serving(_environment(folder)) as (pid, address):
        yield replace(before, pid=pid, address=address)


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[tuple[int, str]]:
    """The server's process and its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "sonde", "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process.pid, urlsplit(_first_line(process).split()[-1]).netloc
        finally:
            process.terminate()


def _prepare(pid: int, address: str, admin_token: str, tokens: list[str], *, tests: int) -> LiveServer:
    source_token, target_token = tokens
    with closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection:
        source_id, key = _enrol(connection, "source", source_token)
        target_id, _ = _enrol(connection, "target", target_token)
        test_ids = [
            _create_test(connection, admin_token, source_id, target_id, f"test {number}")
            for number in range(tests)
        ]
    return LiveServer(pid, address, admin_token, key, source_id, target_id, tuple(test_ids))


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SONDE_")}
    unhurried = {"SONDE_REQUESTS_PER_MINUTE": "1000000000", "SONDE_REPORTS_PER_MINUTE": "1000000000"}
    return {**kept, **unhurried, "SONDE_DATA_DIR": str(folder.absolute() / "data")}


def _first_line(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("`sonde serve` did not start")
    return line


def _admin(environment: dict[str, str], *arguments: str) -> str:
    """Run a `sonde admin` command; the token it shows."""
    done = subprocess.run(
        [sys.executable, "-m", "sonde", "admin", *arguments, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return str(json.loads(done.stdout)["token"])


def _enrol(connection: http.client.HTTPConnection, name: str, token: str) -> tuple[int, str]:
    body = {"name": name, "host": "192.0.2.7", "port": 49152, "version": "0"}
    answer = ask(connection, "POST", "/v1/agent/enrol", token, json.dumps(body).encode())
    return answer["agent_id"], answer["agent_key"]


def _create_test(
    connection: http.client.HTTPConnection, token: str, source_id: int, target_id: int, name: str
) -> int:
    body = {"testName": name, "agents": [{"agentId": source_id}], "targetAgentId": target_id, "interval": 60}
    answer = ask(connection, "POST", "/thousandeyes/v6/tests/voice/new", token, json.dumps(body).encode())
    return int(answer["test"][0]["testId"])
