"""How fast ratings are: the E-model for one connection, for a column of them, and the score of a stream.

The floor is the work that no rating in Python can avoid: the powers, roots and logarithms of the equations.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from report import cpu_per_call, options, show

from sonde.quality.codecs import codec
from sonde.quality.emodel import EmodelInputs, rate, rate_arrays
from sonde.quality.voice import score_voice

COLUMNS = (1, 1_000, 100_000)

TRANSCENDENTALS = 35
"""Powers, roots and logarithms in the equations of `sonde.quality.impairments` for one rating."""


def main() -> None:
    """Measure and report."""
    asked = options("CPU time of ratings", rounds=7).parse_args()
    cases: dict[str, Callable[[], object]] = {f"{TRANSCENDENTALS} powers, plain Python": _transcend}
    sizes = dict.fromkeys(cases, 1)
    cases["rate, one connection"] = lambda: rate(EmodelInputs(t=60.0, tr=120.0, ta=100.0, ppl=1.0))
    for size in COLUMNS:
        name = f"rate_arrays, {size:,} connections"
        sizes[name] = size
        cases[name] = partial(rate_arrays, _column(size))
    g711 = codec("g711")
    cases["score_voice, one stream"] = lambda: score_voice(
        codec=g711, one_way_delay=0.06, jitter_buffer=0.04, loss_ratio=0.01, discard_ratio=0.002
    )
    rows = []
    for name, taken in cpu_per_call(cases, asked.rounds).items():
        each = [seconds / sizes.get(name, 1) for seconds in taken]
        rows.append(
            {"what": name, "cpu_us_each": tuple(1e6 * s for s in each), "each_per_cpu_second": 1 / each[0]}
        )
    show("Quality: ratings", rows, as_json=asked.json)


def _transcend() -> None:
    for exponent in range(TRANSCENDENTALS):
        pow(1.1, exponent / 10)


def _column(size: int) -> EmodelInputs:
    """Connections with every delay to 400 ms and every loss to 20 %."""
    chance = np.random.default_rng(1)
    delay = chance.uniform(0, 400, size)
    return EmodelInputs(t=delay, tr=2 * delay, ta=delay + 40, ppl=chance.uniform(0, 20, size))


if __name__ == "__main__":
    main()
