"""What people said in a session, as some engine understood it."""

from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

_SEGMENTS: Final = uuid5(NAMESPACE_URL, "urn:sonde:transcript-segment")

LASTS_MOST: Final = 5.0
"""Seconds that a segment is shown at most of which nobody said when it ended."""


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who said something, as far as it is known.

    Attributes:
        peer_id: their connection; None where nobody said.
        participant_id: the person; None where nobody said.
        custom_id: the application's own id of the person; None without one.
        name: as shown to people; may be empty.
    """

    peer_id: str | None = None
    participant_id: str | None = None
    custom_id: str | None = None
    name: str = ""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what one person said.

    Attributes:
        segment_id: UUID in lower case, unique in its session; see `segment_id_of`.
        start, end: seconds since the session began; the end is None where nobody said.
        speaker: who said it.
        text: what was understood.
        is_final: the engine will not change it any more.
    """

    segment_id: str
    start: float
    end: float | None = None
    speaker: Speaker
    text: str
    is_final: bool = True


class SegmentPosition(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a segment in the order in which things were said."""

    start: float
    segment_id: str


def segment_id_of(key: str) -> str:
    """The id of the segment that an engine names so: its UUID, or one made from any other name."""
    try:
        return str(UUID(key))
    except ValueError:
        return str(uuid5(_SEGMENTS, key))


def segment_id_by_content(start: float, end: float | None, speaker: Speaker, text: str) -> str:
    """The id of a segment that has no name: the same for the same words, so that a file may come twice."""
    content = (start, end, speaker.peer_id, speaker.custom_id, speaker.name, text)
    return str(uuid5(_SEGMENTS, repr(content)))


def end_of(segment: Segment, following: Segment | None) -> float:
    """When a segment ends: as told, or else when the next one begins, or `LASTS_MOST` later at most."""
    if segment.end is not None:
        return segment.end
    latest = segment.start + LASTS_MOST
    return latest if following is None else min(latest, max(following.start, segment.start))
