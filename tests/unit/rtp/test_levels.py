"""Lasting changes of delay."""

import numpy as np
import pytest

from sonde.rtp.levels import MOST_BLOCKS, LevelTrack

INTERVAL = 20_000_000
MILLISECOND = 1_000_000


def track_of(delays, chunk=100):
    """A track fed in chunks."""
    track, media = LevelTrack(), np.arange(len(delays)) * INTERVAL
    for start in range(0, len(delays), chunk):
        track.add(media[start : start + chunk], delays[start : start + chunk])
    return track


def noisy(count, level):
    """Delays around a level in milliseconds."""
    return (level * MILLISECOND + np.random.default_rng(2).normal(0, 3e6, count)).astype(np.int64)


@pytest.mark.parametrize("change", [45, -45])
def test_a_lasting_change_is_found(change):
    """With its time and its size, up or down."""
    delays = np.concatenate([noisy(2000, 100), noisy(3000, 100 + change)])
    shift = track_of(delays).largest_shift()
    assert shift.change == pytest.approx(change / 1000, abs=0.002)
    assert shift.at == pytest.approx(40, abs=2.6)


@pytest.mark.parametrize(
    "delays", [noisy(5000, 50), np.concatenate([noisy(2000, 50), noisy(2000, 60)]), noisy(300, 50)]
)
def test_noise_and_small_changes_are_none(delays):
    """Nothing below 20 ms, and nothing in a stream too short to last."""
    assert track_of(delays).largest_shift() is None


def test_long_streams_stay_bounded():
    """Blocks are joined, and the change is still found."""
    half = 40 * MOST_BLOCKS
    delays = np.concatenate([noisy(half, 20), noisy(half, 80)])
    track = track_of(delays, chunk=50_000)
    assert len(track._medians) <= MOST_BLOCKS
    assert track.largest_shift().change == pytest.approx(0.06, abs=0.002)
