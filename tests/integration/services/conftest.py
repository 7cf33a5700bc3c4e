"""Two agents and a test between them, over a real directory, spool and store."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sonde.directory import Directory
from sonde.model.agents import Agent
from sonde.model.control import EnrolRequest
from sonde.model.people import Access
from sonde.model.rounds import RoundReport
from sonde.model.voice_tests import VoiceTest, VoiceTestSettings
from sonde.rtp.recorder import StreamRecorder
from sonde.rtp.summary import StreamSummary
from sonde.services.accounts import Accounts
from sonde.services.agents import Agents
from sonde.services.flusher import Flusher, flush_rounds
from sonde.services.rounds import Rounds
from sonde.services.voice_tests import VoiceTests
from sonde.spool import Spool
from sonde.store import Store

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ROUND = int(NOW.timestamp()) // 60 * 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the embedded store."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    opened = Directory(f"sqlite:///{tmp_path / 'directory.db'}")
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"chdb://{tmp_path}/store") as opened:
        yield opened


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "spool.db", max_bytes=1_000_000, when_full="refuse", linger=0) as opened:
        yield opened


@pytest.fixture
def flusher(spool: Spool, store: Store, tmp_path: Path) -> Flusher:
    return flush_rounds(spool, store, set_aside=tmp_path / "set-aside")


@dataclass(frozen=True)
class World:
    """What exists."""

    access: Access
    source: Agent
    target: Agent
    test: VoiceTest
    rounds: Rounds

    def report(self, *, round_id: int = ROUND, **changes: object) -> RoundReport:
        """What the source says of a round, with changes."""
        facts = {
            "test_id": self.test.test_id,
            "round_id": round_id,
            "target_agent_id": self.target.agent_id,
            "interval": 60,
            "duration": 5,
            "codec": "g711",
            "dscp": 46,
            "jitter_buffer": 0.04,
            "started_at": round_id + 1.25,
            "stream": measured_stream(),
        }
        return RoundReport(**(facts | changes))


def measured_stream(*, delay: int = 20_000_000) -> StreamSummary:
    """Ten packets, the last one lost, each `delay` nanoseconds on the way."""
    recorder = StreamRecorder(jitter_buffer=0.04)
    for index in range(10):
        recorder.sent(index, index * 20_000_000)
    for index in range(9):
        recorder.received(index, index * 20_000_000 + delay, tos=46 << 2, ttl=64)
    return recorder.summary()


def make_world(directory: Directory, rounds: Rounds, name: str) -> World:
    """A workspace of that name, with its own people, agents and test."""
    accounts, agents = Accounts(directory), Agents(directory)
    access = accounts.access(
        accounts.bootstrap(name, name, email=f"ada@{name}.example", name="Ada").principal
    )
    source, target = (
        agents.authenticate(
            agents.enrol(
                agents.create_enrolment_token(access, role, timedelta(hours=1)),
                EnrolRequest(name=role, host="192.0.2.1", port=49152, version="0.1.0"),
            ).agent_key
        )
        for role in ("source", "target")
    )
    settings = VoiceTestSettings(
        name="t", source_agent_ids=(source.agent_id,), target_agent_id=target.agent_id
    )
    test = VoiceTests(directory).create(access, settings)
    return World(access=access, source=source, target=target, test=test, rounds=rounds)


@pytest.fixture
def rounds(directory: Directory, store: Store, spool: Spool) -> Rounds:
    return Rounds(directory, store, spool, lambda: NOW)


@pytest.fixture
def ours(directory: Directory, rounds: Rounds) -> World:
    return make_world(directory, rounds, "ours")


@pytest.fixture
def theirs(directory: Directory, rounds: Rounds, ours: World) -> World:
    return make_world(directory, rounds, "theirs")
