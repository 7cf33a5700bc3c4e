"""The score of a stream of a call, sound or pictures, as `qs_audio` and `qs_video` make it."""

from typing import Final

import msgspec

SHORTEST: Final = 5.0
"""Seconds of samples below which nothing is said about a stream."""


class CallScore(msgspec.Struct, frozen=True, kw_only=True):
    """How good a stream was, by which model, on which scale, and why.

    Attributes:
        mos: mean opinion score; None when nothing can be said. Of sound 1 to 4.5 and conversational, of
            pictures 1 to 5 and without regard to delay.
        mos_low, mos_high: between which that of the path is with 95 % certainty; the error of the model
            itself, some tenths, is not in it. None together with `mos`.
        mos_fb: of sound, the same stream on the fullband scale, for comparing codecs; else None.
        r_factor: of sound, the rating R on `scale`; the number to average. None for pictures.
        scale: scale of all of these; numbers of different scales must never be compared or averaged.
        model, version: what computed them.
        points: MOS lost by impairment; `math.fsum` of them is exactly the top of the scale minus `mos`.
        reason: why there is no MOS, one sentence; empty when there is one.
        notes: sentences on what was assumed and what limits trust in the numbers.
    """

    mos: float | None = None
    mos_low: float | None = None
    mos_high: float | None = None
    mos_fb: float | None = None
    r_factor: float | None = None
    scale: str | None = None
    model: str
    version: str
    points: dict[str, float] = {}
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def additive(self) -> float | None:
        """What to average over time: R where there is one, the video MOS where not."""
        return self.mos if self.r_factor is None else self.r_factor
