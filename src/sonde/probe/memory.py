"""What an agent remembers across restarts: who it is, what it must do, which rounds it has begun."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from sonde.model.control import DesiredState
from sonde.model.errors import Invalid, Unavailable

T = TypeVar("T")

_WITHOUT = {
    "identity.json": "the agent must then enrol again",
    "desired.json": "the server will tell the agent again what to do",
    "rounds.json": "the agent may then measure one round of each test twice",
}
"""What happens when a file of the state folder is gone."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Given at enrolment, kept readable for its owner only.

    Attributes:
        advertise: host and port that other agents were told then; None for the agent's own address.
    """

    server: str
    agent_id: int
    agent_key: str
    name: str
    workspace: str
    advertise: tuple[str, int] | None = None


class Memory:
    """Files in the agent's state folder.

    Args:
        folder: made when missing, readable for its owner only.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            hint = "choose another folder with --state-dir"
            raise Unavailable(f"{folder} cannot be made: {error.strerror}", hint=hint) from error
        self.folder = folder

    @property
    def spool_path(self) -> Path:
        """Where results wait for their upload."""
        return self.folder / "outbox.sqlite"

    def identity(self) -> Identity | None:
        """Who this agent is; None before it enrolled."""
        return self._read("identity.json", Identity)

    def remember_identity(self, identity: Identity) -> None:
        """Keeps the identity, on disk when this returns."""
        self._write("identity.json", identity)

    def desired_state(self) -> DesiredState | None:
        """The last instructions, to go on with while the server is away."""
        return self._read("desired.json", DesiredState)

    def remember_desired_state(self, state: DesiredState) -> None:
        """Keeps the instructions."""
        self._write("desired.json", state)

    def rounds_begun(self) -> dict[str, int]:
        """The latest round begun, by the name that the runner gives a stream."""
        return self._read("rounds.json", dict[str, int]) or {}

    def remember_rounds_begun(self, rounds: dict[str, int]) -> None:
        """Keeps them, so that a restarted agent does not measure a round twice."""
        self._write("rounds.json", rounds)

    def _read(self, name: str, kind: type[T]) -> T | None:
        path = self.folder / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except OSError as error:
            hint = "run the agent as the user who enrolled it"
            raise Unavailable(f"{path} cannot be read: {error.strerror}", hint=hint) from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            hint = f"move the file away; {_WITHOUT.get(name, '')}"
            raise Invalid(f"{path} is damaged: {error}", hint=hint) from error

    def _write(self, name: str, value: object) -> None:
        try:
            self._replace(self.folder / name, value)
        except OSError as error:
            hint = "make room on the disk, or make the folder writable"
            raise Unavailable(f"{self.folder} cannot be written: {error.strerror}", hint=hint) from error

    @staticmethod
    def _replace(path: Path, value: object) -> None:
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(value))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # without it a power cut may take the new name back
        finally:
            os.close(folder)
