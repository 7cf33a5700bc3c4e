"""What was uploaded is given back byte for byte, with what the server knows of it."""

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telnyx_document import CALL, DOCUMENTED, PERSONAL, STORED_AT

from sonde.api.telnyx.mapping import document, documents, report_list, show_moment
from sonde.api.telnyx.schema import CallReportDocument, ReportQuery
from sonde.model.call_reports import CallReport, CallReportPage, CallUpload

STORED = 1_778_097_605_000_000_000
OURS = {"call_id", "call_report_id", "user_id", "organization_id", "stored_at", "created_at"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def report(body: bytes, *, received_at: int = STORED, **upload: object) -> CallReport:
    """One that was kept."""
    known = {"call_id": CALL, "organization_id": 3, "person_id": 7, **upload}
    return CallReport(
        digest=b"d" * 16, peer_id=CALL, received_at=received_at, upload=CallUpload(**known), body=body
    )


def test_the_documented_report_comes_out_field_by_field():
    """Every member of the vendor's own example, with its value, beside those that the server answers for."""
    shown = json.loads(document(report(json.dumps(DOCUMENTED).encode())))
    for name, value in DOCUMENTED.items():
        assert shown[name] == value, name
    assert shown.keys() == DOCUMENTED.keys() | OURS
    assert shown["stored_at"] == shown["created_at"] == STORED_AT
    assert all(UUID.fullmatch(shown[name]) for name in (*PERSONAL, "call_report_id"))
    msgspec.convert(shown, CallReportDocument)


@pytest.mark.parametrize(
    "value",
    [
        b"1",
        b"1.0",
        b"1e2",
        b"-0",
        b"0.1000",
        b"12345678901234567890123",
        b'"\\u00e9\\/"',
        '"é"'.encode(),
        b'{"b":1, "a" : [ 1 ,2]}',
        b'{"a":1,"a":2}',
        b"null",
    ],
)
def test_values_keep_their_bytes(value):
    """Numbers keep their digits, texts their escapes, objects their order and blanks."""
    shown = document(report(b'{ "stats" : ' + value + b',"segment":2 }'))
    assert b'"stats":' + value in shown
    assert msgspec.json.decode(shown, type=dict[str, msgspec.Raw])["stats"] == msgspec.Raw(value)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(body=st.dictionaries(st.text(max_size=8), TREES, max_size=4), indent=st.sampled_from([None, 2]))
def test_whatever_was_uploaded_is_there(body, indent):
    """All members but the server's own, whatever the client wrote and however it set it out."""
    uploaded = json.dumps(body, indent=indent, ensure_ascii=True)
    try:
        shown = json.loads(document(report(uploaded.encode())))
    except msgspec.DecodeError:
        # A lone surrogate is no text; an upload with one is refused.
        assert "\\ud" in uploaded
        return
    assert {name: shown[name] for name in body.keys() - OURS - {"voice_sdk_id"}} == {
        name: value for name, value in body.items() if name not in OURS | {"voice_sdk_id"}
    }


def test_nobody_passes_for_somebody_else():
    """What an upload says of its owner and its times is not believed, and its token is not given back."""
    told = dict.fromkeys(OURS | {"voice_sdk_id"}, "mine") | {"segment": 1}
    shown = json.loads(document(report(json.dumps(told).encode(), voice_sdk_id="VSDK1")))
    assert "mine" not in shown.values()
    assert shown["voice_sdk_id"] == "VSDK1"
    assert "snd_callreport_x" not in document(report(b'{"call_report_id":"snd_callreport_x"}')).decode()


def test_what_stands_elsewhere_in_an_upload_is_found():
    """SDKs say in the summary or in the request what the vendor's documents have at the top."""
    said = {
        "summary": {
            "sdkVersion": "2.27.10",
            "telnyxSessionId": "S",
            "telnyxLegId": "L",
            "voiceSdkSessionId": "V",
            "clientSummary": {"connection": {"region": "eu"}},
        }
    }
    shown = json.loads(document(report(json.dumps(said).encode(), user_agent="Mozilla/5.0")))
    assert (shown["version"], shown["user_agent"]) == ("2.27.10", "Mozilla/5.0")
    assert (shown["telnyx_session_id"], shown["telnyx_leg_id"]) == ("S", "L")
    assert (shown["voice_sdk_session_id"], shown["voice_sdk_id_decoded"]) == ("V", {"region": "eu"})
    said["android_extra"] = {"deviceInfo": {"userAgent": "TelnyxAndroidSDK/3.7.0"}}
    shown = json.loads(document(report(json.dumps(said).encode(), user_agent="okhttp")))
    assert shown["user_agent"] == "TelnyxAndroidSDK/3.7.0"


def test_nothing_is_made_up():
    """A report that says little is answered with little; there is no reason to flush that was not sent."""
    assert json.loads(document(report(b"{}"))).keys() == OURS


@pytest.mark.parametrize("odd", [b'{"summary":7}', b'{"summary":{"clientSummary":[]}}', b'{"segment":"x"}'])
def test_odd_bodies_are_shown_all_the_same(odd):
    """They were taken, so they are there."""
    [shown] = json.loads(documents([report(odd)]))
    assert shown.items() >= json.loads(odd).items()


def test_segments_are_in_their_order():
    """By number, and those without one by the time they were stored."""
    kept = [
        report(b'{"segment":1}', received_at=STORED),
        report(b'{"n":2}', received_at=STORED + 2000),
        report(b'{"n":1}', received_at=STORED + 1000),
    ]
    assert [each.get("n") for each in json.loads(documents(kept))] == [1, 2, None]


@pytest.mark.parametrize(("total", "size", "pages"), [(0, 20, 1), (1, 20, 1), (20, 20, 1), (21, 20, 2)])
def test_pages_are_counted(total, size, pages):
    """Both clients stop where the number of the page reaches their count."""
    query = ReportQuery(page_number=1, page_size=size)
    shown = json.loads(report_list(CallReportPage(reports=(), total=total), query))
    assert shown["data"] == []
    assert shown["meta"] == {
        "total_pages": pages,
        "total_results": total,
        "page_number": 1,
        "page_size": size,
    }


def test_moments_have_a_fraction_where_there_is_one():
    """Otherwise they look like the vendor's."""
    assert show_moment(STORED) == "2026-05-06T20:00:05Z"
    assert show_moment(STORED + 120_000_000) == "2026-05-06T20:00:05.120000Z"
