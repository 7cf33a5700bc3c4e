"""Dumps of webrtc-internals: series of values become reports."""

import json

import pytest
from recordings import MILLISECOND, peer, read, samples

from sonde.webrtc.event import EventKind
from sonde.webrtc.recording import LegacyStatistics, MalformedRecording


def series(kind, values, start=0, end=None):
    """A series as Chromium writes it: values as text, times as RFC 3339."""
    last = len(values) - 1 if end is None else end
    return {
        "statsType": kind,
        "startTime": f"2026-11-20T21:00:{start:02}.000Z",
        "endTime": f"2026-11-20T21:00:{last:02}.000Z",
        "values": json.dumps(values),
    }


START = 1_795_208_400_000


def internals(stats, **members):
    connection = {"url": "https://example.org/", "stats": stats, **members.pop("connection", {})}
    return read({"UserAgent": "Chrome", "PeerConnections": {"1-1": connection}, **members})


def stamps(count, first=0):
    return series("inbound-rtp", [START + 1000 * second for second in range(first, first + count)])


def test_internals_put_series_together_to_reports():
    """One for each stamp; what came late is missing at first; what the page computed is not read."""
    recording = internals(
        {
            "I-x-timestamp": stamps(3),
            "I-x-kind": series("inbound-rtp", ["video"] * 3),
            "I-x-framesDecoded": series("inbound-rtp", [1, 2, 3]),
            "I-x-mid": series("inbound-rtp", [0, 0, 0]),
            "I-x-frameWidth": series("inbound-rtp", [640], start=2, end=2),
            "I-x-[framesDecoded/s]": series("inbound-rtp", [9, 9, 9]),
        }
    )
    assert recording.format == "webrtc-internals"
    found = [(each.stream_id, each.frames_decoded, each.frame_width, each.mid) for each in samples(recording)]
    assert found == [("I-x", 1, None, "0"), ("I-x", 2, None, "0"), ("I-x", 3, 640, "0")]


def test_internals_properties_that_ended_early_are_missing_at_the_end():
    """Where the file says so."""
    recording = internals(
        {
            "I-timestamp": stamps(3),
            "I-kind": series("inbound-rtp", ["video"] * 3),
            "I-frameWidth": series("inbound-rtp", [640], start=0, end=0),
        }
    )
    assert [each.frame_width for each in samples(recording)] == [640, None, None]


def test_internals_properties_that_were_missing_in_between_are_left_out():
    """It cannot be said which of the values were missing."""
    recording = internals(
        {
            "I-timestamp": stamps(4),
            "I-kind": series("inbound-rtp", ["video"] * 4),
            "I-frameWidth": series("inbound-rtp", [640, 320], start=0, end=3),
        }
    )
    assert [each.frame_width for each in samples(recording)] == [None] * 4
    assert recording.notes.skipped == {
        "inbound-rtp.frameWidth: expected a series without gaps in the middle": 1
    }


def test_internals_reports_of_the_other_side_are_joined_to_the_call_they_were_seen_in():
    """They bear the time at which they came, and are seen again until the next one."""
    came = [START + 600, START + 600, START + 2600]
    recording = internals(
        {
            "O-timestamp": series("outbound-rtp", [START + 1000 * second for second in range(4)]),
            "O-kind": series("outbound-rtp", ["video"] * 4),
            "R-timestamp": series("remote-inbound-rtp", came),
            "R-localId": series("remote-inbound-rtp", ["O"] * 3),
        }
    )
    seen = [each.remote_at and each.remote_at // MILLISECOND for each in samples(recording)]
    assert seen == [None, START + 600, START + 600, START + 2600]


def test_internals_events_come_with_number_or_text_for_their_time():
    """Newer browsers write milliseconds, older ones a text; values are JSON inside of text."""
    log = [
        {"type": "onsignalingstatechange", "value": '"stable"', "timestamp": START},
        {"type": "iceConnectionStateChange", "value": "failed", "time": "2026-11-20T21:00:01.000Z"},
        {"type": "iceConnectionStateChange", "value": "failed", "time": "yesterday"},
    ]
    recording = internals({}, connection={"updateLog": log})
    assert [(each.kind, each.value, each.at // MILLISECOND - START) for each in peer(recording).events] == [
        (EventKind.SIGNALING_STATE, "stable", 0),
        (EventKind.ICE_CONNECTION_STATE, "failed", 1000),
    ]
    assert recording.notes.skipped == {"updateLog: expected a type, a value and a time": 1}


def test_internals_requests_for_media_become_events():
    """Asked, granted or refused."""
    common = {"request_type": "getUserMedia", "timestamp": START}
    recording = internals(
        {},
        getUserMedia=[
            {**common, "audio": "", "video": ""},
            {
                **common,
                "stream_id": "s",
                "audio_track_info": "null",
                "video_track_info": '{"id":"K","label":"cam"}',
            },
            {**common, "error": "NotFoundError", "error_message": "none"},
        ],
    )
    assert [(each.kind, each.value, each.track) for each in recording.events] == [
        (EventKind.MEDIA_REQUESTED, "audio video", None),
        (EventKind.MEDIA_GRANTED, "video", "K"),
        (EventKind.MEDIA_REFUSED, "NotFoundError", None),
    ]


def test_internals_of_old_chrome_are_refused():
    """With the same sentence."""
    with pytest.raises(LegacyStatistics, match="goog"):
        internals({"x-googTrackId": series("ssrc", ["a"])})


@pytest.mark.parametrize("connections", [None, [], 3, "x"])
def test_internals_need_an_object_of_connections(connections):
    """And say so."""
    with pytest.raises(MalformedRecording, match="PeerConnections: expected an object"):
        read({"PeerConnections": connections})
