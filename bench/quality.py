"""How fast ratings are: one connection, columns on each scale, their points, and the scores of a stream.

The floor is the work that no rating in Python can avoid: the powers, roots and logarithms of the equations.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from report import cpu_per_call, options, show
from samples import make_report

from sonde.model.rounds import score_report
from sonde.quality.attribution import Attribution, attribute
from sonde.quality.codecs import codec
from sonde.quality.coding import Coding, coding_of, opus
from sonde.quality.emodel import EmodelInputs, Rating, rate, rate_arrays
from sonde.quality.ends import Ends
from sonde.quality.ends import rate_arrays as rate_streams
from sonde.quality.interval import Evidence, draw_missing
from sonde.quality.registry import find
from sonde.quality.voice import score_sonde, score_voice, sonde_ends

MANY = 100_000
COLUMNS = (1, 1_000, MANY)

TRANSCENDENTALS = 35
"""Powers, roots and logarithms in the equations of `sonde.quality.impairments` for one rating."""

HEARD = {"one_way_delay": 0.06, "jitter_buffer": 0.04, "loss_ratio": 0.012, "discard_ratio": 0.002}


def main() -> None:
    """Measure and report."""
    asked = options("CPU time of ratings and scores", rounds=7).parse_args()
    cases: dict[str, Callable[[], object]] = {f"{TRANSCENDENTALS} powers, plain Python": _transcend}
    sizes = dict.fromkeys(cases, 1)
    cases["rate, one connection"] = lambda: rate(EmodelInputs(t=60.0, tr=120.0, ta=100.0, ppl=1.0))
    for size in COLUMNS:
        name = f"rate_arrays, {size:,} connections"
        sizes[name] = size
        cases[name] = partial(rate_arrays, _column(size))
    for name, work in _many_streams().items():
        sizes[name] = MANY
        cases[name] = work
    cases |= _scores()
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


def _many_streams() -> dict[str, Callable[[], object]]:
    """Streams by sonde-g107 on each scale, and the points of R and MOS of as many ratings."""
    amr_wb = find("amr-wb-23.05", scale="wideband", listening="diotic")
    codings = {
        "narrowband": coding_of(codec("g711")),
        "wideband": Coding(value=amr_wb, packet_interval=0.020),
        "fullband": Coding(value=opus(32.0), packet_interval=0.020),
    }
    ends = {name: sonde_ends(coding, 0.040) for name, coding in codings.items()}
    rating = _rate_many(ends["narrowband"])
    cases: dict[str, Callable[[], object]] = {
        f"sonde-g107, {MANY:,} {name} streams with their MOS": partial(_score_many, each)
        for name, each in ends.items()
    }
    return {**cases, f"points of R and of MOS, {MANY:,} streams": partial(_explain, rating)}


def _rate_many(ends: Ends) -> Rating:
    chance = np.random.default_rng(2)
    return rate_streams(
        ends,
        delay=chance.uniform(0, 0.4, MANY),
        missing=chance.uniform(0, 0.2, MANY),
        burst_r=chance.uniform(1, 3, MANY),
    )


def _score_many(ends: Ends) -> np.ndarray:
    return ends.scale.mos(_rate_many(ends).r)


def _explain(rating: Rating) -> Attribution:
    told = attribute(rating, ie=np.zeros(MANY))
    _ = told.mos_points
    return told


def _scores() -> dict[str, Callable[[], object]]:
    """What the server does for each report, and its parts."""
    sent = codec("g711")
    coding = coding_of(sent)
    evidence = Evidence(packets=3000, loss_runs=30, burst_ratio=1.4, delay_error=0.015)
    report = make_report()
    # Another number of packets each time, so that no draws are found ready.
    fresh = iter(range(1_000, 10**9))
    return {
        "score_voice, one stream without interval": lambda: score_voice(codec=sent, **HEARD),
        "score_voice, one stream": lambda: score_voice(codec=sent, **HEARD, evidence=evidence),
        "score_sonde, one stream": lambda: score_sonde(coding=coding, **HEARD, evidence=evidence),
        "4,000 draws of the loss": lambda: draw_missing(0.014, Evidence(packets=next(fresh))),
        "score_report, both models": lambda: score_report(report),
    }


if __name__ == "__main__":
    main()
