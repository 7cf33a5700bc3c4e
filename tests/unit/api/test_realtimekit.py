"""RealtimeKit's facade without a store: its OpenAPI document, its refusals, its pages."""

from collections.abc import Mapping
from uuid import uuid4

import msgspec
import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from sonde.api.errors import Problem, exception_handlers
from sonde.api.realtimekit.event_names import show_named_events
from sonde.api.realtimekit.paging import page_of, show_paging
from sonde.api.realtimekit.problems import INSTEAD, shape_problem
from sonde.api.realtimekit.report_mapping import FILTERS, read_filters
from sonde.api.realtimekit.schema import ErrorBody, PageQuery
from sonde.model.errors import Conflict, Invalid
from sonde.model.listing import PageNumber, cut_page
from sonde.webrtc.event import EventKind, PeerEvent

PREFIX = "/cloudflare/client/v4"
TAILS = {
    "/sessions": {"get"},
    "/sessions/{session_id}": {"get"},
    "/sessions/{session_id}/participants": {"get"},
    "/sessions/{session_id}/participants/{participant_id}": {"get"},
    "/sessions/{session_id}/chat": {"get"},
    "/sessions/{session_id}/transcript": {"get"},
    "/sessions/{session_id}/summary": {"get", "post"},
    "/sessions/peer-report/{peer_id}": {"get"},
}
"""The nine endpoints."""


class Asker:
    """Asks the facade about the administrator's own app."""

    def __init__(self, facade) -> None:
        self.facade = facade
        person = facade.use_cases.accounts.authenticate(facade.admin)
        self.workspace = person.default_workspace

    def __call__(self, tail: str, *, method: str = "GET", token: str | None = None, **path: str):
        account = path.get("account", self.workspace.organization_uuid)
        app = path.get("app", self.workspace.uuid)
        headers = {"Authorization": f"Bearer {self.facade.admin if token is None else token}"}
        url = f"{PREFIX}/accounts/{account}/realtime/kit/{app}{tail}"
        return self.facade.usual_client.request(method, url, headers=headers)


@pytest.fixture(scope="module")
def ask(facade) -> Asker:
    return Asker(facade)


def error_of(answer) -> Mapping[str, object]:
    """The error of an answer, which has both envelopes and nothing else."""
    body = msgspec.json.decode(answer.content, type=ErrorBody, strict=True)
    said = answer.json()
    assert said.keys() == {"success", "error", "errors", "messages", "result"}
    assert body.errors == [body.error]
    assert body.error.code == answer.status_code
    return said["error"]


def test_the_document_has_the_nine_endpoints(facade):
    """For anybody, with every parameter of the vendor's."""
    document = facade.usual_client.get(f"{PREFIX}/openapi.json").json()
    kit = "/accounts/{account_id}/realtime/kit/{app_id}"
    for tail, methods in TAILS.items():
        assert document["paths"][kit + tail].keys() >= methods
    listed = document["paths"][f"{kit}/sessions"]["get"]["parameters"]
    assert {each["name"] for each in listed if each["in"] == "query"} == {
        *("associated_id", "start_time", "end_time", "status", "participants", "search"),
        *("sort_by", "sort_order", "page_no", "per_page"),
    }
    people = document["paths"][f"{kit}/sessions/{{session_id}}/participants"]["get"]["parameters"]
    views = {each["name"]: each["schema"] for each in people}
    assert views["view"] == {"enum": ["consolidated", "raw"], "default": "raw"}


def test_nothing_yet(ask):
    """An app without sessions has an empty first page."""
    answer = ask("/sessions").json()
    assert answer == {
        "success": True,
        "data": {"sessions": []},
        "paging": {"total_count": 0, "start_offset": 0, "end_offset": 0},
    }


@pytest.mark.parametrize("number", ["", "0", "1", "1.0", "1e0"])
def test_numbers_of_pages_are_taken_as_clients_send_them(ask, number):
    """Empty ones were not given."""
    assert ask(f"/sessions?page_no={number}&per_page={number}").status_code == 200


def test_a_parameter_that_comes_several_times_is_a_list(ask):
    """As the official client for Python writes lists; only filters can be one."""
    found = ask(f"/sessions/peer-report/{uuid4()}?filters=device_info&filters=events")
    assert found.status_code == 404
    assert ask("/sessions?status=LIVE&status=ENDED").status_code == 400
    assert ask("/sessions?status=&status=LIVE&page_no=&page_no=").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *("page_no=x", "page_no=-1", "per_page=-0.5", "page_no=nan", "per_page=inf", "page_no=1e300"),
        *("status=live", "participants=1-10", "participants=a:b", "sort_by=id", "sort_order=asc"),
        *("start_time=yesterday", "end_time=tomorrow"),
    ],
)
def test_a_query_that_makes_no_sense(ask, query):
    """It is a 400 that names the parameter."""
    answer = ask(f"/sessions?{query}")
    assert answer.status_code == 400, answer.text
    assert str(error_of(answer)["message"]).startswith(query.partition("=")[0])


def test_times_without_an_offset_are_in_utc(ask):
    """And with one as clients send it."""
    for moment in ("2026-01-02T03:04:05", "2026-01-02T03:04:05%2B00:00", "2026-01-02T03:04:05.123Z"):
        assert ask(f"/sessions?start_time={moment}&end_time={moment}").status_code == 200


@pytest.mark.parametrize(("number", "size"), [(0, 20), (1, 20), (2.9, 20), (1, 0), (1, 100), (1, 1e9)])
def test_pages(number, size):
    """Fractions are cut, 0 is the first page or the usual size, and a page has at most 100 things."""
    page = page_of(PageQuery(page_no=number, per_page=size))
    assert page.number == max(int(number), 1)
    assert page.size == min(int(size) or 20, 100)


def test_offsets_count_from_one():
    """Both ends are meant."""
    shown = show_paging(cut_page(list(range(30)), PageNumber(number=2, size=20)))
    assert (shown.total_count, shown.start_offset, shown.end_offset) == (30, 21, 30)


def test_whose_app(ask):
    """Another account or app is refused alike, whether or not there is one; hyphens do not matter."""
    plain = ask.workspace.uuid.replace("-", "").upper()
    assert ask("/sessions", app=plain).status_code == 200
    for path in ({"app": str(uuid4())}, {"account": str(uuid4())}, {"app": "x"}, {"app": ask.workspace.name}):
        answer = ask("/sessions", **path)
        assert answer.status_code == 403
        error_of(answer)


def test_strangers(ask):
    """They are asked for a token."""
    for token in ("", "nobody"):
        answer = ask("/sessions", token=token)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        error_of(answer)


def test_the_older_credentials(ask):
    """A person's address with their token, as the official clients send them; a token alone comes first."""
    key, url = ask.facade.admin, f"{PREFIX}/accounts/{ask.workspace.organization_uuid}/realtime/kit/apps"
    email = ask.facade.use_cases.accounts.authenticate(key).email

    def status(**headers: str) -> int:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask.facade.usual_client.get(url, headers=said).status_code

    assert status(x_auth_email=email.upper(), x_auth_key=key) == 200
    assert status(x_auth_email="a@b.example", x_auth_key="x", authorization=f"Bearer {key}") == 200
    assert status(x_auth_email="nobody@b.example", x_auth_key=key) == 401
    assert status(x_auth_email=email, x_auth_key="x") == 401
    assert status(x_auth_key=key) == 401


def test_another_path_or_method(ask):
    """They are refused in the same shape."""
    assert error_of(ask("/nowhere"))["code"] == 404
    assert error_of(ask("/sessions", method="DELETE"))["code"] == 405
    assert error_of(ask("/sessions/x"))["code"] == 400
    assert error_of(ask(f"/sessions/{uuid4()}"))["code"] == 404


def test_nothing_is_a_conflict():
    """Clients repeat a 409, so that what clashes is a 422."""

    @get("/", sync_to_thread=False)
    def clash() -> None:
        raise Conflict("It clashes.")

    app = Litestar([clash], exception_handlers=exception_handlers(shape_problem, instead=INSTEAD))
    with TestClient(app) as client:
        assert error_of(client.get("/")) == {"code": 422, "message": "It clashes."}


def test_too_many_requests(make_facade):
    """The answer says when to come back."""
    ask = Asker(make_facade(requests=1))
    assert ask("/sessions").status_code == 200
    answer = ask("/sessions")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "53")
    error_of(answer)


def test_a_message_has_all_that_is_known():
    """The field before it, and what to do behind it."""
    problem = Problem(status=400, code="invalid", message="No.", hint="Do so.", field="page_no")
    assert shape_problem(problem).error.message == "page_no: No. Do so."


def test_filters():
    """One, several or all; an unknown one is named."""
    assert read_filters("") == read_filters(" , ") == frozenset(FILTERS)
    assert read_filters("events, device_info") == {"events", "device_info"}
    with pytest.raises(Invalid, match="'quality'"):
        read_filters("events,quality")


@pytest.mark.parametrize(
    ("kind", "value", "name", "metadata"),
    [
        (EventKind.TRACK_DISABLED, "video", "video_off", {}),
        (EventKind.TRACK_ENABLED, "", "audio_on", {}),
        (
            EventKind.MEDIA_GRANTED,
            "audio",
            "media_permission",
            {"deviceType": "AUDIO", "permission": "ACCEPTED"},
        ),
        (
            EventKind.DISPLAY_REFUSED,
            "NotAllowedError",
            "media_permission",
            {"deviceType": "SCREENSHARE", "permission": "DENIED"},
        ),
        (EventKind.TRACK_MUTED, "audio", "audio_track_muted", {"deviceType": "AUDIO"}),
        (EventKind.DOMINANT_SPEAKER, "p", "dominant_speaker", {"peerId": "p"}),
        (EventKind.APPLICATION, "precall_begin", "precall_begin", {}),
    ],
)
def test_names_of_events(kind, value, name, metadata):
    """Those of the vendor's client; of a track without a kind it is known from its stream."""
    [found] = show_named_events([PeerEvent(at=0, kind=kind, value=value, track="t")], {"t": "audio"})
    assert (found.name, found.metadata, found.timestamp) == (name, metadata, "1970-01-01T00:00:00.000Z")


def test_why_there_is_no_medium_is_told_as_the_vendors_client_told_it():
    """And by the browser's error where somebody else did, whatever else they say."""
    refused = {"kind": EventKind.MEDIA_REFUSED, "value": "NotAllowedError", "at": 0}
    said = [PeerEvent(**refused, detail=detail) for detail in ("AUDIO SYSTEM_DENIED", "Not now, please")]
    assert [each.metadata for each in show_named_events(said, {})] == [
        {"deviceType": "AUDIO", "permission": "SYSTEM_DENIED"},
        {"deviceType": None, "permission": "DENIED"},
    ]


def test_a_page_goes_to_the_background_once():
    """The vendor's client says so of the tab and of the browser."""
    kinds = [EventKind.PAGE_HIDDEN, EventKind.TRACK_DISABLED, EventKind.PAGE_HIDDEN, EventKind.PAGE_VISIBLE]
    events = [PeerEvent(at=at, kind=kind, value="audio") for at, kind in enumerate([*kinds, *kinds])]
    names = [each.name for each in show_named_events(events, {})]
    once = ["meeting_view_backgrounded", "audio_off", "browser_foregrounded"]
    assert names == once * 2


@pytest.mark.parametrize(
    ("kind", "value"),
    [(EventKind.JOINED, ""), (EventKind.APPLICATION, "precall_end"), (EventKind.TRACK_ENABLED, "")],
)
def test_events_without_a_name(kind, value):
    """They feed other parts of the report, or are about nothing that is known."""
    assert show_named_events([PeerEvent(at=0, kind=kind, value=value)], {}) == []
