"""What is concluded from samples: intervals in buckets, issues, distributions."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.files import send_file
from sonde.api.native.formats import JSON, TABLES, choose_format
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.query import Query, read_query
from sonde.api.native.ranges import Moment
from sonde.api.native.report_examples import BUCKETS, ISSUES, SUMMARY
from sonde.api.native.sample_shapes import show_instant
from sonde.api.native.units import Duration
from sonde.api.use_cases import UseCases
from sonde.model.conclusions import PeerIssue, PeerSummary, PointBucket
from sonde.model.people import Access
from sonde.model.samples import StreamKey
from sonde.services.results import Form
from sonde.services.samples import SampleWindow
from sonde.webrtc.issues.issue import Cause, Severity
from sonde.webrtc.sample import Direction, Kind


class IntervalQuery(Query, frozen=True, kw_only=True):
    """Which intervals, and how wide.

    Attributes:
        connection: only the streams of this connection.
        stream_id: only the streams of this id.
        start: intervals that begin from here on.
        end: intervals that begin from here on are left out.
        width: seconds of a bucket; one of 0.001 has each interval for itself.
        format: how to write the answer; it wins over `Accept`. CSV and Parquet have no buckets: each
            interval is a row.
    """

    connection: Annotated[str, Meta(max_length=64)] = ""
    stream_id: Annotated[str, Meta(max_length=1024)] = ""
    start: Moment | None = None
    end: Moment | None = None
    width: Annotated[float, Meta(ge=0.001, le=86_400)] = 10.0
    format: Literal["json", "csv", "parquet"] | None = None


class MeasureSpread(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A number over the intervals of a bucket, in its unit; the MOS of sound is averaged on R.

    Attributes:
        min: the least.
        avg: the mean over time.
        max: the most.
    """

    min: float
    avg: float
    max: float


class BucketItem(msgspec.Struct, frozen=True, kw_only=True):
    """The intervals of one stream that begin within some time, together.

    Attributes:
        connection, stream_id: which stream.
        direction, kind: of it.
        start: of the bucket; buckets begin at multiples of the width since 1970.
        seconds: that its intervals cover.
        intervals: how many.
        scale: of the scores; null without one, and where a bucket has two, which then has no scores.
            Numbers on different scales must not be compared.
        reason: why there is no score; empty when there is one.
        measures: each number that was measured: bitrate (bit/s), packet_rate (1/s), loss_ratio,
            discard_ratio, jitter, round_trip_time, jitter_buffer_delay (s), concealment_ratio, audio_rms,
            frame_rate (1/s), frame_width, frame_height, freeze_ratio, mos, mos_low, mos_high, r_factor.
    """

    connection: str
    stream_id: str
    direction: Direction
    kind: Kind
    start: datetime
    seconds: Duration
    intervals: int
    scale: str | None
    reason: str
    measures: dict[str, MeasureSpread]


class IssueItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong for some time.

    Attributes:
        type: what, such as `packet_loss_in`.
        severity: the worst it was.
        cause: where the reason most likely lies, seen from this peer.
        peer_id: who has it.
        connection: on which of the peer's connections.
        stream_id: on which stream; null when the whole connection has it.
        direction, kind: of the stream.
        start, end: of the first and the last bad interval.
        evidence: what was measured, by name, in SI units.
    """

    type: str
    severity: Severity
    cause: Cause
    peer_id: str
    connection: str
    stream_id: str | None
    direction: Direction | None
    kind: Kind | None
    start: datetime
    end: datetime
    evidence: dict[str, float | int | str]


@get(
    "/peers/{peer_id:str}/intervals",
    opt=describe(
        tag="Streams",
        summary="List intervals",
        query=IntervalQuery,
        answer=Page[BucketItem],
        example=BUCKETS,
        formats=TABLES,
    ),
    sync_to_thread=True,
)
def list_intervals(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[Any]:
    """Rates and scores of a peer's streams in buckets of a wanted width, by stream and time."""
    query = read_query(request, IntervalQuery)
    stream = StreamKey(connection=query.connection, stream_id=query.stream_id)
    window = SampleWindow(start=query.start, end=query.end)
    written = choose_format(parameter=query.format, accept=request.headers.get("accept", ""), offered=TABLES)
    if written is not JSON:
        form: Form = "csv" if written.name == "csv" else "parquet"
        file = use_cases.conclusions.export(access, peer_id, window, stream=stream, form=form)
        return send_file(file, written, name="intervals")
    found = use_cases.conclusions.buckets(access, peer_id, window, width=query.width, stream=stream)
    return Response(Page(items=[_bucket(each) for each in found]))


@get(
    "/peers/{peer_id:str}/issues",
    opt=describe(
        tag="Issues", summary="List issues of a peer", query=Query, answer=Page[IssueItem], example=ISSUES
    ),
    sync_to_thread=True,
)
def list_peer_issues(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[IssueItem]:
    """What went wrong for one peer, by its start."""
    read_query(request, Query)
    return Page(items=[_issue(each) for each in use_cases.conclusions.issues_of_peer(access, peer_id)])


@get(
    "/sessions/{session_id:str}/issues",
    opt=describe(
        tag="Issues", summary="List issues of a session", query=Query, answer=Page[IssueItem], example=ISSUES
    ),
    sync_to_thread=True,
)
def list_session_issues(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[IssueItem]:
    """What went wrong in a session, by its start."""
    read_query(request, Query)
    found = use_cases.conclusions.issues_of_session(access, session_id)
    return Page(items=[_issue(each) for each in found])


@get(
    "/peers/{peer_id:str}/summary",
    opt=describe(tag="Streams", summary="Sum a peer up", query=Query, answer=PeerSummary, example=SUMMARY),
    sync_to_thread=True,
)
def get_peer_summary(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> PeerSummary:
    """A peer's streams in a few numbers each, with scores, and the distributions of their intervals."""
    read_query(request, Query)
    return use_cases.conclusions.summary(access, peer_id)


HANDLERS: Final = (list_intervals, list_peer_issues, list_session_issues, get_peer_summary)


def _bucket(found: PointBucket) -> BucketItem:
    return BucketItem(
        connection=found.connection,
        stream_id=found.stream_id,
        direction=found.direction,
        kind=found.kind,
        start=show_instant(found.start),
        seconds=found.seconds,
        intervals=found.points,
        scale=found.scales[0] if len(found.scales) == 1 else None,
        reason=found.reason,
        measures={
            name: MeasureSpread(min=found.least[name], avg=mean, max=found.most[name])
            for name, mean in found.mean.items()
        },
    )


def _issue(found: PeerIssue) -> IssueItem:
    issue: Any = found.issue
    return IssueItem(
        type=issue.type,
        severity=issue.severity,
        cause=issue.cause,
        peer_id=issue.peer,
        connection=found.connection,
        stream_id=issue.stream,
        direction=issue.direction,
        kind=issue.kind,
        start=show_instant(issue.start),
        end=show_instant(issue.end),
        evidence=issue.evidence,
    )
