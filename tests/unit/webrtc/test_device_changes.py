"""Devices that came and went, and what else the details of events say."""

import json

import pytest

from sonde.webrtc.device_changes import MediaDevice, device_changes, device_choices
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.event_details import network_checks, scalars

BAD = ["", "{", "[1]", "null", "{}", '[{"kind": 3}]', "[" * 5000]


def listed(at: int, *devices: dict, value: str = "") -> PeerEvent:
    """A list of devices."""
    return PeerEvent(at=at, kind=EventKind.DEVICES_CHANGED, value=value, detail=json.dumps(devices))


MICROPHONE = {"kind": "audioinput", "deviceId": "m", "label": "Headset"}
CAMERA = {"kind": "videoinput", "deviceId": "c", "label": "Camera"}


def test_what_came_and_went_is_the_difference_of_lists():
    """All of the first list came; a list that says the same again says nothing."""
    events = [listed(1, MICROPHONE, CAMERA), listed(2, MICROPHONE, CAMERA), listed(3, CAMERA)]
    headset = MediaDevice(kind="audioinput", device_id="m", label="Headset")
    camera = MediaDevice(kind="videoinput", device_id="c", label="Camera")
    assert [(each.at, each.kind, each.added, each.removed) for each in device_changes(events)] == [
        (1, "audioinput", (headset,), ()),
        (1, "videoinput", (camera,), ()),
        (3, "audioinput", (), (headset,)),
    ]


def test_a_list_of_one_kind_says_nothing_of_others():
    """The vendor's client lists microphones, cameras and loudspeakers apart."""
    events = [listed(1, CAMERA), listed(2, MICROPHONE, value="audioinput"), listed(3, value="videoinput")]
    assert [(each.at, len(each.added), len(each.removed)) for each in device_changes(events)] == [
        (1, 1, 0),
        (2, 1, 0),
        (3, 0, 1),
    ]


@pytest.mark.parametrize("detail", BAD)
def test_lists_that_cannot_be_read_change_nothing(detail):
    """They do no harm."""
    event = PeerEvent(at=2, kind=EventKind.DEVICES_CHANGED, detail=detail)
    assert len(device_changes([listed(1, CAMERA), event, listed(3, CAMERA)])) == 1


def test_a_chosen_device_is_described_or_named():
    """As JSON, or by its label alone."""
    described = PeerEvent(
        at=1, kind=EventKind.DEVICE_SELECTED, value="audioinput", detail=json.dumps(MICROPHONE)
    )
    named = PeerEvent(at=2, kind=EventKind.DEVICE_SELECTED, value="audiooutput", detail="Speakers")
    assert [each.device for each in device_choices([described, named])] == [
        MediaDevice(kind="audioinput", device_id="m", label="Headset"),
        MediaDevice(kind="audiooutput", label="Speakers"),
    ]


def test_a_device_that_was_given_is_in_use():
    """By its label, which a client may keep to itself."""
    given = PeerEvent(at=1, kind=EventKind.MEDIA_GRANTED, value="video", detail="Camera", track="t")
    hidden = PeerEvent(at=2, kind=EventKind.MEDIA_GRANTED, value="audio", track="u")
    [choice] = device_choices([given, hidden])
    assert (choice.at, choice.device) == (1, MediaDevice(kind="videoinput", label="Camera"))


def said(kind: EventKind, value: str, detail: object) -> PeerEvent:
    """An event with JSON in its detail."""
    return PeerEvent(at=1, kind=kind, value=value, detail=json.dumps(detail))


def test_what_is_known_of_the_network_before_the_call():
    """The effective type, and which kinds of candidates connect where that was tried."""
    known = {
        "effectiveNetworkType": "4g",
        "turnConnectivity": True,
        "connectivity": {"host": True, "relay": False, "reflexive": True},
    }
    event = said(EventKind.APPLICATION, "precall_end", {"connectionInfo": known})
    [found] = network_checks([event])
    assert (found.effective_type, found.has_any, found.has_relay, found.has_reflexive) == (
        "4g",
        True,
        False,
        True,
    )
    [empty] = network_checks([said(EventKind.APPLICATION, "precall_end", {})])
    assert (empty.effective_type, empty.has_any) == ("", None)


@pytest.mark.parametrize("detail", BAD)
def test_details_that_cannot_be_read_say_nothing(detail):
    """They do no harm."""
    assert scalars(detail) == {}


def test_only_plain_values_of_a_detail_are_shown():
    """Clients of the vendor refuse nested ones."""
    detail = json.dumps({"a": 1, "b": "x", "c": None, "d": True, "e": [1], "f": {}})
    assert scalars(detail) == {"a": 1, "b": "x", "c": None, "d": True}
