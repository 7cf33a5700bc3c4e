"""Issues that another one explains are left out: a slow decoder is no news where packets are missing."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.issues.issue import Issue

MARGIN: Final = 5 * NANOSECONDS
"""How long after a reason its consequence may begin."""

_NETWORK: Final = frozenset(
    {
        "packet_loss_in",
        "jitter_high",
        "no_video",
        "no_audio_in",
        "ice_stalled",
        "ice_disconnected",
        "stats_gap",
    }
)

EXPLAINED_BY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "decoder_overload": _NETWORK,
        "stuck_decoder": _NETWORK | {"recovery_failed"},
        "render_backlog": _NETWORK,
        "fps_volatile": _NETWORK | {"video_freeze", "low_fps", "bandwidth_limited", "cpu_limited"},
        "audio_desync": _NETWORK,
        "neteq_flush_cycle": _NETWORK,
        "low_fps": frozenset({"no_video"}),
        "video_freeze": frozenset({"no_video"}),
        "synthesized_playout": frozenset({"no_audio_in"}),
        "encoder_bottleneck": frozenset(
            {
                *("cpu_limited", "bandwidth_limited", "capture_bottleneck", "packet_loss_out"),
                *("ice_stalled", "ice_disconnected", "ice_failed"),
            }
        ),
        "resolution_change": frozenset({"simulcast_layer_lost", "bandwidth_limited", "cpu_limited"}),
        "simulcast_layer_lost": frozenset({"bandwidth_limited", "cpu_limited"}),
        "jitter_high": frozenset({"cpu_limited", "decoder_overload"}),
    }
)
"""Consequences and their reasons, on the same stream or of the whole connection."""


def without_consequences(issues: Sequence[Issue]) -> list[Issue]:
    """The issues that no other one of the same stream or connection explains."""
    return [issue for issue in issues if not any(_explains(reason, issue) for reason in issues)]


def _explains(reason: Issue, issue: Issue) -> bool:
    return (
        reason.type in EXPLAINED_BY.get(issue.type, frozenset())
        and reason.peer == issue.peer
        and reason.stream in (None, issue.stream)
        and reason.overlaps(issue, MARGIN)
    )
