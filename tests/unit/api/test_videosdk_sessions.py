"""VideoSDK's facade over a real directory: every list and thing, in the vendor's shapes."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from videosdk_tokens import sign

from sonde.api.videosdk.schema import (
    ActiveParticipantList,
    ErrorBody,
    ParticipantItem,
    ParticipantList,
    RoomItem,
    SessionItem,
    SessionList,
)
from sonde.model.sightings import Sighting

ROOM = "61bw-723k-p4mp"


class World:
    """A workspace, its key pair, and what is asked with it."""

    def __init__(self, facade) -> None:
        self.facade = facade
        self.use_cases = facade.use_cases
        self.access = self.use_cases.accounts.access(self.use_cases.accounts.authenticate(facade.admin))
        self.pair = self.use_cases.videosdk_keys.create(self.access, "tests")

    def token(self, **claims: Any) -> str:
        """A token of the workspace."""
        return sign(self.pair.key.api_key, self.pair.secret, **claims)

    def ask(self, method: str, path: str, *, expected: int = 200, token: str = "", **options: Any) -> Any:
        """The body of an answer of the demanded status."""
        answer = self.facade.usual_client.request(
            method, f"/videosdk/v2{path}", headers={"authorization": token or self.token()}, **options
        )
        assert answer.status_code == expected, answer.text
        if expected >= 400:
            body = msgspec.json.decode(answer.content, type=ErrorBody)
            assert (body.status_code, bool(body.message)) == (expected, True)
        return answer.json()

    def see(self, peer: str, *, room: str = ROOM, **facts: Any) -> str:
        """A peer reports; the id of its session."""
        now = self.facade.clock()
        sighting = Sighting(
            workspace_id=self.access.workspace.workspace_id,
            peer_id=f"00000000-0000-4000-8000-{peer:0>12}",
            meeting=room,
            first_at=now,
            last_at=now,
            **facts,
        )
        [seen] = self.use_cases.sessions.saw([sighting])
        return seen.session_id


@pytest.fixture
def world(make_facade) -> World:
    """A server of which nobody else knows."""
    return World(make_facade())


@pytest.fixture(scope="module")
def quiet_world(facade) -> World:
    """One in which nothing ever happens."""
    return World(facade)


def shown(body: Any, kind: type) -> Any:
    """A body that has the fields of its type and no others."""
    value = msgspec.convert(body, kind)
    assert msgspec.to_builtins(value) == body
    return value


def test_a_session_is_shown_with_everyone_in_it(world) -> None:
    """Times to the millisecond, the room by the vendor's id, a reconnect in the log of times."""
    session = world.see("1", custom_id="fj9jxhtw", name="rajan", has_left=True)
    began = world.facade.clock()
    world.facade.clock.advance(seconds=10.5)
    assert world.see("2", custom_id="fj9jxhtw", name="rajan") == session
    body = world.ask("GET", f"/sessions/{session}")
    found = shown(body, SessionItem)
    assert (body["id"], body["_id"], body["roomId"]) == (session, session, ROOM)
    assert "customRoomId" not in body
    assert (found.status, found.end) == ("ongoing", None)
    assert body["start"] == began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    [person] = body["participants"]
    assert (person["participantId"], person["name"]) == ("fj9jxhtw", "rajan")
    assert [each["end"] is None for each in person["timelog"]] == [False, True]
    assert person["timelog"][1]["start"].endswith("17.500Z")
    assert person["geoLocation"] == {"country": "unknown", "city": "unknown", "region": "unknown"}
    here = "http://testserver.local/videosdk/v2"
    assert body["links"] == {
        "get_room": world.ask("GET", f"/rooms/{ROOM}")["links"]["get_room"],
        "get_session": f"{here}/sessions/{session}",
        "get_all_participants": f"{here}/sessions/{session}/participants",
    }
    one = world.ask("GET", f"/sessions/{session}/participants/fj9jxhtw")
    assert shown(one, ParticipantItem).participant_id == "fj9jxhtw"
    assert world.ask("GET", f"/sessions/{session}/participants/{person['_id']}") == one == person


def test_a_room_is_shown_by_either_id(world) -> None:
    """Links of a session lead to it, and its own to its sessions; no other room than a token's is there."""
    session = world.see("1", room="stand-up")
    room = world.ask("GET", "/rooms/stand-up")
    assert shown(room, RoomItem).custom_room_id == "stand-up"
    assert world.ask("GET", f"/rooms/{room['roomId']}") == room
    found = world.ask("GET", f"/sessions/{session}")
    assert (found["roomId"], found["links"]["get_room"]) == (room["roomId"], room["links"]["get_room"])
    base = "http://testserver.local/videosdk/v2"
    assert world.ask("GET", room["links"]["get_room"].removeprefix(base)) == room
    [listed] = world.ask("GET", room["links"]["get_session"].removeprefix(base))["data"]
    assert listed == found
    assert world.ask("GET", "/rooms/stand-up", token=world.token(roomId="stand-up")) == room
    world.ask("GET", "/rooms/stand-up", token=world.token(roomId="another"), expected=402)
    world.ask("GET", "/rooms/another", expected=402)
    world.ask("GET", "/rooms/%00", expected=400)


def test_a_room_of_another_name_has_a_custom_id(world) -> None:
    """And goes by it, or by its id, in every parameter that names rooms."""
    session = world.see("1", room="stand-up")
    body = world.ask("GET", f"/sessions/{session}")
    assert body["customRoomId"] == "stand-up"
    assert body["roomId"] != "stand-up"
    world.see("2", room="another")
    for query in (
        "roomId=stand-up",
        "customRoomId=stand-up",
        "query=stand-up",
        f"roomId={body['roomId']}",
        f"query={body['roomId']}&customRoomId=stand-up",
    ):
        [found] = world.ask("GET", f"/sessions?{query}")["data"]
        assert found == body
    assert world.ask("GET", "/sessions?roomId=stand-up&customRoomId=another")["data"] == []


def test_data_is_an_object_in_one_list_and_an_array_in_the_other(world) -> None:
    """As the vendor has it; each with its page."""
    session = world.see("1", custom_id="ann")
    world.see("2", custom_id="bob", has_left=True)
    world.see("3")
    everyone = world.ask("GET", f"/sessions/{session}/participants?perPage=2")
    assert [each.participant_id for each in shown(everyone, ParticipantList).data.participants] == [
        "ann",
        "bob",
    ]
    assert everyone["pageInfo"] == {"currentPage": 1, "perPage": 2, "lastPage": 2, "total": 3}
    rest = world.ask("GET", f"/sessions/{session}/participants?perPage=2&page=2")
    assert len(rest["data"]["participants"]) == 1
    present = world.ask("GET", f"/sessions/{session}/participants/active")
    [data] = shown(present, ActiveParticipantList).data
    assert "ann" in {each.participant_id for each in data.participants}
    assert present["pageInfo"]["total"] == len(data.participants) == 2
    assert data.object_id == data.id == session


def test_the_list_is_filtered_and_counted(world) -> None:
    """By time of the start, by status and by owner, newest first, with and without a slash."""
    ids = []
    for number in range(5):
        ids.append(world.see(str(number), room=f"room {number}"))
        world.facade.clock.advance(minutes=10)
    world.use_cases.sessions.end(world.access, ids[0])
    whole = world.ask("GET", "/sessions")
    assert [each.id for each in shown(whole, SessionList).data] == ids[::-1]
    assert whole["pageInfo"] == {"currentPage": 1, "perPage": 20, "lastPage": 1, "total": 5}
    assert world.ask("GET", "/sessions/") == whole
    page = world.ask("GET", "/sessions/?page=2&perPage=2")
    assert [each["id"] for each in page["data"]] == [ids[2], ids[1]]
    assert page["pageInfo"] == {"currentPage": 2, "perPage": 2, "lastPage": 3, "total": 5}
    behind = world.ask("GET", "/sessions?page=9")
    assert (behind["data"], behind["pageInfo"]["total"]) == ([], 5)
    assert world.ask("GET", "/sessions?perPage=5000")["pageInfo"]["perPage"] == 100
    at = round((world.facade.clock() - timedelta(minutes=30)).timestamp() * 1000)
    kept = {
        f"startDate={at}": ids[2:],
        f"endDate={at}": ids[:3],
        f"startDate={at}&endDate={at}": [ids[2]],
        "status=ended": ids[:1],
        "status=ongoing": ids[1:],
        f"userId={whole['data'][0]['userId']}": ids,
        "userId=somebody": [],
    }
    for query, expected in kept.items():
        assert [each["id"] for each in world.ask("GET", f"/sessions?{query}")["data"]] == expected[::-1], (
            query
        )


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "perPage=0",
        "perPage=-1",
        "status=live",
        "startDate=-1",
        "endDate=1e99",
        "roomId=%00",
    ],
)
def test_a_list_that_cannot_be(quiet_world, query) -> None:
    """It is a 400 that names the parameter."""
    assert query.partition("=")[0] in quiet_world.ask("GET", f"/sessions?{query}", expected=400)["message"]


def test_a_session_is_ended(world) -> None:
    """By its room, or by its id; one that is over is nothing to end, unless that is asked for."""
    first, second = world.see("1", room="one"), world.see("2", room="two")
    ended = world.ask("POST", "/sessions/end", json={"roomId": "one", "vsdkForceKill": True})
    assert (ended["id"], ended["status"], ended["end"] is None) == (first, "ended", False)
    assert [each["timelog"][0]["end"] is None for each in ended["participants"]] == [False]
    world.ask("POST", "/sessions/end", json={"roomId": "one"}, expected=402)
    over = {"sessionId": first}
    world.ask("POST", "/sessions/end", json=over, expected=402)
    assert world.ask("POST", "/sessions/end", json={**over, "ignoreClosed": True}) == ended
    world.ask("POST", "/sessions/end", json={"sessionId": second, "roomId": "one"}, expected=402)
    assert world.ask("POST", "/sessions/end", json={"sessionId": second})["status"] == "ended"
    for wrong in ({}, {"roomId": ""}, {"roomId": 7}, {"vsdkForceKill": "x", "roomId": "one"}):
        world.ask("POST", "/sessions/end", json=wrong, expected=400)
    world.ask("POST", "/sessions/end", content=b"{", expected=400)


def test_somebody_is_removed(world) -> None:
    """The answer is a sentence, as the official client has it; they are gone, for good."""
    session = world.see("1", custom_id="ann")
    world.see("2", custom_id="bob")
    said = world.ask("POST", "/sessions/participants/remove", json={"participantId": "ann", "roomId": ROOM})
    assert said == "Participant ann was removed."
    world.facade.clock.advance(seconds=20)
    world.see("1", custom_id="ann")
    [data] = world.ask("GET", f"/sessions/{session}/participants/active")["data"]
    assert [each["participantId"] for each in data["participants"]] == ["bob"]
    again = {"participantId": "ann", "sessionId": session}
    world.ask("POST", "/sessions/participants/remove", json=again, expected=402)
    world.ask("POST", "/sessions/participants/remove", json={**again, "participantId": "eve"}, expected=402)
    world.ask("POST", "/sessions/participants/remove", json={"participantId": "bob"}, expected=400)
    world.ask("POST", "/sessions/participants/remove", json={"roomId": ROOM}, expected=400)


def test_what_is_not_there(world) -> None:
    """A thing is a 402, with a message; a path is a 404."""
    session = world.see("1")
    nowhere = "62d13ccea0f6ac85649d7931"
    for path in (
        f"/sessions/{nowhere}",
        f"/sessions/{nowhere}/participants",
        f"/sessions/{nowhere}/participants/active",
        f"/sessions/{nowhere}/participants/x",
        f"/sessions/{nowhere}/stats",
        f"/sessions/{nowhere}/participant/x/stats",
        f"/sessions/{session}/participants/x",
        f"/sessions/{session}/participant/x/stats",
    ):
        world.ask("GET", path, expected=402)
    world.ask("GET", f"/sessions/{session}/participant", expected=404)
    world.ask("GET", "/rooms", expected=404)
    assert "GET" in world.ask("DELETE", "/sessions", expected=405)["message"]


def test_a_token_of_one_room_opens_that_room_alone(world) -> None:
    """Everything of other rooms is not there."""
    inside, outside = world.see("1", room="one"), world.see("2", custom_id="bob", room="two")
    token = world.token(roomId="one")
    assert [each["id"] for each in world.ask("GET", "/sessions", token=token)["data"]] == [inside]
    assert world.ask("GET", "/sessions?roomId=two", token=token)["data"] == []
    assert world.ask("GET", f"/sessions/{inside}", token=token)["id"] == inside
    for path in (
        f"/sessions/{outside}",
        f"/sessions/{outside}/participants",
        f"/sessions/{outside}/participants/active",
        f"/sessions/{outside}/participants/bob",
        f"/sessions/{outside}/stats",
        f"/sessions/{outside}/participant/bob/stats",
    ):
        world.ask("GET", path, token=token, expected=402)
    for body in ({"roomId": "two"}, {"sessionId": outside}):
        world.ask("POST", "/sessions/end", json=body, token=token, expected=402)
        kick = {**body, "participantId": "bob"}
        world.ask("POST", "/sessions/participants/remove", json=kick, token=token, expected=402)
    assert world.ask("POST", "/sessions/end", json={"roomId": "one"}, token=token)["id"] == inside
    assert world.ask("GET", f"/sessions/{outside}")["status"] == "ongoing"
