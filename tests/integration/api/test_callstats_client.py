"""RealtimeKit's real statistics client, unmodified, in a headless browser against a running server."""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from callstats_call import https_hosts, open_callstats_call
from places import write_places

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

CAIRO = {
    "country": {"iso_code": "EG"},
    "city": {"names": {"en": "Cairo"}},
    "location": {"latitude": "30.05", "longitude": "31.25"},
}
LOSS, DELAY = 0.2, 0.05
"""Of each passage of the page's network, of which a packet has two: both ends are in it."""

BETWEEN = timedelta(seconds=2)
"""Between a second of the collector and one of the client that certainly enclose it."""

COUNTERS = {
    "packets_sent", "bytes_sent", "header_bytes_sent", "retransmitted_packets_sent", "nack_count",
    "pli_count", "packets_received", "bytes_received", "header_bytes_received", "jitter_buffer_delay",
    "jitter_buffer_emitted_count", "jitter_buffer_target_delay", "jitter_buffer_minimum_delay",
    "total_samples_received", "concealed_samples", "silent_concealed_samples", "concealment_events",
    "inserted_samples_for_deceleration", "removed_samples_for_acceleration", "total_audio_energy",
    "total_samples_duration", "frames_received", "frames_decoded", "key_frames_decoded", "frames_dropped",
    "freeze_count", "total_freezes_duration", "total_decode_time", "total_assembly_time", "qp_sum",
    "total_inter_frame_delay", "total_processing_delay", "frames_encoded", "frames_sent",
    "key_frames_encoded", "quality_limitation_duration_none", "quality_limitation_duration_bandwidth",
    "quality_limitation_duration_cpu",
}  # fmt: skip
"""What never falls while a stream lasts, so that a value between two others in time lies between them."""


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A server that knows where this machine is."""
    folder = tmp_path_factory.mktemp("kit")
    file = write_places(folder / "places.mmdb", {"127.0.0.0/8": CAIRO, "::1/128": CAIRO})
    with make_world(folder / "data", environment={"SONDE_PLACES_FILE": str(file)}) as world:
        yield world


def items(world, path: str) -> list[dict[str, Any]]:
    """What a list of the native API has."""
    return world.ask("GET", path).json().get("items", [])


@pytest.fixture(scope="module")
def told(world, tmp_path_factory):
    """A call over a bad network, of which both clients and a collector beside them report."""
    meeting = world.ask("POST", "/v1/meetings", json={"title": "kit"}).json()["meeting_id"]
    people = []
    for name in ("Ann", "Bob"):
        body = {"custom_id": name.lower(), "name": name}
        enrolled = world.ask("POST", f"/v1/meetings/{meeting}/participants", json=body).json()
        path = f"/v1/participants/{enrolled['participant_id']}/tokens"
        token = world.ask("POST", path, json={"ttl": 3600}).json()["token"]
        people.append({"peerId": str(uuid4()), "token": token})
    key = world.ask("POST", "/v1/client-keys", json={"label": "kit"}).json()["secret"]
    collector = {"url": world.url.replace("127.0.0.1", "localhost"), "key": key, "meeting": "beside"}
    with (
        https_hosts(tmp_path_factory.mktemp("proxy"), urlsplit(world.url).netloc) as hosts,
        open_callstats_call() as call,
    ):
        call.impair(delay=DELAY)
        peers = call.begin(hosts, people, collector=collector)
        call.wait(8)
        call.impair(loss=LOSS, delay=DELAY)
        call.wait(21)
        call.mute(0)
        call.wait(7)
        beside = call.page.evaluate("() => collector.peer")
        call.leave()
        call.wait(1)
        failures = call.failures()
    for peer in (*(each["peerId"] for each in peers), beside):
        world.wait_for(lambda peer=peer: world.ask("GET", f"/v1/peers/{peer}").json().get("left_at"), bool)
    return SimpleNamespace(peers=peers, beside=beside, failures=failures, meeting=meeting)


def samples(world, peer: str, stream: dict[str, Any]) -> list[dict[str, Any]]:
    """All samples of a stream."""
    query = {"connection": stream["connection"], "stream_id": stream["stream_id"], "limit": 1000}
    return world.ask("GET", f"/v1/peers/{peer}/samples", params=query).json()["items"]


def test_the_client_has_nothing_to_complain_of(told):
    """Its messages are taken and its place is told, across origins and with a certificate."""
    assert told.failures == []


def test_both_are_peers_of_one_session_like_any_other(world, told):
    """Of the people whose tokens it were, in their meeting, with what the client said of itself."""
    found = [world.ask("GET", f"/v1/peers/{each['peerId']}").json() for each in told.peers]
    assert [each["name"] for each in found] == ["Ann", "Bob"]
    assert len({each["session_id"] for each in found}) == 1
    session = world.ask("GET", f"/v1/sessions/{found[0]['session_id']}").json()
    assert session["meeting_id"] == told.meeting
    for each in found:
        assert (each["leave_reason"], each["place"]["city"]) == ("left", "Cairo")
        assert (each["device"]["sdk"], each["device"]["sdk_version"]) == ("web-core", "2.0.2")
        assert (each["device"]["engine"], each["labels"]["room_uuid"]) == ("Blink", "room")
        assert each["joined_at"] < each["left_at"]


def test_streams_are_those_that_the_media_server_knows(world, told):
    """Named by producers and consumers, the shared screen told from the camera."""
    for peer in told.peers:
        found = {each["stream_id"]: each for each in items(world, f"/v1/peers/{peer['peerId']}/streams")}
        assert found.keys() == {*(key for key, _ in peer["producers"]), *peer["consumers"]}
        sources = {"audio": "microphone", "video": "camera", "screen": "screen"}
        assert all(found[key]["source"] == sources[kind] for key, kind in peer["producers"])
        assert {found[key]["direction"] for key in peer["consumers"]} == {"recv"}
        # At the start, and every seven seconds.
        assert all(each["samples"] >= 5 for each in found.values())
    received = [
        samples(world, peer["peerId"], {"connection": "call", "stream_id": key})[-1]
        for peer in told.peers
        for key in peer["consumers"]
    ]
    senders = {key: peer["peerId"] for peer in told.peers for key, _ in peer["producers"]}
    assert all(senders[each["remote_stream"]] == each["remote_peer"] for each in received)


def test_it_measures_what_our_own_collector_measures(world, told):
    """Of the same streams, told by their SSRCs: each value between the collector's before and after it."""
    ours = {
        (each["direction"], each["ssrc"]): samples(world, told.beside, each)
        for each in items(world, f"/v1/peers/{told.beside}/streams")
    }
    compared: dict[str, int] = {}
    for peer in told.peers:
        for stream in items(world, f"/v1/peers/{peer['peerId']}/streams"):
            around = ours[stream["direction"], stream["ssrc"]]
            for sample in samples(world, peer["peerId"], stream):
                for name in COUNTERS & {name for name, value in sample.items() if value is not None}:
                    least, most = bounds(around, name, sample["at"])
                    assert least <= sample[name] <= most, (name, stream, sample["at"])
                    compared[name] = compared.get(name, 0) + 1
    missing = COUNTERS - compared.keys()
    assert not missing


def bounds(around: list[dict[str, Any]], name: str, at: str) -> tuple[float, float]:
    """What a counter was a little before and a little after a time."""
    known = [each for each in around if each[name] is not None]
    times = [moment(each["at"]) for each in known]
    before, after = bisect_right(times, moment(at) - BETWEEN), bisect_left(times, moment(at) + BETWEEN)
    return known[before - 1][name] if before else 0, known[min(after, len(known) - 1)][name]


def moment(text: str) -> datetime:
    """A time of the native API."""
    return datetime.fromisoformat(text)


def test_intervals_scores_and_issues_follow(world, told):
    """What is received has its MOS from both models, and the loss that the network had is an issue."""
    for peer in told.peers:
        path = f"/v1/peers/{peer['peerId']}"
        measured = [each for each in items(world, f"{path}/intervals") if each["direction"] == "recv"]
        kinds = {each["kind"] for each in measured if "mos" in each["measures"]}
        assert kinds == {"audio", "video"}
        losses = [each["measures"]["loss_ratio"]["max"] for each in measured]
        assert max(losses) > LOSS / 2
        issues = items(world, f"{path}/issues")
        assert {"packet_loss_in"} <= {each["type"] for each in issues}
        assert {each["stream_id"] for each in issues if each["type"] == "packet_loss_in"} <= {
            *peer["consumers"]
        }


def peer_report(world, peer: str) -> dict[str, Any]:
    """What the vendor's API says of a peer."""
    [ours] = items(world, "/v1/workspaces")
    prefix = f"/cloudflare/client/v4/accounts/{ours['organization_uuid']}/realtime/kit/{ours['uuid']}"
    answer = world.ask("GET", f"{prefix}/sessions/peer-report/{peer}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["participant"]["peer_report"]


RUNNING = (
    "packets_sent",
    "bytes_sent",
    "frames_encoded",
    "packets_received",
    "packets_lost",
    "frames_decoded",
)
"""What a report gives as what was added since the row before."""


def test_the_vendors_report_says_the_same_of_both(world, told):
    """Of each stream, what its rows add up to: between what the collector's do in less and more time."""
    beside = rows_by_stream(peer_report(world, told.beside))
    compared = set()
    for peer in told.peers:
        for key, rows in rows_by_stream(peer_report(world, peer["peerId"])).items():
            first, last = moment(rows[0]["timestamp"]), moment(rows[-1]["timestamp"])
            for name in RUNNING:
                if rows[-1].get(name) is None:
                    continue
                # What a stream had carried before its first row is in no row.
                total = sum(row[name] for row in rows[1:])
                inner = added(beside[key], name, first + BETWEEN, last - BETWEEN)
                assert inner <= total <= added(beside[key], name, first - BETWEEN, last + BETWEEN), (
                    name,
                    key,
                )
                compared.add(name)
    assert compared == set(RUNNING)


def rows_by_stream(report: dict[str, Any]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """The rows of each stream in order of time, by its kind of list and SSRC."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for name, rows in report["quality"].items():
        if not name.endswith("_cumulative"):
            for row in rows:
                end = "producer" if name.endswith("producer") else "consumer"
                found.setdefault((end, row["ssrc"]), []).append(row)
    return {key: sorted(rows, key=lambda row: moment(row["timestamp"])) for key, rows in found.items()}


def added(rows: list[dict[str, Any]], name: str, after: datetime, until: datetime) -> int:
    """What rows of a time add up to."""
    return sum(row[name] or 0 for row in rows if after < moment(row["timestamp"]) <= until)


def test_the_vendors_report_has_what_the_client_said_of_itself(world, told):
    """Browser, kit, place, network, devices and events."""
    about = peer_report(world, told.peers[0]["peerId"])["metadata"]
    assert (about["sdk_name"], about["sdk_version"]) == ("web-core", "2.0.2")
    assert about["browser_metadata"]["engine"] == "Blink"
    assert about["device_info"]["cpus"] > 0
    assert about["ip_information"]["city"] == "Cairo"
    [out], [back] = (about["candidate_pairs"][f"{way}_transport"] for way in ("producing", "consuming"))
    assert out["bytes_sent"] > back["bytes_sent"]
    assert back["bytes_received"] > out["bytes_received"]
    [checked] = about["pc_metadata"]
    assert checked["effective_network_type"]
    [plugged] = about["audio_devices_updates"]
    assert [each["label"] for each in plugged["added"]] == ["Headset"]
    names = [each["name"] for each in about["events"]]
    assert {"precall_begin", "media_permission", "audio_on", "video_on", "audio_off"} <= set(names)
    assert names.index("audio_on") < names.index("audio_off")
