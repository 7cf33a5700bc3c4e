"""Messages of RealtimeKit's statistics client made rows and sightings, and made again from what is kept."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from callstats_bodies import BEGIN, PEER, USER_AGENT, entry, join, message, ping

from sonde.model.errors import Invalid
from sonde.model.reports import Report
from sonde.model.sightings import Place, ReportingClient
from sonde.services.callstats_messages import CallstatsMessages, Origin, read_callstats
from sonde.services.report_reading import read_payload
from sonde.services.report_sightings import merged
from sonde.services.report_times import CLOCK_REASON
from sonde.services.reports import nanoseconds, pack_report, unpack_report

CLIENT = ReportingClient(
    workspace_id=3,
    organization_id=1,
    source_id="participant-token/7",
    meeting_id="0d9a4c7e-52b1-4f0e-9d7c-3a0f1f5b6c21",
    participant_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
)


def read(body: dict[str, Any], *, after: timedelta = timedelta(minutes=1), user_agent: str = "") -> Report:
    """What is kept of a message that came so long after its call began."""
    place = Place(client=CLIENT, address="192.0.2.1", received_at=nanoseconds(BEGIN + after))
    return read_callstats(place, body, json.dumps(body).encode(), user_agent)


def test_a_message_says_who_was_there_and_the_token_in_which_meeting() -> None:
    """From the first entry to the last, whatever their order; joining is when the client says."""
    later = BEGIN + timedelta(seconds=2)
    sighting = read(message(ping(9), join(later), entry("precall_begin", BEGIN))).sighting
    assert (sighting.peer_id, sighting.meeting) == (PEER, CLIENT.meeting_id)
    assert sighting.participant_id == CLIENT.participant_id
    assert (sighting.first_at, sighting.last_at) == (
        BEGIN.replace(microsecond=489000),
        BEGIN.replace(microsecond=489000) + timedelta(seconds=9),
    )
    assert sighting.connected_at == later
    assert (sighting.sdk, sighting.sdk_version, sighting.user_agent) == ("web-core", "2.0.2", USER_AGENT)
    assert sighting.labels["room_uuid"] == "room"
    assert not sighting.has_left


def test_who_disconnects_last_of_all_has_left() -> None:
    """And not who goes on reporting after it."""
    away = entry("disconnect", BEGIN + timedelta(seconds=8))
    assert read(message(ping(7), away)).sighting.has_left
    assert not read(message(away, ping(14))).sighting.has_left


def test_what_is_said_once_is_not_forgotten_beside_what_comes_after() -> None:
    """The kit names itself when it joins and never again; the browser is in every request."""
    first, second = (
        read(each, user_agent=USER_AGENT).sighting for each in (message(join()), message(ping(7)))
    )
    assert (second.sdk, second.user_agent) == ("", USER_AGENT)
    for order in ([first, second], [second, first]):
        (both,) = merged(order)
        assert (both.sdk, both.sdk_version, both.last_at) == ("web-core", "2.0.2", second.last_at)
        assert both.machine.cpus == 8


def test_reading_again_makes_the_same_rows() -> None:
    """From what is kept alone, as `sonde recompute` does."""
    kept = unpack_report(pack_report(read(message(join(), ping(0), ping(7, loss=0.1)))))
    bare = msgspec.structs.replace(kept, streams=[], transports=[], events=[], layout="")
    again = read_payload(bare)
    assert (again.streams, again.transports, again.events) == (kept.streams, kept.transports, kept.events)
    assert (again.dialect, again.payload) == (kept.dialect, kept.payload)
    assert (len(kept.streams), len(kept.transports), len(kept.events)) == (10, 4, 1)


def test_the_same_entry_makes_the_same_rows_in_whatever_message() -> None:
    """So that a client's repetition replaces what is stored, and never doubles it."""
    alone, late = read(message(ping(7))), read(message(ping(21), ping(7)), after=timedelta(minutes=1))
    assert [row for row in late.streams if row in alone.streams] == alone.streams
    assert alone.digest != late.digest


def test_what_is_a_day_off_is_left_out() -> None:
    """The message itself stays."""
    for after in (timedelta(days=2), timedelta(days=-2)):
        report = read(message(join(), ping(7)), after=after)
        assert (report.snapshots, report.sighting) == (0, None)
        assert report.skipped[CLOCK_REASON] == 2
        assert report.payload


def test_words_that_cannot_be_shown_are_no_reason_to_refuse() -> None:
    """Whatever a kit says of itself, and whatever the request calls its browser."""
    odd = "a\x00b\ud800" + "c" * 500
    body = message(join(sdkName=odd, roomUUID=odd, userId=odd, deviceInfo={"userAgent": odd}))
    report = read(body, user_agent=odd)
    assert report.sighting.sdk.startswith("a b")
    pack_report(report)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "peerId"),
        ({"peerId": 7, "payload": {"entries": []}}, "peerId"),
        ({"peerId": "", "payload": {"entries": []}}, "peerId"),
        ({"peerId": "x" * 256, "payload": {"entries": []}}, "peerId"),
        ({"peerId": "a\x00", "payload": {"entries": []}}, "peerId"),
        ({"peerId": PEER}, "payload.entries"),
        ({"peerId": PEER, "payload": []}, "payload.entries"),
        ({"peerId": PEER, "payload": {"entries": {}}}, "payload.entries"),
        ({"peerId": PEER, "payload": {"entries": [{}] * 26}}, "payload.entries"),
    ],
)
def test_what_is_no_message_is_refused_by_field(body: dict[str, Any], field: str) -> None:
    """Before anything is kept."""
    taking = CallstatsMessages(None).take(CLIENT, body, b"", origin=Origin(address=""))
    with pytest.raises(Invalid) as refusal:
        asyncio.run(taking)
    assert refusal.value.field == field
