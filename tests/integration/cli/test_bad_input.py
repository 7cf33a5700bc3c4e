"""What nobody can carry out: each gets a sentence that names the thing, and 2 as exit code."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from sonde.cli.main import main
from sonde.demo.processes import require_free_port
from sonde.opening import open_directory
from sonde.probe.memory import Identity
from sonde.services.accounts import Accounts
from sonde.settings import load_settings

pytestmark = pytest.mark.integration

HOST = "127.0.0.1"
ADA = ("--email", "ada@example.org")
INIT = ("admin", "init", "--organization", "O", "--workspace", "W", "--name", "Ada", *ADA)
PROBE = ("probe", HOST, "--key", "k")
IMPAIR = ("impair", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9")


class Said(NamedTuple):
    """How a command ended in this process."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def empty_home(monkeypatch, tmp_path) -> None:
    """Nothing that belongs to whoever runs the tests is found: no settings, no data."""
    for name in [name for name in os.environ if name.startswith("SONDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sonde(monkeypatch, capsys) -> Callable[..., Said]:
    """Runs a command line in this process."""

    def sonde(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["sonde", *map(str, words)])
        try:
            main()
        except SystemExit as end:
            return Said(int(end.code or 0), *capsys.readouterr())
        pytest.fail("a command line ends with an exit code")

    return sonde


@pytest.fixture
def refuse(sonde) -> Callable[..., str]:
    """Runs a command line that must fail, and returns its sentence and hint."""

    def refuse(*words: object) -> str:
        code, out, err = sonde(*words)
        assert (code, out) == (2, ""), err
        assert "Traceback" not in err
        sentences = [line for line in err.splitlines() if line.startswith(("sonde: ", "Error: "))]
        assert len(sentences) == 1, err
        return err

    return refuse


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--hepl"], ["No such option: --hepl", "--help"]),
        (["sevre"], ["No such command 'sevre'", "'serve'"]),
        (["admin", "person", "drop"], ["No such command 'drop'"]),
        (["version", "1"], ["unexpected extra argument"]),
        (["probe", HOST], ["--key"]),
        (["probe", "--key", "k"], ["host"]),
        (["impair", "--to", "127.0.0.1:9"], ["--listen"]),
        ([*PROBE, "--codec", "opus"], ["--codec", "'opus'", "g711", "silk-36-wb"]),
        ([*PROBE, "--dscp", "64"], ["--dscp", "between 0 and 63"]),
        ([*PROBE, "--dscp", "VIP"], ["--dscp", "'VIP'", "AF41"]),
        ([*PROBE, "--duration", "61s"], ["--duration", "61s", "from 1s to 60s"]),
        ([*PROBE, "--duration", "1500ms"], ["--duration", "1500ms", "whole seconds"]),
        ([*PROBE, "--duration", "5"], ["--duration", "'5'", "write a number and us, ms, s"]),
        ([*PROBE, "--jitter-buffer", "1s"], ["--jitter-buffer", "1s", "150ms"]),
        ([*PROBE, "--port", "65536"], ["--port", "65535"]),
        ([*PROBE, "--fail-under-mos", "5.1"], ["--fail-under-mos", "5"]),
        ([*PROBE, "--fail-over-loss", "101%"], ["--fail-over-loss", "101%", "2%"]),
        (["probe", "a..b", "--key", "k"], ["HOST", "'a..b'", "no host name"]),
        (["listen", "--port", "-1"], ["--port", "0"]),
        (["listen", "--bind", ""], ["--bind", "''", "no host name"]),
        (["listen", "--bind", "192.0.2.1", "--port", "0"], ["192.0.2.1", "Cannot assign requested address"]),
        (["serve", "--host", "a..b"], ["'a..b'", "--host"]),
        (["serve", "--host", ""], ["host"]),
        (["serve", "--host", "192.0.2.1"], ["192.0.2.1", "Cannot assign requested address", "--host"]),
        (["serve", "--port", "65536"], ["--port", "65535"]),
        (["serve", "--port", "0", "--data-dir", "a?b"], ["data_dir", "?, # or %"]),
        (["agent"], ["--state-dir"]),
        (["agent", "--state-dir", "s"], ["s holds no agent yet", "--server", "sonde admin enrol-token"]),
        (["agent", "--state-dir", "s", "--token", "t"], ["--token needs --server"]),
        (["agent", "--state-dir", "s", "--server", "example.org"], ["--server", "'example.org'", "http://"]),
        (["agent", "--state-dir", "s", "--server", "ftp://example.org"], ["--server", "http://host:port"]),
        (["agent", "--state-dir", "s", "--server", "http://[::1"], ["--server", "is no URL"]),
        (["agent", "--state-dir", "s", "--server", "http://h:x"], ["--server", "is no URL"]),
        (["agent", "--state-dir", "s", "--server", "http://h", "--token", "\u00fc"], ["--token", "letters"]),
        (["agent", "--state-dir", "s", "--advertise", "example.org"], ["--advertise", "host:port"]),
        (["agent", "--state-dir", "s", "--bind", "a..b"], ["--bind", "'a..b'"]),
        (["agent", "--state-dir", "s", "--port", "0"], ["--port", "1"]),
        (["agent", "--state-dir", "/dev/null/s"], ["/dev/null/s cannot be made", "--state-dir"]),
        ([*IMPAIR, "--loss", "2"], ["--loss", "'2'", "2%"]),
        ([*IMPAIR, "--reverse-jitter", "11s"], ["--reverse-jitter", "10 seconds"]),
        ([*IMPAIR, "--dscp", "EF1"], ["--dscp", "'EF1'"]),
        ([*IMPAIR, "--max-flows", "0"], ["--max-flows", "1"]),
        ([*IMPAIR, "--log", "/dev/null/log"], ["/dev/null/log"]),
        ([*IMPAIR, "--for", "0"], ["--for", "longer than nothing"]),
        (["impair", "--listen", "a..b:0", "--to", "127.0.0.1:9"], ["--listen", "'a..b'"]),
        (["demo", "--for", "0s"], ["--for", "longer than nothing"]),
        (["demo", "--port", "0"], ["--port", "1"]),
        (["demo", "--data-dir", "/dev/null"], ["/dev/null", "--data-dir"]),
        ([*INIT[:-1], "nobody"], ["email", "mail address"]),
        (["admin", "enrol-token"], ["which workspace", "none yet"]),
        (["admin", "enrol-token", "--hours", "721"], ["--hours", "720"]),
        (["admin", "workspace", "add", "--name", "X", "--beside", "9"], ["which workspace"]),
        (["admin", "person", "add", "--role", "king", *ADA, "--name", "A"], ["--role", "'king'", "member"]),
        (["admin", "token", "list", *ADA], ["nobody with the address ada@example.org"]),
        (["admin", "token", "create", *ADA, "--data-dir", "/dev/null/d"], ["/dev/null/d", "--data-dir"]),
    ],
    ids=lambda each: " ".join(map(str, each))[:70] if isinstance(each, list) else "",
)
def test_what_cannot_be_done_is_said(refuse, words, named) -> None:
    """The sentence has the option or the thing, the value where it helps, and what would do."""
    said = refuse(*words)
    assert [word for word in named if word not in said] == [], said


@pytest.mark.parametrize("words", [["serve"], ["demo"]], ids=" ".join)
@pytest.mark.parametrize("bound", [(socket.AF_INET, HOST), (socket.AF_INET6, "::")], ids=["v4", "v6"])
def test_a_taken_tcp_port_is_explained(refuse, words, bound) -> None:
    """Also when its owner listens on every address by IPv6, which takes IPv4 along."""
    family, address = bound
    with socket.create_server((address, 0), family=family, dualstack_ipv6=family == socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        said = refuse(*words, "--port", port)
    assert f"ort {port} on {HOST} is in use" in said
    assert "--port" in said


def test_the_demo_shares_a_port_number_with_pure_ipv6() -> None:
    """A listener that takes no IPv4 is in nobody's way."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        require_free_port(HOST, other.getsockname()[1])


def test_a_taken_udp_port_of_an_agent_is_explained(refuse, tmp_path) -> None:
    """When it starts, whatever the server may say."""
    remember(tmp_path / "s", "http://127.0.0.1:9")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        said = refuse("agent", "--state-dir", "s", "--bind", HOST, "--port", port)
    assert f"cannot listen on {HOST} port {port} (UDP): Address already in use" in said
    assert "--port" in said


@pytest.mark.parametrize("content", [b"", b"{}", b"[1", b'{"server": 1}', b"\xff\xfe"])
def test_a_damaged_identity_is_explained(refuse, tmp_path, content) -> None:
    """The sentence names the file and says what to do with it."""
    remember(tmp_path / "s", "http://127.0.0.1:9").write_bytes(content)
    said = refuse("agent", "--state-dir", "s")
    assert "s/identity.json is damaged" in said
    assert "enrol again" in said


def test_an_identity_without_a_server_is_explained(refuse, tmp_path) -> None:
    """Somebody has edited it."""
    remember(tmp_path / "s", "nowhere")
    said = refuse("agent", "--state-dir", "s", "--server", "http://127.0.0.1:9")
    assert "s/identity.json: 'nowhere' is no URL of a server" in said


def test_a_folder_of_another_server_is_refused(refuse, tmp_path) -> None:
    """The agent would measure for somebody else than the command line says."""
    remember(tmp_path / "s", "http://127.0.0.1:9")
    said = refuse("agent", "--state-dir", "s", "--server", "http://127.0.0.1:10", "--token", "t")
    assert "s belongs to agent 7 of http://127.0.0.1:9" in said
    assert "--state-dir" in said
    assert "identity.json" in said


def test_a_server_out_of_reach_is_explained(refuse, unused_port) -> None:
    """The sentence has its URL; nothing is remembered of the attempt."""
    url = f"http://{HOST}:{unused_port}"
    said = refuse("agent", "--state-dir", "s", "--server", url, "--token", "t")
    assert f"{url} cannot be reached" in said
    assert "check the URL" in said
    assert not Path("s/identity.json").exists()


@pytest.mark.parametrize("spoiled", ["data/directory.db", "data"], ids=["no database", "no folder"])
@pytest.mark.parametrize(
    "words",
    [
        INIT,
        ("admin", "enrol-token"),
        ("admin", "workspace", "add", "--name", "X"),
        ("admin", "person", "add", "--name", "A", *ADA),
        ("admin", "person", "join", *ADA, "--workspace-id", "1"),
        ("admin", "token", "create", *ADA),
        ("admin", "token", "list", *ADA),
        ("admin", "token", "revoke", "1", *ADA),
        ("serve", "--port", "0"),
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_an_unusable_data_folder_is_explained(refuse, words, spoiled) -> None:
    """Whichever command meets it: a file where the folder should be, a text where the database should be."""
    file = Path(spoiled)
    file.parent.mkdir(exist_ok=True)
    file.write_text("This is no database, and it is long enough to be told from an empty one. " * 20)
    said = refuse(*words, "--data-dir", "data")
    assert "data" in said
    assert "cannot be" in said


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 300, "a\nb", "\x1b[31mred", "'; --", "\U0001f4a9", "%s %(x)s {}", "[/b]"]
)
@pytest.mark.parametrize(
    "words",
    [
        ("init", "--workspace", "W", "--email", "b@c", "--name", "N", "--organization"),
        ("init", "--organization", "P", "--workspace", "W", "--name", "N", "--email"),
        ("workspace", "add", "--name"),
        ("person", "add", "--email", "n@example.org", "--name"),
        ("enrol-token", "--label"),
        ("token", "create", *ADA, "--label"),
        ("token", "list", "--email"),
    ],
    ids=" ".join,
)
def test_any_words_are_taken_or_refused(sonde, server_data, words, text) -> None:
    """What people call things is theirs; what cannot be kept gets a sentence."""
    code, out, err = sonde("admin", *words, text, "--data-dir", server_data)
    assert (code, bool(out), bool(err)) in {(0, True, False), (2, False, True)}, err
    assert "Traceback" not in err


@pytest.fixture
def server_data(tmp_path) -> Path:
    """The data folder of a server with one workspace and Ada in it."""
    folder = tmp_path / "data"
    with open_directory(load_settings(data_dir=folder)) as directory:
        Accounts(directory).bootstrap("O", "W", email=ADA[1], name="Ada")
    return folder


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A TCP port on which nobody answers, kept from others."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as kept:
        kept.bind((HOST, 0))
        yield kept.getsockname()[1]


def remember(folder: Path, server: str) -> Path:
    """Make a state folder of an agent; returns the file that says who it is."""
    folder.mkdir()
    file = folder / "identity.json"
    identity = Identity(server=server, agent_id=7, agent_key="k", name="bern", workspace="W")
    file.write_bytes(msgspec.json.encode(identity))
    return file
