"""What an agent remembers across restarts: who it is, what it must do, which rounds it has begun."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from sonde.model.control import DesiredState
from sonde.model.errors import Invalid

T = TypeVar("T")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Given at enrolment, kept readable for its owner only."""

    server: str
    agent_id: int
    agent_key: str
    name: str
    workspace: str


class Memory:
    """Files in the agent's state folder.

    Args:
        folder: made when missing, readable for its owner only.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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

    def rounds_begun(self) -> dict[int, int]:
        """The latest round begun, by test."""
        return self._read("rounds.json", dict[int, int]) or {}

    def remember_rounds_begun(self, rounds: dict[int, int]) -> None:
        """Keeps them, so that a restarted agent does not measure a round twice."""
        self._write("rounds.json", rounds)

    def _read(self, name: str, kind: type[T]) -> T | None:
        path = self.folder / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            hint = "move the file away; an agent without its identity must enrol again"
            raise Invalid(f"{path} is damaged: {error}", hint=hint) from error

    def _write(self, name: str, value: object) -> None:
        path = self.folder / name
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(value))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
