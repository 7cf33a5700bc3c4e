"""Issues of microphones and cameras."""

from collections.abc import Iterator

from sonde.webrtc.event import EventKind
from sonde.webrtc.interval import StreamInterval
from sonde.webrtc.issues.audio import SILENT
from sonde.webrtc.issues.detector import Detector, PeerDetector, StreamDetector
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.rules import Sustained
from sonde.webrtc.issues.views import PeerView, StreamView


def _is_sent(stream: StreamView) -> bool:
    return stream.track.direction == "send"


def _silence(each: StreamInterval) -> float | None:
    """1 for a microphone that is on and gives nothing; unknown where the client does not say it is on."""
    if each.track_enabled is not True or each.track_muted or each.audio_rms is None:
        return None
    return float(each.audio_rms <= SILENT)


SILENT_MICROPHONE = StreamDetector(
    type="silent_microphone",
    applies=lambda stream: stream.is_sent("audio"),
    points=lambda stream: stream.points(_silence),
    measure="silent",
    rules=(Sustained(on=0.5, off=0.5, need=30.0, of=30.0),),
    cause=Cause.THIS_DEVICE,
)

MUTED_BY_OS = StreamDetector(
    type="muted_by_os",
    applies=_is_sent,
    points=lambda stream: stream.points(
        lambda each: None if each.track_muted is None else float(each.track_muted and not each.track_ended)
    ),
    measure="muted",
    rules=(Sustained(on=0.5, off=0.5, need=2.0, of=3.0),),
    cause=Cause.THIS_DEVICE,
)


def _ended(peer: PeerView) -> Iterator[Issue]:
    """A track that ended while its stream goes on: unplugged, or taken away by the system."""
    ends = [event for event in peer.peer.events if event.kind is EventKind.TRACK_ENDED]
    for stream in filter(_is_sent, peer.streams):
        after = [each for each in stream.intervals if each.track_ended]
        told = [event.at for event in ends if event.track is not None and event.track == stream.track.track]
        later = [at for at in told if stream.intervals and at < stream.intervals[-1].start]
        if not after and not later:
            continue
        yield Issue(
            type="capture_ended",
            severity=Severity.CRITICAL,
            cause=Cause.THIS_DEVICE,
            peer=peer.peer.key,
            stream=stream.track.stream_id,
            direction="send",
            kind=stream.track.kind,
            start=min([each.start for each in after[:1]] + later),
            end=stream.intervals[-1].end,
            evidence={"measure": "track_ended"},
        )


CAPTURE_ENDED = PeerDetector(type="capture_ended", find=_ended)

DETECTORS: tuple[Detector, ...] = (SILENT_MICROPHONE, MUTED_BY_OS, CAPTURE_ENDED)
