"""The score of a stream at each of its intervals: of the seconds that end there, as many as a score needs.

One interval of a second is too short to say anything. Each is therefore scored together with those before
it, back until there are five seconds of them; none of these may be a start, a gap or a reset, and all must
have the same codec. What one end cannot know is taken from the other end where that one reports too.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from sonde.quality.averages import OverTime, ScoredSpan, over_time
from sonde.quality.call_score import SHORTEST, CallScore
from sonde.quality.coding import OPUS_RANGE
from sonde.quality.qs_audio import AudioHeard, score_qs_audio
from sonde.quality.qs_video import VideoSeen, score_qs_video
from sonde.webrtc.interval import NANOSECONDS, Flag, StreamInterval
from sonde.webrtc.tracks import PeerIntervals, StreamTrack
from sonde.webrtc.windows import Window, mean_of, stun_round_trip

REACH: Final = 15 * NANOSECONDS
"""How far back an interval may look for five seconds, and for the latest round trip and report."""

UNFIT: Final = frozenset({Flag.START, Flag.RESET, Flag.GAP})

_PACKET_INTERVALS: Final = (0.010, 0.020, 0.040, 0.060, 0.120)
_USUAL_PACKET_INTERVAL: Final = 0.020


class ScoredInterval(msgspec.Struct, frozen=True, kw_only=True):
    """An interval of a stream with its score.

    Attributes:
        start, end: of the interval, nanoseconds since the epoch.
        window_start: since when the score counts; it ends with the interval.
        score: with or without a MOS.
    """

    start: int
    end: int
    window_start: int
    score: CallScore


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stream beside its own intervals.

    Attributes:
        peer: all of the connection that has it, for the round trip.
        far: the same stream as the other end saw it; None when that end does not report.
    """

    peer: PeerIntervals
    far: StreamTrack | None = None


def score_stream(track: StreamTrack, ends: Ends) -> tuple[ScoredInterval, ...]:
    """Score a stream at each of its intervals, in their order."""
    return tuple(_scored(window, ends) for window in _windows(track))


def scores_over_time(scored: Sequence[ScoredInterval]) -> tuple[OverTime, ...]:
    """Average the scores of a stream, each scale for itself, the one that covers most time first."""
    spans: dict[str, list[ScoredSpan]] = {}
    for each in scored:
        value, scale = each.score.additive, each.score.scale
        if value is not None and scale is not None:
            start, end = each.start / NANOSECONDS, each.end / NANOSECONDS
            spans.setdefault(scale, []).append(ScoredSpan(start=start, end=end, value=value, scale=scale))
    found = [average for each in spans.values() if (average := over_time(each)) is not None]
    return tuple(sorted(found, key=lambda average: -average.duration))


def _windows(track: StreamTrack) -> Iterator[Window]:
    for number, last in enumerate(track.intervals):
        chosen: list[StreamInterval] = []
        seconds = 0.0
        for interval in reversed(track.intervals[: number + 1]):
            unlike = interval.codec != last.codec or last.end - interval.start > REACH
            if (chosen and unlike) or UNFIT & set(interval.flags):
                break
            chosen.append(interval)
            seconds += interval.duration
            if seconds >= SHORTEST:
                break
        yield Window(track=track, last=last, intervals=tuple(reversed(chosen)))


def _scored(window: Window, ends: Ends) -> ScoredInterval:
    far = None if ends.far is None else Window.of(ends.far, window.start, window.end)
    if window.track.kind == "audio":
        score = score_qs_audio(_heard(window, far, ends.peer))
    else:
        score = score_qs_video(_seen(window, far))
    last = window.last
    return ScoredInterval(start=last.start, end=last.end, window_start=window.start, score=score)


def _heard(window: Window, far: Window | None, peer: PeerIntervals) -> AudioHeard:
    sending = window.track.direction == "send"
    prefix = "remote_" if sending else ""
    source = window.reaching(REACH) if sending else window
    packets = source.total(f"{prefix}packets_expected")
    return AudioHeard(
        codec=window.last.codec,
        bit_rate=_bit_rate(window, far),
        duration=window.duration,
        packets=None if packets is None else max(round(packets), 0),
        missing=_missing(source, prefix, packets),
        concealed=_share(window.mean("audible_concealment_ratio", by="samples")),
        concealment_events=_whole(window.total("concealment_events")),
        stretched=window.mean("stretch_ratio", by="samples"),
        round_trip_time=_round_trip(window, peer),
        buffer_delay=window.mean("jitter_buffer_delay"),
        packet_interval=_packet_interval(window),
        muted=_is_muted(window, far),
    )


def _seen(window: Window, far: Window | None) -> VideoSeen:
    last, sending = window.last, window.track.direction == "send"
    source = window if sending else far
    shown = source.last if source else None
    expected = (last.render_width, last.render_height)
    if None in expected and shown:
        expected = (shown.source_width, shown.source_height)
    frozen = window.total("freeze_duration")
    return VideoSeen(
        codec=last.codec,
        duration=window.duration,
        qp=window.mean("qp", by="frames"),
        bit_rate=window.mean("bitrate"),
        width=last.frame_width,
        height=last.frame_height,
        frame_rate=window.mean("frame_rate"),
        expected_width=expected[0],
        expected_height=expected[1],
        expected_frame_rate=source.mean("source_frame_rate") if source else None,
        frozen=None if frozen is None or not window.duration else min(frozen / window.duration, 1.0),
        freezes=_whole(window.total("freezes")),
        screen=window.track.source == "screen",
        muted=_is_muted(window, far),
    )


def _missing(window: Window, prefix: str, packets: float | None) -> float | None:
    lost = window.total(f"{prefix}packets_lost")
    if not packets or lost is None:
        return None
    discarded = 0.0 if prefix else window.total("packets_discarded") or 0.0
    return _share((lost + discarded) / packets)


def _bit_rate(window: Window, far: Window | None) -> float | None:
    """The sender's target; without it what arrived, as if nothing had been lost.

    Silence needs few bits, which says nothing about the sound, so what arrived never counts for less than
    what full band needs.
    """
    sender = window if window.track.direction == "send" else far
    if sender and (target := sender.mean("target_bitrate")):
        return target
    rate, loss = window.mean("bitrate"), window.mean("loss_ratio") or 0.0
    return None if rate is None or loss >= 1 else max(rate / (1 - loss), 1000 * OPUS_RANGE[0])


def _round_trip(window: Window, peer: PeerIntervals) -> float | None:
    """By RTCP of this stream, else of another of the connection, else by STUN to the next hop."""
    start, end = window.end - REACH, window.end
    if (own := window.reaching(REACH).mean("round_trip_time")) is not None:
        return own
    others = [
        other.mean("round_trip_time") for track in peer.streams if (other := Window.of(track, start, end))
    ]
    by_rtcp = mean_of(others)
    return stun_round_trip(peer, start, end) if by_rtcp is None else by_rtcp


def _packet_interval(window: Window) -> float:
    rate = window.mean("packet_rate")
    usual = [each for each in _PACKET_INTERVALS if rate and abs(rate * each - 1) < 0.15]
    return usual[0] if usual else _USUAL_PACKET_INTERVAL


def _is_muted(window: Window, far: Window | None) -> bool:
    sender = window.last if window.track.direction == "send" else (far.last if far else None)
    return sender is not None and (sender.track_enabled is False or sender.track_muted is True)


def _share(ratio: float | None) -> float | None:
    return None if ratio is None else min(max(ratio, 0.0), 1.0)


def _whole(count: float | None) -> int | None:
    return None if count is None else max(round(count), 0)
