"""What was said, as callers send and see it."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sonde.api.native.units import Duration
from sonde.model.transcripts import Segment, Speaker
from sonde.services.transcript_reading import NewSegment
from sonde.services.transcripts import AT_ONCE, LONGEST, SEGMENT_LENGTH

_LENGTH: Final = 255


class SegmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of what somebody said.

    Attributes:
        segment_id: its UUID, or any other name of it, from which one is made. Partial segments need one, so
            that later ones take their place; of final ones it is made of the words when it is left out.
        start: when it began, from the beginning of the session.
        spoken_at: when it began, in place of `start`.
        duration: how long it took, where that is known.
        peer_id, participant_id, custom_id, name: who said it, as far as that is known: any one of them finds
            somebody who was in the session.
        text: what was understood.
        is_final: whether the engine is done with it.
    """

    segment_id: Annotated[str, Meta(min_length=1, max_length=_LENGTH)] | None = None
    start: Annotated[Duration, Meta(le=LONGEST)] | None = None
    spoken_at: Annotated[datetime, Meta(tz=True)] | None = None
    duration: Annotated[Duration, Meta(le=LONGEST)] | None = None
    peer_id: str | None = None
    participant_id: str | None = None
    custom_id: Annotated[str, Meta(min_length=1, max_length=_LENGTH)] | None = None
    name: Annotated[str, Meta(max_length=_LENGTH)] = ""
    text: Annotated[str, Meta(min_length=1, max_length=SEGMENT_LENGTH)]
    is_final: bool = True


class TranscriptBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Segments, one as it comes or many.

    Attributes:
        segments: those of one `segment_id` in the order in which the engine made them.
    """

    segments: Annotated[list[SegmentBody], Meta(min_length=1, max_length=AT_ONCE)]


class TranscriptReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of segments.

    Attributes:
        segment_ids: the id of each, in the order in which they came.
    """

    segment_ids: list[str]


class SegmentItem(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what one person said.

    Attributes:
        segment_id: its UUID.
        start: when it began, from the beginning of the session.
        end: when it ended; null where nobody said.
        peer_id, participant_id, custom_id: who said it; null where that is not known.
        name: of the speaker; may be empty.
        text: what was understood.
        is_final: it will not change any more.
    """

    segment_id: str
    start: Duration
    end: Duration | None
    peer_id: str | None
    participant_id: str | None
    custom_id: str | None
    name: str
    text: str
    is_final: bool


ITEM: Final = msgspec.to_builtins(
    SegmentItem(
        segment_id="5b0b6f0e-0a57-4f0e-9d4c-2f6f7f3f9a11",
        start=61.2,
        end=64.8,
        peer_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
        participant_id="2f0c1f0a-1d5e-4c57-8b8b-0d8a6f4a5b6c",
        custom_id="ada",
        name="Ada",
        text="We decided to ship on Friday.",
        is_final=True,
    )
)


def read_segment(segment: SegmentBody) -> NewSegment:
    """A segment as callers send it."""
    return NewSegment(
        key=segment.segment_id,
        start=segment.start,
        spoken_at=segment.spoken_at,
        duration=segment.duration,
        speaker=Speaker(
            peer_id=segment.peer_id,
            participant_id=segment.participant_id,
            custom_id=segment.custom_id,
            name=segment.name,
        ),
        text=segment.text,
        is_final=segment.is_final,
    )


def show_segment(segment: Segment) -> SegmentItem:
    """A segment as callers see it."""
    return SegmentItem(
        segment_id=segment.segment_id,
        start=segment.start,
        end=segment.end,
        text=segment.text,
        is_final=segment.is_final,
        **msgspec.structs.asdict(segment.speaker),
    )
