"""VideoSDK's samples of both stats endpoints, field by field, from the facts that they would be made of."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from sonde.api.videosdk.mapping import participant_stats, room_id, session_stats
from sonde.model.attendance import AttendedSession, Attendee
from sonde.model.peers import Device, Participant, Peer, Place
from sonde.model.quality_windows import MediumWindow, QualityWindow
from sonde.model.sessions import Meeting, MeetingSettings, Session, ViewType
from sonde.quality.videosdk import RESOLUTION_CLASSES, Received, score_pictures, score_sound

PARTICIPANT: dict[str, Any] = {
    "sessionId": "62d13ccea0f6ac85649d7931",
    "meetingId": "61bw-723k-p4mp",
    "participantId": "fj9jxhtw",
    "participantName": "rajan",
    "deviceInfo": {"deviceName": "Chrome", "deviceVersion": "102.0.0.0"},
    "sdkInfo": {"sdkName": "prebuilt", "sdkVersion": "0.3.10"},
    "location": {"country": "unknown", "city": "unknown", "region": "unknown"},
    "network": {"asn": "unknown", "org": "unknown"},
    "stats": [
        {
            "time": "2022-07-15T10:10:18.601Z",
            "recvAudioPacketLost": 0,
            "recvVideoPacketLost": 0,
            "sendAudioPacketLost": 0,
            "sendVideoPacketLost": 0,
            "averageAudioRtt": 0.8544921875,
            "averageVideoRtt": 0.244140625,
            "averageAudioJitter": 0,
            "averageVideoJitter": 2,
            "averageSendAudioBitrate": 60218,
            "averageSendVideoBitrate": 103900,
            "averageRecvAudioBitrate": 60054,
            "averageRecvVideoBitrate": 307229,
            "qualityScore": {"audio": 4.42, "video": 3.46},
        }
    ],
    "resolutionUsage": [
        {
            "180": 0,
            "360": 1,
            "720": 0,
            "1080": 0,
            "1440": 0,
            "2160": 0,
            "time": "2022-07-15T10:10:18.848Z",
        }
    ],
}
"""The documented answer about a participant."""

SESSION_AVERAGES = {
    "averageAudioRtt": 0.690460205078125,
    "averageVideoRtt": 0.1220703125,
    "averageSendAudioBitrate": 44718.75,
    "averageRecvAudioBitrate": 45674.25,
    "averageRecvVideoBitrate": 230353,
}
"""The documented means of a session."""

MOMENT = datetime(2022, 7, 15, 10, 10, tzinfo=UTC)


def medium(**measured: Any) -> MediumWindow:
    """Sound or pictures without any loss."""
    return MediumWindow(send_lost=0, receive_lost=0, loss_ratio=0.0, **measured)


def attended(custom_id: str | None = "61bw-723k-p4mp") -> AttendedSession:
    """The session of the sample, with its participant."""
    session_id = PARTICIPANT["sessionId"]
    participant = Participant(
        participant_id="0d9a4c7e-52b1-4f0e-9d7c-3a0f1f5b6c21",
        workspace_id=1,
        meeting_id="m",
        custom_id="fj9jxhtw",
        name="rajan",
        preset="",
        view_type=ViewType.GROUP_CALL,
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    peer = Peer(
        peer_id="p",
        workspace_id=1,
        session_id=session_id,
        participant=participant,
        view_type=ViewType.GROUP_CALL,
        device=Device(browser="Chrome", browser_version="102.0.0.0", sdk="prebuilt", sdk_version="0.3.10"),
        place=Place(),
        labels={},
        created_at=MOMENT,
        connected_at=None,
        last_seen_at=MOMENT,
        heard_at=MOMENT,
        has_reported=True,
        left_at=None,
        leave_reason=None,
    )
    return AttendedSession(
        session=Session(
            session_id=session_id,
            workspace_id=1,
            meeting_id="m",
            parent_session_id=None,
            started_at=MOMENT,
            ended_at=None,
            end_reason=None,
            created_at=MOMENT,
            updated_at=MOMENT,
        ),
        meeting=Meeting(
            meeting_id="m",
            workspace_id=1,
            settings=MeetingSettings(title="Stand-up", custom_id=custom_id),
            created_at=MOMENT,
            updated_at=MOMENT,
        ),
        attendees=(Attendee(participant=participant, peers=(peer,)),),
    )


def nanoseconds(text: str) -> int:
    """Since the epoch."""
    return round(datetime.fromisoformat(text).timestamp() * 1000) * 1_000_000


def test_the_documented_participant_is_reproduced():
    """Names, units, unknown texts, both scores, and the one picture of the second class."""
    heard = Received(bit_rate=60_054, round_trip_time=0.0008544921875, loss_ratio=0.0)
    seen = Received(bit_rate=307_229, round_trip_time=0.000244140625, loss_ratio=0.0)
    window = QualityWindow(
        end=nanoseconds("2022-07-15T10:10:18.601Z"),
        audio=medium(
            send_bitrate=60_218.2,
            receive_bitrate=60_053.9,
            round_trip_time=0.0008544921875,
            jitter=0.0,
            score=score_sound(heard),
        ),
        video=medium(
            send_bitrate=103_900.0,
            receive_bitrate=307_229.0,
            round_trip_time=0.000244140625,
            jitter=0.002,
            score=score_pictures(seen),
        ),
        pictures={each: int(each == 360) for each in RESOLUTION_CLASSES},
        pictures_end=nanoseconds("2022-07-15T10:10:18.848Z"),
    )
    found = attended()
    shown = participant_stats(found, found.attendees[0], [window])
    assert msgspec.json.decode(msgspec.json.encode(shown)) == PARTICIPANT


def test_the_documented_session_is_reproduced():
    """The same items, with fractions where there are some, and nothing of any participant."""
    window = QualityWindow(
        end=nanoseconds("2022-07-15T10:10:18.601Z"),
        audio=medium(
            send_bitrate=44_718.75,
            receive_bitrate=45_674.25,
            round_trip_time=0.000690460205078125,
            score=score_sound(Received(bit_rate=45_674.25, round_trip_time=0.000690460205078125)),
        ),
        video=medium(
            receive_bitrate=230_353.0,
            round_trip_time=0.0001220703125,
            score=score_pictures(Received(bit_rate=230_353.0, round_trip_time=0.0001220703125)),
        ),
        pictures={},
    )
    shown = msgspec.json.decode(msgspec.json.encode(session_stats(attended(), [window])))
    assert shown.keys() == {"sessionId", "meetingId", "stats"}
    [item] = shown["stats"]
    assert item.keys() == PARTICIPANT["stats"][0].keys()
    # The vendor's last digits are below a billionth of a millisecond.
    assert {name: round(item[name], 9) for name in SESSION_AVERAGES} == {
        name: round(value, 9) for name, value in SESSION_AVERAGES.items()
    }
    assert item["qualityScore"] == {"audio": 4.39, "video": 3.29}


def test_what_nobody_measured_is_null():
    """And never 0; without pictures there is no use of any size."""
    nothing = QualityWindow(end=0, audio=MediumWindow(), video=MediumWindow(), pictures={})
    found = attended()
    shown = msgspec.to_builtins(participant_stats(found, found.attendees[0], [nothing]))
    [item] = shown["stats"]
    assert item.pop("qualityScore") == {"audio": None, "video": None}
    assert item.pop("time") == "1970-01-01T00:00:00.000Z"
    assert set(item.values()) == {None}
    assert shown["resolutionUsage"] == []


def test_the_id_of_a_room():
    """The vendor's where an application gave it, and ours otherwise."""
    assert room_id(attended("61bw-723k-p4mp").meeting) == "61bw-723k-p4mp"
    for other in (None, "stand-up", "61BW-723k-p4mp", "61bw-723k-p4mp\n"):
        assert room_id(attended(other).meeting) == "m"
