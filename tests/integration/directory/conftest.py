"""The same directory twice: on SQLite, and on a private PostgreSQL cluster behind a unix socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from sonde.directory import Directory
from sonde.model.people import Workspace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a real database."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


def find_binaries() -> Path | None:
    """The folder of PostgreSQL's server programs, which distributions keep out of PATH."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A cluster of our own; the value is the folder of its socket."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    # Not pytest's folder: the path of a unix socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="sonde-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(as_server_user(list(command)), check=True, cwd="/", stdout=subprocess.DEVNULL)

    try:
        run(
            f"{binaries}/initdb", "--pgdata", f"{data}", "--username", "sonde", "--no-sync", "--auth", "trust"
        )
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c timezone=Asia/Kolkata"
        log = f"{folder / 'log'}"
        run(
            f"{binaries}/pg_ctl", "start", "--wait", "--pgdata", f"{data}", "--log", log, "--options", options
        )
        try:
            yield f"{folder}"
        finally:
            run(f"{binaries}/pg_ctl", "stop", "--mode", "immediate", "--pgdata", f"{data}")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'directory.db'}"
        return
    socket = request.getfixturevalue("postgresql")
    name = f"t{os.urandom(6).hex()}"
    with psycopg.connect(host=socket, user="sonde", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"postgresql+psycopg://sonde@/{name}?host={socket}"
        # Each one is hundreds of files, which at the end would be too many to delete within a test's time.
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def directory(url: str) -> Iterator[Directory]:
    """A directory with nothing in it."""
    opened = Directory(url)
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    """The moment at which everything in a test happens."""
    return datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


@pytest.fixture
def home(directory: Directory, now: datetime) -> Workspace:
    """The workspace that a test works in."""
    with directory.write() as tx:
        return tx.workspaces.add(tx.workspaces.add_organization("Acme", now=now), "Home", now=now)


@pytest.fixture
def abroad(directory: Directory, home: Workspace, now: datetime) -> Workspace:
    """Another workspace of the same organization."""
    with directory.write() as tx:
        return tx.workspaces.add(home.organization_id, "Abroad", now=now)
