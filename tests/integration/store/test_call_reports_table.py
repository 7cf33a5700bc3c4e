"""Call reports found again: by call and by time, each body as it came, a repetition only once."""

import pytest

from sonde.model.call_reports import CallUpload
from sonde.model.reports import Report
from sonde.store.call_reports import count_reports, select_call, select_page
from sonde.store.reports import insert_reports

pytestmark = pytest.mark.integration

NOW = 1_795_211_191_000 * 10**6
CALL = "6d6fb6f1-2b82-4d75-9eb5-3c8e995f1ed1"


def report(body: bytes, seconds: float, *, workspace: int = 1, call_id: str = CALL) -> Report:
    """A report that came so many seconds after the first."""
    return Report(
        workspace_id=workspace,
        peer_id=call_id,
        number=0,
        digest=body.ljust(16)[:16],
        received_at=NOW + int(seconds * 10**9),
        source_id="call-report-token/1",
        dialect="telnyx 1",
        payload=body,
        upload=CallUpload(
            call_id=call_id, organization_id=2, person_id=3, voice_sdk_id="VSDK1", user_agent="okhttp"
        ),
    )


def test_reports_come_back_as_they_came_in_the_order_of_their_upload(store):
    """Whatever was inserted first; another workspace has nothing of it."""
    bodies = [b'{"segment": 0 }', b'{"segment":1.0}', b"{}"]
    came = [report(body, second) for second, body in enumerate(bodies)]
    insert_reports(store, came[::-1], token="a")
    found = select_call(store, 1, CALL)
    assert [each.body for each in found] == bodies
    assert found[0].upload == came[0].upload
    assert (found[0].received_at, found[0].digest) == (NOW, came[0].digest)
    assert select_call(store, 2, CALL) == []


def test_a_repetition_is_the_report_that_came_first(store):
    """Before and after the table is merged."""
    for second in (5.0, 0.0, 9.0):
        insert_reports(store, [report(b"{}", second)], token=str(second))
    for _ in range(2):
        [only] = select_call(store, 1, CALL)
        assert only.received_at == NOW
        assert count_reports(store, 1) == 1
        store._writer.command("OPTIMIZE TABLE call_reports FINAL")


def test_pages_are_by_time_in_either_order(store):
    """The same report is on one page only."""
    came = [report(b"%d" % second, second, call_id=f"call {second % 3}") for second in range(7)]
    insert_reports(store, came, token="a")
    newest = [
        each.body
        for offset in (0, 3, 6)
        for each in select_page(store, 1, offset=offset, limit=3, newest_first=True)
    ]
    assert newest == [b"%d" % second for second in reversed(range(7))]
    oldest = select_page(store, 1, offset=1, limit=2, newest_first=False)
    assert [each.body for each in oldest] == [b"1", b"2"]
    assert count_reports(store, 1) == 7
    assert count_reports(store, 2) == 0
