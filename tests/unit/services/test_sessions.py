"""Sessions as they arise from reports, with a clock that is moved by hand."""

import random
from datetime import datetime, timedelta

import pytest

from sonde.directory import Directory
from sonde.model.errors import Denied, Invalid, NotFound
from sonde.model.listing import SessionFilter
from sonde.model.peers import LeaveReason, peer_id_of
from sonde.model.people import Access
from sonde.model.sessions import EndReason, MeetingSettings, SessionStatus, ViewType
from sonde.model.sightings import Sighting
from sonde.services.meetings import Enrolment, Meetings
from sonde.services.session_sweeper import SessionSweeper
from sonde.services.sessions import SessionDetail, Sessions

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class World:
    """A server with its sweeper. Restarting it leaves the directory as it is."""

    def __init__(self, directory: Directory, clock, access: Access) -> None:
        self.directory, self.clock, self.access = directory, clock, access
        self.stored: dict[str, datetime] = {}
        self.restart()

    def restart(self) -> None:
        """Everything that was only in memory is gone."""
        self.sessions = Sessions(self.directory, self.clock)
        self.sweeper = SessionSweeper(
            self.directory,
            self.clock,
            lambda workspace_id, ids: self.sessions.last_seen(workspace_id, ids) | self.stored,
        )

    def report(self, key: str, *, ago: timedelta = timedelta(), length: timedelta = SECOND, **more):
        """A peer reports a second, or what is given, that ended now or some time ago."""
        last = self.clock() - ago
        fields = {"meeting": "room", "first_at": last - length, "last_at": last} | more
        sighting = Sighting(
            workspace_id=self.access.workspace.workspace_id, peer_id=peer_id_of(key), **fields
        )
        return self.sessions.saw([sighting])[0]

    def run(self, time: timedelta, *keys: str) -> None:
        """Let time pass in which these report each five seconds, and the sweeper comes by now and then."""
        steps = int(time / (5 * SECOND))
        for step in range(1, steps + 1):
            self.clock.advance(5 * SECOND)
            for key in keys:
                self.report(key, length=5 * SECOND)
            if step % 5 == 0 or step == steps:
                self.sweeper.sweep()

    def all(self) -> list[SessionDetail]:
        """All sessions, the oldest first."""
        return self.sessions.page(self.access, SessionFilter(), limit=100)[::-1]

    def one(self) -> SessionDetail:
        """The only session there is."""
        [session] = self.all()
        return session

    def peer(self, key: str):
        """What is kept of a peer."""
        return self.sessions.peer(self.access, peer_id_of(key))


@pytest.fixture
def world(directory: Directory, clock, admin: Access) -> World:
    """A server that has been up for so long that it has caught up."""
    world = World(directory, clock, admin)
    world.run(3 * MINUTE)
    return world


def test_the_first_report_opens_a_session_and_others_come_to_it(world: World) -> None:
    """Whoever names the same meeting is in the same session."""
    ada = world.report("ada", name="Ada", custom_id="a", view_type=ViewType.WEBINAR)
    bob = world.report("bob", name="Bob")
    assert ada.session_id == bob.session_id
    assert ada.participant_id != bob.participant_id
    assert world.one().session.status is SessionStatus.LIVE
    assert world.one().session.started_at == world.clock() - SECOND
    assert world.report("eve", meeting="other").session_id != ada.session_id


def test_two_tabs_of_one_person_are_two_peers_of_one_participant(world: World) -> None:
    """The application's id of the person says so."""
    world.report("tab 1", custom_id="ada")
    world.report("tab 2", custom_id="ada", name="Ada")
    totals = world.one().totals
    assert (totals.participants, totals.peers, totals.live_peers) == (1, 2, 2)
    assert world.peer("tab 1").participant.name == "Ada"


def test_a_session_ends_after_the_keep_alive(world: World) -> None:
    """A minute after the last one said that it left, and not before."""
    world.report("ada")
    world.clock.advance(10 * SECOND)
    world.report("ada", has_left=True)
    left_at = world.clock()
    world.run(55 * SECOND)
    assert world.one().session.status is SessionStatus.LIVE
    world.run(10 * SECOND)
    ended = world.one()
    assert ended.session.ended_at == left_at + MINUTE
    assert ended.session.end_reason is EndReason.EMPTY
    assert ended.totals.participant_minutes == pytest.approx(11 / 60)


def test_a_meeting_may_keep_its_sessions_longer(world: World) -> None:
    """Its own keep-alive holds, also when it is changed while the session goes on."""
    meetings = Meetings(world.directory, world.clock)
    settings = MeetingSettings(title="Room", custom_id="room", keep_alive=300)
    meetings.create(world.access, settings)
    world.report("ada", has_left=True)
    world.run(4 * MINUTE)
    assert world.one().session.status is SessionStatus.LIVE
    world.run(2 * MINUTE)
    assert world.one().session.ended_at - world.peer("ada").left_at == 5 * MINUTE


def test_a_peer_that_vanishes_left_at_its_last_sample(world: World) -> None:
    """Not when the time-out noticed, and to the sample that the store has."""
    world.report("ada")
    world.run(20 * SECOND, "ada")
    world.stored[peer_id_of("ada")] = world.clock() + 2 * SECOND
    world.restart()
    world.run(4 * MINUTE)
    peer = world.peer("ada")
    assert peer.leave_reason is LeaveReason.TIME_OUT
    assert peer.left_at == world.stored[peer_id_of("ada")]
    world.run(2 * MINUTE)
    assert world.one().session.ended_at == peer.left_at + MINUTE


def test_what_was_not_worth_writing_counts_at_the_end(world: World) -> None:
    """The last report came a second after one that was written."""
    world.report("ada")
    world.clock.advance(SECOND)
    world.report("ada")
    last = world.clock()
    assert world.peer("ada").last_seen_at == last - SECOND
    world.run(2 * MINUTE)
    assert world.peer("ada").left_at == last


def test_somebody_who_comes_within_the_keep_alive_goes_on_with_the_session(world: World) -> None:
    """A rejoin is no new session; a minute later it is one."""
    first = world.report("ada", has_left=True)
    world.run(45 * SECOND)
    again = world.report("ada again")
    assert again.session_id == first.session_id
    world.report("ada again", has_left=True)
    world.run(3 * MINUTE)
    assert world.report("ada once more").session_id != first.session_id
    assert len(world.all()) == 2


def test_a_new_session_begins_though_nobody_has_swept(world: World) -> None:
    """The ends of sessions do not depend on when the sweeper comes by."""
    first = world.report("ada", has_left=True)
    world.clock.advance(10 * MINUTE)
    assert world.report("bob").session_id != first.session_id


def test_a_restart_ends_nothing_that_went_on(world: World) -> None:
    """The server was away for ten minutes; what clients kept comes afterwards, the session never ended."""
    first = world.report("ada")
    world.run(MINUTE, "ada", "bob")
    went_away = world.clock()
    world.clock.advance(10 * MINUTE)
    world.restart()
    world.run(90 * SECOND)
    assert world.one().session.status is SessionStatus.LIVE
    assert world.peer("ada").left_at is None
    world.report("ada", length=world.clock() - went_away)
    world.report("bob", ago=5 * MINUTE, length=2 * MINUTE)
    world.report("eve", ago=3 * MINUTE)
    world.run(3 * MINUTE, "ada")
    assert world.one().session.session_id == first.session_id
    assert world.one().session.status is SessionStatus.LIVE
    assert world.peer("bob").leave_reason is LeaveReason.TIME_OUT
    assert {world.peer(key).session_id for key in ("ada", "bob", "eve")} == {first.session_id}


def test_a_pause_of_the_machine_counts_as_a_restart(world: World) -> None:
    """A laptop that slept knows no more of what happened than a server that was off."""
    world.report("ada")
    world.clock.advance(timedelta(hours=8))
    world.sweeper.sweep()
    world.run(90 * SECOND)
    assert world.peer("ada").left_at is None
    world.run(90 * SECOND)
    assert world.peer("ada").leave_reason is LeaveReason.TIME_OUT


def test_late_reports_reopen_what_only_timed_out(world: World) -> None:
    """The peer was cut off and went on alone; its session went on, too, and ends where it says."""
    world.report("ada")
    world.run(5 * MINUTE)
    assert world.one().session.status is SessionStatus.ENDED
    world.report("ada", length=4 * MINUTE)
    assert world.one().session.status is SessionStatus.LIVE
    assert world.peer("ada").left_at is None
    last = world.clock()
    world.run(5 * MINUTE)
    assert world.one().session.ended_at == last + MINUTE
    assert world.one().totals.participant_minutes == pytest.approx(5 + 1 / 60)


def test_late_reports_from_before_the_time_out_change_no_end(world: World) -> None:
    """They fill a gap; the peer stays gone."""
    world.report("ada")
    world.run(5 * MINUTE)
    before = world.one()
    world.report("ada", ago=5 * MINUTE + SECOND)
    assert world.one().session.ended_at == before.session.ended_at
    assert world.one().session.started_at == before.session.started_at - SECOND


def test_what_somebody_ended_stays_ended(world: World) -> None:
    """Reports of those who were in it are kept, and a newcomer is in a new session."""
    first = world.report("ada")
    ended = world.sessions.end(world.access, first.session_id)
    world.run(MINUTE, "ada")
    assert world.one().session == ended.session
    assert world.peer("ada").leave_reason is LeaveReason.SESSION_ENDED
    assert world.peer("ada").left_at == ended.session.ended_at
    assert world.report("bob").session_id != first.session_id
    late = world.report("eve", first_at=ended.session.ended_at - SECOND)
    assert late.session_id != first.session_id
    assert world.sessions.end(world.access, first.session_id).session == ended.session


def test_late_news_of_somebody_who_was_there_at_the_end(world: World) -> None:
    """They left with all others, and nothing is reopened."""
    first = world.report("ada", length=MINUTE)
    world.sessions.end(world.access, first.session_id)
    world.clock.advance(10 * SECOND)
    assert world.report("eve", ago=20 * SECOND).session_id == first.session_id
    assert world.one().session.status is SessionStatus.ENDED
    assert world.peer("eve").leave_reason is LeaveReason.SESSION_ENDED
    assert world.one().totals.peers == 2


def test_an_old_recording_is_a_session_of_its_day(world: World) -> None:
    """Imported in any order, apart from what goes on now, and ended when it ended."""
    live = world.report("now")
    day = world.clock() - timedelta(days=30)
    late = world.report("b", first_at=day + 5 * MINUTE, last_at=day + 8 * MINUTE)
    early = world.report("a", first_at=day, last_at=day + 6 * MINUTE)
    assert early.session_id == late.session_id != live.session_id
    assert world.report("new").session_id == live.session_id
    world.run(3 * MINUTE, "now", "new")
    old, _ = world.all()
    assert (old.session.started_at, old.session.ended_at) == (day, day + 9 * MINUTE)
    assert (old.totals.max_concurrent_peers, old.totals.participant_minutes) == (2, 9)


def test_shuffled_and_repeated_reports_make_the_same_session(world: World, clock) -> None:
    """What is told later and twice changes no time."""
    begin = clock()
    batches = [
        (key, begin + n * 5 * SECOND, {"has_left": n == 11, "name": f"name {n}"})
        for key in ("ada", "bob")
        for n in range(12)
    ]
    clock.advance(2 * MINUTE)
    rooms = {}
    for room, chance in (("in order", None), ("shuffled", random.Random(5))):
        order = list(batches)
        if chance:
            order = [*order, *chance.sample(order, 8)]
            chance.shuffle(order)
        for key, first, more in order:
            world.report(f"{room} {key}", meeting=room, first_at=first, last_at=first + 5 * SECOND, **more)
        rooms[room] = [world.peer(f"{room} {key}") for key in ("ada", "bob")]
    told = [
        [(p.created_at, p.last_seen_at, p.left_at, p.leave_reason, p.participant.name) for p in peers]
        for peers in rooms.values()
    ]
    assert told[0] == told[1]
    assert told[0][0][2:] == (begin + MINUTE, LeaveReason.LEFT, "name 11")


def test_a_peer_that_left_and_reports_again_has_come_back(world: World) -> None:
    """But not within half a minute: the application's clock and the client's are not the same."""
    seen = world.report("ada")
    world.sessions.leave(world.access, seen.peer_id)
    left_at = world.clock()
    world.run(20 * SECOND, "ada")
    assert world.peer("ada").left_at == left_at
    world.run(20 * SECOND, "ada")
    assert world.peer("ada").left_at is None


def test_a_session_waits_for_its_breakout_rooms(world: World) -> None:
    """Everybody is in a room, nobody in the main one: it goes on until the rooms have ended."""
    meetings = Meetings(world.directory, world.clock)
    main = meetings.create(world.access, MeetingSettings(title="Main", custom_id="main"))
    meetings.create(
        world.access,
        MeetingSettings(title="Room", custom_id="1", parent_meeting_id=main.meeting_id),
    )
    parent = world.report("ada", meeting="main")
    room = world.report("ada in room", meeting="1")
    world.report("ada", meeting="main", has_left=True)
    world.run(3 * MINUTE, "ada in room")
    by_id = {each.session.session_id: each.session for each in world.all()}
    assert by_id[room.session_id].parent_session_id == parent.session_id
    assert by_id[parent.session_id].status is SessionStatus.LIVE
    world.run(5 * MINUTE)
    by_id = {each.session.session_id: each.session for each in world.all()}
    assert by_id[parent.session_id].ended_at == by_id[room.session_id].ended_at + MINUTE


def test_ending_a_session_ends_its_rooms(world: World) -> None:
    """For everyone who is in them."""
    meetings = Meetings(world.directory, world.clock)
    main = meetings.create(world.access, MeetingSettings(title="Main", custom_id="main"))
    meetings.create(
        world.access, MeetingSettings(title="Room", custom_id="1", parent_meeting_id=main.meeting_id)
    )
    parent = world.report("ada", meeting="main")
    world.report("bob", meeting="1")
    world.sessions.end(world.access, parent.session_id)
    assert {each.session.status for each in world.all()} == {SessionStatus.ENDED}
    assert world.peer("bob").leave_reason is LeaveReason.SESSION_ENDED


def test_a_token_names_the_participant_whatever_the_client_says(world: World) -> None:
    """Its name and preset stay the application's."""
    meetings = Meetings(world.directory, world.clock)
    meeting = meetings.create(world.access, MeetingSettings(title="Room"))
    ada = meetings.enrol(
        world.access, meeting.meeting_id, Enrolment(custom_id="ada", name="Ada", preset="host")
    )
    told = {"meeting": meeting.meeting_id, "participant_id": ada.participant_id, "name": "Mallory"}
    assert world.report("tab", **told).participant_id == ada.participant_id
    assert world.peer("tab").participant == ada
    with pytest.raises(NotFound):
        world.report("other", participant_id=ada.participant_id)
    world.report("bob's", meeting=meeting.meeting_id)
    with pytest.raises(Denied):
        world.report("bob's", **told)


def test_those_who_only_were_announced_stay_a_day(world: World) -> None:
    """Nothing can be heard of somebody who does not report."""
    meeting = Meetings(world.directory, world.clock).create(world.access, MeetingSettings(title="Room"))
    arrival = Sighting(
        workspace_id=world.access.workspace.workspace_id,
        peer_id=peer_id_of("phone"),
        first_at=world.clock(),
        last_at=world.clock(),
        meeting=meeting.meeting_id,
    )
    joined = world.sessions.join(world.access, arrival)
    world.clock.advance(timedelta(hours=23))
    world.run(5 * MINUTE)
    assert world.one().totals.live_peers == 1
    assert world.one().totals.participant_minutes == 23 * 60 + 5
    world.clock.advance(timedelta(hours=1))
    world.run(5 * MINUTE)
    assert world.peer("phone").left_at == joined.joined_at + timedelta(days=1)


def test_what_says_nothing_new_writes_nothing(world: World) -> None:
    """Within ten seconds of what was written last."""
    world.report("ada")
    kept = world.peer("ada")
    world.clock.advance(9 * SECOND)
    seen = world.report("ada", length=9 * SECOND)
    assert world.peer("ada") == kept
    world.clock.advance(SECOND)
    assert world.report("ada", length=9 * SECOND) == seen
    assert world.peer("ada").last_seen_at == world.clock()


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"meeting": ""}, "meeting"),
        ({"meeting": "a" * 256}, "meeting"),
        ({"name": "\x00"}, "name"),
        ({"name": "a" * 1_000_000}, "name"),
        ({"custom_id": "\ud800"}, "custom_id"),
        ({"user_agent": "a" * 2000}, "user_agent"),
        ({"labels": {"a": "b" * 256}}, "labels"),
        ({"labels": {f"{n}": "" for n in range(33)}}, "labels"),
        ({"length": -SECOND}, "first_at"),
        ({"ago": -timedelta(days=2)}, "last_at"),
    ],
)
def test_hostile_sightings_are_refused(world: World, told: dict, field: str) -> None:
    """The field is named, and nothing is kept."""
    with pytest.raises(Invalid) as refusal:
        world.report("ada", **told)
    assert refusal.value.field == field
    assert world.all() == []


def test_the_same_peer_in_two_workspaces_is_two(world: World, stranger: Access) -> None:
    """Its id is the client's choice, and opens nothing of others."""
    world.report("ada", name="Ada")
    now = world.clock()
    theirs = Sighting(
        workspace_id=stranger.workspace.workspace_id,
        peer_id=peer_id_of("ada"),
        first_at=now,
        last_at=now,
        meeting="room",
        name="Eve",
    )
    world.sessions.saw([theirs])
    assert world.peer("ada").participant.name == "Ada"
    assert world.sessions.peer(stranger, peer_id_of("ada")).participant.name == "Eve"
    with pytest.raises(NotFound):
        world.sessions.get(stranger, world.one().session.session_id)
