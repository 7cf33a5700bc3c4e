"""The MOS that Telnyx' voice SDKs show to their users, computed as they do; no score of ours uses it.

It is the display formula of the SDKs for JavaScript, iOS and Android: the simplified E-model with a loss term
of its own. It knows neither codec nor buffer nor burst, and it takes jitter for delay. Its polynomial is not
held at R = 0, so that at one-way delays above a second or so it climbs again, up to 5.
"""

import math
from typing import Final, Literal, TypeAlias

from sonde.quality.simplified import rating

MODEL: Final = "telnyx"

LOSS_WEIGHT: Final = 20.0
"""Points of R that a unit of the logarithm costs."""

LOWEST: Final = 1.0
HIGHEST: Final = 5.0
"""What the SDKs hold the MOS within; without delay and loss it is 4.41."""

Word: TypeAlias = Literal["excellent", "good", "fair", "poor", "bad"]

WORDS: Final[tuple[tuple[float, Word], ...]] = ((4.1, "good"), (3.7, "fair"), (3.1, "poor"))
"""From which MOS on each word is said; above `EXCELLENT` it is another one, and below all of them `bad`."""

EXCELLENT: Final = 4.2


def display_mos(*, jitter: float, round_trip_time: float, loss_ratio: float) -> float:
    """Return the MOS that the SDKs show, 1 to 5.

    Args:
        jitter: seconds.
        round_trip_time: seconds.
        loss_ratio: packets lost of those sent, 0 to 1. The SDKs take it since the start of the call.

    Raises:
        ValueError: a number is NaN, infinite or negative, or `loss_ratio` above 1.
    """
    if not 0.0 <= loss_ratio <= 1.0:
        raise ValueError(f"loss_ratio must be from 0 to 1, got {loss_ratio}")
    if not (jitter >= 0.0 and round_trip_time >= 0.0):
        raise ValueError("jitter and round_trip_time must not be negative")
    latency = 1000 * (jitter + round_trip_time / 2)
    r = float(rating(delay=latency, ie_eff=LOSS_WEIGHT * math.log1p(100 * loss_ratio)))
    mos = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r)
    return min(max(mos, LOWEST), HIGHEST)


def display_word(mos: float) -> Word:
    """The word that the SDK for iOS shows for a MOS.

    Those for JavaScript and Android say `bad` of 4.0 to 4.1 and of 3.6 to 3.7, by gaps between their bounds.
    """
    if mos > EXCELLENT:
        return "excellent"
    return next((word for least, word in WORDS if mos >= least), "bad")
