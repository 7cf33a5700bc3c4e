"""What an issue is: something wrong with a start, an end, evidence and a likely cause."""

from enum import StrEnum

import msgspec

from sonde.webrtc.sample import Direction, Kind


class Severity(StrEnum):
    """How much people notice; the order of the words is that of the weight."""

    INFO = "info"
    """Worth knowing when looking for reasons; nobody need notice it."""

    WARNING = "warning"
    """People notice."""

    CRITICAL = "critical"
    """The conversation suffers or is impossible."""


class Cause(StrEnum):
    """Where the reason most likely lies, seen from the peer that has the issue."""

    UPLINK = "uplink"
    """What this peer sends, on its way to the other side or the server."""

    DOWNLINK = "downlink"
    """What this peer receives, on its way from the other side or the server."""

    THIS_DEVICE = "this_device"
    """This peer's own computer, browser, microphone, camera or loudspeaker."""

    OTHER_SIDE = "other_side"
    """The sender's network or device: it arrived broken at whatever lies between."""

    SERVER = "server"
    """The media or TURN server, or the way it lies on."""

    EVERYONE = "everyone"
    """Most peers of the session have it at the same time."""

    UNKNOWN = "unknown"
    """Nothing tells where."""


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong for some time.

    Attributes:
        type: one of the catalogue's, such as `packet_loss_in`.
        severity: the worst it was.
        cause: where the reason most likely lies.
        peer: key of the peer that has it.
        stream: `stream_id` of the stream that has it; None when the whole connection has it.
        direction, kind: of the stream.
        start, end: of the first and the last bad interval, nanoseconds since the epoch.
        evidence: what was measured, by name: SI numbers, or words.
    """

    type: str
    severity: Severity
    cause: Cause = Cause.UNKNOWN
    peer: str
    stream: str | None = None
    direction: Direction | None = None
    kind: Kind | None = None
    start: int
    end: int
    evidence: dict[str, float | int | str] = {}

    def overlaps(self, other: "Issue", margin: int = 0) -> bool:
        """Whether both have time in common, or lie no further apart than `margin` nanoseconds."""
        return self.start <= other.end + margin and other.start <= self.end + margin


_WEIGHTS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


def weight_of(severity: Severity) -> int:
    """0 for the lightest; more is worse."""
    return _WEIGHTS[severity]
