"""A session in one sentence: how it was, and the main reason."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from sonde.quality.averages import OverTime
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.issues.causes import NETWORK_IN
from sonde.webrtc.issues.issue import Cause, Issue, Severity, weight_of


class Grade(StrEnum):
    """How a session was on the whole."""

    GOOD = "good"
    """Nothing that people notice."""

    FAIR = "fair"
    """Something for a short time."""

    POOR = "poor"
    """Something critical, or something for a fourth of the time."""

    BAD = "bad"
    """Something critical for a fourth of the time, or a mean score nobody accepts."""

    UNKNOWN = "unknown"
    """Too little was reported to judge."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A session in one sentence.

    Attributes:
        grade: for programs.
        sentence: for people, with the main reason.
        issue: the main reason; None when there is none.
    """

    grade: Grade
    sentence: str
    issue: Issue | None = None


POOR_MOS: Final = 3.1
BAD_MOS: Final = 2.5
LONG: Final = 0.25
"""Share of the session that is a long time."""

SHORT: Final = 0.05

TOTAL: Final = ("ice_failed", "no_audio_in", "no_video")
"""Issues that say more than the loss and the stall behind them, the most telling first."""

HEARD: Final = ("mos_low", "jitter_buffer_stress", "audio_desync")
"""Issues that say how it sounded and not why."""

REASONS: Final = (*NETWORK_IN, "packet_loss_out", "rtt_high", "congestion", "bandwidth_limited")
"""What the network does."""

PHRASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "packet_loss_in": "packets to {peer} were lost",
        "packet_loss_out": "packets from {peer} were lost",
        "jitter_high": "packets reached {peer} unevenly",
        "rtt_high": "the way from {peer} and back took too long",
        "bandwidth_limited": "the network held back what {peer} wanted to send",
        "congestion": "the network of {peer} was full",
        "mos_low": "what {peer} heard sounded bad",
        "audio_concealment": "{peer} heard gaps that had to be filled",
        "severely_concealed_seconds": "{peer} heard seconds with large gaps",
        "jitter_buffer_stress": "{peer} had to delay the sound to bridge gaps",
        "audio_desync": "sound at {peer} was stretched or squeezed",
        "no_audio_in": "no sound arrived at {peer}",
        "one_way_audio": "{peer} heard nothing though sound arrived",
        "synthesized_playout": "the loudspeaker of {peer} ran dry",
        "neteq_flush_cycle": "the sound buffer of {peer} overflowed again and again",
        "video_freeze": "the picture at {peer} froze",
        "low_fps": "the picture at {peer} hardly moved",
        "no_video": "no picture arrived at {peer}",
        "fps_volatile": "the picture at {peer} moved unevenly",
        "poor_resolution": "the picture at {peer} was too small",
        "decoder_overload": "{peer} could not decode the picture in time",
        "stuck_decoder": "the decoder of {peer} was stuck",
        "render_backlog": "{peer} could not show the picture in time",
        "keyframe_storm": "key frames were asked for again and again at {peer}",
        "recovery_failed": "no key frame came when {peer} needed one",
        "cpu_limited": "the computer of {peer} was too slow",
        "capture_bottleneck": "the camera of {peer} gave too few pictures",
        "encoder_bottleneck": "{peer} could not encode all pictures",
        "silent_microphone": "the microphone of {peer} gave nothing",
        "muted_by_os": "the system of {peer} silenced a device",
        "capture_ended": "a device of {peer} went away",
        "ice_disconnected": "{peer} lost its connection",
        "ice_failed": "the connection of {peer} failed",
        "ice_stalled": "nothing reached {peer} any more",
        "ice_flapping": "{peer} changed its network path again and again",
        "slow_setup": "connecting {peer} took too long",
        "relay_tcp_or_tls": "{peer} was relayed over TCP",
        "stats_gap": "{peer} did not report for a while",
        "codec_change": "{peer} changed the codec",
        "resolution_change": "{peer} sent a smaller picture",
        "simulcast_layer_lost": "{peer} sent fewer sizes of its picture",
    }
)
"""What each type means to people."""

_PLACES: Final[Mapping[Cause, str]] = MappingProxyType(
    {
        Cause.UPLINK: ", most likely on its uplink",
        Cause.DOWNLINK: ", most likely on its downlink",
        Cause.THIS_DEVICE: ", most likely because of its own device",
        Cause.OTHER_SIDE: ", most likely because of the sender",
        Cause.SERVER: ", most likely because of the server or relay",
        Cause.EVERYONE: ", as for most of the others",
        Cause.UNKNOWN: "",
    }
)


def verdict(
    issues: Sequence[Issue], scores: Sequence[OverTime], *, duration: float, labels: Mapping[str, str]
) -> Verdict:
    """Judge a session.

    Args:
        issues: of the session.
        scores: of its streams, each on its own scale; none when nothing could be scored.
        duration: of the session, seconds.
        labels: what to call its peers, by key; the key where there is no label.
    """
    reasons = sorted((issue for issue in issues if issue.severity is not Severity.INFO), key=_weight)
    grade = _grade(reasons, scores, duration)
    if not reasons:
        return Verdict(grade=grade, sentence=_without_reason(grade))
    main = _root(reasons)
    return Verdict(grade=grade, sentence=_sentence(grade, main, reasons, labels), issue=main)


def _root(reasons: Sequence[Issue]) -> Issue:
    """The gravest issue, or what went missing altogether, or what the network did to its stream."""
    gravest = reasons[0]
    together = [issue for issue in reasons if issue.overlaps(gravest)]
    if gravest.severity is Severity.CRITICAL:
        total = [
            issue for issue in together if issue.type in TOTAL and 2 * _length(issue) >= _length(gravest)
        ]
        if total:
            return min(total, key=lambda issue: TOTAL.index(issue.type))
    network = [issue for issue in together if issue.type in REASONS]
    own = [issue for issue in network if (issue.peer, issue.stream) == (gravest.peer, gravest.stream)]
    if gravest.type in HEARD:
        own += sorted(network, key=lambda issue: issue.peer != gravest.peer)
    return next(iter(own), gravest)


def _length(issue: Issue) -> int:
    return issue.end - issue.start


def _weight(issue: Issue) -> tuple[int, int, int]:
    return -weight_of(issue.severity), -_length(issue), issue.start


def _grade(reasons: Sequence[Issue], scores: Sequence[OverTime], duration: float) -> Grade:
    critical = [issue for issue in reasons if issue.severity is Severity.CRITICAL]
    lowest = min((score.mos_mean for score in scores), default=None)
    if _share(critical, duration) >= LONG or (lowest is not None and lowest < BAD_MOS):
        return Grade.BAD
    long = _share(critical, duration) >= SHORT or _share(reasons, duration) >= LONG
    if long or (lowest is not None and lowest < POOR_MOS):
        return Grade.POOR
    if reasons:
        return Grade.FAIR
    return Grade.UNKNOWN if lowest is None else Grade.GOOD


def _share(issues: Sequence[Issue], duration: float) -> float:
    """Share of the session in which any of the issues was there."""
    covered, until = 0, 0
    for issue in sorted(issues, key=lambda each: each.start):
        covered += max(issue.end - max(issue.start, until), 0)
        until = max(until, issue.end)
    return covered / NANOSECONDS / duration if duration > 0 else 0.0


def _without_reason(grade: Grade) -> str:
    if grade is Grade.GOOD:
        return "Good: nothing was wrong."
    if grade is Grade.UNKNOWN:
        return "Unknown: too little was reported to judge."
    return f"{grade.value.capitalize()}: the scores are low, and no single reason stands out."


def _sentence(grade: Grade, main: Issue, reasons: Sequence[Issue], labels: Mapping[str, str]) -> str:
    peer = labels.get(main.peer) or main.peer
    phrase = PHRASES[main.type].format(peer=peer)
    seconds = max(round((main.end - main.start) / NANOSECONDS), 1)
    types = {issue.type for issue in reasons} - {main.type}
    more = f" ({', '.join(sorted(types))} besides)" if types else ""
    return f"{grade.value.capitalize()}: {phrase} for {seconds} s{_PLACES[main.cause]}{more}."
