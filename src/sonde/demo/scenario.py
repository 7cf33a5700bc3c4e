"""Who measures whom in the demo, and how bad the way is when."""

import msgspec

from sonde.impair.impairment import Impairment, Scenario, Step

PHASE = 60.0
"""Seconds of one kind of weather."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent pretends to stand."""

    name: str
    country: str
    location: str


BERN = Place(name="Bern", country="CH", location="Bern, Switzerland")
OSLO = Place(name="Oslo", country="NO", location="Oslo, Norway")
PLACES = (BERN, OSLO)

WEATHER = (
    Impairment(delay=0.020, jitter=0.002),
    Impairment(delay=0.025, jitter=0.046),
    Impairment(delay=0.020, jitter=0.004, loss=0.03),
    Impairment(delay=0.060, jitter=0.010, loss=0.005, dscp=8),
    Impairment(delay=0.180, jitter=0.040, loss=0.12, dscp=0, duplicate=0.01, reorder=0.02),
)
"""Clear, jittery, lossy, re-marked, and a brown-out with all of it."""


def weather(start: int) -> Scenario:
    """The weather on one road, beginning with the given phase so that two roads differ."""
    phases = [WEATHER[(start + n) % len(WEATHER)] for n in range(len(WEATHER))]
    steps = tuple(Step(start=PHASE * n, impairment=phase) for n, phase in enumerate(phases))
    return Scenario(steps=steps, period=PHASE * len(phases))


class DemoTest(msgspec.Struct, frozen=True, kw_only=True):
    """One voice test of the demo, in the words of the ThousandEyes API that creates it."""

    name: str
    source: Place
    target: Place
    codec_id: int
    dscp_id: int


TESTS = (
    DemoTest(name="Bern to Oslo, G.711", source=BERN, target=OSLO, codec_id=0, dscp_id=46),
    DemoTest(name="Oslo to Bern, G.729a", source=OSLO, target=BERN, codec_id=5, dscp_id=46),
    DemoTest(
        name="Bern to Oslo, SILK wideband, best effort", source=BERN, target=OSLO, codec_id=8, dscp_id=0
    ),
)
