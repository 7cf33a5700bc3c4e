"""Uploads of Telnyx SDKs made rows and sightings, and made again from what is kept of them."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telnyx_bodies import BEGIN, SDKS, javascript

from sonde.model.call_reports import CallReport, CallUpload, call_key
from sonde.model.reports import Report
from sonde.model.sightings import Place, ReportingClient
from sonde.services.call_reports import read_call_report
from sonde.services.report_reading import read_payload
from sonde.services.report_times import CLOCK_REASON
from sonde.services.reports import nanoseconds, pack_report, unpack_report

CALL = "6d6fb6f1-2b82-4d75-9eb5-3c8e995f1ed1"
CLIENT = ReportingClient(workspace_id=3, organization_id=1, source_id="call-report-token/7", person_id=5)
UPLOAD = CallUpload(call_id=CALL, organization_id=1, person_id=5, user_agent="okhttp/4.12")


def read(
    body: dict[str, Any], *, after: timedelta = timedelta(minutes=1), upload: CallUpload = UPLOAD
) -> Report:
    """What is kept of a body that came so long after its call began."""
    place = Place(client=CLIENT, address="192.0.2.1", received_at=nanoseconds(BEGIN + after))
    return read_call_report(place, upload, body, json.dumps(body).encode())


def test_an_upload_says_who_was_there_and_in_which_call() -> None:
    """The legs of a call share its session; names and numbers are those of the side that reports."""
    body = javascript(CALL)
    sighting = read(body).sighting
    assert sighting.peer_id == CALL
    assert sighting.meeting == body["summary"]["telnyxSessionId"]
    assert (sighting.name, sighting.has_left) == ("+15550111", True)
    assert (sighting.sdk, sighting.sdk_version, sighting.user_agent) == (
        "telnyx-js",
        "2.27.10",
        "okhttp/4.12",
    )
    assert sighting.connected_at == BEGIN.replace(microsecond=489000) + timedelta(seconds=1)
    assert sighting.labels["telnyx_leg_id"] == body["summary"]["telnyxLegId"]
    del body["summary"]["telnyxSessionId"]
    assert read(body).sighting.meeting == CALL


@pytest.mark.parametrize("sdk", SDKS)
def test_reading_again_makes_the_same_rows(sdk: str) -> None:
    """From what is kept alone, as `sonde recompute` does."""
    kept = unpack_report(pack_report(read(SDKS[sdk](CALL))))
    bare = msgspec.structs.replace(kept, streams=[], transports=[], events=[], layout="")
    again = read_payload(bare)
    assert (again.streams, again.transports, again.events) == (kept.streams, kept.transports, kept.events)
    assert (again.dialect, again.upload) == (kept.dialect, UPLOAD)
    assert kept.streams


def test_what_a_telephone_kept_for_days_is_taken_and_what_is_too_old_is_not() -> None:
    """The body stays in either case; nothing is believed that is a day ahead."""
    assert read(javascript(CALL), after=timedelta(days=29)).snapshots == 13
    for after in (timedelta(days=31), timedelta(days=-2)):
        report = read(javascript(CALL), after=after)
        assert (report.snapshots, report.sighting) == (0, None)
        assert report.skipped[CLOCK_REASON] > 0
        assert report.payload


def test_words_that_cannot_be_shown_are_no_reason_to_refuse() -> None:
    """Whatever a body says beside its call id."""
    odd = "a\x00b\ud800" + "c" * 500
    body = javascript(CALL, summary={"callerNumber": odd, "sdkVersion": odd, "telnyxSessionId": odd})
    sighting = read(body).sighting
    assert sighting.name.startswith("a b")
    assert len(sighting.meeting) <= 255
    pack_report(read(body))


def test_call_ids_are_compared_without_case() -> None:
    """A UUID in small letters; anything else as it is."""
    assert call_key(CALL.upper()) == CALL
    assert call_key("Not a UUID") == "Not a UUID"


def test_owners_have_ids_that_never_change() -> None:
    """The same for the same person and organization, others for others."""
    reports = [
        CallReport(
            digest=b"",
            peer_id=CALL,
            received_at=0,
            upload=CallUpload(call_id=CALL, organization_id=organization, person_id=person),
            body=b"{}",
        )
        for organization, person in ((1, 5), (1, 5), (2, 5), (1, 6))
    ]
    assert reports[0].user_uuid == reports[1].user_uuid == reports[2].user_uuid
    assert len({each.user_uuid for each in reports}) == 2
    assert len({each.organization_uuid for each in reports}) == 2
    assert len({each.grouping_id for each in reports}) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(st.data(), st.sampled_from(sorted(SDKS)))
def test_any_summary_can_be_kept(data: st.DataObject, sdk: str) -> None:
    """A report with anything in a place of its summary goes into the spool and comes out of it."""
    body = json.loads(json.dumps(SDKS[sdk](CALL)))
    name = data.draw(st.sampled_from(sorted(body["summary"])))
    body["summary"][name] = data.draw(JSON)
    body["segment"] = data.draw(JSON)
    report = read(body)
    assert unpack_report(pack_report(report)) == report
