"""`sonde admin` against a real data folder, in this process: starting Python anew takes seconds each."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sonde.cli.admin import admin_app
from sonde.directory import Directory
from sonde.model.control import EnrolRequest
from sonde.model.errors import Conflict, Invalid, NotFound, Unauthenticated
from sonde.model.people import Role
from sonde.model.sessions import MeetingSettings
from sonde.services.accounts import Accounts
from sonde.services.agents import Agents
from sonde.services.meetings import Enrolment, Meetings
from sonde.services.reporting import Reporting

INIT = (
    "init",
    "--organization",
    "Acme",
    "--workspace",
    "Home",
    "--email",
    "ada@example.com",
    "--name",
    "Ada",
)


class Admin:
    """The command, with a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def __call__(self, *arguments: str) -> str:
        """What it printed; what it raised is raised."""
        done = CliRunner().invoke(admin_app, [*arguments, "--data-dir", str(self.data_dir)])
        if done.exception:
            raise done.exception
        return done.stdout

    def json(self, *arguments: str) -> dict[str, Any]:
        """What it printed as JSON."""
        return json.loads(self(*arguments, "--json"))


@pytest.fixture
def admin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Admin:
    monkeypatch.delenv("SONDE_DIRECTORY_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return Admin(tmp_path / "data")


@pytest.fixture
def directory(admin: Admin):
    """The directory that the commands write to."""
    opened = Directory(f"sqlite:///{admin.data_dir / 'directory.db'}")
    yield opened
    opened.close()


def test_init_shows_a_token_that_works(admin: Admin, directory: Directory) -> None:
    """Once, and on a machine that has nothing yet."""
    made = admin.json(*INIT)
    ada = Accounts(directory).authenticate(made["token"])
    assert (ada.email, ada.memberships[0].workspace.workspace_id) == (made["email"], made["workspace_id"])
    with pytest.raises(Conflict):
        admin(*INIT)


def test_for_people_the_token_stands_on_a_line_of_its_own(admin: Admin, directory: Directory) -> None:
    """So that it can be copied."""
    lines = admin(*INIT).splitlines()
    [token] = [line.strip() for line in lines if line.strip().startswith("snd_pat_")]
    assert Accounts(directory).authenticate(token).email == "ada@example.com"


def test_an_enrolment_token_lets_an_agent_in(admin: Admin, directory: Directory) -> None:
    """Into the only workspace there is."""
    home = admin.json(*INIT)["workspace_id"]
    made = admin.json("enrol-token", "--label", "cairo", "--hours", "1")
    request = EnrolRequest(name="cairo", host="192.0.2.1", port=49152, version="0.1.0")
    agents = Agents(directory)
    agent = agents.authenticate(agents.enrol(made["token"], request).agent_key)
    assert agent.workspace_id == made["workspace_id"] == home


def test_people_are_added_and_join_other_workspaces(admin: Admin, directory: Directory) -> None:
    """Each in the role that was asked for."""
    admin(*INIT)
    second = admin.json("workspace", "add", "--name", "Second")["workspace_id"]
    with pytest.raises(Invalid):
        admin("person", "add", "--email", "bob@example.com", "--name", "Bob")
    added = admin.json(
        "person", "add", "--email", "bob@example.com", "--name", "Bob", "--workspace-id", f"{second}"
    )
    admin("person", "join", "--email", "bob@example.com", "--workspace-id", "1", "--role", "admin")
    bob = Accounts(directory).authenticate(added["token"])
    assert [(each.workspace.name, each.role) for each in bob.memberships] == [
        ("Home", Role.ADMIN),
        ("Second", Role.MEMBER),
    ]


def test_tokens_are_made_listed_and_revoked(admin: Admin, directory: Directory) -> None:
    """The list shows their beginnings only."""
    admin(*INIT)
    token = admin.json("token", "create", "--email", "ada@example.com", "--label", "laptop")["token"]
    listed = admin.json("token", "list", "--email", "ada@example.com")["tokens"]
    assert [each["label"] for each in listed] == ["first token", "laptop"]
    assert token not in admin("token", "list", "--email", "ada@example.com")
    admin("token", "revoke", "--email", "ada@example.com", f"{listed[1]['token_id']}")
    with pytest.raises(Unauthenticated):
        Accounts(directory).authenticate(token)
    assert "(revoked)" in admin("token", "list", "--email", "ada@example.com")


def test_client_keys_are_made_listed_and_revoked(admin: Admin, directory: Directory) -> None:
    """They let browsers report to the only workspace there is."""
    home = admin.json(*INIT)["workspace_id"]
    made = admin.json("client-key", "create", "--label", "web app")
    assert Reporting(directory).authenticate(made["token"]).workspace_id == made["workspace_id"] == home
    [listed] = admin.json("client-key", "list")["client_keys"]
    assert (listed["key_id"], listed["label"]) == (made["key_id"], "web app")
    assert made["token"] not in admin("client-key", "list")
    admin("client-key", "revoke", f"{made['key_id']}")
    assert "(revoked)" in admin("client-key", "list")
    with pytest.raises(Unauthenticated):
        Reporting(directory).authenticate(made["token"])
    with pytest.raises(NotFound):
        admin("client-key", "revoke", f"{made['key_id']}")


def test_participants_get_tokens_and_lose_them(admin: Admin, directory: Directory) -> None:
    """By the id that the API shows."""
    admin(*INIT)
    access, meetings = Accounts(directory).operator_access(), Meetings(directory)
    meeting = meetings.create(access, MeetingSettings(title="Room"))
    ada = meetings.enrol(access, meeting.meeting_id, Enrolment(custom_id="ada")).participant_id
    made = admin.json("participant-token", "create", ada, "--hours", "1")
    assert Reporting(directory).authenticate(made["token"]).participant_id == ada
    admin("participant-token", "revoke", ada)
    with pytest.raises(Unauthenticated):
        Reporting(directory).authenticate(made["token"])
    with pytest.raises(NotFound):
        admin("participant-token", "create", "nobody")


@pytest.mark.parametrize("email", ["nobody@example.com", "not an address", "\udcff@x"])
def test_nobody_is_a_sentence(admin: Admin, email: str) -> None:
    """Whatever is typed for an address."""
    admin(*INIT)
    with pytest.raises((NotFound, Invalid)):
        admin("token", "list", "--email", email)


@pytest.mark.parametrize("hours", ["0", "721", "nan", "1e300", "a day"])
def test_impossible_hours_are_a_usage_error(admin: Admin, hours: str) -> None:
    """Before anything is opened."""
    with pytest.raises(SystemExit) as ended:
        admin("enrol-token", "--hours", hours)
    assert ended.value.code == 2
    assert not admin.data_dir.exists()
