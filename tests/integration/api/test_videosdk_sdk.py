"""VideoSDK's own client for Node reads a reported call from a running server: methods, retries, errors."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from client_batches import make_batch
from node import install, open_node
from videosdk_tokens import sign

from sonde.api.videosdk.schema import ErrorBody, ParticipantStats, SessionStats
from sonde.quality.videosdk import Received, score_pictures, score_sound

pytestmark = pytest.mark.integration

CLIENT = Path(__file__).parents[2] / "support" / "videosdk_client"
ROOM = "61bw-723k-p4mp"
TICKS = 21
"""Of one second."""

AUDIO_IN, AUDIO_OUT, VIDEO_IN, VIDEO_OUT = 60_000, 64_000, 304_000, 104_000
"""bit/s."""

RTT, JITTER = 0.040, 0.004
"""Seconds."""

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world in which nothing but this module reports."""
    usual = {"SONDE_VIDEOSDK_ACCEPTS_BEARER": "false"}
    with make_world(tmp_path_factory.mktemp("videosdk") / "data", environment=usual) as world:
        yield world


@pytest.fixture(scope="module")
def pair(world) -> dict[str, Any]:
    """A key pair of our workspace."""
    made = world.ask("POST", "/v1/videosdk-keys", json={"label": "sdk"})
    assert made.status_code == 201, made.text
    return made.json()


@pytest.fixture(scope="module")
def ask(world, pair) -> Iterator[Ask]:
    """Asks with the client for Node, set up as its readme says; its answer, or what it raised."""
    install(CLIENT)
    usual = {"apiKey": pair["api_key"], "secret": pair["secret"], "apiEndpoint": f"{world.url}/videosdk"}
    with open_node(str(CLIENT / "ask.js")) as line:

        def ask(way: str, *, client: dict[str, Any] | None = None, **asked: Any) -> dict[str, Any]:
            question = {"client": {"maxRetries": 0, **usual, **(client or {})}, "way": way, **asked}
            return json.loads(line(json.dumps(question)))

        yield ask


def report(second: int) -> list[dict[str, Any]]:
    """What a browser says after some seconds: from the tenth on it loses a packet of sound in each."""
    lost = max(second - 9, 0)
    common = {"timestamp": second * 1000.0}
    inbound = {**common, "type": "inbound-rtp", "jitter": JITTER}
    outbound = {**common, "type": "outbound-rtp"}
    remote = {**common, "type": "remote-inbound-rtp", "roundTripTime": RTT, "jitter": JITTER}
    remote |= {"totalRoundTripTime": RTT * second, "roundTripTimeMeasurements": second}
    return [
        {**inbound, "id": "IA", "kind": "audio", "ssrc": 1, "bytesReceived": second * AUDIO_IN // 8}
        | {"packetsReceived": 50 * second - lost, "packetsLost": lost},
        {**inbound, "id": "IV", "kind": "video", "ssrc": 2, "bytesReceived": second * VIDEO_IN // 8}
        | {"packetsReceived": 40 * second, "packetsLost": 0, "frameWidth": 640, "frameHeight": 480}
        | {"framesDecoded": 30 * second, "framesReceived": 30 * second},
        {**outbound, "id": "OA", "kind": "audio", "ssrc": 3, "bytesSent": second * AUDIO_OUT // 8}
        | {"packetsSent": 50 * second, "remoteId": "RA"},
        {**outbound, "id": "OV", "kind": "video", "ssrc": 4, "bytesSent": second * VIDEO_OUT // 8}
        | {"packetsSent": 20 * second, "remoteId": "RV", "frameWidth": 320, "frameHeight": 180},
        {**remote, "id": "RA", "kind": "audio", "ssrc": 3, "localId": "OA", "packetsLost": 0},
        {**remote, "id": "RV", "kind": "video", "ssrc": 4, "localId": "OV", "packetsLost": second // 2},
    ]


@pytest.fixture(scope="module")
def session(world) -> str:
    """A session of two people with the same numbers each, whose reports can be read; its id."""
    key = world.ask("POST", "/v1/client-keys", json={"label": "browser"}).json()["secret"]
    # Windows of five seconds begin at multiples of five seconds.
    begin = (int(time.time()) - 40) // 5 * 5
    at = [(begin + second) * 1_000_000 for second in range(TICKS)]
    peers = {name: str(uuid4()) for name in ("fj9jxhtw", "k2m4n6p8")}
    for name, peer in peers.items():
        batch = make_batch(
            [report(second) for second in range(TICKS)],
            at,
            peer=peer,
            meeting=ROOM,
            participant={"id": name, "name": f"{name} by name"},
        )
        taken = world.ask("POST", "/v1/collect", key, json=batch)
        assert taken.json()["accepted"] == TICKS, taken.text
    for peer in peers.values():
        streams = f"/v1/peers/{peer}/streams"
        world.wait_for(lambda path=streams: world.ask("GET", path).json().get("items"), bool)
    return world.ask("GET", f"/v1/peers/{peers['fj9jxhtw']}").json()["session_id"]


def test_sessions_are_listed_page_by_page(world, ask, session):
    """By every parameter that the client has, and through all pages by itself."""
    for number in range(4):
        meeting = world.ask("POST", "/v1/meetings", json={"title": "x", "custom_id": f"room {number}"}).json()
        path = f"/v1/meetings/{meeting['meeting_id']}/peers"
        world.ask("POST", path, json={"custom_id": "somebody"})
    page = ask("list", params={"perPage": 2})["answer"]
    assert (len(page["data"]), page["total"], page["more"]) == (2, 5, True)
    found = ask("listAll", params={"perPage": 2})["answer"]
    assert [each["id"] for each in found] == list(dict.fromkeys(each["id"] for each in found))
    assert len(found) == 5
    assert session in [each["id"] for each in found]
    for params in ({"roomId": ROOM}, {"query": ROOM}, {"customRoomId": ROOM}):
        [one] = ask("listAll", params=params)["answer"]
        assert (one["id"], one["roomId"], one["status"]) == (session, ROOM, "ongoing")
    soon = round(time.time() * 1000) + 60_000
    assert ask("listAll", params={"startDate": soon})["answer"] == []
    assert len(ask("listAll", params={"endDate": soon, "status": "ongoing"})["answer"]) == 5
    assert ask("listAll", params={"status": "ended"})["answer"] == []


def test_a_session_and_its_people(ask, session):
    """By id; participants out of the object, and the active ones out of the array."""
    found = ask("get", session=session)["answer"]
    assert (found["id"], found["end"]) == (session, None)
    everyone = ask("participants", session=session, params={"perPage": 1})["answer"]
    # Both reported from the same moment on, so either may come first; the same one everywhere.
    assert sorted(each["participantId"] for each in everyone) == ["fj9jxhtw", "k2m4n6p8"]
    assert everyone == found["participants"]
    assert ask("active", session=session, params={"perPage": 1})["answer"] == everyone
    assert ask("inRoom", room=ROOM)["answer"] == everyone
    one = ask("participant", session=session, participant="k2m4n6p8")["answer"]
    assert one in everyone
    assert (one["participantId"], one["timelog"][0]["end"]) == ("k2m4n6p8", None)


def test_the_quality_of_a_participant(ask, session):
    """Milliseconds, bit/s, losses of each five seconds, the vendor's scores, and pictures by class."""
    found = ask("participantStats", session=session, participant="fj9jxhtw")["answer"]
    msgspec.convert(found, ParticipantStats)
    assert (found["sessionId"], found["meetingId"]) == (session, ROOM)
    assert (found["participantId"], found["participantName"]) == ("fj9jxhtw", "fj9jxhtw by name")
    assert found["sdkInfo"] == {"sdkName": "test", "sdkVersion": "0"}
    assert found["location"] == {"country": "unknown", "city": "unknown", "region": "unknown"}
    windows = found["stats"]
    assert len(windows) == 4
    assert [each["time"] for each in windows] == sorted(each["time"] for each in windows)
    assert [each["recvAudioPacketLost"] for each in windows] == [0, 1, 5, 5]
    assert [each["recvVideoPacketLost"] for each in windows] == [0, 0, 0, 0]
    assert [each["sendAudioPacketLost"] for each in windows] == [0, 0, 0, 0]
    assert sum(each["sendVideoPacketLost"] for each in windows) == 10
    for window in windows:
        rates = [
            window[f"average{way}Bitrate"] for way in ("RecvAudio", "SendAudio", "RecvVideo", "SendVideo")
        ]
        assert rates == [AUDIO_IN, AUDIO_OUT, VIDEO_IN, VIDEO_OUT]
        assert window["averageAudioRtt"] == pytest.approx(RTT * 1000)
        assert window["averageVideoRtt"] == pytest.approx(RTT * 1000)
        assert window["averageAudioJitter"] == pytest.approx(JITTER * 1000)
    clear = Received(bit_rate=AUDIO_IN, round_trip_time=RTT, loss_ratio=0.0)
    lossy = Received(bit_rate=AUDIO_IN, round_trip_time=RTT, loss_ratio=0.02)
    assert windows[0]["qualityScore"]["audio"] == score_sound(clear)
    assert windows[3]["qualityScore"]["audio"] == score_sound(lossy)
    seen = Received(bit_rate=VIDEO_IN, round_trip_time=RTT)
    assert {each["qualityScore"]["video"] for each in windows} == {score_pictures(seen)}
    usage = [{name: each[name] for name in each if name != "time"} for each in found["resolutionUsage"]]
    assert usage == [{"180": 0, "360": 0, "720": 1, "1080": 0, "1440": 0, "2160": 0}] * 4


def test_the_quality_of_a_session(ask, session):
    """Means of the people in it, sums of their losses, and nothing of any of them."""
    found = ask("stats", session=session)["answer"]
    msgspec.convert(found, SessionStats)
    assert found.keys() == {"sessionId", "meetingId", "stats"}
    one = ask("participantStats", session=session, participant="fj9jxhtw")["answer"]["stats"]
    assert [each["time"] for each in found["stats"]] == [each["time"] for each in one]
    assert [each["recvAudioPacketLost"] for each in found["stats"]] == [0, 2, 10, 10]
    assert [each["qualityScore"] for each in found["stats"]] == [each["qualityScore"] for each in one]
    assert {each["averageRecvVideoBitrate"] for each in found["stats"]} == {VIDEO_IN}


def test_errors_as_the_client_has_them(ask, session):
    """Each kind, with the sentence of the server and a name for programs."""
    nowhere = "62d13ccea0f6ac85649d7931"
    for way, asked in (
        ("get", {"session": nowhere}),
        ("participants", {"session": nowhere}),
        ("active", {"session": nowhere}),
        ("participant", {"session": session, "participant": "nobody"}),
        ("stats", {"session": nowhere}),
        ("participantStats", {"session": session, "participant": "nobody"}),
        ("end", {"options": {"roomId": "no-such-room"}}),
        ("remove", {"options": {"participantId": "nobody", "roomId": ROOM}}),
    ):
        refused = ask(way, **asked)
        assert (refused["kind"], refused["status"], refused["code"]) == (
            "RoomNotFoundError",
            402,
            "not_found",
        )
        assert refused["message"]
    bad = ask("list", params={"perPage": -1})
    assert (bad["kind"], bad["status"]) == ("ValidationError", 400)
    stranger = ask("list", client={"secret": "wrong"})
    assert (stranger["kind"], stranger["status"]) == ("AuthenticationError", 401)
    media = ask("list", client={"tokenOptions": {"roles": ["rtc"]}})
    assert (media["kind"], media["status"]) == ("PermissionError", 403)


def test_retries_of_the_client(ask, session):
    """What failed on the way is asked again, and changes are not done twice."""
    again = ask("get", session=session, client={"maxRetries": 2}, failures=[503, 500])
    assert (again["answer"]["id"], again["attempts"]) == (session, 3)
    limited = ask(
        "remove",
        options={"participantId": "nobody", "roomId": ROOM},
        client={"maxRetries": 1},
        failures=[429],
    )
    assert (limited["status"], limited["attempts"]) == (402, 2)
    absent = ask("stats", session=str(uuid4()), client={"maxRetries": 2})
    assert (absent["status"], absent["attempts"]) == (402, 1)


def test_wrong_tokens_get_the_vendors_body(world, pair):
    """Also one of a megabyte, and one behind `Bearer`, which is not chosen here."""
    good = sign(pair["api_key"], pair["secret"])
    for wrong in ("", "x", f"Bearer {good}", sign(pair["api_key"], "wrong"), good + "x" * 2**20):
        headers = {"authorization": wrong} if wrong else {}
        answer = world.http.get("/videosdk/v2/sessions", headers=headers)
        assert answer.status_code == 401, answer.text[:200]
        assert msgspec.json.decode(answer.content, type=ErrorBody).status_code == 401
        assert answer.headers["www-authenticate"] == "JWT"
    assert world.http.get("/videosdk/v2/sessions", headers={"authorization": good}).status_code == 200


def test_somebody_is_removed_and_the_session_ended(ask, session):
    """Last of all; the client makes up the room and status of an ended session itself where they lack."""
    gone = ask("remove", options={"participantId": "k2m4n6p8", "roomId": ROOM})["answer"]
    assert gone == "Participant k2m4n6p8 was removed."
    assert [each["participantId"] for each in ask("inRoom", room=ROOM)["answer"]] == ["fj9jxhtw"]
    ended = ask("end", options={"roomId": ROOM, "force": True})["answer"]
    assert (ended["id"], ended["status"], ended["roomId"]) == (session, "ended", ROOM)
    assert ask("inRoom", room=ROOM)["answer"] == []
    assert ask("end", options={"roomId": ROOM})["status"] == 402
