"""Losses folded chunk by chunk give what the whole stream gives at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.burst_ratio import measure_burst_ratio
from sonde.rtp.bursts import estimate_bursts, find_bursts
from sonde.rtp.losses import LossTrack

INTERVAL = 0.02
streams = st.lists(st.integers(0, 7).map(bool) | st.booleans(), min_size=1, max_size=200)


def fold(outcomes, cuts):
    """The findings after feeding the losses in chunks that end at the cuts."""
    track, places = LossTrack(), np.flatnonzero(~outcomes)
    for chunk in np.split(places, np.searchsorted(places, sorted(cuts))):
        track.add(chunk)
    return track.conclude(len(outcomes), INTERVAL)


@given(streams, st.lists(st.integers(0, 200), max_size=5))
def test_chunks_make_no_difference(bits, cuts):
    """Bursts by definition and by the chain, and BurstR, are those of the stream as a whole."""
    outcomes = np.array(bits, dtype=bool)
    found = fold(outcomes, cuts)
    assert found.bursts == find_bursts(outcomes, packet_interval=INTERVAL)
    assert found.estimate == estimate_bursts(outcomes, packet_interval=INTERVAL)
    ratio, whole = found.burst_ratio, measure_burst_ratio(outcomes)
    for name in type(whole).__struct_fields__:
        value = getattr(whole, name)
        assert getattr(ratio, name) == (None if value is None else pytest.approx(value)), name
    assert (found.lost, found.packets) == (bits.count(False), len(bits))
