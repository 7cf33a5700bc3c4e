"""`sonde agent` and the server that it enrols at: the first start, all later ones, and refusals."""

import json
import signal
from pathlib import Path

import pytest

from sonde.demo.processes import free_udp_port

pytestmark = pytest.mark.integration

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def server(run, start_once, tmp_path_factory):
    """The URL of a server with one workspace, and its data folder."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    about = ("--organization", "O", "--workspace", "W", "--email", "ada@example.org", "--name", "Ada")
    assert run("admin", "init", *about, "--data-dir", data_dir).returncode == 0
    process = start_once("serve", "--port", 0, "--data-dir", data_dir)
    return process.stdout.readline().split()[-1], data_dir


@pytest.fixture
def token(run, server) -> str:
    """An enrolment token."""
    _, data_dir = server
    return json.loads(run("admin", "enrol-token", "--json", "--data-dir", data_dir).stdout)["token"]


@pytest.fixture
def command(server, tmp_path):
    """The words of a command line that runs an agent of the server."""
    url, _ = server

    def command(token: str, name: str, *, state: str = "state") -> list[str]:
        words = ["agent", "--state-dir", str(tmp_path / state), "--server", url, "--token", token]
        return [*words, "--name", name, "--bind", HOST, "--port", str(free_udp_port()), "--json"]

    return command


def events_until(process, name: str) -> dict[str, dict]:
    """The log of an agent, by event, up to one of that name."""
    events: dict[str, dict] = {}
    for line in process.stderr:
        event = json.loads(line)
        events[event["event"]] = event
        if event["event"] == name:
            return events
    pytest.fail(f"the agent ended without {name}: {events}")


def test_the_same_command_line_serves_every_start(start, command, token, tmp_path) -> None:
    """It enrols once; later it goes on as the same agent, says so, and the used token does not matter."""
    identities = []
    for number in (signal.SIGTERM, signal.SIGINT):
        process = start(*command(token, "bern"))
        events = events_until(process, "agent.started")
        identities.append((tmp_path / "state" / "identity.json").read_text())
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode == 0
        assert ("agent.enrolled_before" in events) is (number == signal.SIGINT)
    assert identities[0] == identities[1]
    assert events["agent.enrolled_before"]["agent_id"] == json.loads(identities[0])["agent_id"]


def test_another_spelling_of_the_url_is_the_same_server(start, command, token) -> None:
    """A slash at the end, which people add and forget."""
    words = command(token, "same server")
    events_until(first := start(*words), "agent.started")
    first.terminate()
    first.communicate(timeout=30)
    words[4] += "/"
    assert "agent.enrolled_before" in events_until(start(*words), "agent.started")


def test_a_folder_that_an_agent_works_in_is_refused(start, run, command, token) -> None:
    """Two agents of one identity would measure everything twice."""
    process = start(*command(token, "busy"))
    events_until(process, "agent.started")
    done = run(*command(token, "busy"))
    assert done.returncode == 2
    assert f"is in use by process {process.pid}" in done.stderr


def test_a_wrong_token_is_explained(run, command) -> None:
    """Without a trace of an agent left behind."""
    words = command("snd_enrol_wrong", "oslo")
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sonde: The enrolment token is not valid.\n  hint: ")
    assert not Path(words[2], "identity.json").exists()


def test_a_taken_name_is_explained_and_the_token_stays(start, run, command, token, server) -> None:
    """Whoever chooses another name can go on with the same token."""
    _, data_dir = server
    other = json.loads(run("admin", "enrol-token", "--json", "--data-dir", data_dir).stdout)["token"]
    events_until(start(*command(other, "taken", state="first")), "agent.started")
    done = run(*command(token, "taken"))
    assert done.returncode == 2
    assert "There is an agent named taken already." in done.stderr
    assert "--name" in done.stderr
    events_until(start(*command(token, "not taken")), "agent.started")


def test_a_country_that_is_none_is_explained(run, command, token) -> None:
    """By the server, whose rule it is."""
    done = run(*command(token, "bergen"), "--country", "Norway")
    assert done.returncode == 2
    assert "country_id must be two capital letters" in done.stderr
