"""A running measuring program, source or target of voice tests."""

from datetime import datetime, timedelta

import msgspec

POLL_INTERVAL = 5.0
"""Seconds between two questions of an agent for its desired state."""

ONLINE_FOR = timedelta(seconds=4 * POLL_INTERVAL)
"""An agent that asked for its state within this time counts as online."""


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """One agent as the directory knows it.

    Attributes:
        host, port: where other agents reach its RTP listener.
        host_is_chosen: a person chose the host, so what the agent announces does not change it.
        country_id: ISO 3166-1 alpha-2, empty when not told.
        location: free text for people, empty when not told.
        addresses: its own interface addresses as it reported them.
        version: Sonde release the agent runs.
        last_seen_at: None when it never asked for its state.
    """

    agent_id: int
    workspace_id: int
    name: str
    host: str
    port: int
    country_id: str
    location: str
    addresses: tuple[str, ...]
    version: str
    enabled: bool
    created_at: datetime
    last_seen_at: datetime | None
    host_is_chosen: bool = False

    def is_online(self, now: datetime) -> bool:
        """Whether the agent asked for its state recently enough to count on it."""
        return self.last_seen_at is not None and now - self.last_seen_at <= ONLINE_FOR
