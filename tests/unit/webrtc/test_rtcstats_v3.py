"""Version 3 of rtcstats: what its lines mean."""

import pytest
from recordings import AT, MILLISECOND, peer, read, samples, times

from sonde.webrtc.event import EventKind
from sonde.webrtc.recording import MalformedRecording

HEADING = {"fileFormat": 3, "clientProtocol": "rtcstats#5.0", "userAgent": "Chrome", "url": "/call"}


def version3(*lines):
    return read(b"RTCStatsDump", HEADING, *lines)


def test_version_3_has_numbers_for_names_and_times_as_differences():
    """The first time counts from 1970, each other from the line before."""
    recording = version3(
        [39, None, {"deviceMemory": 8}, AT],
        [39, "PC_0", None, 5],
        [25, "PC_0", "connecting", 7],
        ["g", "PC_0", {"0": {"10": 7, "11": "video", "20": 3, "type": 1}, "t": AT + 13}, 3],
        [1, "PC_0", {"0": {"20": 4}, "t": AT + 20}, 5],
    )
    assert (recording.format, recording.user_agent, peer(recording).url) == ("rtcstats-v3", "Chrome", "/call")
    assert [each.frames_decoded for each in samples(recording)] == [3, 4]
    assert times(recording) == [13, 20]
    assert [(each.kind, each.at // MILLISECOND - AT) for each in peer(recording).events] == [
        (EventKind.CREATED, 5),
        (EventKind.CONNECTION_STATE, 12),
    ]


def test_version_3_keeps_what_is_not_mentioned_until_it_is_null():
    """Unlike the first form."""
    recording = version3(
        ["g", "PC_0", {"0": {"11": "video", "20": 3, "type": 1}, "1": {"type": 5}, "t": AT}, AT],
        ["g", "PC_0", {"1": {"123": "failed"}, "t": AT + 1}, 1],
        ["g", "PC_0", {"0": None, "1": {"41": 1}, "t": AT + 2}, 1],
    )
    assert [len(each.streams) for each in peer(recording).snapshots] == [1, 1, 0]
    assert times(recording) == [0, 1, 2]


def test_version_3_keeps_the_stamp_of_what_the_other_side_said():
    """A report that is not mentioned is the same report still, and bears its own time."""
    recording = version3(
        ["g", "P", {"0": {"11": "video", "type": 2}, "1": {"74": "0", "type": 3, "t": AT - 9}, "t": AT}, AT],
        ["g", "P", {"0": {"79": 5}, "t": AT + 1000}, 1000],
    )
    assert [each.remote_at // MILLISECOND - AT for each in samples(recording)] == [-9, -9]


def test_version_3_merges_inner_objects():
    """Of the durations of limits only those that changed are repeated."""
    durations = {"none": 1, "cpu": 0, "bandwidth": 0, "other": 0}
    recording = version3(
        ["g", "P", {"0": {"11": "video", "96": durations, "type": 2}, "t": AT}, AT],
        ["g", "P", {"0": {"96": {"cpu": 2}}, "t": AT + 1000}, 1000],
    )
    last = samples(recording)[-1]
    assert (last.quality_limitation_duration_none, last.quality_limitation_duration_cpu) == (1, 2)


def test_version_3_descriptions_are_filled_in():
    """Sections that are as created are left out of what was set."""
    recording = version3(
        [3, "P", {"type": "offer", "sdp": "v=0\r\ns=-\r\nm=audio 9\r\na=mid:0\r\nm=video 9\r\n"}, AT],
        [6, "P", {"type": "offer", "sdp": "v=\r\nm=\r\nm=video 0\r\n"}, 1],
    )
    created, was_set = peer(recording).events
    assert was_set.detail == "v=0\r\ns=-\r\nm=audio 9\r\na=mid:0\r\nm=video 0\r\n"
    assert (created.kind, was_set.kind) == (EventKind.OFFER_CREATED, EventKind.LOCAL_DESCRIPTION)


def test_a_muted_track_is_named():
    """The browser says that nothing arrives for a track."""
    recording = version3([73, "P", "track-1", AT])
    assert [(each.kind, each.track) for each in peer(recording).events] == [
        (EventKind.TRACK_MUTED, "track-1")
    ]


def test_version_3_without_its_heading_is_read_by_its_reports_times():
    """A piece of a file still has its statistics."""
    recording = read(["g", "P", {"0": {"11": "video", "type": 1}, "t": AT}, 1000])
    assert times(recording) == [0]


def test_a_heading_must_follow_the_magic_word():
    """Otherwise the file is damaged where nothing can be told of it."""
    with pytest.raises(MalformedRecording, match="line 2: expected an object that describes the recording"):
        read(b"RTCStatsDump", [1, 2, 3])
