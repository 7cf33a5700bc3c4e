"""Which codec a stream has, and how that is known.

What the user says counts most, then a session description, then a payload type that means the same
everywhere; else the clock is read off the timestamps, and the codec guessed where little else is possible.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from sonde.capture.descriptions import Descriptions
from sonde.capture.formats import CLOCK_RATES, STATIC, Format
from sonde.rtp.units import NANOSECONDS_PER_SECOND, to_nanoseconds

CodecSource = Literal["option", "sdp", "payload type", "guessed", "unknown"]

_LONGEST_GAP: Final = to_nanoseconds(1.0)
_SHORTEST_SPAN: Final = to_nanoseconds(0.4)
_NEAR: Final = 0.04
"""Share by which the clock read off may differ from one in use; neighbours differ by twice as much."""


class CodecOption(NamedTuple):
    """A codec that the user named.

    Attributes:
        slug: as the user wrote it.
        format: its encoding and clock.
    """

    slug: str
    format: Format


class CodecOptions(NamedTuple):
    """What the user says of codecs.

    Attributes:
        everywhere: the codec of all streams; None when nothing was said.
        by_payload_type: the codec of the streams with one payload type, which counts more.
    """

    everywhere: CodecOption | None
    by_payload_type: Mapping[int, CodecOption]

    def find(self, payload_type: int) -> CodecOption | None:
        """What was said for a payload type."""
        return self.by_payload_type.get(payload_type, self.everywhere)


class Chosen(NamedTuple):
    """What a stream is taken for.

    Attributes:
        format: encoding and clock; clock 0 when unknown.
        source: how it is known.
        slug: the codec as the user wrote it; empty otherwise.
    """

    format: Format
    source: CodecSource
    slug: str = ""


def choose_format(
    key: Any, payload_type: int, rows: npt.NDArray[np.void], options: CodecOptions, descriptions: Descriptions
) -> Chosen:
    """Decide what a stream is.

    Args:
        key: of the stream, both ends.
        payload_type: its commonest.
        rows: its first packets with that payload type, in arrival order.
        options: what the user said.
        descriptions: what session descriptions said.
    """
    if said := options.find(payload_type):
        return Chosen(said.format, "option", said.slug)
    if described := descriptions.find(key[:4], key.ports, payload_type):
        return Chosen(described, "sdp")
    if payload_type in STATIC:
        return Chosen(STATIC[payload_type], "payload type")
    clock_rate = read_clock_rate(rows)
    if not clock_rate:
        return Chosen(Format(name="", clock_rate=0), "unknown")
    return Chosen(_guess(clock_rate, rows), "guessed")


def read_clock_rate(rows: npt.NDArray[np.void]) -> int:
    """The clock in use that timestamps and arrivals agree with, Hz; 0 when they agree with none.

    Pauses longer than a second and steps backwards are left out.
    """
    ticks = np.diff(rows["timestamp"]).view(np.int32).astype(np.int64)
    gaps = np.diff(rows["arrival"])
    steady = (gaps < _LONGEST_GAP) & (gaps >= 0) & (ticks >= 0) & (ticks < max(CLOCK_RATES))
    span = int(gaps[steady].sum())
    if span < _SHORTEST_SPAN or not ticks[steady].any():
        return 0
    measured = int(ticks[steady].sum()) * NANOSECONDS_PER_SECOND / span
    nearest = min(CLOCK_RATES, key=lambda rate: abs(np.log(measured / rate)))
    return nearest if abs(measured / nearest - 1) < _NEAR else 0


def _guess(clock_rate: int, rows: npt.NDArray[np.void]) -> Format:
    """The encoding when only one is common with such a clock and such packets, else only the clock."""
    if clock_rate == 90000:
        return Format(name="", clock_rate=clock_rate, kind="video")
    if clock_rate == 48000:
        return Format(name="OPUS", clock_rate=clock_rate, kind="audio")
    step = int(np.median(np.diff(rows["timestamp"]).view(np.int32)))
    if clock_rate == 8000 and step > 0 and (rows["size"] == step).mean() > 0.9:
        return Format(name="PCMU", clock_rate=clock_rate, kind="audio")
    return Format(name="", clock_rate=clock_rate, kind="audio")
