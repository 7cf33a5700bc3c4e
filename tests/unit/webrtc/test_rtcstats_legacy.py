"""The first form of rtcstats: what its lines mean."""

import pytest
from recordings import AT, peer, read, received, samples, times

from sonde.webrtc.event import EventKind
from sonde.webrtc.recording import LegacyStatistics


def legacy(change, at, key="PC_0"):
    return ["getstats", key, change, AT + at]


def test_legacy_reports_are_restored_from_changes():
    """What is not repeated is as before; a stamp of 0 is the report's; an object not mentioned is gone."""
    recording = read(
        ["connectionInfo", None, {"userAgent": "Firefox"}, AT],
        legacy({"timestamp": AT + 1, "I": {"timestamp": 0, **received(framesDecoded=1)}, "X": received()}, 1),
        legacy({"timestamp": AT + 2, "I": {"timestamp": 0, "framesDecoded": 2}}, 2),
        legacy({"timestamp": AT + 3, "I": {}, "T": {"type": "transport", "timestamp": 0}}, 3),
    )
    assert (recording.format, recording.user_agent) == ("rtcstats-legacy", "Firefox")
    assert [each.frames_decoded for each in samples(recording)] == [1, 2, 2]
    assert [len(each.streams) for each in peer(recording).snapshots] == [2, 1, 1]
    assert times(recording) == [1, 2, 3]


def test_legacy_connections_do_not_mix():
    """Each connection has its own base for the changes."""
    first = legacy({"timestamp": AT, "I": {"timestamp": 0, **received(framesDecoded=1)}}, 0)
    recording = read(first, legacy({"timestamp": AT, "I": {"timestamp": 0, **received()}}, 0, key="PC_1"))
    assert [each.snapshots[0].streams[0].frames_decoded for each in recording.peers] == [1, None]


def test_legacy_events_have_their_words():
    """Tracks are written as `kind:id`, descriptions may be empty, and what has no event is not unknown."""
    recording = read(
        ["create", "PC_0", {"bundlePolicy": "max-bundle"}, AT],
        ["addTrack", "PC_0", "audio:{12-34} -", AT + 1],
        ["oniceconnectionstatechange", "PC_0", "checking", AT + 2],
        [
            "onicecandidate",
            "PC_0",
            {"candidate": "candidate:1 1 UDP 9 192.0.2.1 5 typ relay ufrag x"},
            AT + 3,
        ],
        ["onicecandidate", "PC_0", None, AT + 4],
        ["setLocalDescription", "PC_0", "", AT + 5],
        ["setLocalDescriptionOnSuccess", "PC_0", None, AT + 6],
        ["createOfferOnFailure", "PC_0", "OperationError", AT + 7],
        ["somethingNew", "PC_0", 1, AT + 8],
        ["close", "PC_0", {}, AT + 9],
    )
    found = [(each.kind, each.value, each.track) for each in peer(recording).events]
    assert found == [
        (EventKind.CREATED, "", None),
        (EventKind.TRACK_ADDED, "audio", "{12-34}"),
        (EventKind.ICE_CONNECTION_STATE, "checking", None),
        (EventKind.LOCAL_CANDIDATE, "relay", None),
        (EventKind.LOCAL_CANDIDATE, "", None),
        (EventKind.LOCAL_DESCRIPTION, "", None),
        (EventKind.CALL_FAILED, "createOffer", None),
        (EventKind.CLOSED, "", None),
    ]
    assert recording.notes.unknown == {"somethingNew": 1}


def test_refused_media_say_why():
    """Errors come as a name, as a pair of name and message, and as an object of both."""
    name = "navigator.mediaDevices.getUserMediaOnFailure"
    forms = (
        "NotReadableError",
        ["NotReadableError", "busy"],
        {"name": "NotReadableError", "message": "busy"},
    )
    recording = read(*([name, None, form, AT] for form in forms))
    assert [each.kind for each in recording.events] == [EventKind.MEDIA_REFUSED] * 3
    assert {each.value for each in recording.events} == {"NotReadableError"}
    assert [each.detail for each in recording.events] == ["", "busy", "busy"]


def test_a_shared_screen_is_the_source_of_its_track():
    """What getDisplayMedia gave is the screen, also where the statistics do not say so."""
    granted = {"id": "s", "tracks": [{"id": "K", "kind": "video", "label": "monitor"}]}
    sent = {"timestamp": 0, "type": "outbound-rtp", "kind": "video", "mediaSourceId": "S"}
    source = {"timestamp": 0, "type": "media-source", "kind": "video", "trackIdentifier": "K"}
    recording = read(
        ["navigator.mediaDevices.getDisplayMediaOnSuccess", None, granted, AT],
        legacy({"timestamp": AT + 1, "O": sent, "S": source}, 1),
    )
    assert [each.source for each in samples(recording)] == ["screen"]


def test_legacy_statistics_of_chrome_are_refused():
    """The goog* objects are no statistics that anything could be judged by."""
    with pytest.raises(LegacyStatistics, match="goog"):
        read(legacy({"timestamp": AT, "googTrack_1": {"timestamp": 0, "type": "googTrack"}}, 0))
