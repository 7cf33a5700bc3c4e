"""The vendor's peer report, field by field: from what its statistics client said, and our collector."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from callstats_bodies import USER_AGENT, entry, join, message, ping
from client_batches import make_batch
from cloudflare.types.realtime_kit.session_get_participant_data_from_peer_id_response import (
    DataParticipantPeerReport,
)
from places import write_places

pytestmark = pytest.mark.integration

CAIRO = {
    "country": {"iso_code": "EG"},
    "subdivisions": [{"names": {"en": "Cairo Governorate"}}],
    "city": {"names": {"en": "Cairo"}},
    "location": {"time_zone": "Africa/Cairo"},
    "autonomous_system_number": 64496,
    "autonomous_system_organization": "Example Telecom",
}

NEVER = {
    ".metadata.ip_information.asn.domain": "databases of places do not know it",
    ".metadata.ip_information.asn.route": "it would say more of the address than is kept",
    ".metadata.ip_information.asn.type": "databases of places do not know it",
}
"""The fields that are always null, and why."""

ROUND_TRIPS = [0.0, 0.6, 0.3, *[0.065287] * 7]
"""What the other side reported of each stream sent, seconds: with mean and shares of the call that the vendor
published, whose first sample had none yet."""

LOST = np.array([0, 3, 3, 120, 120, 121, 400, 400, 401, 401])
"""The same of packets, running."""

TURNS = len(ROUND_TRIPS)
BROWSER = USER_AGENT.replace("X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7")


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A server that knows where this machine is."""
    folder = tmp_path_factory.mktemp("report")
    file = write_places(folder / "places.mmdb", {"127.0.0.0/8": CAIRO, "::1/128": CAIRO})
    with make_world(folder / "data", environment={"SONDE_PLACES_FILE": str(file)}) as world:
        yield world


@pytest.fixture(scope="module")
def told(world) -> dict[str, Any]:
    """What the vendor's report says of somebody whose client said all that it can."""
    meeting = world.ask("POST", "/v1/meetings", json={"title": "report"}).json()["meeting_id"]
    path = f"/v1/meetings/{meeting}/participants"
    person = world.ask("POST", path, json={"custom_id": "ann", "name": "Ann"}).json()["participant_id"]
    token = world.ask("POST", f"/v1/participants/{person}/tokens", json={}).json()["token"]
    peer, begin = str(uuid4()), datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
    pings = [full(turn, begin) for turn in range(TURNS)]
    for entries in (happened(begin), pings):
        body = message(*entries, peer=peer)
        headers = {"user-agent": BROWSER}
        answer = world.ask("POST", "/api/v1/message", token, json=body, headers=headers)
        assert answer.status_code == 200, answer.text

    def is_whole(said: dict[str, Any]) -> bool:
        # Of one message streams come into the store first, then transports, and events last.
        devices, pairs = said["metadata"]["speaker_devices_updates"], said["metadata"]["candidate_pairs"]
        return len(devices) == 2 and all(len(each) == 1 for each in pairs.values())

    return report_of(world, peer, is_whole)


@pytest.fixture(scope="module")
def collected(world) -> dict[str, Any]:
    """The same of somebody of whom our own collector told."""
    key = world.ask("POST", "/v1/client-keys", json={"label": "report"}).json()["secret"]
    peer, at = str(uuid4()), int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1e6)
    stats = [
        {"id": "O", "type": "outbound-rtp", "kind": "audio", "ssrc": 5, "packetsSent": 50, "codecId": "C"},
        {"id": "P", "type": "candidate-pair", "nominated": True, "selected": True, "bytesSent": 9000},
        {"id": "C", "type": "codec", "mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000},
    ]
    events = [
        {"at": at, "kind": "local_description", "value": "offer", "detail": "v=0\r\n"},
        {"at": at + 1, "kind": "media_granted", "value": "audio", "detail": "Headset", "track": "t"},
    ]
    device = {"cpus": 8, "network": "4g", "mobile": False}
    batch = make_batch([stats], [at], peer=peer, events=events, device=device, user_agent=USER_AGENT)
    assert world.ask("POST", "/v1/collect", key, json=batch).status_code == 200
    return report_of(world, peer, lambda said: said["metadata"]["selected_device_updates"])


def report_of(world, peer: str, is_whole) -> dict[str, Any]:
    """The report of a peer, when all that was told of it can be read."""
    [ours] = world.ask("GET", "/v1/workspaces").json()["items"]
    app = f"accounts/{ours['organization_uuid']}/realtime/kit/{ours['uuid']}"

    def ask() -> dict[str, Any]:
        answer = world.ask("GET", f"/cloudflare/client/v4/{app}/sessions/peer-report/{peer}")
        return answer.json()["data"]["participant"]["peer_report"] if answer.status_code == 200 else {}

    world.wait_for(ask, lambda said: said and is_whole(said))
    return ask()


def full(turn: int, begin: datetime) -> dict[str, Any]:
    """Statistics with a stream of each class, each with all that there is to say of it."""
    said = ping(7.0 * turn, begin=begin, loss=0.02)
    stats = said["metaData"]
    sound, picture, screen = stats["producerStats"]
    stats["producerStats"].append(renamed(sound, "producerId", "p-noise"))
    stats["consumerStats"] += [renamed(each, "consumerId", "screen") for each in stats["consumerStats"]]
    for each in stats["producerStats"]:
        for sent in (*each["audioStats"], *each["videoStats"]):
            sent["remoteData"] = {
                "roundTripTime": ROUND_TRIPS[turn], "jitter": 0.025, "packetsLost": int(LOST[turn]),
            }  # fmt: skip
    picture["videoStats"][0]["qualityLimitationReason"] = "cpu"
    screen["videoStats"][0]["mid"] = "3"
    if not turn:
        stats["producingTransportStats"]["transportId"] = "another, before the client connected again"
    for name in ("producingTransportStats", "consumingTransportStats"):
        stats[name]["stats"]["candidatePairs"][1] |= {
            "availableIncomingBitrate": 1_000_000, "bytesDiscardedOnSend": 0, "packetsDiscardedOnSend": 0,
            "localCandidateUrl": "stun:stun.example.org", "remoteCandidateUrl": "turn:turn.example.org",
            "lastPacketSentTimestamp": 1_795_209_435_489.25,
            "localCandidateId": name,
        }  # fmt: skip
    return said


def renamed(stream: dict[str, Any], key: str, name: str) -> dict[str, Any]:
    """The same stream as a screen's, with other SSRCs."""
    other = copy.deepcopy(stream) | {key: f"{name}-{stream[key]}"}
    other["appData"] = {**stream["appData"], "screenShare": True}
    for stats in (*other["audioStats"], *other["videoStats"]):
        stats["ssrc"] += 100
    return other


def happened(begin: datetime) -> list[dict[str, Any]]:
    """What a kit tells of at the start of a call, and devices that come and go."""
    known = {
        "effectiveNetworkType": "4g",
        "turnConnectivity": True,
        "connectivity": {"host": True, "relay": False, "reflexive": True},
    }
    device = {"cpus": 8, "isMobile": False, "webglSupport": 1, "userAgent": BROWSER}
    entries = [entry("precall_begin", begin), entry("precall_end", begin, {"connectionInfo": known})]
    entries += [join(begin, deviceInfo=device), entry("tab_change", begin, {"isMeetingsTabActive": False})]
    kinds = {"audio": "audioinput", "video": "videoinput", "speaker": "audiooutput"}
    for name, kind in kinds.items():
        one, other = ({"deviceId": each, "kind": kind, "label": each.title()} for each in ("one", "other"))
        for second, there in enumerate(([one], [other])):
            at = begin + timedelta(seconds=second)
            entries.append(entry(f"{name}_devices_updates", at, {"deviceList": there}))
        entries.append(entry("selected_microphone_update", at, {"device": one}))
    entries.append(entry("browser_backgrounded", begin + timedelta(milliseconds=3)))
    return entries


def leaves(said: Any, at: str = "") -> Iterator[str]:
    """Where an answer has something."""
    if isinstance(said, dict):
        for name, each in said.items():
            yield from leaves(each, f"{at}.{name}")
    elif isinstance(said, list):
        for each in said:
            yield from leaves(each, at)
    elif said is not None:
        yield at


def names(model: Any, at: str = "") -> Iterator[str]:
    """Where the official client expects a value."""
    for name, field in model.model_fields.items():
        inner = f"{at}.{field.alias or name}"
        found = models(field.annotation)
        yield from (each for kind in found for each in names(kind, inner)) if found else [inner]


def models(annotation: Any) -> list[Any]:
    """The models within an annotation."""
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [kind for each in getattr(annotation, "__args__", ()) for kind in models(each)]


def test_every_field_has_something_to_say(told, collected):
    """Of all that the official client knows, but what nobody can know; for that there is a reason."""
    known = {*names(DataParticipantPeerReport)} - {".metadata.events.metadata"}
    empty = known - {*leaves(told), *leaves(collected)}
    assert empty == NEVER.keys()
    for each in (told, collected):
        DataParticipantPeerReport.model_validate(each, strict=True)


def test_rows_and_what_they_come_to_are_those_of_the_raw_numbers(told):
    """Of a stream sent by what the other side reported, which lowers its score."""
    rows = told["quality"]["audio_producer"]
    assert [row["rtt"] for row in rows] == ROUND_TRIPS
    assert [row["packets_sent"] for row in rows] == [0, *[350] * (TURNS - 1)]
    lost = np.diff(LOST, prepend=0)
    assert [row["packets_lost"] for row in rows] == list(lost)
    loss = 100 * lost / np.array([1, *[350] * (TURNS - 1)])
    score = 0.7 * np.clip((10 - loss) / 10, 0, 1) + 0.3 * 0.5
    assert [row["mos_quality"] for row in rows] == pytest.approx(score)
    whole = told["quality"]["audio_producer_cumulative"]
    assert whole["rtt"] == {
        "avg": pytest.approx(135.7009),
        "100ms_or_greater_event_fraction": 0.2,
        "250ms_or_greater_event_fraction": 0.2,
        "500ms_or_greater_event_fraction": 0.1,
    }
    assert whole["packet_loss"]["avg"] == pytest.approx(loss.mean())
    assert whole["packet_loss"]["25_or_greater_event_fraction"] == np.mean(loss >= 25)
    assert whole["quality_mos"]["p90"] == pytest.approx(np.percentile(score, 90))
    limits = told["quality"]["video_producer_cumulative"]["issues"]
    assert (limits["cpu_quality_limitation_fraction"], limits["quality_limitation_fraction"]) == (1, 1)


def test_each_transport_has_its_own_pair(told):
    """What is sent goes by one, what is received comes by the other; one that is gone is not shown."""
    pairs = told["metadata"]["candidate_pairs"]
    for name in ("producing", "consuming"):
        [pair] = pairs[f"{name}_transport"]
        assert pair["local_candidate_id"] == f"{name}TransportStats"


def test_a_pair_without_a_transport_is_that_of_all_streams(collected):
    """As Firefox reports it; nothing is received here."""
    pairs = collected["metadata"]["candidate_pairs"]
    [pair] = pairs["producing_transport"]
    assert (pair["nominated"], pair["bytes_sent"]) == (True, 9000)
    assert pairs["consuming_transport"] == []


def test_what_a_client_said_of_itself(told, collected):
    """By either client; a page in the background is one event."""
    about, ours = told["metadata"], collected["metadata"]
    names = [each["name"] for each in about["events"]]
    assert names == ["precall_begin", "meeting_view_backgrounded"]
    assert (about["device_info"]["cpus"], about["browser_metadata"]["webgl_support"]) == (8, True)
    [checked] = about["pc_metadata"]
    assert (checked["relay_connectivity"], checked["turn_connectivity"]) == (False, True)
    came, swapped = about["speaker_devices_updates"]
    assert [each["device_id"] for each in (*came["added"], *swapped["added"], *swapped["removed"])] == [
        "one",
        "other",
        "one",
    ]
    network, description = ours["pc_metadata"]
    assert (network["effective_network_type"], description["sdp"]) == ("4g", ["v=0\r\n"])
    assert ours["device_info"]["cpus"] == 8
    [chosen] = ours["selected_device_updates"]
    assert chosen["device"] == {"device_id": None, "kind": "audioinput", "label": "Headset"}
    assert ours["native_metadata"]["audio_encoder"] == "opus"
