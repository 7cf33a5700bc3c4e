"""What applications forward of VideoSDK's clients made rows and sightings, and again of what is kept."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from client_batches import read_series
from hypothesis import given
from hypothesis import strategies as st
from videosdk_bodies import MEETING, SESSION, around_it, javascript, python

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.reports import Report
from sonde.model.sightings import Place, ReportingClient
from sonde.services.report_reading import read_payload
from sonde.services.report_times import CLOCK_REASON
from sonde.services.reports import nanoseconds, pack_report, unpack_report
from sonde.services.videosdk_posts import read_videosdk_post

SERIES = Path(__file__).parents[2] / "data/webrtc/chromium-getstats-series-loss5_delay100.jsonl.gz"
REPORTS = read_series(SERIES)
NOW = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
LOOKS = [int((NOW.timestamp() + second) * 1000) for second in range(len(REPORTS))]
CLIENT = ReportingClient(workspace_id=3, organization_id=1, source_id="client-key/7")


def read(
    body: dict[str, Any], *, client: ReportingClient = CLIENT, after: timedelta = timedelta(0)
) -> Report:
    """What is kept of a body that came so long after its first look."""
    place = Place(client=client, address="192.0.2.1", received_at=nanoseconds(NOW + after))
    return read_videosdk_post(place, body, json.dumps(body).encode(), "Firefox")


def test_a_body_says_who_was_there() -> None:
    """The room is the meeting, and the session with the participant names the peer."""
    body = javascript(REPORTS, LOOKS, participantName="Ann", sdk={"name": "js-sdk", "version": "1.1.1"})
    report = read(body)
    sighting = report.sighting
    assert report.peer_id == sighting.peer_id == peer_id_of(f"videosdk/{SESSION}/ann")
    assert (sighting.meeting, sighting.custom_id, sighting.name) == (MEETING, "ann", "Ann")
    assert (sighting.sdk, sighting.sdk_version, sighting.user_agent) == ("js-sdk", "1.1.1", "Firefox")
    assert sighting.labels == {"videosdk_session_id": SESSION}
    assert (sighting.first_at, sighting.has_left) == (NOW, False)
    assert sighting.last_at - sighting.first_at == timedelta(seconds=len(REPORTS) - 1)


def test_an_application_may_name_the_connection_itself() -> None:
    """By a UUID, which then is the peer's."""
    own = str(uuid4())
    assert read(around_it(peer=own)).peer_id == own
    assert read({"meetingId": "m", "participantId": "p", "peer": own}).peer_id == own


def test_a_token_says_who_reports_whatever_the_body_says() -> None:
    """And in which meeting; the body need not say either."""
    client = msgspec.structs.replace(CLIENT, meeting_id="their-meeting", participant_id="their-id")
    body = javascript(REPORTS, LOOKS)
    for each in (body, {name: body[name] for name in ("sessionId", "statsData")}):
        sighting = read(each, client=client).sighting
        assert (sighting.meeting, sighting.participant_id) == ("their-meeting", "their-id")


@pytest.mark.parametrize("missing", ["meetingId", "participantId", "sessionId"])
def test_a_body_must_say_whose_it_is(missing: str) -> None:
    """The refusal names what is missing."""
    body = {name: value for name, value in around_it().items() if name != missing}
    with pytest.raises(Invalid) as refused:
        read(body)
    assert refused.value.field == missing


@pytest.mark.parametrize("form", [javascript, python])
def test_reading_again_makes_the_same_rows(form) -> None:
    """From what is kept alone, as `sonde recompute` does; the payload is as it came."""
    body = form(REPORTS, LOOKS)
    kept = unpack_report(pack_report(read(body)))
    bare = msgspec.structs.replace(kept, streams=[], transports=[], events=[], layout="")
    again = read_payload(bare)
    assert (again.streams, again.transports, again.events) == (kept.streams, kept.transports, kept.events)
    assert again.dialect == kept.dialect
    assert kept.streams
    assert kept.payload == json.dumps(body).encode()


def test_what_is_far_from_our_time_is_left_out() -> None:
    """And counted; the body stays."""
    report = read(javascript(REPORTS, LOOKS), after=timedelta(days=3))
    assert (report.snapshots, report.sighting) == (0, None)
    assert report.skipped[CLOCK_REASON] > 0
    assert report.payload


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["participantName", "sdk", "left", "timestamp", "stats", "peer"]), JSON)
)
def test_words_that_cannot_be_shown_are_no_reason_to_fail(odd: dict[str, Any]) -> None:
    """Whatever a body says beside whose it is."""
    entry = {"timestamp": LOOKS[0], "bitrate": 1}
    body = {**odd, **around_it(statsData={"producerStats": {"audio": [entry]}})}
    place = Place(client=CLIENT, address="", received_at=nanoseconds(NOW))
    report = read_videosdk_post(place, body, b"{}")
    assert report.sighting is not None
    pack_report(report)
