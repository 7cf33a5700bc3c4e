"""Quality over time, of somebody in a session or of everybody, in windows of some seconds."""

from collections.abc import Iterable, Iterator, Sequence
from math import fsum
from typing import Final, TypeVar

import msgspec

from sonde.model.attendance import AttendedSession, Attendee
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.model.quality_windows import MediumWindow, QualityWindow
from sonde.quality.videosdk import RESOLUTION_CLASSES, Received, resolution_class, score_pictures, score_sound
from sonde.services.evaluations import Evaluations
from sonde.services.reports import nanoseconds
from sonde.store import Store
from sonde.store.quality_windows import (
    LossesRow,
    MeansRow,
    PathsRow,
    SidesRow,
    WindowSpan,
    select_losses,
    select_means,
    select_paths,
    select_sides,
)

RowT = TypeVar("RowT", MeansRow, LossesRow, SidesRow)

WIDTH: Final = 5_000_000_000
"""Nanoseconds of a window: VideoSDK's clients keep one sample in five seconds."""

WINDOWS_MAX: Final = 20_000
"""Most windows of an answer, which is a day of them; of a longer session they are wider."""


class QualityWindows:
    """Windows of quality, with the scores that VideoSDK's formula gives.

    Args:
        evaluations: keep fresh what is concluded.
        store: has it.
        keeps_fault: score late sound as that formula does, and not as it means to.
    """

    def __init__(self, evaluations: Evaluations, store: Store, *, keeps_fault: bool = False) -> None:
        self._evaluations = evaluations
        self._store = store
        self._keeps_fault = keeps_fault

    def of_attendee(self, access: Access, session_id: str, attendee: Attendee) -> list[QualityWindow]:
        """What somebody sent and received, by time.

        Raises:
            NotFound: the workspace has no such session.
            Limited: there is too much for one answer.
            Unavailable: the store cannot be asked now.
        """
        return self._windows(access, session_id, attendee.peers)

    def of_session(self, access: Access, attended: AttendedSession) -> list[QualityWindow]:
        """Means over everybody in a session and sums of losses, by time; raises as `of_attendee`."""
        peers = [peer for attendee in attended.attendees for peer in attendee.peers]
        return self._windows(access, attended.session.session_id, peers)

    def _windows(self, access: Access, session_id: str, peers: Sequence[Peer]) -> list[QualityWindow]:
        self._evaluations.of_session(access, session_id)
        if not peers:
            return []
        span = WindowSpan(
            workspace_id=access.workspace.workspace_id,
            peer_ids=[peer.peer_id for peer in peers],
            width=_width(peers),
        )
        means = _by_window(with_paths(select_means(self._store, span), select_paths(self._store, span)))
        losses = _by_window(select_losses(self._store, span))
        sides = _by_window(select_sides(self._store, span))
        return [
            self._window(means[bucket], losses.get(bucket, []), sides.get(bucket, []))
            for bucket in sorted(means)
        ]

    def _window(
        self, means: Sequence[MeansRow], losses: Sequence[LossesRow], sides: Sequence[SidesRow]
    ) -> QualityWindow:
        classes = [resolution_class(side) for row in sides for side in row.sides]
        return QualityWindow(
            end=max(row.until for row in means),
            audio=self._medium("audio", means, losses),
            video=self._medium("video", means, losses),
            pictures={each: classes.count(each) for each in RESOLUTION_CLASSES},
            pictures_end=max((row.until for row in sides), default=None),
        )

    def _medium(self, kind: str, means: Sequence[MeansRow], losses: Sequence[LossesRow]) -> MediumWindow:
        rows = [row for row in means if row.kind == kind]
        lost = [row for row in losses if row.kind == kind]
        receive_bitrate = _mean(row.receive_bitrate for row in rows)
        loss_ratio = _mean(row.loss_ratio for row in rows)
        round_trip_time = _mean(row.round_trip_time for row in rows)
        score = None
        if receive_bitrate is not None:
            # A clock that was set makes negative times.
            received = Received(
                bit_rate=receive_bitrate,
                loss_ratio=loss_ratio,
                round_trip_time=None if round_trip_time is None else max(round_trip_time, 0.0),
            )
            score = self._score(kind, received)
        return MediumWindow(
            send_bitrate=_mean(row.send_bitrate for row in rows),
            receive_bitrate=receive_bitrate,
            send_lost=_sum(row.send for row in lost),
            receive_lost=_sum(row.receive for row in lost),
            loss_ratio=loss_ratio,
            round_trip_time=round_trip_time,
            jitter=_mean(row.jitter for row in rows),
            score=score,
        )

    def _score(self, kind: str, received: Received) -> float:
        if kind == "audio":
            return score_sound(received, keeps_fault=self._keeps_fault)
        return score_pictures(received)


def with_paths(means: Iterable[MeansRow], paths: Iterable[PathsRow]) -> Iterator[MeansRow]:
    """The means; where no round trip of a peer's streams is known, its transports' stands for them."""
    known = {(row.peer_id, row.bucket): row.round_trip_time for row in paths}
    for row in means:
        seconds = row.round_trip_time
        if seconds is None:
            seconds = known.get((row.peer_id, row.bucket))
        yield msgspec.structs.replace(row, round_trip_time=seconds)


def _width(peers: Iterable[Peer]) -> int:
    """Of the windows of peers, by how long they were there."""
    moments = [moment for peer in peers for moment in (peer.created_at, peer.left_at or peer.last_seen_at)]
    span = nanoseconds(max(moments)) - nanoseconds(min(moments))
    return max(WIDTH, span // WINDOWS_MAX)


def _by_window(rows: Iterable[RowT]) -> dict[int, list[RowT]]:
    windows: dict[int, list[RowT]] = {}
    for row in rows:
        windows.setdefault(row.bucket, []).append(row)
    return windows


def _mean(values: Iterable[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return fsum(known) / len(known) if known else None


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [each for each in counts if each is not None]
    return sum(known) if known else None
