"""What rows come to: numpy's numbers, and what the vendor published of a call."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.realtimekit import PictureFlags
from sonde.webrtc.report_rows import ReportRow
from sonde.webrtc.report_totals import sum_up_rows


def row(**fields) -> ReportRow:
    """A row of which little is known."""
    empty = dict.fromkeys(("source", "duration", "ssrc", "mid", "track", "remote_peer", "remote_stream"))
    known = {"stream_id": "s", "direction": "send", "kind": "video", "at": 0}
    return ReportRow(**{**known, **empty, **fields})


RATIOS = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=50)


@given(RATIOS)
def test_shares_and_percentiles_are_numpys(values):
    """Of the rows that have the number; none when no row has it."""
    totals = sum_up_rows([row(loss_ratio=each, frame_width=each) for each in values])
    known = np.array([each for each in values if each is not None])
    if not len(known):
        assert totals.loss_ratio is totals.frame_width is None
        return
    assert totals.loss_ratio.mean == pytest.approx(known.mean())
    assert totals.loss_ratio.shares == {
        limit: pytest.approx((known >= limit).mean()) for limit in (0.05, 0.1, 0.25, 0.5)
    }
    assert list(totals.frame_width.percentiles.values()) == pytest.approx(np.percentile(known, [50, 75, 90]))


def test_flags_limits_and_requests_are_shares_of_rows():
    """Each of the rows in which it is known; requests are many above one per second."""
    rows = [
        row(flags=PictureFlags(is_stuck=True), quality_limitation_reason="cpu", pli_count=8, duration=7.0),
        row(flags=PictureFlags(is_lagging=True), quality_limitation_reason="none", fir_count=7, duration=7.0),
        row(flags=PictureFlags(), quality_limitation_reason="bandwidth", pli_count=4, duration=None),
        row(flags=PictureFlags(is_low_resolution=True)),
    ]
    totals = sum_up_rows(rows)
    assert (totals.stuck, totals.lagging, totals.low_resolution) == (0.25, 0.25, 0.25)
    assert totals.limited == pytest.approx({"bandwidth": 1 / 3, "cpu": 1 / 3, "none": 1 / 3})
    assert totals.limited_at_all == pytest.approx(2 / 3)
    assert totals.many_requests == pytest.approx(1 / 3)


def test_key_frames_are_of_all_frames():
    """Summed over the call, and not a mean of shares."""
    rows = [row(frames=10, key_frames=1), row(frames=190, key_frames=0), row(frames=0, key_frames=0)]
    assert sum_up_rows(rows).key_frames == 1 / 200


def test_the_delay_of_the_buffer_is_that_of_what_left_it():
    """Rows in which nothing left it have none."""
    rows = [
        row(jitter_buffer_delay=480.0, jitter_buffer_emitted_count=4800),
        row(jitter_buffer_delay=0.0, jitter_buffer_emitted_count=0),
        row(jitter_buffer_delay=1440.0, jitter_buffer_emitted_count=4800),
    ]
    found = sum_up_rows(rows).jitter_buffer_delay
    assert found.mean == pytest.approx(0.2)
    assert found.shares == {0.1: 1.0, 0.25: 0.5, 0.5: 0.0}


def test_nothing_known_is_nothing_said():
    """Not even a share of 0."""
    totals = sum_up_rows([row(kind="audio", direction="recv")])
    assert totals.limited is totals.key_frames is totals.many_requests is totals.stuck is None
    assert totals.score.mean == 1.0


def test_the_published_call():
    """Of ten samples the first has none yet; shares are nested, and the mean is that of all ten."""
    seconds = [0.0, 0.6, 0.3, *[0.065287] * 7]
    found = sum_up_rows([row(kind="audio", round_trip_time=each) for each in seconds]).round_trip_time
    assert found.shares == {0.1: 0.2, 0.25: 0.2, 0.5: 0.1}
    assert found.mean == pytest.approx(0.1357009)
