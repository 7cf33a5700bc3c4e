"""What Telnyx' SDKs would show of the same sound, beside our own scores of it. Nothing is read or kept."""

from collections.abc import Iterable, Sequence
from math import fsum
from typing import Final

import msgspec

from sonde.model.conclusions import ConnectionStream, PeerSummary, PointBucket
from sonde.model.samples import StreamKey
from sonde.quality.telnyx import Word, display_mos, display_word

_NAMES: Final = {
    "jitter": "jitter",
    "round_trip_time": "the round trip time",
    "loss_ratio": "loss",
}


class ShownScore(msgspec.Struct, frozen=True, kw_only=True):
    """What an SDK would show.

    Attributes:
        mos: 1 to 5; None when it cannot be computed.
        word: for that MOS.
        reason: why there is no MOS; empty when there is one.
    """

    mos: float | None = None
    word: Word | None = None
    reason: str = ""


def shown_of_call(summary: PeerSummary, wanted: StreamKey) -> list[tuple[ConnectionStream, ShownScore]]:
    """Each stream of sound on the whole, with what would be shown of it.

    Args:
        summary: of all streams of a peer, since one says what another one lacks.
        wanted: which to show; an empty name of a connection or stream stands for all.
    """
    streams = [each for each in summary.streams if each.stream.kind == "audio"]
    return [
        (
            each,
            shown(
                jitter=each.stream.jitter,
                round_trip_time=_first(
                    each.stream.round_trip_time,
                    (
                        other.stream.round_trip_time
                        for other in streams
                        if other.connection == each.connection
                    ),
                ),
                loss_ratio=each.stream.loss_ratio,
            ),
        )
        for each in streams
        if _is(wanted, each.connection, each.stream.stream)
    ]


def shown_of_buckets(
    buckets: Sequence[PointBucket], wanted: StreamKey
) -> list[tuple[PointBucket, ShownScore]]:
    """Each bucket of sound, with what would be shown of it; arguments as for `shown_of_call`."""
    beside: dict[tuple[str, int], list[float]] = {}
    for bucket in buckets:
        if (measured := bucket.mean.get("round_trip_time")) is not None:
            beside.setdefault((bucket.connection, bucket.start), []).append(measured)
    return [
        (
            bucket,
            shown(
                jitter=bucket.mean.get("jitter"),
                round_trip_time=_first(
                    bucket.mean.get("round_trip_time"), beside.get((bucket.connection, bucket.start), ())
                ),
                loss_ratio=bucket.mean.get("loss_ratio"),
            ),
        )
        for bucket in buckets
        if bucket.kind == "audio" and _is(wanted, bucket.connection, bucket.stream_id)
    ]


def shown(*, jitter: float | None, round_trip_time: float | None, loss_ratio: float | None) -> ShownScore:
    """What would be shown of these numbers, in seconds and as a ratio."""
    if jitter is None or round_trip_time is None or loss_ratio is None:
        numbers = {"jitter": jitter, "round_trip_time": round_trip_time, "loss_ratio": loss_ratio}
        missing = [_NAMES[name] for name, value in numbers.items() if value is None]
        return ShownScore(reason=f"Nothing was reported of {' and '.join(missing)}.")
    # Receivers may count more packets than were sent, and round trips of a clock that was set are negative.
    mos = display_mos(
        jitter=max(jitter, 0.0),
        round_trip_time=max(round_trip_time, 0.0),
        loss_ratio=min(max(loss_ratio, 0.0), 1.0),
    )
    return ShownScore(mos=mos, word=display_word(mos))


def _is(wanted: StreamKey, connection: str, stream_id: str) -> bool:
    return wanted.connection in {"", connection} and wanted.stream_id in {"", stream_id}


def _first(own: float | None, others: Iterable[float | None]) -> float | None:
    """A stream's own number, or else the mean of those of the streams beside it: they took the same way."""
    if own is not None:
        return own
    known = [each for each in others if each is not None]
    return fsum(known) / len(known) if known else None
