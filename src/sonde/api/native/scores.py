"""Scores of a peer's sound by our model, beside what Telnyx' SDKs would show of the same numbers."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.operation import describe
from sonde.api.native.query import Query, read_query
from sonde.api.native.sample_shapes import show_instant
from sonde.api.native.units import Duration, Mos, ShownMos
from sonde.api.use_cases import UseCases
from sonde.model.conclusions import ConnectionStream, PointBucket
from sonde.model.people import Access
from sonde.model.samples import StreamKey
from sonde.quality.telnyx import Word
from sonde.services.samples import SampleWindow
from sonde.services.vendor_scores import ShownScore, shown_of_buckets, shown_of_call
from sonde.webrtc.sample import Direction


class ScoresQuery(Query, frozen=True, kw_only=True):
    """Which intervals, and how wide.

    Attributes:
        connection, stream_id: one stream, or all of a connection; all streams of sound without both.
        start: intervals that begin from here on.
        end: intervals that begin from here on are left out.
        width: seconds of a bucket; one of 0.001 has each interval for itself.
    """

    connection: Annotated[str, Meta(max_length=64)] = ""
    stream_id: Annotated[str, Meta(max_length=1024)] = ""
    start: datetime | None = None
    end: datetime | None = None
    width: Annotated[float, Meta(ge=0.001, le=86_400)] = 10.0


class TelnyxScore(msgspec.Struct, frozen=True, kw_only=True):
    """What Telnyx' SDKs show for such jitter, round trip time and loss.

    Attributes:
        mos: 1 to 5, by the display formula of the SDKs; null when a number that it needs was not reported.
        quality: their word for that MOS, with bounds that leave no gaps.
        reason: why there is no MOS; empty when there is one.
    """

    mos: ShownMos | None
    quality: Word | None
    reason: str


class StreamScores(msgspec.Struct, frozen=True, kw_only=True):
    """A stream of sound over the whole call.

    Attributes:
        connection, stream_id: which stream.
        direction: of it.
        mos: by our model; null when nothing can be said.
        mos_low, mos_high: its 95 % limits.
        scale: of our MOS; that of the SDKs is on another one, and the two are to be compared with care.
        model: what computed our MOS, with its version; empty when nothing did.
        reason: why there is no MOS of ours; empty when there is one.
        telnyx: what the SDKs would show.
    """

    connection: str
    stream_id: str
    direction: Direction
    mos: Mos | None
    mos_low: Mos | None
    mos_high: Mos | None
    scale: str
    model: str
    reason: str
    telnyx: TelnyxScore


class IntervalScores(msgspec.Struct, frozen=True, kw_only=True):
    """The intervals of a stream of sound that begin within some time, together.

    Attributes:
        connection, stream_id: which stream.
        direction: of it.
        start: of the bucket; buckets begin at multiples of the width since 1970.
        seconds: that its intervals cover.
        mos: by our model, averaged on R; null where nothing can be said, or not on one scale.
        mos_low, mos_high: means of the 95 % limits.
        scale: of our MOS; null without one.
        reason: why there is no MOS of ours; empty when there is one.
        telnyx: what the SDKs would show, of the means of the bucket's own numbers.
    """

    connection: str
    stream_id: str
    direction: Direction
    start: datetime
    seconds: Duration
    mos: Mos | None
    mos_low: Mos | None
    mos_high: Mos | None
    scale: str | None
    reason: str
    telnyx: TelnyxScore


class PeerScores(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of a peer's sound.

    Attributes:
        call: each stream over the whole call.
        intervals: each stream over time, in buckets, by stream and time.
    """

    call: list[StreamScores]
    intervals: list[IntervalScores]


_EXAMPLE_OF_BOTH: Final = {
    "connection": "main",
    "stream_id": "IT01A2893815",
    "direction": "recv",
    "mos": 4.1,
    "mos_low": 3.9,
    "mos_high": 4.2,
    "scale": "fullband",
    "reason": "",
    "telnyx": {"mos": 4.36, "quality": "excellent", "reason": ""},
}
_EXAMPLE: Final[dict[str, Any]] = {
    "call": [{**_EXAMPLE_OF_BOTH, "model": "qs-audio/1"}],
    "intervals": [{**_EXAMPLE_OF_BOTH, "start": "2026-07-29T08:00:10Z", "seconds": 10.0}],
}


@get(
    "/peers/{peer_id:str}/scores",
    opt=describe(
        tag="Streams",
        summary="Compare scores of sound",
        query=ScoresQuery,
        answer=PeerScores,
        example=_EXAMPLE,
    ),
    sync_to_thread=True,
)
def get_peer_scores(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> PeerScores:
    """The MOS of a peer's streams of sound by our model, and the one that Telnyx' SDKs would show.

    Theirs knows neither codec nor de-jitter buffer. It is computed of each stream's own jitter and loss,
    within the time that is asked for; the SDKs take the jitter of what was sent and the loss of what was
    received, since the start of the call.
    """
    query = read_query(request, ScoresQuery)
    wanted = StreamKey(connection=query.connection, stream_id=query.stream_id)
    summary = use_cases.conclusions.summary(access, peer_id)
    buckets = use_cases.conclusions.buckets(
        access,
        peer_id,
        SampleWindow(start=query.start, end=query.end),
        width=query.width,
        stream=StreamKey(connection="", stream_id=""),
    )
    return PeerScores(
        call=[_of_stream(*each) for each in shown_of_call(summary, wanted)],
        intervals=[_of_bucket(*each) for each in shown_of_buckets(buckets, wanted)],
    )


HANDLERS: Final = (get_peer_scores,)


def _of_stream(found: ConnectionStream, shown: ShownScore) -> StreamScores:
    mos = found.stream.mos
    return StreamScores(
        connection=found.connection,
        stream_id=found.stream.stream,
        direction=found.stream.direction,
        mos=mos.value,
        mos_low=mos.low,
        mos_high=mos.high,
        scale=mos.scale,
        model=f"{mos.model}/{mos.version}" if mos.model else "",
        reason=mos.reason,
        telnyx=_telnyx(shown),
    )


def _of_bucket(found: PointBucket, shown: ShownScore) -> IntervalScores:
    return IntervalScores(
        connection=found.connection,
        stream_id=found.stream_id,
        direction=found.direction,
        start=show_instant(found.start),
        seconds=found.seconds,
        mos=found.mean.get("mos"),
        mos_low=found.mean.get("mos_low"),
        mos_high=found.mean.get("mos_high"),
        scale=found.scales[0] if len(found.scales) == 1 else None,
        reason=found.reason,
        telnyx=_telnyx(shown),
    )


def _telnyx(shown: ShownScore) -> TelnyxScore:
    return TelnyxScore(mos=shown.mos, quality=shown.word, reason=shown.reason)
