"""A directory with two workspaces, and a clock that tests set."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sonde.directory import Directory
from sonde.model.agents import Agent
from sonde.model.control import EnrolRequest
from sonde.model.people import Access, Role
from sonde.services.accounts import Accounts, Bootstrapped
from sonde.services.agents import Agents
from sonde.services.voice_tests import VoiceTests
from sonde.services.workspaces import Workspaces


class SetClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The moment it was moved to."""
        return self.moment

    def advance(self, step: timedelta) -> None:
        """Let time pass."""
        self.moment += step


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with its tables made, to start each test from."""
    file = tmp_path_factory.mktemp("directory") / "empty.db"
    Directory(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Directory]:
    """A directory and its file. What it has compiled, it has for all tests; what it knows is in the file."""
    file = tmp_path_factory.mktemp("directory") / "directory.db"
    return file, Directory(f"sqlite:///{file}")


@pytest.fixture(scope="session")
def home(empty_file: Path) -> tuple[Path, Bootstrapped]:
    """The same with Ada, who administers Home."""
    file = shutil.copy(empty_file, empty_file.with_name("home.db"))
    directory = Directory(f"sqlite:///{file}")
    made = Accounts(directory, SetClock()).bootstrap("Acme", "Home", email="ada@example.com", name="Ada")
    directory.close()
    return file, made


@pytest.fixture(scope="session")
def lab(home: tuple[Path, Bootstrapped]) -> tuple[Path, Bootstrapped]:
    """The same with three agents in Home: 1, 2 and 3."""
    file = shutil.copy(home[0], home[0].with_name("lab.db"))
    directory = Directory(f"sqlite:///{file}")
    admin = Accounts(directory, SetClock()).access(home[1].principal)
    enrol = Enroller(Agents(directory, SetClock()))
    assert [enrol(admin, name).agent_id for name in "abc"] == [1, 2, 3]
    directory.close()
    return file, home[1]


@pytest.fixture(scope="session")
def beginning(home: tuple[Path, Bootstrapped]) -> tuple[Path, Bootstrapped]:
    """What a test with an administrator starts from; a module may choose the laboratory."""
    return home


@pytest.fixture
def directory(request, opened: tuple[Path, Directory], empty_file: Path, beginning) -> Iterator[Directory]:
    """A directory with nothing in it but what the administrator begins with, if the test wants one."""
    file, directory = opened
    directory.close()
    shutil.copy(beginning[0] if "admin" in request.fixturenames else empty_file, file)
    yield directory
    directory.close()
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.fixture
def accounts(directory: Directory, clock: SetClock) -> Accounts:
    return Accounts(directory, clock)


@pytest.fixture
def agents(directory: Directory, clock: SetClock) -> Agents:
    return Agents(directory, clock)


@pytest.fixture
def voice_tests(directory: Directory, clock: SetClock) -> VoiceTests:
    return VoiceTests(directory, clock)


@pytest.fixture
def workspaces(directory: Directory, clock: SetClock) -> Workspaces:
    return Workspaces(directory, clock)


@pytest.fixture
def admin(accounts: Accounts, beginning: tuple[Path, Bootstrapped]) -> Access:
    """Ada, who administers the workspace Home."""
    return accounts.access(beginning[1].principal)


@pytest.fixture
def member(accounts: Accounts, admin: Access) -> Access:
    """Bob, who may read in Home."""
    token = accounts.add_person(admin, email="bob@example.com", name="Bob", role=Role.MEMBER)
    return accounts.access(accounts.authenticate(token))


@pytest.fixture
def stranger(accounts: Accounts, admin: Access) -> Access:
    """Eve, who administers a workspace of another organization."""
    made = accounts.bootstrap("Umbrella", "Lair", email="eve@example.com", name="Eve")
    return accounts.access(made.principal)


class Enroller:
    """Makes agents the way they come to be: with a token of their own."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    def __call__(self, access: Access, name: str) -> Agent:
        """Let an agent of this name into the workspace."""
        token = self._agents.create_enrolment_token(access, name, timedelta(hours=1))
        made = self._agents.enrol(
            token, EnrolRequest(name=name, host=f"{name}.example.net", port=49152, version="0.1.0")
        )
        return self._agents.authenticate(made.agent_key)


@pytest.fixture
def enrol(agents: Agents) -> Enroller:
    return Enroller(agents)
