"""Cloudflare's own clients for Python, with its strict validation, and for Node against a running server."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import cloudflare
import numpy as np
import pytest
from client_batches import make_batch, read_series
from cloudflare_clients import LANGUAGES, Connect, open_clients

pytestmark = pytest.mark.integration

SERIES = Path(__file__).parents[2] / "data/webrtc/chromium-getstats-series-loss5_delay100.jsonl.gz"
MICRO = 10**6
TICKS = 20
"""Seconds of the series that people report."""


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world in which nothing but this module calls."""
    with make_world(tmp_path_factory.mktemp("realtimekit") / "data") as world:
        yield world


@pytest.fixture(scope="module", params=LANGUAGES)
def connect(request) -> Iterator[Connect]:
    """Makes clients for one language or the other."""
    with open_clients(request.param) as connect:
        yield connect


class App:
    """A client with the ids of one app filled in."""

    def __init__(self, connect: Connect, world, workspace, token: str = "", *, hyphens: bool = True) -> None:
        owner = workspace.access.workspace
        self.account, self.app = owner.organization_uuid.replace("-", ""), owner.uuid
        if not hyphens:
            self.app = self.app.replace("-", "")
        base = f"{world.url}/cloudflare/client/v4"
        self._sessions = connect(api_token=token or workspace.admin, base_url=base).sessions

    def sessions(self, **query: Any) -> Any:
        """Endpoint 1."""
        return self._sessions.get_sessions(self.app, account_id=self.account, **query)

    def session(self, session_id: str, **query: Any) -> Any:
        """Endpoint 2."""
        return self._sessions.get_session_details(
            session_id, account_id=self.account, app_id=self.app, **query
        )

    def people(self, session_id: str, **query: Any) -> Any:
        """Endpoint 3."""
        return self._sessions.get_session_participants(
            session_id, account_id=self.account, app_id=self.app, **query
        )

    def person(self, session_id: str, participant_id: str, **query: Any) -> Any:
        """Endpoint 4."""
        return self._sessions.get_session_participant_details(
            participant_id, account_id=self.account, app_id=self.app, session_id=session_id, **query
        )

    def chat(self, session_id: str) -> Any:
        """Endpoint 5."""
        return self._sessions.get_session_chat(session_id, account_id=self.account, app_id=self.app)

    def transcript(self, session_id: str, **query: Any) -> Any:
        """Endpoint 6."""
        return self._sessions.get_session_transcripts(
            session_id, account_id=self.account, app_id=self.app, **query
        )

    def summary(self, session_id: str) -> Any:
        """Endpoint 7."""
        return self._sessions.get_session_summary(session_id, account_id=self.account, app_id=self.app)

    def summarise(self, session_id: str) -> Any:
        """Endpoint 8."""
        return self._sessions.generate_summary_of_transcripts(
            session_id, account_id=self.account, app_id=self.app
        )

    def report(self, peer_id: str, **query: Any) -> Any:
        """Endpoint 9."""
        return self._sessions.get_participant_data_from_peer_id(
            peer_id, account_id=self.account, app_id=self.app, **query
        )


@pytest.fixture(scope="module")
def app(connect, world) -> App:
    return App(connect, world, world.ours)


class Calls:
    """What people report."""

    def __init__(self, world, series: list[list[dict]]) -> None:
        self.world = world
        self.series = series
        self.key = world.ask("POST", "/v1/client-keys", json={"label": "app"}).json()["secret"]
        self.begin = int(time.time()) - 120

    def meeting(self, title: str, **more: Any) -> str:
        """Make a meeting; its id."""
        made = self.world.ask("POST", "/v1/meetings", json={"title": title, **more})
        assert made.status_code == 201, made.text
        return made.json()["meeting_id"]

    def report(self, meeting: str, person: str, *, ticks: int = TICKS, after: int = 0, **head: Any) -> str:
        """Report some seconds of a person's call, who then leaves; the peer's id."""
        peer = str(uuid4())
        at = [(self.begin + after + second) * MICRO for second in range(ticks)]
        batch = make_batch(
            self.series[:ticks],
            at,
            peer=peer,
            meeting=meeting,
            participant={"id": person, "name": person.title()},
            events=[{"at": at[-1], "kind": "left"}, *head.pop("events", ())],
            user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Safari/537.36",
            **head,
        )
        answer = self.world.ask("POST", "/v1/collect", self.key, json=batch)
        assert answer.status_code == 200, answer.text
        streams = f"/v1/peers/{peer}/streams"
        self.world.wait_for(lambda: self.world.ask("GET", streams).json().get("items"), bool)
        return peer

    def session_of(self, peer: str) -> str:
        """The session that a peer was in."""
        return self.world.ask("GET", f"/v1/peers/{peer}").json()["session_id"]

    def end(self, session_id: str) -> str:
        """End a session, as the vendor's hosts do; its id."""
        ended = self.world.ask("POST", f"/v1/sessions/{session_id}/end")
        assert ended.status_code == 200, ended.text
        return session_id


@pytest.fixture(scope="module")
def calls(world, series) -> Calls:
    return Calls(world, series)


@pytest.fixture(scope="module")
def series() -> list[list[dict]]:
    """What getStats said each second of a call over a network that loses five packets of a hundred."""
    return read_series(SERIES)[:TICKS]


@pytest.fixture(scope="module")
def spoken(calls) -> tuple[str, str, list[str]]:
    """A meeting, a session of it, and the three who were in it one after the other."""
    meeting = calls.meeting("Quarterly review", custom_id="review")
    peers = [
        calls.report(meeting, name, ticks=ticks, after=after)
        for name, ticks, after in (("ann", 20, 0), ("bob", 15, 2), ("cid", 10, 4))
    ]
    return meeting, calls.end(calls.session_of(peers[0])), peers


@pytest.fixture(scope="module")
def short(calls) -> str:
    """A session in which one person was, ten minutes before the others."""
    peer = calls.report(calls.meeting("Coffee"), "dora", ticks=5, after=-600)
    return calls.end(calls.session_of(peer))


@pytest.fixture(scope="module")
def going(world, calls) -> tuple[str, str]:
    """A session that goes on, and who is in it and reports nothing."""
    peers = f"/v1/meetings/{calls.meeting('Open house')}/peers"
    joined = world.ask("POST", peers, json={"custom_id": "zoe"}).json()
    return joined["session_id"], joined["peer_id"]


def test_one_session(app, spoken):
    """Every documented field, and those that the vendor's service is seen to send."""
    meeting, session_id, _ = spoken
    answer = app.session(session_id)
    found = answer.data
    assert answer.success
    assert (found.id, found.associated_id, found.organization_id) == (session_id, meeting, app.app)
    assert (found.meeting_display_name, found.type, found.status) == ("Quarterly review", "meeting", "ENDED")
    assert (found.live_participants, found.max_concurrent_participants) == (0, 3)
    assert found.minutes_consumed == pytest.approx((19 + 14 + 9) / 60, abs=1e-4)
    assert found.breakout_rooms is None
    for moment in (found.started_at, found.ended_at, found.created_at, found.updated_at):
        assert datetime.fromisoformat(moment).tzinfo == UTC
        assert moment.endswith("Z")
    extra = found.model_extra
    assert extra["total_participants"] == 3
    assert extra["group_call_minutes_consumed"] == found.minutes_consumed
    assert extra["meta"] == {"room_name": "review"}
    assert (extra["recording_status"], extra["livestream_status"]) == ("NOT_RECORDED", "NOT_LIVESTREAMED")
    assert extra["parent_session_id"] is None


def test_breakout_rooms(app, calls, world):
    """They are sessions within the session, only when asked for; their time is added where that is asked."""
    main = calls.meeting("Workshop")
    room = calls.meeting("Workshop, room 1", parent_meeting_id=main)
    peer = calls.report(main, "eve", after=0)
    inner = calls.report(room, "eve", ticks=10, after=1)
    session_id = calls.session_of(peer)
    [found] = app.session(session_id, include_breakout_rooms=True).data.breakout_rooms
    assert found["id"] == calls.session_of(inner)
    assert found["parent_session_id"] == session_id
    assert app.session(session_id, include_breakout_rooms=False).data.breakout_rooms is None
    [raw] = app.people(session_id).data.participants
    [whole] = app.people(session_id, view="consolidated").data.participants
    assert raw.duration == pytest.approx(19 / 60, abs=1e-4)
    assert whole.duration == pytest.approx((19 + 9) / 60, abs=1e-4)


def test_a_session_that_goes_on(app, going):
    """It has no end, and somebody is in it."""
    found = app.session(going[0]).data
    assert (found.status, found.live_participants, found.ended_at) == ("LIVE", 1, None)
    assert [each.left_at for each in app.people(going[0]).data.participants] == [None]


def test_the_list_of_sessions(app, spoken, short, going):
    """Each filter, each order."""
    long_meeting, long_id, _ = spoken
    short_id, live_id = short, going[0]
    mine = {long_id, short_id}

    def listed(among: set[str] = mine, **query: Any) -> list[str]:
        found = app.sessions(per_page=100, **query).data.sessions
        return [each.id for each in found if each.id in among]

    assert listed() == [long_id, short_id], "the newest first"
    assert listed(sort_order="ASC") == listed(sort_by="createdAt", sort_order="ASC") == [short_id, long_id]
    assert listed(sort_by="minutesConsumed") == [long_id, short_id]
    assert listed(sort_by="minutesConsumed", sort_order="ASC") == [short_id, long_id]
    assert listed(associated_id=long_meeting) == [long_id]
    assert listed(associated_id=str(uuid4())) == []
    assert listed(participants="1:1") == [short_id]
    assert listed(participants="2:10") == [long_id]
    assert listed(participants=":3") == [long_id, short_id]
    assert listed(participants="4:") == []
    for words in ("terly REV", long_meeting, long_id):
        assert listed(search=words) == [long_id]
    assert listed(search="100%") == []
    started = datetime.fromisoformat(app.session(long_id).data.started_at)
    assert listed(start_time=started, status="ENDED") == [long_id, short_id], "both lasted until then"
    assert listed({*mine, live_id}, start_time=datetime.now(UTC) + timedelta(hours=1)) == [live_id]
    assert listed(end_time=started) == [short_id]
    assert listed({*mine, live_id}, status="LIVE") == [live_id]
    assert listed({*mine, live_id}, status="ENDED", search="quart") == [long_id]


def test_pages(app, spoken, short):
    """They are numbered from 1, 0 means the first one too, and fractions are taken."""
    total = int(app.sessions().paging.total_count)
    assert total >= 2
    seen = []
    for number in range(1, total + 1):
        page = app.sessions(page_no=number, per_page=1)
        assert (page.paging.start_offset, page.paging.end_offset) == (number, number)
        seen += [each.id for each in page.data.sessions]
    assert len(set(seen)) == total
    for number in (0, 1.0):
        assert app.sessions(page_no=number, per_page=1).data.sessions[0].id == seen[0]
    assert len(app.sessions(per_page=1.9).data.sessions) == 1
    beyond = app.sessions(page_no=total + 1, per_page=1)
    assert (beyond.data.sessions, beyond.paging.start_offset, beyond.paging.total_count) == ([], 0, total)
    within = app.people(spoken[1], per_page=2, page_no=2).data
    assert len(within.participants) == 1
    assert within.model_extra["paging"] == {"total_count": 3, "start_offset": 3, "end_offset": 3}


PEER_EVENTS = ["PEER_CREATED", "PEER_JOINING", "PEER_LEAVING"]


def test_the_participants(app, spoken):
    """One row for each connection, with minutes to four places; each search and each order."""
    _, session_id, peers = spoken
    found = app.people(session_id).data.participants
    assert [each.id for each in found] == peers
    assert [each.duration for each in found] == [round(seconds / 60, 4) for seconds in (19, 14, 9)]
    ann = found[0]
    assert (ann.custom_participant_id, ann.display_name) == ("ann", "Ann")
    assert ann.user_id != ann.id
    assert ann.peer_events is None

    def listed(**query: Any) -> list[str]:
        return [each.id for each in app.people(session_id, **query).data.participants]

    assert listed(sort_by="duration") == peers[::-1]
    assert listed(sort_by="joinedAt", sort_order="DESC") == peers[::-1]
    assert listed(sort_by="duration", sort_order="ASC") == peers[::-1]
    assert listed(view="raw", sort_order="ASC") == peers
    for words in ("aN", "ann", ann.user_id, ann.id):
        assert listed(search=words) == [ann.id]
    assert listed(search="nobody") == []
    for each in app.people(session_id, include_peer_events=True).data.participants:
        assert [event.event_name for event in each.peer_events] == PEER_EVENTS
    assert app.people(session_id, include_peer_events=False).data.participants[0].peer_events is None


def test_one_participant(app, spoken):
    """By the id of the connection, or of the person; with its events when asked."""
    _, session_id, peers = spoken
    found = app.person(session_id, peers[1], include_peer_events=True).data.participant
    assert [each.event_name for each in found.peer_events] == PEER_EVENTS
    left = found.peer_events[-1]
    assert left.minutes_consumed == found.duration
    assert (left.peer_id, left.session_id, left.preset_view_type) == (peers[1], session_id, "GROUP_CALL")
    assert app.person(session_id, found.user_id).data.participant.id == peers[1]
    for absent in (str(uuid4()), app.sessions().data.sessions[0].id):
        with pytest.raises(cloudflare.NotFoundError):
            app.person(session_id, absent)


def rows_by_hand(counters: list[dict], names: dict[str, str]) -> dict[str, np.ndarray]:
    """What counters did up to seconds 0, 7, 14 and 19, as anybody would compute it."""
    ends = [0, 7, 14, 19]
    return {
        name: np.diff([counters[end].get(theirs, 0) for end in ends], prepend=0)
        for name, theirs in names.items()
    }


def statistics(series: list[list[dict]], kind: str, wanted: str) -> list[dict]:
    """One object of each second."""
    return [
        next(each for each in report if each["type"] == wanted and each.get("kind") == kind)
        for report in series
    ]


def test_sound_received(app, series, spoken):
    """Each row and what they come to is what numpy makes of getStats."""
    report = app.report(spoken[2][0]).data.participant.peer_report
    said = statistics(series, "audio", "inbound-rtp")
    expected = rows_by_hand(
        said,
        {
            "packets_received": "packetsReceived",
            "bytes_received": "bytesReceived",
            "packets_lost": "packetsLost",
            "concealment_events": "concealmentEvents",
            "jitter_buffer_delay": "jitterBufferDelay",
            "jitter_buffer_emitted_count": "jitterBufferEmittedCount",
        },
    )
    rows = report.quality.audio_consumer
    assert len(rows) == 4
    for name, values in expected.items():
        assert [getattr(row, name) for row in rows] == pytest.approx(values, abs=1e-6), name
    assert [row.jitter for row in rows] == [said[end]["jitter"] for end in (0, 7, 14, 19)]
    assert {row.ssrc for row in rows} == {said[0]["ssrc"]}
    lost, got = expected["packets_lost"], expected["packets_received"]
    loss = 100 * lost / np.maximum(lost + got, 1)
    jitter = np.array([row.jitter for row in rows])
    score = (
        0.5 * np.clip((10 - loss) / 10, 0, 1)
        + 0.3 * np.clip((0.03 - jitter) / 0.01, 0, 1)
        + 0.2 * np.clip((3 - expected["concealment_events"]) / 3, 0, 1)
    )
    assert [row.mos_quality for row in rows] == pytest.approx(score)
    whole = report.quality.audio_consumer_cumulative
    check_shares(whole.packet_loss, loss, {5: 5, 10: 10, 25: 25, 50: 50}, "{}_or_greater_event_fraction")
    check_percentiles(whole.quality_mos, score)
    emitted = expected["jitter_buffer_emitted_count"]
    delay = 1000 * expected["jitter_buffer_delay"][emitted > 0] / emitted[emitted > 0]
    check_shares(
        whole.jitter_buffer_delay, delay, {100: 100, 250: 250, 500: 500}, "{}ms_or_greater_event_fraction"
    )


def check_shares(found: Any, values: np.ndarray, limits: dict[int, float], name: str) -> None:
    """A mean with shares at or above limits."""
    said = found.model_dump(by_alias=True)
    assert said["avg"] == pytest.approx(values.mean())
    for label, limit in limits.items():
        assert said[name.format(label)] == pytest.approx((values >= limit).mean())


def check_percentiles(found: Any, values: np.ndarray) -> None:
    """A mean with percentiles."""
    assert found.avg == pytest.approx(values.mean())
    assert [found.p50, found.p75, found.p90] == pytest.approx(np.percentile(values, [50, 75, 90]))


def test_pictures_sent(app, series, spoken):
    """The other side's report counts: loss, jitter and round trip are those it told of."""
    quality = app.report(spoken[2][0], filters="quality_stats").data.participant.peer_report.quality
    said = statistics(series, "video", "outbound-rtp")
    told = statistics(series, "video", "remote-inbound-rtp")
    expected = rows_by_hand(
        said,
        {
            "packets_sent": "packetsSent",
            "bytes_sent": "bytesSent",
            "frames_encoded": "framesEncoded",
            "key_frames_encoded": "keyFramesEncoded",
            "pli_count": "pliCount",
            "fir_count": "firCount",
        },
    )
    lost = rows_by_hand(told, {"packets_lost": "packetsLost"})["packets_lost"]
    rows = quality.video_producer
    for name, values in {**expected, "packets_lost": lost}.items():
        assert [getattr(row, name) for row in rows] == pytest.approx(values), name
    ends = (0, 7, 14, 19)
    assert [row.rtt for row in rows] == pytest.approx([told[end]["roundTripTime"] for end in ends])
    assert [row.frame_width for row in rows] == [said[end].get("frameWidth") for end in ends]
    assert {row.quality_limitation_reason for row in rows} <= {"none", "cpu", "bandwidth", "other"}
    assert lost.sum() > 0
    assert min(row.mos_quality for row in rows) < 1
    whole = quality.video_producer_cumulative
    keys = expected["key_frames_encoded"].sum() / expected["frames_encoded"].sum()
    assert whole.key_frames_encoded_fraction == pytest.approx(keys)
    assert whole.issues.no_video_fraction == pytest.approx((expected["frames_encoded"] == 0).mean())
    rtt = 1000 * np.array([row.rtt for row in rows if row.rtt is not None])
    check_shares(whole.rtt, rtt, {100: 100, 250: 250, 500: 500}, "{}ms_or_greater_event_fraction")


def test_what_was_not_measured_is_empty(app, spoken, going):
    """No rows and an empty object for each class of which there was nothing."""
    quality = app.report(spoken[2][0]).data.participant.peer_report.quality
    for name in ("audio_consumer", "audio_producer", "video_consumer", "video_producer"):
        assert getattr(quality, f"screenshare_{name}") == []
        assert getattr(quality, f"screenshare_{name}_cumulative").model_dump(exclude_unset=True) == {}
        assert getattr(quality, name)
    silent = app.report(going[1]).data.participant
    assert silent.peer_report.quality.audio_producer == []
    assert silent.peer_report.metadata.candidate_pairs.producing_transport == []


FILTERED = {
    "device_info": {"device_info", "browser_metadata"},
    "ip_information": {"ip_information"},
    "precall_network_information": {"pc_metadata"},
    "events": {"events"},
    "device_info,events": {"device_info", "browser_metadata", "events"},
}


@pytest.mark.parametrize("filters", FILTERED)
def test_filters(app, spoken, filters):
    """One or many: what is asked for is there, and nothing else."""
    report = app.report(spoken[2][0], filters=filters).data.participant.peer_report
    said = report.metadata.model_dump(exclude_unset=True)
    assert said.keys() >= FILTERED[filters]
    others = set().union(*FILTERED.values()) - FILTERED[filters]
    assert said.keys().isdisjoint(others)
    assert report.quality is None


def test_metadata(app, calls):
    """Browser, events, devices and the path, as far as they were told."""
    meeting = calls.meeting("Tea")
    at = (calls.begin - 590) * MICRO
    devices = [{"kind": "audioinput", "label": "Headset", "deviceId": "h"}]
    events = [
        {"at": at, "kind": "devices_changed", "detail": json.dumps(devices)},
        {"at": at + 1, "kind": "devices_changed", "detail": "[]"},
        {"at": at + 2, "kind": "track_disabled", "value": "audio"},
        {"at": at + 3, "kind": "page_hidden"},
        {"at": at + 4, "kind": "media_refused", "value": "NotAllowedError"},
        {"at": at + 5, "kind": "application", "value": "raised_hand", "detail": '{"high": true, "deep": {}}'},
    ]
    peer = calls.report(meeting, "fay", ticks=5, after=-599, events=events)

    def ask() -> Any:
        return app.report(peer, include_peer_events=True).data.participant

    # Events come into the store by themselves.
    calls.world.wait_for(ask, lambda found: found.peer_report.metadata.events)
    participant = ask()
    assert participant.peer_events[0].event_name == "PEER_CREATED"
    found = participant.peer_report.metadata
    assert (found.browser_metadata.browser, found.browser_metadata.engine) == ("Chrome", "Blink")
    assert (found.device_info.os, found.sdk_name, found.sdk_type) == ("Linux", "test", "web")
    assert found.room_view_type == "groupCall"
    [came, went] = found.audio_devices_updates
    assert (came.added[0].label, came.removed, went.removed[0].device_id) == ("Headset", [], "h")
    named = {each.name: each.metadata for each in found.events}
    assert named["raised_hand"] == {"high": True}
    assert named["media_permission"]["permission"] == "DENIED"
    assert {"audio_off", "meeting_view_backgrounded"} <= named.keys()
    [pair] = found.candidate_pairs.producing_transport
    assert pair.nominated
    assert pair.local_candidate_type == "host"
    assert pair.last_packet_sent_timestamp > 1e12
    [same] = found.candidate_pairs.consuming_transport
    assert same.model_dump() == pair.model_dump()


def test_every_field_of_the_report_is_sent(world, app, spoken):
    """The answer has each of the names that the client knows, where there is something to say."""
    path = f"/cloudflare/client/v4/accounts/{app.account}/realtime/kit/{app.app}/sessions/peer-report"
    said = world.ask("GET", f"{path}/{spoken[2][0]}").json()["data"]["participant"]["peer_report"]
    model = type(app.report(spoken[2][0]).data.participant.peer_report)
    assert not list(missing(model, said)), "fields that the client knows and we do not send"


def missing(model: Any, said: Any, where: str = "") -> Iterator[str]:
    """The fields of the client's model that an answer lacks; none of what is empty."""
    for name, field in model.model_fields.items():
        key, at = field.alias or name, f"{where}.{name}"
        if key not in said:
            yield at
            continue
        inner = said[key]
        for kind in kinds_of(field.annotation):
            for each in inner if isinstance(inner, list) else [inner]:
                if isinstance(each, dict) and each:
                    yield from missing(kind, each, at)


def kinds_of(annotation: Any) -> list[Any]:
    """The models within an annotation."""
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [kind for each in getattr(annotation, "__args__", ()) for kind in kinds_of(each)]


@pytest.mark.parametrize(
    ("format_", "start"), [("CSV", '"1000",'), ("JSON", "["), ("SRT", "1\n00:00:01,000"), ("VTT", "WEBVTT")]
)
def test_the_transcript(world, app, spoken, format_, start):
    """In each format; comma-separated without one."""
    _, session_id, peers = spoken
    segment = {
        "segment_id": "s",
        "start": 1,
        "duration": 2,
        "text": "We ship on Friday.",
        "peer_id": peers[0],
    }
    said = world.ask("POST", f"/v1/sessions/{session_id}/transcript", json={"segments": [segment]})
    assert said.status_code == 200, said.text
    found = app.transcript(session_id, format=format_).data
    assert found.session_id == session_id
    fetched = world.http.get(found.transcript_download_url)
    assert fetched.text.replace("\r\n", "\n").startswith(start)
    assert "We ship on Friday." in fetched.text
    assert datetime.fromisoformat(found.transcript_download_url_expiry) > datetime.now(UTC)
    if format_ == "CSV":
        usual = app.transcript(session_id).data.transcript_download_url
        assert world.http.get(usual).text == fetched.text


def test_the_chat(world, app, calls):
    """A file with a header, by an address that needs no token; of a session without any it is a 404."""
    session_id = calls.session_of(calls.report(calls.meeting("Lunch"), "hal", ticks=5, after=-800))
    with pytest.raises(cloudflare.NotFoundError):
        app.chat(session_id)
    written = world.ask("POST", f"/v1/sessions/{session_id}/chat", json={"messages": [{"text": "Hello"}]})
    assert written.status_code == 200, written.text
    found = app.chat(session_id).data
    header, line = world.http.get(found.chat_download_url).text.splitlines()
    assert header.split(",")[:3] == ["id", "participantId", "sessionId"]
    assert "Hello" in line
    assert found.chat_download_url_expiry.endswith("Z")


def test_the_summary(world, app, calls):
    """It is asked for, made in the background, and fetched; without a transcript it is a 404, never a 409."""
    meeting = calls.meeting("Planning")
    session_id = calls.session_of(calls.report(meeting, "gil", ticks=5, after=-700))
    for ask in (app.summarise, app.summary, app.transcript):
        with pytest.raises(cloudflare.NotFoundError):
            ask(session_id)
    said = [{"start": second, "text": "We decided to ship on Friday."} for second in range(3)]
    path = f"/v1/sessions/{session_id}"
    assert world.ask("POST", f"{path}/transcript", json={"segments": said}).status_code == 200
    asked = app.summarise(session_id).data
    assert (asked.session_id, asked.status) == (session_id, "PENDING")
    world.wait_for(
        lambda: world.ask("GET", f"{path}/summary").json()["status"], lambda status: status == "completed"
    )
    found = app.summary(session_id).data
    assert found.session_id == session_id
    assert "Friday" in world.http.get(found.summary_download_url).text


ABSENT = str(uuid4())
WRONG: dict[str, Callable[[App, str, str], Any]] = {
    "sessions participants": lambda app, _session, _peer: app.sessions(participants="x"),
    "sessions sort_by": lambda app, _session, _peer: app.sessions(sort_by="x"),
    "sessions sort_order": lambda app, _session, _peer: app.sessions(sort_order="x"),
    "sessions status": lambda app, _session, _peer: app.sessions(status="x"),
    "sessions start_time": lambda app, _session, _peer: app.sessions(start_time="noon"),
    "sessions end_time": lambda app, _session, _peer: app.sessions(end_time="noon"),
    "sessions page_no": lambda app, _session, _peer: app.sessions(page_no=-1),
    "sessions per_page": lambda app, _session, _peer: app.sessions(per_page=-1),
    "session session_id": lambda app, _session, _peer: app.session("x"),
    "session include_breakout_rooms": lambda app, session, _peer: app.session(
        session, include_breakout_rooms="x"
    ),
    "people session_id": lambda app, _session, _peer: app.people("x"),
    "people sort_by": lambda app, session, _peer: app.people(session, sort_by="createdAt"),
    "people sort_order": lambda app, session, _peer: app.people(session, sort_order="x"),
    "people view": lambda app, session, _peer: app.people(session, view="x"),
    "people page_no": lambda app, session, _peer: app.people(session, page_no=-1),
    "people per_page": lambda app, session, _peer: app.people(session, per_page=-1),
    "people include_peer_events": lambda app, session, _peer: app.people(session, include_peer_events="x"),
    "person session_id": lambda app, _session, peer: app.person("x", peer),
    "person participant_id": lambda app, session, _peer: app.person(session, "x"),
    "chat session_id": lambda app, _session, _peer: app.chat("x"),
    "transcript format": lambda app, session, _peer: app.transcript(session, format="srt"),
    "transcript session_id": lambda app, _session, _peer: app.transcript("x"),
    "summary session_id": lambda app, _session, _peer: app.summary("x"),
    "summarise session_id": lambda app, _session, _peer: app.summarise("x"),
    "report peer_id": lambda app, _session, _peer: app.report("x"),
    "report filters": lambda app, _session, peer: app.report(peer, filters="all"),
}
"""Calls with something wrong in them, by its name."""

MISSING: dict[str, Callable[[App, str, str], Any]] = {
    "session": lambda app, _session, _peer: app.session(ABSENT),
    "people": lambda app, _session, _peer: app.people(ABSENT),
    "person": lambda app, session, _peer: app.person(session, ABSENT),
    "person of nothing": lambda app, _session, peer: app.person(ABSENT, peer),
    "chat": lambda app, _session, _peer: app.chat(ABSENT),
    "transcript": lambda app, _session, _peer: app.transcript(ABSENT),
    "summary": lambda app, _session, _peer: app.summary(ABSENT),
    "summarise": lambda app, _session, _peer: app.summarise(ABSENT),
    "report": lambda app, _session, _peer: app.report(ABSENT),
}
"""Calls about what is not there."""


def check_refusal(error: cloudflare.APIStatusError) -> None:
    """The client's list of errors is filled, and the body has both envelopes."""
    [said] = error.errors
    assert said.code == error.status_code
    assert said.message
    assert error.body == {
        "success": False,
        "error": {"code": said.code, "message": said.message},
        "errors": [{"code": said.code, "message": said.message}],
        "messages": [],
        "result": None,
    }


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_named(app, spoken, wrong):
    """Each parameter of each endpoint: the client's own class, and a sentence that begins with the name."""
    with pytest.raises(cloudflare.BadRequestError) as caught:
        WRONG[wrong](app, spoken[1], spoken[2][0])
    check_refusal(caught.value)
    assert caught.value.errors[0].message.startswith(f"{wrong.split()[1]}:")


@pytest.mark.parametrize("absent", MISSING)
def test_what_is_not_there(app, spoken, absent):
    """Each endpoint that names something: a 404, never a 409, which clients would repeat."""
    with pytest.raises(cloudflare.NotFoundError) as caught:
        MISSING[absent](app, spoken[1], spoken[2][0])
    check_refusal(caught.value)


@pytest.mark.parametrize("ask", ["sessions", *MISSING])
def test_who_may_not(connect, world, spoken, ask):
    """Every endpoint refuses strangers and people of another organization before it looks for anything."""
    for token, kind in (
        ("nobody", cloudflare.AuthenticationError),
        (world.theirs.admin, cloudflare.PermissionDeniedError),
    ):
        app = App(connect, world, world.ours, token)
        with pytest.raises(kind) as caught:
            app.sessions() if ask == "sessions" else MISSING[ask](app, spoken[1], spoken[2][0])
        check_refusal(caught.value)


def test_members_read_and_ask_for_nothing(connect, world, spoken):
    """Whoever may only read is refused where something is made."""
    member = App(connect, world, world.ours, world.ours.member)
    assert member.session(spoken[1]).success
    with pytest.raises(cloudflare.PermissionDeniedError) as caught:
        member.summarise(spoken[1])
    check_refusal(caught.value)


def test_somebody_elses_sessions(connect, world, spoken, short):
    """In their own app they find none of ours."""
    theirs = App(connect, world, world.theirs)
    assert theirs.sessions().data.sessions == []
    for ask in (
        lambda: theirs.session(spoken[1]),
        lambda: theirs.people(spoken[1]),
        lambda: theirs.person(spoken[1], spoken[2][0]),
        lambda: theirs.report(spoken[2][0]),
    ):
        with pytest.raises(cloudflare.NotFoundError):
            ask()


def test_ids_without_hyphens(connect, world, spoken):
    """An app may be named by 32 digits."""
    assert App(connect, world, world.ours, hyphens=False).session(spoken[1]).success


@pytest.fixture(scope="module")
def strict_world(make_world, tmp_path_factory):
    """A server that lets each organization make one request in a minute."""
    limits = {"SONDE_REQUESTS_PER_MINUTE": "1"}
    with make_world(tmp_path_factory.mktemp("limited") / "data", environment=limits) as world:
        yield world


def test_too_many_requests(connect, strict_world):
    """It is a 429 that says when to come back, within the minute for which clients wait."""
    app, refused = App(connect, strict_world, strict_world.ours), []
    # A minute may begin between two of them, but not between all three.
    for _ in range(3):
        try:
            app.sessions()
        except cloudflare.RateLimitError as error:
            refused.append(error)
    assert refused
    for error in refused:
        check_refusal(error)
        assert 1 <= int(error.response.headers["retry-after"]) <= 60
