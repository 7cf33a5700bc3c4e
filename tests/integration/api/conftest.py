"""A real server in a process of its own, and people and agents who use it."""

import ipaddress
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import msgspec
import numpy as np
import pytest
from client_batches import make_batch, read_series
from route_cases import KIT, NOBODY, Call, Things, preset
from videosdk_tokens import sign

from sonde.directory import Directory
from sonde.model.control import EnrolRequest
from sonde.model.packets import PacketFlag, PacketTable, pack_packets
from sonde.model.people import Access, Role
from sonde.services.accounts import Accounts
from sonde.services.agents import Agents

PROGRAM = Path(sys.executable).with_name("sonde")
UNHURRIED = {
    "SONDE_REQUESTS_PER_MINUTE": "1000000",
    "SONDE_INSTANT_TESTS_PER_MINUTE": "1000000",
    "SONDE_VIDEOSDK_ACCEPTS_BEARER": "true",
}
"""Tests ask more often than an organization may, and show all tokens in the same way."""

DATA = Path(__file__).parents[2] / "data/webrtc"
SERIES = DATA / "chromium-getstats-series-loss5_delay100.jsonl.gz"
"""What getStats said in a call."""

RECORDING = DATA / "labelled/audio-pcmu-delay300-both.rtcstats-server-v3.jsonl.gz"
"""A file of client statistics."""

NUMBERS = itertools.count()
"""What tells things apart that are made alike."""

DEADLINE = 60.0
"""Seconds after which something that must happen did not."""


@contextmanager
def running_server(
    data_dir: Path, *, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `sonde serve` on a free port; its process and its URL."""
    process = subprocess.Popen(
        [PROGRAM, "serve", "--port", "0", "--data-dir", data_dir],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=data_dir.parent,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("SONDE_")},
            **UNHURRIED,
            **(environment or {}),
        },
    )
    try:
        first = process.stdout.readline()
        assert first.startswith("Sonde is at http"), first + process.stderr.read()
        yield process, first.split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE)


@dataclass(frozen=True)
class Workspace:
    """One workspace with somebody who administers it and somebody who may only read."""

    access: Access
    admin: str
    member: str

    @property
    def aid(self) -> int:
        """Its id as callers of the ThousandEyes API know it."""
        return self.access.workspace.workspace_id


@dataclass(frozen=True)
class World:
    """A running server, and what is known of it."""

    url: str
    http: httpx2.Client
    agents: Agents
    ours: Workspace
    theirs: Workspace

    def ask(self, method: str, path: str, token: str = "", **options) -> httpx2.Response:
        """Send a request, as the administrator of our workspace unless told otherwise."""
        headers = {"Authorization": f"Bearer {token or self.ours.admin}", **options.pop("headers", {})}
        return self.send(method, path, headers=headers, **options)

    def knock(self, method: str, path: str, token: str = "", **options) -> httpx2.Response:
        """Ask with a wrong token or none, from an address of its own: each may only fail so often."""
        address = str(ipaddress.ip_address("198.18.0.0") + next(NUMBERS))
        headers = {"X-Forwarded-For": address} | ({"Authorization": f"Bearer {token}"} if token else {})
        return self.send(method, path, headers=headers, **options)

    def send(self, method: str, path: str, **options) -> httpx2.Response:
        """Send a request; of an answer that never ends, the first piece is taken for all of it."""
        with self.http.stream(method, path, **options) as answer:
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                answer.read()
                return answer
            return httpx2.Response(
                answer.status_code, headers=answer.headers, content=next(answer.iter_bytes())
            )

    def read(self, path: str, **options) -> dict:
        """Read something from the ThousandEyes API that is there."""
        response = self.ask("GET", f"/thousandeyes/v6{path}", **options)
        assert response.status_code == 200, response.text
        return response.json()

    def write(self, path: str, body: dict, **options) -> httpx2.Response:
        """Write something to the ThousandEyes API."""
        return self.ask("POST", f"/thousandeyes/v6{path}", json=body, **options)

    def enrol(self, name: str, workspace: Workspace | None = None, *, port: int = 49152) -> tuple[int, str]:
        """Let an agent in; its id and key."""
        token = self.agents.create_enrolment_token(
            (workspace or self.ours).access, f"for {name}", timedelta(hours=1)
        )
        request = EnrolRequest(name=name, host="192.0.2.7", port=port, version="0", country_id="EG")
        response = self.ask("POST", "/v1/agent/enrol", token, content=msgspec.json.encode(request))
        assert response.status_code == 201, response.text
        return response.json()["agent_id"], response.json()["agent_key"]

    @staticmethod
    def wait_for(look: Callable[[], object], wanted: Callable[[Any], object]) -> None:
        """Look again until what was acknowledged can be read, which takes a moment."""
        deadline = time.monotonic() + DEADLINE
        while not wanted(seen := look()):
            assert time.monotonic() < deadline, f"still {seen}"
            time.sleep(0.05)

    def upload(self, agent_key: str, *reports: dict) -> dict:
        """Hand results over as an agent does."""
        response = self.ask("POST", "/v1/agent/results", agent_key, json={"results": reports})
        assert response.status_code == 200, response.text
        return response.json()


@dataclass(frozen=True)
class Pair:
    """Two agents and a test between them."""

    name: str
    source: int
    target: int
    key: str
    target_key: str
    test: int
    interval: int = 60
    made_at: float = field(default_factory=time.time)

    @property
    def source_name(self) -> str:
        """What the source is called."""
        return f"{self.name} source"

    @property
    def target_name(self) -> str:
        """What the target is called."""
        return f"{self.name} target"

    def past_round(self, rounds_ago: int) -> int:
        """Id of a round that lies so far back from when the pair was made, so that it stays the same."""
        return (int(self.made_at) // self.interval - rounds_ago) * self.interval

    def moment(self, rounds_ago: int) -> str:
        """When that round began, as version 6 takes it."""
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.past_round(rounds_ago)))

    def report(self, round_id: int, **changes) -> dict:
        """What the source says of one round: 5 of 250 packets lost, 30.5 ms, remarked to CS1."""
        stream = {
            "packets_sent": 250,
            "packets_received": 245,
            "packets_lost": 5,
            "packets_duplicated": 0,
            "packets_reordered": 0,
            "packets_discarded": 0,
            "loss_ratio": 0.02,
            "discard_ratio": 0.0,
            "one_way_delay_mean": 0.0305,
            "pdv_mean": 0.00125,
            "dscp_received": 8,
            "dscp_counts": {"8": 245},
        }
        return {
            "test_id": self.test,
            "round_id": round_id,
            "target_agent_id": self.target,
            "interval": self.interval,
            "duration": 5,
            "codec": "g711",
            "dscp": 46,
            "jitter_buffer": 0.040,
            "started_at": round_id + 6.5,
            "target_address": "192.0.2.7",
            "target_port": 49153,
            "stream": stream,
            **changes,
        }


@pytest.fixture(scope="session")
def make_pair() -> Callable[..., Pair]:
    """Enrols two agents and makes a test between them."""

    def make(world: World, name: str = "RTP-Stream", workspace: Workspace | None = None) -> Pair:
        owner = workspace or world.ours
        source_id, source_key = world.enrol(f"{name} source", owner)
        target_id, target_key = world.enrol(f"{name} target", owner, port=49153)
        body = {
            "testName": name,
            "agents": [{"agentId": source_id}],
            "targetAgentId": target_id,
            "interval": Pair.interval,
            "bgpMeasurements": 0,
        }
        response = world.write("/tests/voice/new", body, token=owner.admin)
        assert response.status_code == 201, response.text
        [test] = response.json()["test"]
        return Pair(
            name=name,
            source=source_id,
            target=target_id,
            key=source_key,
            target_key=target_key,
            test=test["testId"],
        )

    return make


@pytest.fixture(scope="module")
def pair(world, make_pair, request) -> Pair:
    """A pair of this module's own."""
    return make_pair(world, request.module.__name__)


@pytest.fixture(scope="session")
def make_things(make_pair) -> Callable[..., Things]:
    """Makes one of everything in a workspace; its results can be read when it returns."""

    def make(world: World, workspace: Workspace) -> Things:
        mark = f"{workspace.access.workspace.name}-{next(NUMBERS)}-"
        pair = make_pair(world, f"{mark}pair", workspace)
        body = {"agents": [{"agentId": pair.source}], "targetAgentId": pair.target, "testName": f"{mark}now"}
        made = world.write("/instant/voice", body, token=workspace.admin)
        assert made.status_code == 201, made.text
        group = world.write(
            "/account-groups/new", {"accountGroupName": f"{mark}group"}, token=workspace.admin
        )
        assert group.status_code == 201, group.text
        return Things(
            pair=pair,
            aid=workspace.aid,
            group=group.json()["accountGroups"][0]["aid"],
            instant=made.json()["test"][0]["testId"],
            idle=world.enrol(f"{mark}idle", workspace)[0],
            enrolment=world.agents.create_enrolment_token(workspace.access, mark, timedelta(hours=1)),
            round_id=pair.past_round(5),
            mark=mark,
            call=make_call(world, workspace, mark),
        )

    return make


def make_call(world: World, workspace: Workspace, mark: str) -> Call:
    """Let somebody join a meeting, who will report with a client key."""
    token = workspace.admin
    key = world.ask("POST", "/v1/client-keys", token, json={"label": f"{mark}key"}).json()
    meeting = world.ask("POST", "/v1/meetings", token, json={"title": f"{mark}meeting"}).json()["meeting_id"]
    webhook_id = find_webhook(world, token, f"{mark}webhook")
    body = {"custom_id": f"{mark}person", "peer_id": str(uuid4())}
    joined = world.ask("POST", f"/v1/meetings/{meeting}/peers", token, json=body)
    assert joined.status_code == 201, joined.text
    # Of whom nobody reports anything stays, so that the session goes on.
    world.ask("POST", f"/v1/meetings/{meeting}/peers", token, json={"custom_id": f"{mark}listener"})
    names = ("peer_id", "session_id", "participant_id")
    tokens = f"/v1/participants/{joined.json()['participant_id']}/tokens"
    participant_token = world.ask("POST", tokens, token, json={}).json()["token"]
    ids = talk(world, token, joined.json()["session_id"], mark)
    email = "ann@ours.example" if workspace is world.ours else "bob@theirs.example"
    wanted = {"label": f"{mark}token", "email": email}
    report_token = world.ask("POST", "/v1/call-report-tokens", token, json=wanted).json()
    # Of the file there is one piece, and another one is never missed.
    pair = world.ask("POST", "/v1/videosdk-keys", token, json={"label": f"{mark}pair"}).json()
    ids |= {"meeting_id": meeting, "room_id": meeting, "key_id": key["key_id"], "pair_id": pair["key_id"]}
    ids |= {"file_id": str(uuid4()), "number": 1}
    ids |= {"token_id": report_token["token_id"], "call_id": str(uuid4())}
    begin = int(time.time()) - 20
    at = [(begin + second) * 1_000_000 for second in range(5)]
    batch = make_batch(read_series(SERIES)[2:7], at, peer=body["peer_id"], meeting=meeting)
    ids |= {name: joined.json()[name] for name in names}
    owner = workspace.access.workspace
    ids |= {"account_id": owner.organization_uuid.replace("-", ""), "app_id": owner.uuid}
    presets = f"{KIT}/{{app_id}}/presets".format(**ids)
    ids["preset_id"] = world.ask("POST", presets, token, json=preset(f"{mark}preset")).json()["data"]["id"]
    ids |= {"webhook_id": webhook_id, "delivery_id": find_delivery(world, token, webhook_id)}
    return Call(
        client_key=key["secret"],
        participant_token=participant_token,
        report_token=report_token["secret"],
        program_token=sign(pair["api_key"], pair["secret"]),
        email=email,
        ids=ids,
        batch=batch,
    )


def find_webhook(world: World, token: str, name: str) -> str:
    """A webhook of a workspace, made if it has none: it may not have one for each call."""
    if known := world.ask("GET", "/v1/webhooks", token).json()["items"]:
        return known[0]["webhook_id"]
    body = {"name": name, "url": NOBODY, "events": ["meeting.participantJoined"]}
    return world.ask("POST", "/v1/webhooks", token, json=body).json()["webhook_id"]


def talk(world: World, token: str, session_id: str, mark: str) -> dict[str, Any]:
    """Let somebody write and speak in a session, have it summarised, and name what came of it."""
    path = f"/v1/sessions/{session_id}"
    written = {"messages": [{"text": f"{mark}message"}]}
    wrote = world.ask("POST", f"{path}/chat", token, json=written)
    assert wrote.status_code == 200, wrote.text
    spoken = {"segments": [{"start": 1, "text": f"{mark}speech"}]}
    assert world.ask("POST", f"{path}/transcript", token, json=spoken).status_code == 200
    assert world.ask("POST", f"{path}/summary", token, json={}).status_code == 202
    world.wait_for(
        lambda: world.ask("GET", f"{path}/summary", token).json()["status"],
        lambda status: status != "pending",
    )
    return {"message_id": wrote.json()["message_ids"][0]}


def find_delivery(world: World, token: str, webhook_id: str) -> str:
    """Something that was sent to a webhook, for good."""
    path = f"/v1/webhooks/{webhook_id}/deliveries?state=failed"
    world.wait_for(lambda: world.ask("GET", path, token).json()["items"], bool)
    return world.ask("GET", path, token).json()["items"][0]["delivery_id"]


def report_call(world: World, call: Call) -> None:
    """Report a call of our workspace and hand a file of another one over, and wait until they can be read."""
    receipt = world.ask("POST", "/v1/collect", call.client_key, json=call.batch)
    assert receipt.json()["accepted"] == 5
    path = f"/v1/imports/{call.ids['file_id']}"
    kept = world.ask("PUT", f"{path}/pieces/0", content=RECORDING.read_bytes())
    assert kept.status_code == 204, kept.text
    streams = f"/v1/peers/{call.ids['peer_id']}/streams"
    world.wait_for(lambda: world.ask("GET", streams).json().get("items"), bool)
    file = {"name": "call", "pieces": 1}
    world.wait_for(lambda: world.ask("POST", path, json=file).status_code, lambda status: status == 200)


def upload_call_report(world: World, things: Things) -> None:
    """Upload what a Telnyx SDK says of a call of ours, and wait until it can be read."""
    call_id = things.call.ids["call_id"]
    body = {"summary": {"callId": call_id, "callerNumber": f"{things.mark}caller"}}
    headers = {"x-call-report-id": things.call.report_token}
    taken = world.http.post("/call_report", json=body, headers=headers)
    assert taken.status_code == 200, taken.text
    path = f"/telnyx/v2/voice_sdk_call_reports/{call_id}"
    world.wait_for(lambda: world.ask("GET", path).status_code, lambda status: status == 200)


def packets() -> dict:
    """What happened to each packet of a `Pair.report`: the last five of 250 got lost."""
    index = np.arange(250)
    is_lost = index >= 245
    table = PacketTable(
        is_one_way=True,
        index=index,
        sent=index * 20_000_000,
        delay=np.where(is_lost, 0, 30_500_000),
        tos=np.where(is_lost, -1, 8 << 2),
        ttl=np.where(is_lost, -1, 57),
        flags=np.where(is_lost, int(PacketFlag.LOST), 0),
    )
    return msgspec.to_builtins(pack_packets(table))


@pytest.fixture(scope="module")
def ours(world, make_things) -> Things:
    """What our workspace has, with a result that can be read, for tests that change none of it."""
    things = make_things(world, world.ours)
    world.upload(things.pair.key, things.pair.report(things.round_id, packets=packets()))
    results = f"/voice/rtp-stream/{things.pair.test}"
    world.wait_for(lambda: world.read(results)["voice"]["metrics"], bool)
    report_call(world, things.call)
    upload_call_report(world, things)
    return things


@pytest.fixture(scope="session")
def program() -> Path:
    """The command as it is installed."""
    return PROGRAM


@pytest.fixture(scope="session")
def start_server() -> Callable[..., AbstractContextManager[tuple[subprocess.Popen[str], str]]]:
    """Starts a server of one's own."""
    return running_server


@contextmanager
def running_world(data_dir: Path, *, environment: Mapping[str, str] | None = None) -> Iterator[World]:
    """A server with two workspaces of two organizations."""
    with (
        running_server(data_dir, environment=environment) as (_, url),
        closing(Directory(f"sqlite:///{data_dir}/directory.db")) as directory,
        httpx2.Client(base_url=url, timeout=DEADLINE) as http,
    ):
        accounts = Accounts(directory)
        yield World(
            url=url,
            http=http,
            agents=Agents(directory),
            ours=make_workspace(accounts, "Ours", "ann@ours.example"),
            theirs=make_workspace(accounts, "Theirs", "bob@theirs.example"),
        )


@pytest.fixture(scope="session")
def make_world() -> Callable[..., AbstractContextManager[World]]:
    """Starts a world of one's own."""
    return running_world


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Iterator[World]:
    """The world that most tests share."""
    with running_world(tmp_path_factory.mktemp("api") / "data") as world:
        yield world


def make_workspace(accounts: Accounts, name: str, email: str) -> Workspace:
    """Make an organization with one workspace and two people."""
    made = accounts.bootstrap(name, name, email=email, name="Admin")
    access = accounts.access(made.principal)
    member = accounts.add_person(access, email=f"member.{email}", name="Member", role=Role.MEMBER)
    return Workspace(access=access, admin=made.token, member=member)
