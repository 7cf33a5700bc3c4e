"""What the intervals of a call come to."""

from typing import Any

import pytest

from sonde.webrtc.distributions import distributions, total_loss
from sonde.webrtc.interval import StreamInterval
from sonde.webrtc.spread import Observation, spread
from sonde.webrtc.tracks import StreamTrack

SECOND = 1_000_000_000


def track(
    stream_id: str, *numbers: dict[str, Any], direction: str = "recv", kind: str = "audio"
) -> StreamTrack:
    """A stream with an interval of a second for each set of numbers."""
    named: dict[str, Any] = {"stream_id": stream_id, "direction": direction, "kind": kind}
    intervals = tuple(
        StreamInterval(**named, start=n * SECOND, end=(n + 1) * SECOND, **fields)
        for n, fields in enumerate(numbers)
    )
    return StreamTrack(**named, first=0, last=len(numbers) * SECOND, intervals=intervals)


def test_the_loss_of_a_call_is_of_its_packets():
    """A second with few packets counts for few, and late packets take losses back."""
    stream = track(
        "a", {"packets_lost": 9, "packets_expected": 10}, {"packets_lost": -1, "packets_expected": 90}
    )
    (found,) = distributions([stream])
    assert (found.packets_lost, found.packets_expected, found.loss_ratio) == (8, 100, 0.08)


def test_a_sender_knows_its_loss_from_the_other_side():
    """Of a stream sent, the receiver's reports are its loss."""
    stream = track("a", {"remote_packets_lost": 1, "remote_packets_expected": 4}, {}, direction="send")
    assert total_loss(stream.intervals) == (1, 4, 0.25)


def test_values_at_or_above_a_limit_are_counted():
    """'250 ms or greater' has 250 ms in it, and what was not measured is not counted."""
    stream = track("a", *({"round_trip_time": rtt} for rtt in (0.05, 0.1, 0.25, 0.6)), {})
    (found,) = distributions([stream])
    assert found.numbers["round_trip_time"].at_least == {0.1: 3, 0.25: 2, 0.5: 1}
    assert found.numbers["round_trip_time"].count == 4
    assert found.intervals == 5


def test_classes_are_kept_apart():
    """Sound received is one class, pictures sent another; streams of a class come together."""
    found = distributions([track("a", {}), track("b", {}), track("c", {}, direction="send", kind="video")])
    assert [(each.direction, each.kind, each.streams) for each in found] == [
        ("recv", "audio", 2),
        ("send", "video", 1),
    ]


def test_limits_share_the_time():
    """What limited the encoder is told as shares of the time it accounted for."""
    stream = track(
        "a",
        {"limited_by_none": 1.0, "limited_by_cpu": 0.0, "quality_limitation_reason": "none"},
        {"limited_by_none": 0.5, "limited_by_cpu": 0.5, "quality_limitation_reason": "cpu"},
        direction="send",
        kind="video",
    )
    (found,) = distributions([stream])
    assert found.limited == {"none": 0.75, "cpu": 0.25, "bandwidth": 0.0, "other": 0.0}
    assert found.limited_intervals == {"cpu": 1, "none": 1}


def seconds(*values: float) -> list[Observation]:
    return [Observation(n * SECOND, (n + 1) * SECOND, value) for n, value in enumerate(values)]


def test_the_worst_ten_seconds():
    """Five bad seconds in a good minute give a worst window that is half bad."""
    found = spread([seconds(*[0.0] * 30, *[1.0] * 5, *[0.0] * 25)], worst=max)
    assert found is not None
    assert found.worst_10s == pytest.approx(0.5)
    assert found.mean == pytest.approx(5 / 60)


def test_a_short_stream_is_its_own_worst_window():
    """Below ten seconds the worst window is all there is."""
    found = spread([seconds(1.0, 3.0)], worst=min)
    assert found is not None
    assert found.worst_10s == 2.0


def test_time_weighs_values():
    """A value that held for three seconds counts three times in the mean over time."""
    line = [Observation(0, 3 * SECOND, 4.0), Observation(3 * SECOND, 4 * SECOND, 0.0)]
    found = spread([line], worst=min)
    assert found is not None
    assert (found.mean, found.mean_over_time) == (2.0, 3.0)


def test_percentiles_are_values_that_occurred():
    """Nearest rank: of ten values the ninth is the 90th percentile."""
    found = spread([seconds(*range(1, 11))], worst=max)
    assert found is not None
    assert (found.p10, found.p50, found.p90, found.high) == (1, 5, 9, 10)


def test_nothing_observed_has_no_spread():
    """A number nobody measured has no distribution, rather than one of zeros."""
    assert spread([[], []], worst=max) is None
    (found,) = distributions([track("a", {})])
    assert found.numbers == {}
    assert found.loss_ratio is None
