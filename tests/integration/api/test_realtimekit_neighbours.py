"""Cloudflare's own clients for Python and Node over what lies around the sessions."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import cloudflare
import pytest
from callstats_bodies import USER_AGENT, join, message, ping
from client_batches import make_batch, read_series
from cloudflare_clients import LANGUAGES, Connect, open_clients
from route_cases import NOBODY

pytestmark = pytest.mark.integration

MICRO = 10**6
SERIES = Path(__file__).parents[2] / "data/webrtc/chromium-getstats-series-loss5_delay100.jsonl.gz"

SHADES = {"background": ("600", "700", "800", "900", "1000"), "brand": ("300", "400", "500", "600", "700")}
COLOURS = ("danger", "success", "text", "text_on_brand", "video_bg", "warning")
ALLOWED = ("audio", "video", "screenshare")
SWITCHES = (
    *("accept_waiting_requests", "can_accept_production_requests", "can_change_participant_permissions"),
    *("can_edit_display_name", "can_livestream", "can_record", "can_spotlight", "disable_participant_audio"),
    *("disable_participant_screensharing", "disable_participant_video", "hidden_participant"),
    *("kick_participant", "pin_participant", "show_participant_list"),
)

WHOLE_PRESET: dict[str, Any] = {
    "config": {
        "view_type": "WEBINAR",
        "max_screenshare_count": 1,
        "max_video_streams": {"desktop": 16, "mobile": 4},
        "media": {
            "screenshare": {"frame_rate": 5, "quality": "hd"},
            "video": {"frame_rate": 30, "quality": "hd", "simulcast": True},
        },
    },
    "permissions": {
        **dict.fromkeys(SWITCHES, False),
        "chat": {
            "private": dict.fromkeys(("can_receive", "can_send", "files", "text"), True),
            "public": dict.fromkeys(("can_send", "files", "text"), True),
        },
        "connected_meetings": dict.fromkeys(
            (
                "can_alter_connected_meetings",
                "can_switch_connected_meetings",
                "can_switch_to_parent_meeting",
            ),
            False,
        ),
        "media": {kind: {"can_produce": "ALLOWED"} for kind in ALLOWED},
        "plugins": {"can_close": True, "can_edit_config": False, "can_start": True, "config": {}},
        "polls": {"can_create": True, "can_view": True, "can_vote": True},
        "recorder_type": "NONE",
        "waiting_room_type": "SKIP",
    },
    "ui": {
        "design_tokens": {
            "border_radius": "rounded",
            "border_width": "thin",
            "spacing_base": 4,
            "theme": "dark",
            "colors": {
                **dict.fromkeys(COLOURS, "#101010"),
                **{name: dict.fromkeys(shades, "#202020") for name, shades in SHADES.items()},
            },
        }
    },
}
"""All that the vendor demands of a preset."""


@pytest.fixture(scope="module", params=LANGUAGES)
def connect(request) -> Iterator[Connect]:
    """Makes clients for one language or the other."""
    with open_clients(request.param) as connect:
        yield connect


@pytest.fixture(scope="module")
def world(connect, make_world, tmp_path_factory):
    """A world in which nothing but the clients of one language call."""
    with make_world(tmp_path_factory.mktemp("neighbours") / "data") as world:
        yield world


class Kit:
    """A client and the ids that it is told."""

    def __init__(self, connect: Connect, world, workspace, token: str = "") -> None:
        self.workspace = workspace.access.workspace
        self.account, self.app = {"account_id": self.workspace.organization_uuid}, self.workspace.uuid
        base = f"{world.url}/cloudflare/client/v4"
        client = connect(api_token=token or workspace.admin, base_url=base)
        self.apps, self.meetings, self.presets = client.apps, client.meetings, client.presets
        self.active, self.webhooks, self.analytics = (
            client.active_session,
            client.webhooks,
            client.analytics,
        )
        self.sessions = client.sessions
        self.of_app = {**self.account, "app_id": self.app}

    def meeting(self, **wishes: Any) -> str:
        """Make a meeting; its id."""
        return self.meetings.create(self.app, **self.account, **wishes).data.id

    def of(self, meeting: str) -> dict[str, str]:
        """What a call about somebody in a meeting is told."""
        return {**self.of_app, "meeting_id": meeting}

    def add(self, meeting: str, person: str, **more: Any) -> Any:
        """Put somebody on a meeting's list."""
        wanted = {"custom_participant_id": person, "preset_name": "host", **more}
        return self.meetings.add_participant(meeting, **self.of_app, **wanted).data


@pytest.fixture(scope="module")
def kit(connect, world) -> Kit:
    return Kit(connect, world, world.ours)


@pytest.fixture(scope="module")
def series() -> list:
    """What getStats said in five seconds of a call."""
    return read_series(SERIES)[2:7]


def collect(world, kit: Kit, meeting: str, token: str, series: list) -> str:
    """Report the last five seconds as a participant does; the peer's id."""
    peer, begin = str(uuid4()), int(time.time()) - 5
    batch = make_batch(series, [(begin + second) * MICRO for second in range(5)], peer=peer, meeting=meeting)
    answer = world.ask("POST", "/v1/collect", token, json=batch)
    assert answer.status_code == 200, answer.text
    listed = world.ask("GET", "/v1/workspaces").json()["items"]
    owner = next(each["workspace_id"] for each in listed if each["uuid"] == kit.app)
    path = f"/v1/peers/{peer}?workspace_id={owner}"
    world.wait_for(lambda: world.ask("GET", path).status_code, lambda status: status == 200)
    return peer


def test_apps_are_workspaces(world, kit):
    """They are found, by name and by page, in both orders, and made; each can be used at once."""
    made = kit.apps.post(**kit.account, name="Second Home").data.app
    assert made.name == "Second Home"
    listed = kit.apps.get(**kit.account)
    assert [each.id for each in listed.data] == [made.id, kit.app]
    assert (listed.paging.total_count, listed.paging.start_offset, listed.paging.end_offset) == (2, 1, 2)
    assert [each.id for each in kit.apps.get(**kit.account, sort_order="ASC").data] == [kit.app, made.id]
    assert [each.id for each in kit.apps.get(**kit.account, search="second").data] == [made.id]
    assert [each.id for each in kit.apps.get(**kit.account, page_no=2, per_page=1).data] == [kit.app]
    assert kit.meetings.get(made.id, **kit.account).data == []
    with pytest.raises(cloudflare.UnprocessableEntityError, match="Second Home"):
        kit.apps.post(**kit.account, name="Second Home")


def test_a_meeting_keeps_what_is_wished_of_it(kit):
    """Everything that the server can mind comes back; what it cannot do is not promised."""
    wishes: dict[str, Any] = {
        "title": "Stand-up",
        "persist_chat": True,
        "transcribe_on_end": True,
        "summarize_on_end": True,
        "session_keep_alive_time_in_secs": 120.0,
        "record_on_start": True,
        "live_stream_on_start": True,
        "recording_config": {"storage_config": {"type": "aws", "access_key": "k", "region": "r"}},
        "ai_config": {
            "summarization": {"word_limit": 200, "text_format": "plain_text", "summary_type": "lecture"},
            "transcription": {"language": "de", "keywords": ["Sonde"], "profanity_filter": True},
        },
    }
    made = kit.meetings.create(kit.app, **kit.account, **wishes).data
    found = kit.meetings.get_meeting_by_id(made.id, **kit.of_app, name="x").data
    assert found.to_dict() == made.to_dict()
    shown = found.to_dict()
    kept = {name: wishes[name] for name in wishes.keys() - {"recording_config"}}
    assert {name: shown[name] for name in kept} == kept | dict.fromkeys(
        ("record_on_start", "live_stream_on_start"), False
    )
    assert (found.status, found.recording_config) == ("ACTIVE", None)


def test_meetings_change_in_part_and_as_a_whole(kit):
    """PATCH leaves alone what is not named, PUT makes it as new."""
    meeting = kit.meeting(title="Room", persist_chat=True, ai_config={"summarization": {"word_limit": 300}})
    ai = {"transcription": {"keywords": ["x"]}}
    changed = kit.meetings.update_meeting_by_id(meeting, **kit.of_app, status="INACTIVE", ai_config=ai).data
    assert (changed.status, changed.title, changed.persist_chat) == ("INACTIVE", "Room", True)
    assert (changed.ai_config.summarization.word_limit, changed.ai_config.transcription.keywords) == (
        300,
        ["x"],
    )
    replaced = kit.meetings.replace_meeting_by_id(meeting, **kit.of_app, summarize_on_end=True).data
    assert (replaced.title, replaced.persist_chat, replaced.summarize_on_end) == (
        "Untitled meeting",
        False,
        True,
    )
    assert replaced.ai_config.summarization.word_limit == 500
    assert replaced.status == "INACTIVE", "what PUT cannot say stays"
    assert kit.meeting(title=None)


def test_meetings_are_found_by_words_state_time_and_page(connect, world):
    """Each parameter of the list, in a workspace that has nothing else."""
    kit = Kit(connect, world, world.theirs)
    first, second, third = (kit.meeting(title=title) for title in ("alpha one", "alpha two", "beta"))
    kit.meetings.update_meeting_by_id(second, **kit.of_app, status="INACTIVE")

    def found(**query: Any) -> list[str]:
        return [each.id for each in kit.meetings.get(kit.app, **kit.account, **query).data]

    assert found() == [third, second, first]
    assert found(search="ALPHA") == [second, first]
    assert found(search=third) == [third]
    assert found(status="INACTIVE") == [second]
    assert found(page_no=2.0, per_page=2) == [first]
    assert found(page_no=9) == []
    now = datetime.now(UTC)
    assert found(start_time=now - timedelta(hours=1), end_time=now + timedelta(hours=1)) == found()
    assert found(start_time=now + timedelta(hours=1)) == found(end_time=now - timedelta(hours=1)) == []
    page = kit.meetings.get(kit.app, **kit.account, page_no=2, per_page=2).paging
    assert (page.total_count, page.start_offset, page.end_offset) == (3, 3, 3)


def test_a_participant_comes_with_a_token_that_reports(world, kit, series):
    """What is reported with it is theirs, in their meeting, whatever name the report has for it."""
    meeting = kit.meeting(title="call")
    ada = kit.add(meeting, "ada", name="Ada", picture="https://example.com/ada.png")
    assert (ada.name, ada.picture, ada.custom_participant_id, ada.preset_name) == (
        *("Ada", "https://example.com/ada.png"),
        *("ada", "host"),
    )
    peer = world.ask("GET", f"/v1/peers/{collect(world, kit, meeting, ada.token, series)}").json()
    assert (peer["participant_id"], peer["name"]) == (ada.id, "Ada")
    active = kit.active.get_active_session(meeting, **kit.of_app).data
    assert (active.id, active.associated_id, active.status) == (peer["session_id"], meeting, "LIVE")
    assert active.live_participants == 1
    another = kit.meetings.refresh_participant_token(ada.id, **kit.of(meeting)).data.token
    assert another != ada.token
    for token in (another, ada.token):
        assert collect(world, kit, meeting, token, series)


def test_the_token_is_the_one_of_the_vendors_statistics_client(world, kit):
    """What that client sends with it is the participant's, and shows in the vendor's own report."""
    meeting = kit.meeting(title="callstats")
    ada = kit.add(meeting, "ada", name="Ada")
    peer, begin = str(uuid4()), datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=30)
    sent = message(join(begin), *(ping(7.0 * turn, begin=begin) for turn in range(4)), peer=peer)
    headers = {"user-agent": USER_AGENT}
    taken = world.ask("POST", "/api/v1/message", ada.token, json=sent, headers=headers)
    assert taken.json()["accepted"] == 4, taken.text
    path = f"/v1/peers/{peer}"
    world.wait_for(lambda: world.ask("GET", path).status_code, lambda status: status == 200)
    assert world.ask("GET", path).json()["participant_id"] == ada.id
    active = kit.active.get_active_session(meeting, **kit.of_app).data
    reports = kit.sessions.get_participant_data_from_peer_id(peer, **kit.of_app).data.participant
    assert (reports.session_id, reports.user_id) == (active.id, ada.id)


def test_people_are_listed_changed_and_taken_off(world, kit, series):
    """Whoever is added again is the same person; a removed one has no token that works, and may come back."""
    meeting = kit.meeting(title="list")
    ada, bob = kit.add(meeting, "ada", name="Ada"), kit.add(meeting, "bob")
    listed = kit.meetings.get_meeting_participants(meeting, **kit.of_app, page_no=2, per_page=1)
    assert ([each.id for each in listed.data], listed.paging.total_count) == ([ada.id], 2)
    assert kit.meetings.get_meeting_participant(bob.id, **kit.of(meeting)).data.name is None
    edited = kit.meetings.edit_participant(bob.id, **kit.of(meeting), name="Bob", preset_name="guest").data
    assert (edited.name, edited.preset_name) == ("Bob", "guest")
    assert kit.add(meeting, "bob", preset_name="host").id == bob.id
    removed = kit.meetings.delete_meeting_participant(ada.id, **kit.of(meeting)).data
    assert removed.custom_participant_id == "ada"
    assert world.ask("POST", "/v1/collect", ada.token, json={}).status_code == 401
    with pytest.raises(cloudflare.NotFoundError):
        kit.meetings.get_meeting_participant(ada.id, **kit.of(meeting))
    assert [each.id for each in kit.meetings.get_meeting_participants(meeting, **kit.of_app).data] == [bob.id]
    again = kit.add(meeting, "ada")
    assert (again.id, again.name) == (ada.id, "Ada")
    assert collect(world, kit, meeting, again.token, series)


def test_kicked_people_stay_out_and_others_stay_in(world, kit, series):
    """By their own ids or the application's; who connects again is another peer of the same session."""
    meeting = kit.meeting(title="kick")
    people = {name: kit.add(meeting, name, name=name.title()) for name in ("ada", "bob", "eve")}
    peers = {name: collect(world, kit, meeting, each.token, series) for name, each in people.items()}
    kicked = kit.active.kick_participants(
        meeting,
        **kit.of_app,
        participant_ids=[people["ada"].id, str(uuid4())],
        custom_participant_ids=["bob", "nobody"],
    ).data
    assert {each.id for each in kicked.participants} == {people["ada"].id, people["bob"].id}
    assert {each.name for each in kicked.participants} == {"Ada", "Bob"}
    reasons = {
        name: world.ask("GET", f"/v1/peers/{peer}").json()["leave_reason"] for name, peer in peers.items()
    }
    assert reasons == {"ada": "removed", "bob": "removed", "eve": None}
    collect(world, kit, meeting, people["ada"].token, series)
    active = kit.active.get_active_session(meeting, **kit.of_app).data
    assert active.live_participants == 2
    everybody = kit.active.kick_all_participants(meeting, **kit.of_app).data
    assert everybody.kicked_participants_count == 2
    for ask in (kit.active.get_active_session, kit.active.kick_all_participants):
        with pytest.raises(cloudflare.NotFoundError):
            ask(meeting, **kit.of_app)


def test_presets_are_made_found_changed_and_deleted(kit):
    """With all that the vendor demands of one, which strict clients check when it comes back."""
    made = kit.presets.create(kit.app, **kit.account, name="webinar_host", **WHOLE_PRESET).data
    assert made.config.view_type == "WEBINAR"
    assert made.permissions.polls.can_vote
    assert kit.presets.get_preset_by_id(made.id, **kit.of_app).data.to_dict() == made.to_dict()
    other = kit.presets.create(kit.app, **kit.account, name="other", **WHOLE_PRESET).data
    listed = kit.presets.get(kit.app, **kit.account, search="HOST")
    assert ([each.name for each in listed.data], listed.paging.total_count) == (["webinar_host"], 1)
    assert [each.id for each in kit.presets.get(kit.app, **kit.account, page_no=2, per_page=1).data] == [
        made.id
    ]
    config = {"max_screenshare_count": 3}
    changed = kit.presets.update(made.id, **kit.of_app, config=config).data
    assert (changed.config.max_screenshare_count, changed.config.max_video_streams.desktop) == (3, 16)
    whole = kit.presets.replace_preset_by_id(made.id, **kit.of_app, name="renamed", **WHOLE_PRESET).data
    assert (whole.name, whole.config.max_screenshare_count) == ("renamed", 1)
    with pytest.raises(cloudflare.UnprocessableEntityError, match="renamed"):
        kit.presets.update(other.id, **kit.of_app, name="renamed")
    assert kit.presets.delete(other.id, **kit.of_app).data.id == other.id
    with pytest.raises(cloudflare.NotFoundError):
        kit.presets.get_preset_by_id(other.id, **kit.of_app)


def test_a_preset_tells_what_kind_of_call_it_is(world, kit, series):
    """Minutes of those who are given it are counted as its view type."""
    kit.presets.create(kit.app, **kit.account, name="viewer", **WHOLE_PRESET)
    meeting = kit.meeting(title="webinar")
    eve = kit.add(meeting, "eve", preset_name="viewer")
    peer = collect(world, kit, meeting, eve.token, series)
    assert world.ask("GET", f"/v1/peers/{peer}").json()["view_type"] == "webinar"
    listed = kit.meetings.delete_meeting_participant(eve.id, **kit.of(meeting)).data
    assert listed.preset_id == kit.presets.get(kit.app, **kit.account, search="viewer").data[0].id


def test_days_add_up_to_what_sessions_say(connect, world, kit, series):
    """The sum of the list is the sum of the days, and a day without sessions has none."""
    app = kit.apps.post(**kit.account, name="Counted").data.app.id
    own = Kit(connect, world, world.ours)
    own.app, own.of_app = app, {**kit.account, "app_id": app}
    for title in ("one", "two"):
        meeting = own.meeting(title=title)
        for person in ("ada", "bob"):
            collect(world, own, meeting, own.add(meeting, person).token, series)
        own.active.kick_all_participants(meeting, **own.of_app)
    live = own.meeting(title="three")
    collect(world, own, live, own.add(live, "eve").token, series)
    today = datetime.now(UTC).date()
    found = own.analytics.get_org_analytics(
        app, **kit.account, start_date=str(today - timedelta(days=2)), end_date=str(today)
    ).data
    stats = found.session_stats
    assert [each.day for each in stats.day_stats] == [str(today - timedelta(days=back)) for back in (2, 1, 0)]
    assert [each.total_sessions for each in stats.day_stats] in ([0, 0, 3], [0, 3, 0])
    assert stats.sessions_count == 3
    listed = world.ask(
        "GET", f"/cloudflare/client/v4/accounts/{kit.account['account_id']}/realtime/kit/{app}/sessions"
    ).json()["data"]["sessions"]
    assert stats.sessions_minutes_consumed == pytest.approx(
        sum(each["minutes_consumed"] for each in listed), abs=0.001
    )
    assert stats.sessions_minutes_consumed > 0
    assert found.recording_stats.recording_count == 0
    assert len(own.analytics.get_org_analytics(app, **kit.account).data.session_stats.day_stats) == 30


def test_webhooks_are_made_found_changed_and_deleted(world, kit):
    """All of its operations; the same webhook is there through our own API."""
    wanted = {"name": "hook", "url": NOBODY, "events": ["meeting.started", "meeting.transcript"]}
    made = kit.webhooks.create_webhook(kit.app, **kit.account, **wanted, enabled=False).data
    assert (made.name, made.url, made.events, made.enabled) == (*wanted.values(), False)
    assert kit.webhooks.get_webhook_by_id(made.id, **kit.of_app).data.to_dict() == made.to_dict()
    assert made.id in {each.id for each in kit.webhooks.get_webhooks(kit.app, **kit.account).data}
    edited = kit.webhooks.edit_webhook(made.id, **kit.of_app, name="renamed").data
    assert (edited.name, edited.events, edited.enabled) == ("renamed", wanted["events"], False)
    replaced = kit.webhooks.replace_webhook(made.id, **kit.of_app, **wanted).data
    assert (replaced.name, replaced.enabled) == ("hook", True)
    assert world.ask("GET", f"/v1/webhooks/{made.id}").json()["url"] == NOBODY
    base = f"/cloudflare/client/v4/accounts/{kit.account['account_id']}/realtime/kit/{kit.app}"
    names = world.ask("GET", f"{base}/webhooks/all").json()["data"]
    assert len(names) == 9
    assert set(wanted["events"]) < set(names)
    assert kit.webhooks.delete_webhook(made.id, **kit.of_app).data.id == made.id
    with pytest.raises(cloudflare.NotFoundError):
        kit.webhooks.get_webhook_by_id(made.id, **kit.of_app)


WRONG = (
    ("meetings?page_no=x", None, "page_no"),
    ("meetings?status=GONE", None, "status"),
    ("meetings?start_time=noon", None, "start_time"),
    ("meetings?start_time=0001-01-01T00:00:00%2B10:00", None, "start_time"),
    ("meetings/nowhere", None, "meeting_id"),
    ("meetings", {"title": "x" * 256}, "title"),
    ("meetings", {"session_keep_alive_time_in_secs": 59}, "session_keep_alive_time_in_secs"),
    ("meetings", {"ai_config": {"summarization": {"word_limit": 9}}}, "ai_config.summarization.word_limit"),
    ("meetings", {"ai_config": {"transcription": {"keywords": [""]}}}, "keywords"),
    ("meetings/{meeting}/participants", {"preset_name": "host"}, "custom_participant_id"),
    ("meetings/{meeting}/participants", {"custom_participant_id": "a"}, "preset_name"),
    (
        "meetings/{meeting}/participants",
        {"custom_participant_id": "a", "preset_name": "host", "picture": "javascript:alert(1)"},
        "picture",
    ),
    ("meetings/{meeting}/active-session/kick", {}, "participant_ids"),
    ("presets", {"name": "p", "config": {"view_type": "X"}, "permissions": {}, "ui": {}}, "config.view_type"),
    ("presets", {"name": "p", "config": {}, "permissions": {}}, "ui"),
    ("webhooks", {"name": "w", "url": "https://example.com", "events": ["x"]}, "events[0]"),
    ("webhooks", {"name": "w", "url": "http://10.0.0.1/", "events": ["meeting.started"]}, "url"),
    ("analytics/daywise?start_date=2026-02-30", None, "start_date"),
    ("analytics/daywise?start_date=2026-02-02&end_date=2026-02-01", None, "start_date"),
    ("analytics/daywise?end_date=0001-01-01", None, "end_date"),
    ("analytics/daywise?end_date=9999-12-31", None, "end_date"),
)


@pytest.mark.parametrize(
    ("path", "body", "field"), WRONG, ids=[f"{path} {field}" for path, _, field in WRONG]
)
def test_what_cannot_be_is_a_400_that_names_it(world, kit, path, body, field):
    """In both envelopes, so that the clients' own error lists have it too."""
    meeting = kit.meeting(title="wrong")
    base = f"/cloudflare/client/v4/accounts/{kit.account['account_id']}/realtime/kit/{kit.app}"
    answer = world.ask(
        "POST" if body is not None else "GET", f"{base}/{path.format(meeting=meeting)}", json=body
    )
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert said["errors"] == [said["error"]]
    assert said["error"]["message"].startswith(f"{field}:"), said


ABSENT = str(uuid4())
Ask = Callable[[Kit, str, str], Any]

WRITES: dict[str, Ask] = {
    "apps.post": lambda kit, _meeting, _id: kit.apps.post(**kit.account, name="no"),
    "meetings.create": lambda kit, _meeting, _id: kit.meeting(title="no"),
    "presets.create": lambda kit, _meeting, _id: kit.presets.create(
        kit.app, **kit.account, name="no", **WHOLE_PRESET
    ),
    "webhooks.create": lambda kit, _meeting, _id: kit.webhooks.create_webhook(
        kit.app, **kit.account, name="no", url=NOBODY, events=["meeting.started"]
    ),
}
"""Each operation that makes something of its own."""

CHANGES: dict[str, Ask] = {
    "meetings.update": lambda kit, meeting, _id: kit.meetings.update_meeting_by_id(meeting, **kit.of_app),
    "meetings.replace": lambda kit, meeting, _id: kit.meetings.replace_meeting_by_id(meeting, **kit.of_app),
    "participants.add": lambda kit, meeting, _id: kit.add(meeting, "no"),
    "participants.edit": lambda kit, meeting, id_: kit.meetings.edit_participant(
        id_, **kit.of(meeting), name="no"
    ),
    "participants.delete": lambda kit, meeting, id_: kit.meetings.delete_meeting_participant(
        id_, **kit.of(meeting)
    ),
    "participants.token": lambda kit, meeting, id_: kit.meetings.refresh_participant_token(
        id_, **kit.of(meeting)
    ),
    "active.kick": lambda kit, meeting, _id: kit.active.kick_participants(
        meeting, **kit.of_app, custom_participant_ids=["no"]
    ),
    "active.kick_all": lambda kit, meeting, _id: kit.active.kick_all_participants(meeting, **kit.of_app),
    "presets.update": lambda kit, _meeting, id_: kit.presets.update(id_, **kit.of_app, name="no"),
    "presets.replace": lambda kit, _meeting, id_: kit.presets.replace_preset_by_id(
        id_, **kit.of_app, name="no", **WHOLE_PRESET
    ),
    "presets.delete": lambda kit, _meeting, id_: kit.presets.delete(id_, **kit.of_app),
    "webhooks.edit": lambda kit, _meeting, id_: kit.webhooks.edit_webhook(id_, **kit.of_app, name="no"),
    "webhooks.replace": lambda kit, _meeting, id_: kit.webhooks.replace_webhook(
        id_, **kit.of_app, name="no", url=NOBODY, events=["meeting.started"]
    ),
    "webhooks.delete": lambda kit, _meeting, id_: kit.webhooks.delete_webhook(id_, **kit.of_app),
}
"""Each operation that changes what is there."""

READS: dict[str, Ask] = {
    "meetings.one": lambda kit, meeting, _id: kit.meetings.get_meeting_by_id(meeting, **kit.of_app),
    "participants": lambda kit, meeting, _id: kit.meetings.get_meeting_participants(meeting, **kit.of_app),
    "participants.one": lambda kit, meeting, id_: kit.meetings.get_meeting_participant(
        id_, **kit.of(meeting)
    ),
    "active": lambda kit, meeting, _id: kit.active.get_active_session(meeting, **kit.of_app),
    "presets.one": lambda kit, _meeting, id_: kit.presets.get_preset_by_id(id_, **kit.of_app),
    "webhooks.one": lambda kit, _meeting, id_: kit.webhooks.get_webhook_by_id(id_, **kit.of_app),
}
"""Each operation that shows one thing, or what belongs to one."""

LISTS: dict[str, Ask] = {
    "apps": lambda kit, _meeting, _id: kit.apps.get(**kit.account),
    "meetings": lambda kit, _meeting, _id: kit.meetings.get(kit.app, **kit.account),
    "presets": lambda kit, _meeting, _id: kit.presets.get(kit.app, **kit.account),
    "webhooks": lambda kit, _meeting, _id: kit.webhooks.get_webhooks(kit.app, **kit.account),
    "analytics": lambda kit, _meeting, _id: kit.analytics.get_org_analytics(kit.app, **kit.account),
}
"""Each operation that shows all there is."""


def check_refusal(error: cloudflare.APIStatusError) -> None:
    """The client's own list of errors is filled, out of both envelopes in one body."""
    [said] = error.errors
    assert (said.code, bool(said.message)) == (error.status_code, True)
    assert error.body["error"] == error.body["errors"][0]
    assert error.body["success"] is False


@pytest.mark.parametrize("ask", [*CHANGES, *READS])
def test_what_is_not_there(kit, ask):
    """Each operation that names something: a 404, and never a status that clients would repeat."""
    with pytest.raises(cloudflare.NotFoundError) as caught:
        (CHANGES | READS)[ask](kit, ABSENT, ABSENT)
    check_refusal(caught.value)


@pytest.fixture(scope="module")
def enrolled(kit) -> tuple[str, str]:
    """A meeting, and somebody on its list."""
    meeting = kit.meeting(title="members only")
    return meeting, kit.add(meeting, "ada").id


@pytest.mark.parametrize("ask", [*WRITES, *CHANGES, *READS, *LISTS])
def test_who_may_not(connect, world, enrolled, ask):
    """Strangers, people of another organization, and members where something is written are refused."""
    call = (WRITES | CHANGES | READS | LISTS)[ask]
    for token, kind in (
        ("nobody", cloudflare.AuthenticationError),
        (world.theirs.admin, cloudflare.PermissionDeniedError),
        *([(world.ours.member, cloudflare.PermissionDeniedError)] if ask in WRITES | CHANGES else ()),
    ):
        with pytest.raises(kind) as caught:
            call(Kit(connect, world, world.ours, token), *enrolled)
        check_refusal(caught.value)


def test_who_is_in_another_meeting_is_not_in_this_one(world, kit):
    """A participant is found in their own meeting only, and nobody is kicked out of an empty one."""
    meeting, other = kit.meeting(title="a"), kit.meeting(title="b")
    ada = kit.add(meeting, "ada")
    with pytest.raises(cloudflare.NotFoundError):
        kit.meetings.get_meeting_participant(ada.id, **kit.of(other))
    with pytest.raises(cloudflare.NotFoundError):
        kit.active.kick_participants(meeting, **kit.of_app, custom_participant_ids=["ada"])
