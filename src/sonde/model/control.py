"""What an agent and its server say to each other over HTTPS, both ways."""

import msgspec

from sonde.model.agents import POLL_INTERVAL
from sonde.model.rounds import RoundReport


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent is and what it runs; said at every start, since both may have changed.

    Attributes:
        host, port: where other agents reach its RTP listener.
        version: Sonde release.
        addresses: its own interface addresses.
    """

    host: str
    port: int
    version: str
    addresses: tuple[str, ...] = ()


class EnrolRequest(Presence, frozen=True, kw_only=True):
    """Sent once, with a one-time enrolment token as bearer.

    Attributes:
        name: how people will call the agent, 1 to 255 characters.
        country_id: ISO 3166-1 alpha-2 or empty.
        location: where it stands, for people.
    """

    name: str
    country_id: str = ""
    location: str = ""


class EnrolResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's identity. The key is shown here and never again."""

    agent_id: int
    agent_key: str
    workspace: str


class PairKey(msgspec.Struct, frozen=True, kw_only=True):
    """The secret of one source and one target in one test.

    Attributes:
        key_id: 8 bytes that name the key on the wire without revealing it.
        key: 32 secret bytes.
    """

    key_id: bytes
    key: bytes


class StreamAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """One stream this agent must send in every round. Units as in `VoiceTestSettings`.

    Attributes:
        target_agent_id, target_host, target_port: who receives this stream.
        is_reverse: it goes from the test's target to one of its sources, as half of a two-way test.
        requested_round: of a test without a timetable, the one round to run now; None with a timetable.
    """

    test_id: int
    interval: int
    duration: int
    codec: str
    dscp: int
    jitter_buffer: float
    target_agent_id: int
    target_host: str
    target_port: int
    pair_key: PairKey
    is_reverse: bool = False
    requested_round: int | None = None


class DesiredState(msgspec.Struct, frozen=True, kw_only=True):
    """All that an agent must do and allow, complete each time.

    Attributes:
        version: changes when anything else here does; sent back as `If-None-Match`.
        streams: what to send.
        accept: whose streams to receive.
        poll_interval: seconds until the agent asks again.
    """

    version: str
    streams: tuple[StreamAssignment, ...] = ()
    accept: tuple[PairKey, ...] = ()
    poll_interval: float = POLL_INTERVAL


class ResultsUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of round reports, oldest first, at most 500."""

    results: tuple[RoundReport, ...]


class RejectedResult(msgspec.Struct, frozen=True, kw_only=True):
    """One report the server will never take, and why."""

    index: int
    message: str


class UploadReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything not rejected is on disk when this is sent."""

    accepted: int
    rejected: tuple[RejectedResult, ...] = ()
