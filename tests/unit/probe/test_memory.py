"""What an agent remembers is on disk, private, and complete or refused."""

import pytest

from sonde.model.control import DesiredState
from sonde.model.errors import Invalid, Unavailable
from sonde.probe.memory import Identity, Memory

IDENTITY = Identity(
    server="http://127.0.0.1:8700",
    agent_id=7,
    agent_key="secret",
    name="Bern",
    workspace="Demo",
    advertise=("192.0.2.1", 49152),
)


def test_everything_comes_back(tmp_path):
    """A restarted agent knows who it is, what to do and what it has begun."""
    memory = Memory(tmp_path / "agent")
    assert (memory.identity(), memory.desired_state(), memory.rounds_begun()) == (None, None, {})
    memory.remember_identity(IDENTITY)
    memory.remember_desired_state(DesiredState(version="1"))
    memory.remember_rounds_begun({"1": 1_700_000_040, "2:9": 1_700_000_100})
    again = Memory(tmp_path / "agent")
    assert again.identity() == IDENTITY
    assert again.desired_state() == DesiredState(version="1")
    assert again.rounds_begun() == {"1": 1_700_000_040, "2:9": 1_700_000_100}


def test_secrets_are_for_their_owner_only(tmp_path):
    """Nobody else on the machine reads the agent's key or the keys of its tests, not even for a moment."""
    memory = Memory(tmp_path / "agent")
    memory.remember_identity(IDENTITY)
    memory.remember_desired_state(DesiredState(version="1"))
    assert memory.folder.stat().st_mode & 0o077 == 0
    assert [path.stat().st_mode & 0o077 for path in memory.folder.iterdir()] == [0, 0]


def test_a_damaged_file_is_named(tmp_path):
    """Neither a crash nor a silent new start: the sentence names the file and what to do."""
    memory = Memory(tmp_path)
    for damaged in (b'{"server": 1}', b'{"server": "\xff"}', b""):
        (tmp_path / "identity.json").write_bytes(damaged)
        with pytest.raises(Invalid, match=r"identity\.json is damaged") as caught:
            memory.identity()
    assert "enrol again" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """A file in the way gives a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be made"):
        Memory(tmp_path / "file" / "agent")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """A folder that vanished gives a sentence."""
    memory = Memory(tmp_path / "agent")
    memory.folder.rmdir()
    with pytest.raises(Unavailable, match="cannot be written"):
        memory.remember_rounds_begun({})
