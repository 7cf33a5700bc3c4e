"""A recorded call that goes on: the reports of its client as if the call had lasted longer.

It is one of Chromium, sound and pictures both ways; its counters go on rising as they did.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.append(str(Path(__file__).parents[1] / "tests/support"))
from client_batches import Stats, make_batch, read_series

SERIES: Final = (
    Path(__file__).parents[1] / "tests/data/webrtc/chromium-getstats-series-loss5_delay100.jsonl.gz"
)
MICRO: Final = 10**6

GAUGES: Final = frozenset(
    [
        "timestamp",
        "jitter",
        "audioLevel",
        "frameWidth",
        "frameHeight",
        "framesPerSecond",
        "ssrc",
        "rtxSsrc",
        "payloadType",
        "clockRate",
        "channels",
        "targetBitrate",
        "roundTripTime",
        "fractionLost",
        "currentRoundTripTime",
        "availableOutgoingBitrate",
        "width",
        "height",
        "priority",
        "port",
        "mediaSourceId",
        "echoReturnLoss",
        "echoReturnLossEnhancement",
    ]
)
"""Members that do not count up."""


class LongCall:
    """One end of that call, for as long as somebody wants."""

    def __init__(self) -> None:
        self._reports = read_series(SERIES)

    def batch(self, numbers: range, *, peer: str, begin: int, every: float, **head: Any) -> dict[str, Any]:
        """A batch of some ticks.

        Args:
            numbers: of the ticks.
            peer: its UUID.
            begin: when the first tick of all was, microseconds since the epoch.
            every: seconds between two ticks.
            head: further members of the batch.
        """
        at = [begin + round(number * every * MICRO) for number in numbers]
        ticks = [_stretched(self._reports, number) for number in numbers]
        return make_batch(ticks, at, peer=peer, first=numbers.start, **head)


def _stretched(reports: Sequence[Sequence[Stats]], number: int) -> list[Stats]:
    """A report of the series as if the call had gone on: counters rise by all that they rose in it."""
    turns, index = divmod(number, len(reports))
    first, last = ({stats["id"]: stats for stats in reports[at]} for at in (0, -1))
    return [_raised(stats, first.get(stats["id"]), last.get(stats["id"]), turns) for stats in reports[index]]


def _raised(stats: Stats, first: Stats | None, last: Stats | None, turns: int) -> Stats:
    if not turns or first is None or last is None:
        return stats
    return {name: _later(name, value, first, last, turns) for name, value in stats.items()}


def _later(name: str, value: Any, first: Mapping[str, Any], last: Mapping[str, Any], turns: int) -> Any:
    if name in GAUGES or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    rise = last.get(name, value) - first.get(name, value)
    return value + turns * max(rise, 0)
