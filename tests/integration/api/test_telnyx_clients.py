"""Telnyx' own clients, for Python and for Node, read back from a running server what SDKs uploaded to it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import telnyx
from node import install, open_node
from telnyx_bodies import SDKS, android, javascript, packed
from telnyx_document import CALL, DOCUMENTED, PERSONAL

from sonde.services.call_report_tokens import CallReportTokens

pytestmark = pytest.mark.integration

CLIENT = Path(__file__).parents[2] / "support" / "telnyx_client"
REPORTS = "/telnyx/v2/voice_sdk_call_reports"
OURS = {"call_id", "call_report_id", "user_id", "organization_id", "stored_at", "created_at"}
"""What only the server says of a report."""

Upload = Callable[..., str]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world in which nothing but this module uploads."""
    with make_world(tmp_path_factory.mktemp("telnyx") / "data") as world:
        yield world


@pytest.fixture(scope="module")
def upload(world) -> Upload:
    """Uploads a body as its SDK does, for us or for them, and waits until it can be read; the call's id."""
    tokens = CallReportTokens(world.agents._directory)
    secrets = {
        world.ours: tokens.create(world.ours.access, "ann@ours.example", label="app").secret,
        world.theirs: tokens.create(world.theirs.access, "bob@theirs.example", label="app").secret,
    }

    def send(body: bytes, call_id: str, *, workspace=None, user_agent: str = "Mozilla/5.0") -> str:
        workspace = workspace or world.ours
        path = f"{REPORTS}/{call_id}"
        before = count(world.ask("GET", path, workspace.admin))
        headers = {
            "x-call-report-id": secrets[workspace],
            "x-call-id": call_id,
            "x-voice-sdk-id": "VSDK1abc",
            "user-agent": user_agent,
        }
        taken = world.http.post("/call_report", content=body, headers=headers)
        assert taken.status_code == 200, taken.text
        world.wait_for(lambda: count(world.ask("GET", path, workspace.admin)), lambda found: found > before)
        return call_id

    return send


def count(answer) -> int:
    """How many reports an answer has; a 404 has none."""
    return len(answer.json()) if answer.status_code == 200 else 0


def begin() -> datetime:
    """When a call began that has just ended."""
    return datetime.now(UTC) - timedelta(minutes=1)


@pytest.fixture(scope="module")
def segments(upload) -> tuple[str, list[dict[str, Any]]]:
    """A call of the SDK for JavaScript in three segments, the last one first to come."""
    call_id, at = str(uuid4()), begin()
    whole = javascript(call_id, begin=at)
    bodies = [
        {**whole, "stats": whole["stats"][:4], "segment": 0, "flushReason": {"type": "buffer-limit"}},
        {**whole, "stats": whole["stats"][4:8], "segment": 1, "flushReason": {"type": "manual"}},
        {**whole, "stats": whole["stats"][8:], "segment": 2},
    ]
    for body in reversed(bodies):
        upload(json.dumps(body).encode(), call_id)
    return call_id, bodies


@pytest.fixture(scope="module")
def calls(upload, segments) -> list[str]:
    """Every call that we have, from the oldest: the one in segments, and one of each SDK."""
    made = [segments[0]]
    for sdk, make in SDKS.items():
        body = make(begin=begin())
        made.append(upload(packed(sdk, body), body["summary"]["callId"]).lower())
    return made


@pytest.fixture(scope="module")
def connect(world) -> Iterator[Callable[[str], telnyx.Telnyx]]:
    """Makes clients for Python by token; they share connections, because they do not close theirs."""
    with telnyx.DefaultHttpxClient() as http:
        yield lambda token: telnyx.Telnyx(
            api_key=token, base_url=f"{world.url}/telnyx/v2", max_retries=0, http_client=http
        )


@pytest.fixture(scope="module")
def client(world, connect) -> telnyx.Telnyx:
    """The client for Python as its readme makes it, with another address."""
    return connect(world.ours.admin)


@pytest.fixture(scope="module")
def ask(world) -> Iterator[Ask]:
    """Asks with the client for Node; its answer, or what it raised."""
    install(CLIENT)
    with open_node(str(CLIENT / "read.js")) as line:

        def ask(way: str, *, token: str = world.ours.admin, **asked: Any) -> dict[str, Any]:
            question = {"url": f"{world.url}/telnyx/v2", "token": token, "way": way, **asked}
            return json.loads(line(json.dumps(question)))

        yield ask


@pytest.mark.parametrize("sdk", SDKS)
def test_every_value_of_an_upload_comes_back(world, upload, sdk):
    """Byte for byte, whichever SDK wrote it, with what the server says of it and nothing made up."""
    body = SDKS[sdk](begin=begin())
    sent = packed(sdk, body)
    call_id = upload(sent, body["summary"]["callId"])
    answer = world.ask("GET", f"{REPORTS}/{call_id}")
    raw = msgspec.json.Decoder(dict[str, msgspec.Raw])
    [shown] = msgspec.json.decode(answer.content, type=list[dict[str, msgspec.Raw]])
    for name, value in raw.decode(sent).items():
        assert bytes(shown[name]) == bytes(value), name
    assert shown.keys() >= OURS
    assert "flushReason" not in shown
    [report] = answer.json()
    assert report["version"] == body["summary"]["sdkVersion"]
    assert report["telnyx_session_id"] == body["summary"]["telnyxSessionId"]
    assert report["call_id"] == call_id.lower()


def test_the_documented_report_is_reproduced(world, client, ask, upload):
    """Field by field, through an upload, the store and both clients; only whose and when is the server's."""
    upload(json.dumps(DOCUMENTED).encode(), CALL)
    [shown] = world.ask("GET", f"{REPORTS}/{CALL}").json()
    assert shown.keys() == DOCUMENTED.keys() | PERSONAL.keys() | OURS
    server_says = {"voice_sdk_id": "VSDK1abc"}
    assert {name: shown[name] for name in DOCUMENTED} == DOCUMENTED | server_says
    assert ask("retrieve", id=CALL)["answer"] == [shown]
    [report] = client.voice_sdk_call_reports.retrieve(CALL)
    assert (report.segment, report.version) == (0, DOCUMENTED["version"])
    assert report.voice_sdk_id_decoded == DOCUMENTED["voice_sdk_id_decoded"]


def test_a_call_is_judged_as_well(world, upload):
    """It is found by SDK, issue and score, and has our MOS beside the vendor's."""
    body = javascript(begin=begin(), lengths=[1.0] * 30, loss=0.1)
    call_id = upload(json.dumps(body).encode(), body["summary"]["callId"])
    scores = world.ask("GET", f"/v1/peers/{call_id}/scores?width=0.001").json()
    of_call = {each["stream_id"]: each for each in scores["call"]}
    assert of_call.keys() == {"inbound", "outbound"}
    heard = of_call["inbound"]
    assert heard["telnyx"]["mos"] == pytest.approx(2.3, abs=0.1)
    assert heard["telnyx"]["quality"] == "bad"
    assert heard["mos_low"] < heard["mos"] < heard["mos_high"]
    assert heard["model"].startswith("qs-audio/")
    assert len([each for each in scores["intervals"] if each["stream_id"] == "inbound"]) >= 28
    session = world.ask("GET", f"/v1/peers/{call_id}").json()["session_id"]
    worst = min(each["mos"] for each in scores["call"] if each["mos"] is not None)
    wanted = f"sdk=telnyx-js&sdk_version=2.27.10&issue=packet_loss_in&mos_below={worst + 0.001}"
    [peer] = world.ask("GET", f"/v1/sessions/{session}/peers?{wanted}").json()["items"]
    assert peer["peer_id"] == call_id
    found = world.ask("GET", f"/v1/sessions?{wanted}").json()["items"]
    assert session in [each["session_id"] for each in found]
    assert world.ask("GET", f"/v1/sessions/{session}/peers?mos_from={worst + 0.001}").json()["items"] == []


def test_python_retrieves_segments_in_their_order(client, segments):
    """A bare list, which the client makes models of."""
    call_id, bodies = segments
    found = client.voice_sdk_call_reports.retrieve(call_id)
    assert isinstance(found, list)
    assert [each.segment for each in found] == [0, 1, 2]
    assert [each.flush_reason for each in found] == [each.get("flushReason") for each in bodies]
    for report, body in zip(found, bodies, strict=True):
        assert (report.call_id, report.voice_sdk_id, report.user_agent) == (
            call_id,
            "VSDK1abc",
            "Mozilla/5.0",
        )
        assert report.summary == body["summary"]
        assert len(report.stats) == len(body["stats"])
        assert isinstance(report.stored_at, datetime)
    assert client.voice_sdk_call_reports.retrieve(call_id.upper()) == found


def test_node_retrieves_the_same(ask, segments):
    """Value for value."""
    call_id, bodies = segments
    found = ask("retrieve", id=call_id)["answer"]
    assert [{name: each[name] for name in body} for each, body in zip(found, bodies, strict=True)] == bodies
    assert {each["user_id"] for each in found} == {found[0]["user_id"]}


@pytest.mark.parametrize("size", [1, 3, 100])
def test_python_goes_through_all_pages(client, calls, size):
    """By itself, and page by page: each report once, in the order asked for."""
    reports = client.voice_sdk_call_reports
    oldest = [each.stored_at for each in reports.list(page_size=size, sort="created_at")]
    newest = [each.stored_at for each in reports.list(page_size=size)]
    assert oldest == newest[::-1] == sorted(oldest)
    assert {each.call_id for each in reports.list(page_size=size)} >= set(calls)
    page, seen = reports.list(page_size=size, sort="asc"), []
    while True:
        assert (page.meta.page_number, page.meta.page_size) == (len(seen) // size + 1, size)
        assert page.meta.total_results == len(oldest)
        seen += page.data
        if not page.has_next_page():
            break
        page = page.get_next_page()
    assert [each.stored_at for each in seen] == oldest


def test_python_goes_through_all_pages_without_waiting(world, calls):
    """The client for asyncio does too."""

    async def everything() -> list[str]:
        address = f"{world.url}/telnyx/v2"
        async with telnyx.AsyncTelnyx(api_key=world.ours.admin, base_url=address, max_retries=0) as client:
            return [each.call_id async for each in client.voice_sdk_call_reports.list(page_size=2)]

    assert set(asyncio.run(everything())) >= set(calls)


def test_node_goes_through_all_pages(ask, calls):
    """By itself and page by page, with every spelling of both orders."""
    total = ask("page", query={})["answer"]["meta"]["total_results"]
    orders = {}
    for sort in ("asc", "created_at", "desc", "-created_at"):
        found = ask("each", query={"page[size]": 3, "sort": sort})["answer"]
        orders[sort] = [each["stored_at"] for each in found]
    assert orders["asc"] == orders["created_at"] == orders["desc"][::-1] == orders["-created_at"][::-1]
    assert len(orders["asc"]) == total
    sizes = ask("pages", query={"page[size]": 3})["answer"]
    assert sizes == [3] * (total // 3) + ([total % 3] if total % 3 else [])
    second = ask("page", query={"page[size]": 3, "page[number]": 2})["answer"]
    assert (second["meta"]["page_number"], second["more"]) == (2, total > 6)


def test_a_page_behind_the_last_is_empty(client, calls):
    """Both clients end there."""
    page = client.voice_sdk_call_reports.list(page_number=1000)
    assert page.data == []
    assert not page.has_next_page()


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"page[number]": 0}, "page[number]"),
        ({"page[size]": 101}, "page[size]"),
        ({"page[size]": "many"}, "page[size]"),
        ({"sort": "size"}, "sort"),
    ],
)
def test_a_page_that_cannot_be(client, ask, query, parameter):
    """It is a bad request to both clients, which says what is wrong."""
    with pytest.raises(telnyx.BadRequestError) as caught:
        client.voice_sdk_call_reports.list(extra_query=query)
    refused = ask("page", query=query)
    assert (refused["kind"], refused["status"]) == ("BadRequestError", 400)
    for said in (caught.value.response.json(), refused["body"]):
        [error] = said["errors"]
        assert (error["code"], error["source"]["parameter"]) == ("10015", parameter)


def test_errors_of_both_clients(connect, client, ask):
    """What is not there, what is no id, and who may not."""
    missing = str(uuid4())
    with pytest.raises(telnyx.NotFoundError) as absent:
        client.voice_sdk_call_reports.retrieve(missing)
    with pytest.raises(telnyx.BadRequestError):
        client.voice_sdk_call_reports.retrieve("not-a-uuid")
    stranger = connect("wrong")
    for call in (
        stranger.voice_sdk_call_reports.list,
        lambda: stranger.voice_sdk_call_reports.retrieve(missing),
    ):
        with pytest.raises(telnyx.AuthenticationError) as unknown:
            call()
    assert absent.value.response.json()["errors"][0]["code"] == "10005"
    assert unknown.value.response.json()["errors"][0]["code"] == "10009"
    for way, asked, kind, status in (
        ("retrieve", {"id": missing}, "NotFoundError", 404),
        ("retrieve", {"id": "not-a-uuid"}, "BadRequestError", 400),
        ("retrieve", {"id": missing, "token": "wrong"}, "AuthenticationError", 401),
        ("page", {"query": {}, "token": "wrong"}, "AuthenticationError", 401),
    ):
        refused = ask(way, **asked)
        assert (refused["kind"], refused["status"]) == (kind, status)


def test_organizations_do_not_see_each_others_calls(world, connect, client, upload):
    """A call of one is not there for the other, also when both have one of the same id."""
    mine = upload(json.dumps(javascript(begin=begin())).encode(), str(uuid4()))
    yours = upload(json.dumps(javascript(begin=begin())).encode(), str(uuid4()), workspace=world.theirs)
    their_client = connect(world.theirs.admin)
    with pytest.raises(telnyx.NotFoundError):
        their_client.voice_sdk_call_reports.retrieve(mine)
    with pytest.raises(telnyx.NotFoundError):
        client.voice_sdk_call_reports.retrieve(yours)
    upload(json.dumps(android(mine, begin=begin())).encode(), mine, workspace=world.theirs)
    [own] = client.voice_sdk_call_reports.retrieve(mine)
    [other] = their_client.voice_sdk_call_reports.retrieve(mine)
    assert (own.version, other.version) == ("2.27.10", "3.7.0")
    assert own.user_id != other.user_id
    assert own.organization_id != other.organization_id
    assert [each.call_id for each in their_client.voice_sdk_call_reports.list(sort="asc")] == [yours, mine]


def test_a_repeated_upload_is_one_report(world, client, upload):
    """An SDK that lost the answer sends the same once more."""
    call_id, body = str(uuid4()), json.dumps(javascript(begin=begin())).encode()
    upload(body, call_id)
    before = client.voice_sdk_call_reports.list().meta.total_results
    secret = CallReportTokens(world.agents._directory).create(
        world.ours.access, "ann@ours.example", label="b"
    )
    headers = {"x-call-report-id": secret.secret, "x-call-id": call_id}
    assert world.http.post("/call_report", content=body, headers=headers).status_code == 200
    world.wait_for(lambda: world.http.get("/healthz").json()["reports"]["items"], lambda items: items == 0)
    assert len(client.voice_sdk_call_reports.retrieve(call_id)) == 1
    assert client.voice_sdk_call_reports.list().meta.total_results == before
