"""What collectors send to a running server, and what can be read of it."""

import csv
import gzip
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
import zstandard
from client_batches import make_batch, read_series
from websockets.sync.client import connect

from sonde.services.reporting import Reporting

pytestmark = pytest.mark.integration

SERIES = Path(__file__).parents[2] / "data/webrtc/chromium-getstats-series-loss5_delay100.jsonl.gz"
TICK = 1_000_000


@pytest.fixture(scope="module")
def reports() -> list:
    """What getStats said in ten seconds of a call."""
    return read_series(SERIES)[2:12]


@pytest.fixture(scope="module")
def keys(world) -> tuple[str, str]:
    """A client key of our workspace, and one of theirs."""
    reporting = Reporting(world.agents._directory)
    ours, theirs = (reporting.create_key(each.access, "page") for each in (world.ours, world.theirs))
    return ours.secret, theirs.secret


@pytest.fixture
def batch(reports) -> Callable[..., dict]:
    """Makes batches of the call of one peer, which is the test's own."""
    peer, begin = str(uuid4()), int(time.time() * TICK) - 20 * TICK

    def make(first: int = 0, ticks: int = 5, **head) -> dict:
        at = [begin + (first + index) * TICK for index in range(ticks)]
        return make_batch(reports[first : first + ticks], at, peer=peer, first=first, **head)

    return make


def collect(world, key, content, **headers):
    """Send a body as a collector does."""
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    return world.ask("POST", "/v1/collect", key, content=content, headers=headers)


def samples(world, peer, **options) -> list[dict]:
    """Samples of the first stream of a peer, once there are so many."""
    streams = world.ask("GET", f"/v1/peers/{peer}/streams", **options).json().get("items")
    if not streams:
        return []
    names = {name: streams[0][name] for name in ("connection", "stream_id")}
    return world.ask("GET", f"/v1/peers/{peer}/samples", params=names, **options).json()["items"]


def test_a_batch_can_be_read_as_samples(world, keys, batch, reports):
    """From the collector to the API, with every number as the browser reported it."""
    sent = batch(meeting="weekly", participant={"id": "u-17", "name": "Ann"})
    receipt = collect(world, keys[0], sent)
    assert receipt.status_code == 200, receipt.text
    assert receipt.json()["accepted"] == 5
    assert abs(receipt.json()["time"] / TICK - time.time()) < 60
    world.wait_for(lambda: samples(world, sent["peer"]), lambda found: len(found) == 5)
    found = samples(world, sent["peer"])
    wanted = next(each for each in reports[3] if each["id"] == found[3]["stream_id"])
    assert [each["number"] for each in found] == [0, 1, 2, 3, 4]
    assert found[3]["packets_received"] == wanted["packetsReceived"]
    assert found[3]["jitter_buffer_delay"] == wanted["jitterBufferDelay"]
    assert found[3]["frames_decoded"] is None
    assert found[3]["remote_at"].endswith("Z")


def test_repetitions_and_disorder_change_nothing(world, keys, batch):
    """The same samples, whatever came twice, late or packed otherwise."""
    first, second = batch(0), batch(5)
    for each in (second, first, second):
        assert collect(world, keys[0], each).json()["accepted"] == 5
    packed = gzip.compress(json.dumps(first).encode())
    assert collect(world, keys[0], packed, **{"Content-Encoding": "gzip"}).json()["accepted"] == 5
    world.wait_for(lambda: len(samples(world, first["peer"])), lambda count: count == 10)
    collect(world, keys[0], batch(0, 10))
    time.sleep(1.5)
    assert [each["number"] for each in samples(world, first["peer"])] == list(range(10))


def test_disorder_and_repetition_give_the_same_answers(world, keys, batch):
    """Shuffled, a third of them twice, in two streams at once: what is read is the same to the last digit."""
    batches = [batch(first, 2, meeting="replay") for first in range(0, 10, 2)]
    for each in batches:
        collect(world, keys[0], each)
    again = [*batches, *batches[::3]]
    random.Random(7).shuffle(again)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda each: collect(world, keys[1], each), again))

    def answers(token):
        peer = batches[0]["peer"]
        paths = ("streams", "intervals?width=3", "issues", "summary")
        read = [samples(world, peer, token=token)]
        return read + [world.ask("GET", f"/v1/peers/{peer}/{path}", token).json() for path in paths]

    for token in (world.ours.admin, world.theirs.admin):
        world.wait_for(
            lambda token=token: len(samples(world, batches[0]["peer"], token=token)),
            lambda count: count == 10,
        )
    time.sleep(2)  # a live session rests before it is worked out again
    ours, theirs = answers(world.ours.admin), answers(world.theirs.admin)
    assert ours == theirs
    assert len(ours[0]) == 10


def test_pages_of_samples_join(world, keys, batch):
    """A page ends with a cursor, and the next one goes on behind it."""
    sent = batch(0, 10)
    collect(world, keys[0], sent)
    world.wait_for(lambda: samples(world, sent["peer"]), len)
    [stream, *_] = world.ask("GET", f"/v1/peers/{sent['peer']}/streams").json()["items"]
    path = f"/v1/peers/{sent['peer']}/samples"
    query = {"connection": stream["connection"], "stream_id": stream["stream_id"], "limit": 4}
    numbers = []
    while True:
        page = world.ask("GET", path, params=query).json()
        numbers += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert numbers == list(range(10))


def test_workspaces_do_not_see_each_other(world, keys, batch):
    """Not even when both have a peer of the same id."""
    sent = batch()
    collect(world, keys[1], sent)
    world.wait_for(lambda: samples(world, sent["peer"], token=world.theirs.admin), len)
    assert samples(world, sent["peer"]) == []
    collect(world, keys[0], batch(5, 2))
    world.wait_for(lambda: samples(world, sent["peer"]), len)
    assert [each["number"] for each in samples(world, sent["peer"])] == [5, 6]
    theirs = samples(world, sent["peer"], token=world.theirs.admin)
    assert [each["number"] for each in theirs] == [0, 1, 2, 3, 4]


def test_a_participant_reports_for_nobody_else(world, keys, batch):
    """Reports with one participant's token about another's peer are only refused, in the books."""
    meeting = world.ask("POST", "/v1/meetings", json={"title": "guarded"}).json()["meeting_id"]
    tokens = []
    for name in ("Ann", "Eve"):
        path = f"/v1/meetings/{meeting}/participants"
        participant = world.ask("POST", path, json={"custom_id": name}).json()["participant_id"]
        tokens.append(world.ask("POST", f"/v1/participants/{participant}/tokens", json={}).json()["token"])
    ann, eve = tokens
    genuine = batch()
    collect(world, ann, genuine)
    world.wait_for(lambda: len(samples(world, genuine["peer"])), lambda count: count == 5)
    collect(world, eve, batch(5))

    def refusals():
        books = world.ask("GET", "/v1/ingest").json()["items"]
        return [reason for book in books for reason in book["refused"] if "another participant" in reason]

    world.wait_for(refusals, lambda found: len(found) == 1)
    assert len(samples(world, genuine["peer"])) == 5
    collect(world, ann, batch(5))
    world.wait_for(lambda: len(samples(world, genuine["peer"])), lambda count: count == 10)


def test_a_page_of_any_origin_may_report(world, keys, batch):
    """A browser asks first, and may read answers and errors."""
    origin = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    asked = {**origin, "Access-Control-Request-Headers": "authorization,content-type"}
    leave = world.http.options("/v1/collect", headers=asked)
    assert leave.status_code == 204
    assert "authorization" in leave.headers["access-control-allow-headers"].lower()
    for response in (leave, collect(world, keys[0], batch()), collect(world, "wrong", batch())):
        assert response.headers["access-control-allow-origin"] == "*"


def test_a_beacon_has_its_key_in_the_query(world, keys, batch):
    """It cannot set headers, so it is packed without saying so, and called text."""
    body = gzip.compress(json.dumps(batch()).encode())
    headers = {"Content-Type": "text/plain"}
    response = world.http.post("/v1/collect", params={"key": keys[0]}, content=body, headers=headers)
    assert response.json()["accepted"] == 5


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        ({"version": 2}, "version"),
        ({"peer": "me"}, "peer"),
        ({"connections": [{"key": "1", "first": -1, "at": [], "stats": []}]}, "connections[0].first"),
        ({"connections": [{"key": "1", "first": 0, "at": ["now"], "stats": []}]}, "connections[0].at[0]"),
        ({"participant": {"name": "\u0007"}}, "participant.name"),
        ({"labels": {"a": 1}}, "labels[...]"),
        ({"connections": [{"key": "1", "first": 0, "at": [0] * 1000, "stats": [{}] * 61}]}, "connections"),
    ],
)
def test_a_wrong_batch_is_refused_by_field(world, keys, batch, spoil, field):
    """The whole batch cannot be read, and the answer says where it is wrong."""
    response = collect(world, keys[0], {**batch(), **spoil})
    assert response.status_code == 400, response.text
    assert response.json()["error"]["field"] == field


def bomb(pack) -> bytes:
    return pack(b"[" + b" " * 50_000_000 + b"]")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(gzip.compress(b"{}")[:-4], 400, id="truncated gzip"),
        pytest.param(zstandard.compress(b"{}")[:-2], 400, id="truncated zstd"),
        pytest.param(bomb(gzip.compress), 413, id="gzip bomb"),
        pytest.param(bomb(zstandard.compress), 413, id="zstd bomb"),
        pytest.param(b'{"version":' + b"[" * 100 + b"]" * 100 + b"}", 400, id="nested"),
        pytest.param(b'{"version":' + b"[" * 100_000, 400, id="nested deeply"),
        pytest.param(b'{"version": NaN}', 400, id="NaN"),
        pytest.param(b'{"peer": "\xff"}', 400, id="no UTF-8"),
        pytest.param(b"", 400, id="empty"),
        pytest.param(b'"' + b"a" * 3_000_000 + b'"', 413, id="too large"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(world, keys, body, status):
    """With a status of the caller's fault and a sentence."""
    response = collect(world, keys[0], body)
    assert response.status_code == status, response.text
    assert response.json()["error"]["message"]


def test_what_makes_no_sense_is_left_out_and_counted(world, keys, batch):
    """Wrong values harm no others, and a clock that is years off is not believed."""
    sent = batch()
    entries = sent["connections"][0]["stats"]
    entries[0]["values"]["jitter"] = {"deep": []}
    entries += [{"id": "a" * 2000, "type": "inbound-rtp", "values": {}}, 7, {"id": "x", "type": "y"}]
    entries += [{"id": f"s{number}", "type": "inbound-rtp", "values": {}} for number in range(2000)]
    receipt = collect(world, keys[0], sent)
    assert receipt.status_code == 200, receipt.text
    assert receipt.json() | {"time": 0} == {"accepted": 5, "skipped": 0, "time": 0}

    def left_out():
        books = world.ask("GET", "/v1/ingest").json()["items"]
        return {reason: times for each in books for reason, times in each["skipped"].items()}

    world.wait_for(left_out, lambda found: any("at most 2000 objects" in reason for reason in found))
    assert {reason.partition(":")[0] for reason in left_out()} >= {"stats", "stats.values.jitter"}
    old = batch()
    old["connections"][0]["at"][0] = 10**15
    assert collect(world, keys[0], old).json() | {"time": 0} == {"accepted": 0, "skipped": 5, "time": 0}


def test_numbers_beyond_all_bounds_do_no_harm(world, keys, batch):
    """Counters that fall by a billion, and totals of centuries, are kept or left out, never an error."""
    sent = batch()
    for entry in sent["connections"][0]["stats"]:
        for name, value in entry["values"].items():
            if isinstance(value, list) and isinstance(value[0], (int, float)):
                entry["values"][name] = [2**52, -(10**9), 10**9, -1e15, 1e15]
    assert collect(world, keys[0], sent).status_code == 200
    world.wait_for(lambda: world.ask("GET", "/healthz").json()["reports"]["items"], lambda items: items == 0)
    assert world.ask("GET", "/healthz").json()["flusher"] == "ok"


def test_a_live_collector_gets_an_answer_to_each_batch(world, keys, batch):
    """Over a WebSocket, text or packed; a wrong batch does not end the conversation."""
    url = world.url.replace("http", "ws", 1) + f"/v1/collect/live?key={keys[0]}"
    with connect(url) as socket:
        socket.send(json.dumps(batch(0)))
        assert json.loads(socket.recv())["accepted"] == 5
        socket.send(zstandard.compress(json.dumps(batch(5)).encode()))
        assert json.loads(socket.recv())["accepted"] == 5
        socket.send("[]")
        refusal = json.loads(socket.recv())
        assert (refusal["status"], refusal["error"]["code"]) == (400, "invalid")
        socket.send(msgspec.json.encode(batch(0)))
        assert json.loads(socket.recv())["accepted"] == 5
    peer = batch(0)["peer"]
    world.wait_for(lambda: len(samples(world, peer)), lambda count: count == 10)


def test_a_live_collector_without_a_key_is_shown_out(world):
    """It is told why, and the connection ends."""
    with connect(world.url.replace("http", "ws", 1) + "/v1/collect/live?key=no") as socket:
        assert json.loads(socket.recv())["error"]["code"] == "unauthenticated"


def test_too_many_batches_have_to_wait(make_world, tmp_path, batch):
    """With each key so many batches may come in a minute, and the answer says when to come back."""
    with make_world(tmp_path / "data", environment={"SONDE_REPORTS_PER_MINUTE": "1"}) as world:
        reporting = Reporting(world.agents._directory)
        keys = [reporting.create_key(world.ours.access, name).secret for name in ("one", "two")]
        answers = [collect(world, keys[0], batch()) for _ in range(3)]  # one may fall into the next minute
        assert answers[-1].status_code == 429
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert collect(world, keys[1], batch()).status_code == 200


def test_intervals_come_in_buckets_with_their_spread(world, keys, batch):
    """Of a wanted width, each number with its least, mean and most."""
    sent = batch(0, 10)
    collect(world, keys[0], sent)
    world.wait_for(lambda: samples(world, sent["peer"]), len)
    path = f"/v1/peers/{sent['peer']}/intervals"
    single = world.ask("GET", path, params={"width": 0.001}).json()["items"]
    together = world.ask("GET", path, params={"width": 3600}).json()["items"]
    assert {each["intervals"] for each in single} == {1}
    for bucket in together:
        parts = [each for each in single if each["stream_id"] == bucket["stream_id"]]
        assert bucket["intervals"] in {len(parts), len(parts) - 1, 1}  # an hour may begin in between
        rates = [each["measures"]["bitrate"]["avg"] for each in parts]
        spread = bucket["measures"]["bitrate"]
        assert min(rates) <= spread["min"] <= spread["avg"] <= spread["max"] <= max(rates)
        assert bucket["measures"].get("mos", {"avg": 1})["avg"] >= 1
    assert all((each["scale"] is None) == bool(each["reason"]) for each in (*single, *together))
    for name in ("connection", "stream_id"):
        some = world.ask("GET", path, params={"width": 0.001, name: single[0][name]}).json()["items"]
        assert some == [each for each in single if each[name] == single[0][name]]


def test_samples_and_intervals_come_as_files_too(world, keys, batch):
    """CSV says what JSON says; Parquet begins and ends as such a file does."""
    sent = batch(0, 5)
    collect(world, keys[0], sent)
    world.wait_for(lambda: samples(world, sent["peer"]), len)
    [stream, *_] = world.ask("GET", f"/v1/peers/{sent['peer']}/streams").json()["items"]
    query = {"connection": stream["connection"], "stream_id": stream["stream_id"], "format": "csv"}
    text = world.ask("GET", f"/v1/peers/{sent['peer']}/samples", params=query).text
    rows = list(csv.DictReader(text.splitlines()))
    shown = samples(world, sent["peer"])
    for name in ("number", "packets_received", "jitter_buffer_delay"):
        assert [float(row[name]) for row in rows] == [each[name] for each in shown]
    assert {row["frames_decoded"] for row in rows} == {""}
    answer = world.ask("GET", f"/v1/peers/{sent['peer']}/intervals", params={"format": "parquet"})
    assert answer.content[:4] == answer.content[-4:] == b"PAR1"


def test_issues_and_distributions_of_a_lossy_call(world, keys, batch):
    """Five percent of the packets were lost each way, and that is what is found."""
    sent = batch(0, 10, meeting=f"lossy {time.time()}")
    collect(world, keys[0], sent)
    world.wait_for(lambda: samples(world, sent["peer"]), len)
    issues = world.ask("GET", f"/v1/peers/{sent['peer']}/issues").json()["items"]
    assert {"packet_loss_in", "packet_loss_out"} <= {each["type"] for each in issues}
    assert {each["peer_id"] for each in issues} == {sent["peer"]}
    session = world.ask("GET", f"/v1/peers/{sent['peer']}").json()["session_id"]
    assert world.ask("GET", f"/v1/sessions/{session}/issues").json()["items"] == issues
    summary = world.ask("GET", f"/v1/peers/{sent['peer']}/summary").json()
    assert len(summary["streams"]) == len(summary["distributions"]) == 4
    heard = next(
        each for each in summary["distributions"] if (each["direction"], each["kind"]) == ("recv", "audio")
    )
    assert 0.01 < heard["loss_ratio"] < 0.15
    spread = {
        path: world.ask("GET", f"/v1/{path}/distributions").json()["items"]
        for path in (f"peers/{sent['peer']}", f"sessions/{session}")
    }
    assert len({str(each) for each in spread.values()}) == 1
    [loss] = [
        each
        for each in spread[f"sessions/{session}"]
        if (each["number"], each["direction"], each["kind"]) == ("loss_ratio", "recv", "audio")
    ]
    assert loss["percentiles"]["p99"] == pytest.approx(heard["numbers"]["loss_ratio"]["p99"], abs=0.0005)
    everything = world.ask("GET", "/v1/distributions", params={"meeting_id": meeting_of(world, session)})
    assert everything.json()["items"] == spread[f"sessions/{session}"]
    for path in ("issues", "summary", "intervals", "distributions"):
        answer = world.ask("GET", f"/v1/peers/{sent['peer']}/{path}", token=world.theirs.admin)
        assert answer.status_code == 404


def test_a_peer_that_has_not_reported_is_known_and_has_nothing(world):
    """Its lists are empty; those of a peer that never came are not found."""
    meeting = world.ask("POST", "/v1/meetings", json={"title": "silent"}).json()["meeting_id"]
    joined = world.ask("POST", f"/v1/meetings/{meeting}/peers", json={"name": "Ann"}).json()
    for path in ("streams", "intervals", "issues", "distributions"):
        answer = world.ask("GET", f"/v1/peers/{joined['peer_id']}/{path}")
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})
        assert world.ask("GET", f"/v1/peers/{uuid4()}/{path}").status_code == 404
    summary = world.ask("GET", f"/v1/peers/{joined['peer_id']}/summary").json()
    assert summary == {"streams": [], "distributions": []}


def meeting_of(world, session) -> str:
    """The meeting of a session."""
    found: str = world.ask("GET", f"/v1/sessions/{session}").json()["meeting_id"]
    return found


def test_the_books_of_ingest_say_what_became_of_batches(world, batch):
    """By key: what was taken, refused and left out."""
    key = Reporting(world.agents._directory).create_key(world.ours.access, "books")
    sent = batch()
    sent["connections"][0]["stats"][0]["values"]["newMember"] = 1
    sent["connections"][0]["stats"].append(7)
    for body in (sent, sent, {**sent, "version": 9}):
        collect(world, key.secret, body)

    def books():
        found = world.ask("GET", "/v1/ingest").json()["items"]
        return [each for each in found if each["source_id"] == f"client-key/{key.key.key_id}"]

    world.wait_for(books, lambda found: found and found[0]["refused"])
    [book] = books()
    assert (book["peers"], book["batches"], book["accepted"]) == (1, 1, 5)
    assert [reason.partition(":")[0] for reason in book["refused"]] == ["version"]
    assert any("newMember" in name for name in book["unknown"])
    assert sum(book["skipped"].values()) >= 1


def test_changes_are_told_as_they_happen(world, keys, batch):
    """To those who listen in the workspace, and to nobody else."""
    ours = batch(meeting="live")
    theirs = ours | {"peer": str(uuid4())}
    with world.http.stream(
        "GET", "/v1/changes", headers={"Authorization": f"Bearer {world.ours.admin}"}
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        collect(world, keys[1], theirs)
        collect(world, keys[0], ours)
        told = []
        while not told or told[-1]["peer_id"] != ours["peer"]:
            data = next(line for line in lines if line.startswith("data:"))
            told.append(json.loads(data.removeprefix("data:")))
    assert told[-1]["session_id"]
    assert theirs["peer"] not in {each["peer_id"] for each in told}
