"""The definition of a voice test: who sends what to whom, how often."""

from datetime import datetime
from typing import Any

import msgspec

INTERVALS = (10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Allowed seconds between rounds; each divides a day, so rounds align to the epoch."""

ON_REQUEST = 0
"""The interval of a test that has no timetable: each of its rounds is asked for by a person."""

REQUEST_LIFE = 300
"""Seconds within which the agents must begin a round that a person asked for; later nobody wants it."""

DURATION_RANGE = (1, 60)
"""Allowed seconds of one stream, both ends included."""

JITTER_BUFFER_RANGE = (0.0, 0.150)
"""Allowed de-jitter buffer depth in seconds, both ends included."""


class VoiceTestSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decides about a voice test.

    Attributes:
        name: unique in the workspace, 1 to 255 characters.
        source_agent_ids: agents that send, at least one, without the target.
        target_agent_id: the agent that receives.
        interval: seconds between rounds, one of `INTERVALS`; `ON_REQUEST` for none.
        duration: seconds of one stream, in `DURATION_RANGE`.
        codec: slug of `sonde.quality.codecs`.
        dscp: DiffServ code point sent, 0 to 63.
        jitter_buffer: fixed de-jitter buffer depth in seconds.
        two_way: the target sends to each source as well, at the same time and in the same way.
        path_traces: traces per round, 1 to 10 (kept for the path issue; not measured yet).
        facade_settings: what a vendor's API accepted and must show again, by vendor.
    """

    name: str
    source_agent_ids: tuple[int, ...]
    target_agent_id: int
    interval: int = 60
    duration: int = 5
    codec: str = "g711"
    dscp: int = 46
    jitter_buffer: float = 0.040
    two_way: bool = False
    path_traces: int = 3
    enabled: bool = True
    alerts_enabled: bool = False
    description: str = ""
    facade_settings: dict[str, dict[str, Any]] = {}

    @property
    def agent_ids(self) -> frozenset[int]:
        """The agents that take part, as source or as target."""
        return frozenset((self.target_agent_id, *self.source_agent_ids))


class VoiceTest(msgspec.Struct, frozen=True, kw_only=True):
    """A voice test as the directory keeps it.

    Attributes:
        requested_round: id of the round a person asked for last, in epoch seconds; None without a request.
    """

    test_id: int
    workspace_id: int
    settings: VoiceTestSettings
    created_by: str
    created_at: datetime
    modified_by: str | None = None
    modified_at: datetime | None = None
    requested_round: int | None = None


def round_start(now: float, interval: int) -> int:
    """The round that `now` falls into: the last multiple of `interval`, in epoch seconds."""
    return int(now // interval) * interval


def round_end(round_id: int, interval: int, duration: int) -> int:
    """Where a round ends, in epoch seconds: at the next one, or with its stream if none follows."""
    return round_id + (duration if interval == ON_REQUEST else interval)
