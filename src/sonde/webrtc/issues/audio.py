"""Issues of sound as it is heard."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from sonde.quality.mos import MOS_MAX
from sonde.webrtc.interval import NANOSECONDS, StreamInterval
from sonde.webrtc.issues.absence import missing_points
from sonde.webrtc.issues.detector import Detector, PeerDetector, StreamDetector
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.network import loss_received
from sonde.webrtc.issues.rules import Episode, Point, Pooled, Sustained
from sonde.webrtc.issues.views import PeerView, StreamView

SILENT = 0.001
"""Root mean square, share of full scale, at and below which nothing is heard."""

_AUDIBLE = 0.01


def _is_heard(stream: StreamView) -> bool:
    return stream.is_received("audio")


def _choppy(stream: StreamView, episode: Episode) -> dict[str, float | int | str]:
    inside = [each for each in stream.intervals if each.end > episode.start and each.start < episode.end]
    events = sum(each.concealment_events or 0 for each in inside)
    samples = sum((each.concealment_ratio or 0.0) * (each.samples or 0) for each in inside)
    character = "choppy" if events and samples / events < 4800 else "dropouts"
    return {"concealment_events": events, "character": character}


def _concealed(stream: StreamView) -> Iterable[Point]:
    """The audible share made up, where packets come or all were lost; a stream held back says nothing."""
    lost = {point.start for point in loss_received(stream) if point.value == 1.0}

    def value(each: StreamInterval) -> float | None:
        return each.audible_concealment_ratio if each.packets or each.start in lost else None

    return stream.points(value, weight=lambda each: each.samples)


AUDIO_CONCEALMENT = StreamDetector(
    type="audio_concealment",
    applies=_is_heard,
    points=_concealed,
    measure="audible_concealment_ratio",
    rules=(
        Pooled(on=0.03, off=0.01, critical=0.05, of=15.0, need=3.0, least=2, weight=24_000.0),
        Pooled(on=0.10, off=0.01, critical=0.20, of=15.0, weight=24_000.0),
    ),
    shares=True,
    evidence=_choppy,
)


def _severely_concealed(each: StreamInterval) -> float | None:
    """1 for a second with more than 50 ms made up; only intervals of about a second tell."""
    if each.concealed_duration is None or each.duration > 1.5:
        return None
    return float(each.concealed_duration > 0.050 * max(each.duration, 1.0))


SEVERELY_CONCEALED_SECONDS = StreamDetector(
    type="severely_concealed_seconds",
    applies=_is_heard,
    points=lambda stream: stream.points(_severely_concealed),
    measure="severely_concealed_share",
    rules=(Pooled(on=0.07, off=0.03, of=60.0, need=5.0, edge=0.2),),
)


def _below_mos(stream: StreamView) -> Iterator[Point]:
    """How far the upper end of the interval of the MOS is below the best there is."""
    for scored in stream.scores:
        if scored.score.mos_high is not None:
            yield Point(scored.start, scored.end, MOS_MAX - scored.score.mos_high)


MOS_LOW = StreamDetector(
    type="mos_low",
    applies=_is_heard,
    points=_below_mos,
    measure="mos_high",
    rules=(Sustained(on=MOS_MAX - 3.5, off=MOS_MAX - 3.7, critical=MOS_MAX - 2.5),),
    shown=lambda value: MOS_MAX - value,
)


def _stressed(each: StreamInterval) -> float | None:
    if each.jitter_buffer_target is None or each.stretch_ratio is None:
        return None
    return each.jitter_buffer_target if each.stretch_ratio > 0.02 else 0.0


JITTER_BUFFER_STRESS = StreamDetector(
    type="jitter_buffer_stress",
    applies=_is_heard,
    points=lambda stream: stream.points(_stressed),
    measure="jitter_buffer_target",
    rules=(Sustained(on=0.200, off=0.150, need=2.0, of=5.0, least=2),),
    cause=Cause.DOWNLINK,
)

AUDIO_DESYNC = StreamDetector(
    type="audio_desync",
    applies=_is_heard,
    points=lambda stream: stream.points(lambda each: each.stretch_ratio, weight=lambda each: each.samples),
    measure="stretch_ratio",
    rules=(Sustained(on=0.10, off=0.05),),
)

NO_AUDIO_IN = StreamDetector(
    type="no_audio_in",
    applies=_is_heard,
    points=missing_points,
    measure="absent",
    rules=(Sustained(on=0.5, off=0.5, need=5.0, of=5.0),),
    severity=Severity.CRITICAL,
    cause=Cause.DOWNLINK,
)


def _unheard(stream: StreamView) -> Iterator[Point]:
    """1 while packets come and nothing is heard though the sender's microphone gives something all along.

    A client that plays nothing reports silence all the time, so it must have reported sound before.
    """
    heard = False
    for each in stream.intervals:
        sent = stream.sent_meanwhile(each)
        levels = [one.audio_rms for one in sent.intervals if one.audio_rms is not None] if sent else []
        spoken = min(levels, default=None)
        if not each.packets or each.audio_rms is None or spoken is None:
            continue
        heard = heard or each.audio_rms > SILENT
        if heard:
            yield Point(each.start, each.end, float(each.audio_rms <= SILENT and spoken >= _AUDIBLE))


ONE_WAY_AUDIO = StreamDetector(
    type="one_way_audio",
    applies=_is_heard,
    points=_unheard,
    measure="unheard",
    rules=(Sustained(on=0.5, off=0.5, need=5.0, of=5.0, least=2),),
    severity=Severity.CRITICAL,
    cause=Cause.THIS_DEVICE,
)

SYNTHESIZED_PLAYOUT = StreamDetector(
    type="synthesized_playout",
    applies=_is_heard,
    points=lambda stream: stream.points(
        lambda each: None if each.synthesized_playout is None else each.synthesized_playout / each.duration
    ),
    measure="synthesized_share",
    rules=(Pooled(on=0.10, off=0.02, critical=0.50, of=10.0),),
    cause=Cause.THIS_DEVICE,
)


def _flush_cycles(peer: PeerView) -> Iterator[Issue]:
    """Flushes about every four seconds, three times or more: the buffer cannot follow."""
    for stream in filter(_is_heard, peer.streams):
        flushes = [each.end for each in stream.intervals if each.jitter_buffer_flushes]
        cycle: list[int] = flushes[:1]
        for before, after in pairwise([*flushes, 1 << 63]):
            if 2.5 * NANOSECONDS <= after - before <= 5.5 * NANOSECONDS:
                cycle.append(after)
                continue
            if len(cycle) >= 3:
                yield Issue(
                    type="neteq_flush_cycle",
                    severity=Severity.WARNING,
                    cause=Cause.THIS_DEVICE,
                    peer=peer.peer.key,
                    stream=stream.track.stream_id,
                    direction="recv",
                    kind="audio",
                    start=cycle[0],
                    end=cycle[-1],
                    evidence={"measure": "jitter_buffer_flushes", "flushes": len(cycle)},
                )
            cycle = [after]


NETEQ_FLUSH_CYCLE = PeerDetector(type="neteq_flush_cycle", find=_flush_cycles)

DETECTORS: tuple[Detector, ...] = (
    MOS_LOW,
    AUDIO_CONCEALMENT,
    SEVERELY_CONCEALED_SECONDS,
    JITTER_BUFFER_STRESS,
    AUDIO_DESYNC,
    NO_AUDIO_IN,
    ONE_WAY_AUDIO,
    SYNTHESIZED_PLAYOUT,
    NETEQ_FLUSH_CYCLE,
)
