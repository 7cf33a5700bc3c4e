"""Issues that a client told of itself."""

import pytest
from tracks import peer, seconds_of, track

from sonde.webrtc.issues.told import BANDWIDTH_TOLD, CONGESTION_TOLD, CPU_TOLD
from sonde.webrtc.issues.views import view_session

DETECTORS = (BANDWIDTH_TOLD, CPU_TOLD, CONGESTION_TOLD)

UNMEASURED = {each: {"limited_by_cpu": None, "limited_by_bandwidth": None} for each in range(60)}


def found(*events: tuple[float, str, str, str | None], **options) -> list[tuple[str, float, float]]:
    """Issues of a camera with these events: type, first and last second."""
    video = track("send", "video", **{"bad": UNMEASURED, "track": "camera", **options})
    [view] = view_session([peer(video, events=events)], [])
    issues = [issue for detector in DETECTORS for issue in detector.find(view)]
    return [(issue.type, seconds_of(issue.start), seconds_of(issue.end)) for issue in issues]


@pytest.mark.parametrize(
    ("word", "name"), [("bandwidth", "bandwidth_limited"), ("cpu", "cpu_limited"), ("congestion",) * 2]
)
def test_a_limit_is_an_issue_from_when_it_was_seen_until_it_was_gone(word, name):
    """Of the type of the catalogue; seeing it twice is one."""
    events = [(10, "limited", word, None), (12, "limited", word, None), (20, "unlimited", word, None)]
    assert found(*events) == [(name, 10, 20)]


def test_a_limit_that_is_not_lifted_lasts_until_the_end():
    """And lifting one that never began says nothing."""
    assert found((5, "unlimited", "cpu", None), (30, "limited", "cpu", None)) == [("cpu_limited", 30, 60)]


def test_events_of_another_track_are_anothers():
    """Where an event names its track."""
    assert found((10, "limited", "cpu", "screen")) == []
    assert found((10, "limited", "cpu", "camera")) != []


def test_numbers_say_it_better():
    """Where the client counts how long it was limited, its word adds nothing."""
    assert found((10, "limited", "cpu", None), bad=None) == []


def test_sound_is_not_limited():
    """Nor a stream received."""
    streams = (track("recv", "video", bad=UNMEASURED), track("send", "audio"))
    [view] = view_session([peer(*streams, events=[(10, "limited", "cpu", None)])], [])
    assert not [issue for detector in DETECTORS for issue in detector.find(view)]
