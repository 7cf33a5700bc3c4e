"""Streams of a peer and their samples, as its client reported them."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.files import refuse_paging, send_file
from sonde.api.native.formats import JSON, TABLES, choose_format
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, read_cursor, write_cursor
from sonde.api.native.query import PageQuery, Query, read_query
from sonde.api.native.ranges import Moment
from sonde.api.native.report_examples import SAMPLES, STREAMS
from sonde.api.native.sample_shapes import StreamSampleItem, show_instant, show_sample
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.samples import SeenStream, StreamKey
from sonde.services.results import Form
from sonde.services.samples import SampleWindow
from sonde.webrtc.sample import Direction, Kind, Source


class StreamItem(msgspec.Struct, frozen=True, kw_only=True):
    """One RTP stream as a peer saw it, described by its latest sample.

    Attributes:
        connection: which of the peer's connections it belongs to.
        stream_id: names it within that connection.
        direction: whether the peer sent or received it.
        kind: sound or pictures.
        source: where the medium comes from; null when it is not known.
        codec: name of the encoding, such as `opus`; null when it was not reported.
        ssrc: identifier of its packets (RFC 3550); null when it was not reported.
        rid: simulcast layer; null without simulcast.
        label: what the application calls it; null when it does not say.
        first_at: its first sample, by the client's clock.
        last_at: its latest sample.
        samples: how many there are.
    """

    connection: str
    stream_id: str
    direction: Direction
    kind: Kind
    source: Source | None
    codec: str | None
    ssrc: int | None
    rid: str | None
    label: str | None
    first_at: datetime
    last_at: datetime
    samples: int


class StreamsQuery(Query, frozen=True, kw_only=True):
    """What streams are asked for.

    Attributes:
        start: earliest sample to count.
        end: samples from here on do not count.
    """

    start: Moment | None = None
    end: Moment | None = None


class SamplesQuery(PageQuery, frozen=True, kw_only=True):
    """Which samples are asked for.

    Attributes:
        connection: which of the peer's connections.
        stream_id: which of its streams.
        start: the earliest sample.
        end: samples from here on are left out.
        format: how to write the answer; it wins over `Accept`. CSV and Parquet have no pages.
    """

    connection: Annotated[str, Meta(max_length=64)]
    stream_id: Annotated[str, Meta(max_length=1024)]
    start: Moment | None = None
    end: Moment | None = None
    format: Literal["json", "csv", "parquet"] | None = None


class AfterNumber(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The place behind a sample."""

    number: Annotated[int, Meta(ge=0, le=2**32)]


@get(
    "/peers/{peer_id:str}/streams",
    opt=describe(
        tag="Streams", summary="List streams", query=StreamsQuery, answer=Page[StreamItem], example=STREAMS
    ),
    sync_to_thread=True,
)
def list_streams(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[StreamItem]:
    """The streams that a peer reported, by their first sample."""
    query = read_query(request, StreamsQuery)
    window = SampleWindow(start=query.start, end=query.end)
    return Page(items=[_shown(stream) for stream in use_cases.samples.streams(access, peer_id, window)])


@get(
    "/peers/{peer_id:str}/samples",
    opt=describe(
        tag="Streams",
        summary="List samples",
        query=SamplesQuery,
        answer=Page[StreamSampleItem],
        example=SAMPLES,
        formats=TABLES,
    ),
    sync_to_thread=True,
)
def list_samples(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[Any]:
    """The samples of one stream in their order: running counters, and null where a browser reports none."""
    query = read_query(request, SamplesQuery)
    stream = StreamKey(connection=query.connection, stream_id=query.stream_id)
    window = SampleWindow(start=query.start, end=query.end)
    written = choose_format(parameter=query.format, accept=request.headers.get("accept", ""), offered=TABLES)
    if written is not JSON:
        refuse_paging(request)
        form: Form = "csv" if written.name == "csv" else "parquet"
        file = use_cases.samples.export(access, peer_id, stream, window, form)
        return send_file(file, written, name="samples")
    found = use_cases.samples.page(
        access,
        peer_id,
        stream,
        window,
        limit=query.limit + 1,
        after=-1 if query.cursor is None else read_cursor(query.cursor, AfterNumber).number,
    )
    shown = found[: query.limit]
    next_page = write_cursor(AfterNumber(number=shown[-1].number)) if len(found) > len(shown) else None
    return Response(Page(items=[show_sample(each) for each in shown], next=next_page))


HANDLERS: Final = (list_streams, list_samples)


def _shown(stream: SeenStream) -> StreamItem:
    return StreamItem(
        connection=stream.connection,
        stream_id=stream.stream_id,
        direction=stream.direction,
        kind=stream.kind,
        source=stream.source,
        codec=stream.codec,
        ssrc=stream.ssrc,
        rid=stream.rid,
        label=stream.label,
        first_at=show_instant(stream.first_at),
        last_at=show_instant(stream.last_at),
        samples=stream.samples,
    )
