"""Sessions on both databases: what the repositories promise, and what happens when many come at once."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest

from sonde.directory import Directory
from sonde.directory.peers import HELD_AT_ONCE
from sonde.directory.records import PeerNews
from sonde.model.errors import Unauthenticated
from sonde.model.listing import PageNumber, PeerFilter, Position, SessionFilter, SessionListing
from sonde.model.peers import peer_id_of
from sonde.model.people import Access, Role, Workspace
from sonde.model.sessions import MeetingSettings, MeetingStatus, SessionStatus, ViewType
from sonde.model.sightings import SeenPeer, Sighting
from sonde.services.meetings import Enrolment, Meetings
from sonde.services.reporting import Reporting
from sonde.services.session_pages import SessionPages
from sonde.services.session_sweeper import SessionSweeper
from sonde.services.sessions import Sessions
from sonde.services.trusted_secrets import TRUSTED_FOR

RACERS = 6
MINUTE = timedelta(minutes=1)


class SetClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def race(*runs: Callable[[], Any]) -> list[Any]:
    """Start all at once; the result of each. An error of one is an error of the test."""
    line = threading.Barrier(len(runs))

    def run(one: Callable[[], Any]) -> Any:
        line.wait()
        return one()

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(run, runs))


@pytest.fixture
def clock(now: datetime) -> SetClock:
    return SetClock(now)


@pytest.fixture
def admin(home: Workspace) -> Access:
    return Access(person_id=1, person_label="Ada (ada@example.com)", workspace=home, role=Role.ADMIN)


@pytest.fixture
def sighting(home: Workspace, clock: SetClock) -> Callable[..., Sighting]:
    """Makes sightings of this moment."""

    def make(key: str, **more: Any) -> Sighting:
        at = clock()
        fields = {"first_at": at, "last_at": at, "meeting": "room"} | more
        return Sighting(workspace_id=home.workspace_id, peer_id=peer_id_of(key), **fields)

    return make


def sessions_of(sessions: Sessions, access: Access) -> list[Any]:
    return sessions.page(access, SessionFilter(), limit=100)


def test_racing_reports_of_one_new_peer_make_one_session(directory, clock, admin, sighting) -> None:
    """Whichever process a batch comes to: one meeting, one session, one participant, one peer."""
    outcomes: list[list[SeenPeer]] = race(
        *[lambda: Sessions(directory, clock).saw([sighting("tab", custom_id="ada")])] * RACERS
    )
    assert len({each[0] for each in outcomes}) == 1
    sessions = Sessions(directory, clock)
    [session] = sessions_of(sessions, admin)
    assert (session.totals.peers, session.totals.participants) == (1, 1)
    assert len(Meetings(directory, clock).page(admin, limit=10)) == 1


def test_racing_reports_of_many_new_peers_make_one_session(directory, clock, admin, sighting) -> None:
    """All tabs of one person, opened at once."""
    race(
        *(
            lambda n=n: Sessions(directory, clock).saw([sighting(f"tab {n}", custom_id="ada")])
            for n in range(RACERS)
        )
    )
    [session] = sessions_of(Sessions(directory, clock), admin)
    assert (session.totals.peers, session.totals.participants) == (RACERS, 1)


def test_one_new_peer_that_names_two_meetings_is_in_one(directory, clock, admin, sighting) -> None:
    """It never changes its session, and leaves no empty one behind."""
    runs = [
        lambda room=room: Sessions(directory, clock).saw([sighting("tab", meeting=room)])
        for room in ("red", "blue") * (RACERS // 2)
    ]
    assert len({each[0].session_id for each in race(*runs)}) == 1
    assert len(sessions_of(Sessions(directory, clock), admin)) == 1


def test_nobody_comes_into_a_session_that_is_being_ended(directory, clock, admin, sighting) -> None:
    """Sweepers end it while somebody comes: either it goes on, or they are in a new one."""
    sessions, sweeper = Sessions(directory, clock), SessionSweeper(directory, clock)
    for minutes in range(1, 4):
        clock.moment += MINUTE
        sweeper.sweep()
        sessions.saw([sighting(f"first {minutes}", meeting=f"room {minutes}", has_left=True)])
        for _ in range(2):
            clock.moment += timedelta(seconds=50)
            sweeper.sweep()
        clock.moment += timedelta(seconds=20)
        others = [SessionSweeper(directory, clock), sweeper]
        others[0]._awake_since -= timedelta(hours=1)
        came, *_ = race(
            lambda n=minutes: Sessions(directory, clock).saw([sighting(f"x {n}", meeting=f"room {n}")])[0],
            *(other.sweep for other in others),
        )
        assert sessions.get(admin, came.session_id).session.status is SessionStatus.LIVE


def test_ends_and_breakout_rooms_do_not_wait_for_each_other(directory, clock, admin, sighting) -> None:
    """Ending a session while its rooms are opened: everybody takes the locks in one order."""
    meetings, sessions = Meetings(directory, clock), Sessions(directory, clock)
    main = meetings.create(admin, MeetingSettings(title="Main", custom_id="main"))
    for n in range(3):
        room = MeetingSettings(title="Room", custom_id=f"{n}", parent_meeting_id=main.meeting_id)
        meetings.create(admin, room)
    parent = sessions.saw([sighting("ada", meeting="main")])[0]
    clock.moment += timedelta(seconds=1)
    race(
        lambda: sessions.end(admin, parent.session_id),
        *(lambda n=n: sessions.saw([sighting(f"in {n}", meeting=f"{n}")]) for n in range(3)),
    )
    by_parent = sessions.page(admin, SessionFilter(parent_session_id=parent.session_id), limit=10)
    assert all(each.session.status is SessionStatus.ENDED for each in by_parent)


def test_nobody_waits_for_ever_for_those_who_note_the_same_peers(directory, clock, admin, sighting) -> None:
    """Processes that hear of the same peers in other orders, while somebody joins, leaves and is swept."""
    tabs = [f"tab {n}" for n in range(24)]
    processes = [Sessions(directory, clock) for _ in range(RACERS)]
    for each in processes:
        each.saw([sighting(tab) for tab in tabs])
    others = Sessions(directory, clock)
    for turn in range(4):
        clock.moment += timedelta(seconds=11)
        guest = others.saw([sighting(f"guest {turn}")])[0]
        race(
            *(
                lambda n=n, each=each: each.saw([sighting(tab) for tab in shuffled(tabs, seed=n)])
                for n, each in enumerate(processes)
            ),
            lambda n=turn: others.saw([sighting(f"late {n}")]),
            lambda guest=guest: others.leave(admin, guest.peer_id),
            SessionSweeper(directory, clock).sweep,
        )
    [session] = sessions_of(processes[0], admin)
    peers = processes[0].peers(admin, session.session.session_id)
    assert len(peers) == len(tabs) + 8
    there = {each.peer_id for each in peers if each.last_seen_at == each.heard_at == clock()}
    assert there >= {peer_id_of(tab) for tab in tabs}


def shuffled(things: list[str], *, seed: int) -> list[str]:
    return random.Random(seed).sample(things, len(things))


def test_many_peers_are_noted_at_once(directory, clock, admin, sighting, abroad) -> None:
    """Times only rise, and who left meanwhile, or never was, is told and left alone."""
    sessions = Sessions(directory, clock)
    tabs = [f"tab {n}" for n in range(HELD_AT_ONCE + 3)]
    sessions.saw([sighting(tab) for tab in tabs])
    sessions.leave(admin, peer_id_of("tab 0"))
    left = sessions.peer(admin, peer_id_of("tab 0"))
    before, clock.moment = clock.moment, clock.moment + MINUTE
    seen_at = {peer_id_of(tab): before - MINUTE if tab == "tab 1" else clock.moment for tab in tabs}
    news = [
        PeerNews(workspace_id=workspace_id, peer_id=peer_id, last_seen_at=at)
        for peer_id, at in (seen_at | {peer_id_of("nobody"): before}).items()
        for workspace_id in (admin.workspace.workspace_id, abroad.workspace_id)
    ]
    with directory.write() as tx:
        there = tx.peers.advance(news, heard=clock.moment)
    assert there == {(admin.workspace.workspace_id, peer_id_of(tab)) for tab in tabs[1:]}
    assert sessions.peer(admin, left.peer_id) == left
    late, other = (sessions.peer(admin, peer_id_of(tab)) for tab in ("tab 1", tabs[-1]))
    assert (late.last_seen_at, late.heard_at) == (before, clock.moment)
    assert (other.last_seen_at, other.heard_at) == (clock.moment, clock.moment)


def test_a_session_says_who_is_and_was_there(directory, clock, admin, sighting) -> None:
    """Without its peers being read."""
    sessions = Sessions(directory, clock)
    old = clock() - timedelta(hours=2)
    session_id = sessions.saw([sighting("old", first_at=old, last_at=old)])[0].session_id

    def asked() -> tuple[Any, ...]:
        with directory.read() as tx:
            peers = tx.peers
            lags = (None, timedelta(hours=2, seconds=1), timedelta(hours=2))
            return (
                *(peers.is_anybody_in(session_id, lag=lag) for lag in lags),
                *(peers.was_anybody_in(session_id, at) for at in (old, old + timedelta(microseconds=1))),
                peers.last_left(session_id),
            )

    assert asked() == (True, True, False, True, False, None)
    sessions.leave(admin, peer_id_of("old"))
    assert asked() == (False, False, False, True, True, clock())
    with directory.read() as tx:
        assert not tx.peers.is_anybody_in("")
        assert not tx.peers.was_anybody_in("", old)


def test_a_peer_comes_back_as_it_went_in(directory, clock, admin, sighting, now) -> None:
    """All that is told of it survives, microseconds and other scripts included."""
    told = sighting(
        "tab",
        first_at=now - MINUTE,
        connected_at=now - timedelta(seconds=59),
        custom_id="ädä",
        name="音声",
        preset="host",
        view_type=ViewType.AUDIO_ROOM,
        user_agent="sonde-aiortc/0.1.0",
        sdk="sonde-aiortc",
        sdk_version="0.1.0",
        address="203.0.113.9",
        labels={"team": "blau"},
    )
    sessions = Sessions(directory, clock)
    seen = sessions.saw([told])[0]
    peer = sessions.peer(admin, seen.peer_id)
    assert (peer.created_at, peer.joined_at, peer.last_seen_at) == (
        told.first_at,
        told.connected_at,
        told.last_at,
    )
    assert (peer.participant.name, peer.participant.custom_id, peer.participant.preset) == (
        "音声",
        "ädä",
        "host",
    )
    assert (peer.view_type, peer.labels) == (ViewType.AUDIO_ROOM, {"team": "blau"})
    assert (peer.device.sdk, peer.place.address) == ("sonde-aiortc", "203.0.0.0")
    assert sessions.peers(admin, seen.session_id) == [peer]


def test_totals_of_an_ended_session_are_kept(directory, clock, admin, sighting, now) -> None:
    """They are what was worked out when it ended."""
    sessions = Sessions(directory, clock)
    seen = sessions.saw(
        [sighting("tab", first_at=now - 3 * MINUTE), sighting("other", first_at=now - MINUTE)]
    )[0]
    live = sessions.get(admin, seen.session_id).totals
    ended = sessions.end(admin, seen.session_id)
    assert ended.totals == msgspec.structs.replace(live, live_peers=0)
    with directory.read() as tx:
        assert tx.sessions.totals([seen.session_id]) == {seen.session_id: ended.totals}


def test_meetings_and_participants_come_back_as_they_went_in(directory, clock, admin) -> None:
    """Every setting survives, and pages go on where the one before ended."""
    meetings = Meetings(directory, clock)
    settings = MeetingSettings(
        title="Café 音声",
        custom_id="café",
        preferred_region="ap-south-1",
        keep_alive=600,
        status=MeetingStatus.INACTIVE,
    )
    made = meetings.create(admin, settings)
    assert meetings.get(admin, made.meeting_id) == made
    assert made.settings == settings
    ids = [
        meetings.enrol(admin, made.meeting_id, Enrolment(custom_id=f"{n}")).participant_id for n in range(5)
    ]
    first = meetings.participants(admin, made.meeting_id, limit=3)
    after = Position(at=first[-1].created_at, record_id=first[-1].participant_id)
    rest = meetings.participants(admin, made.meeting_id, limit=3, after=after)
    assert sorted(each.participant_id for each in first + rest) == sorted(ids)
    assert [each.meeting_id for each in meetings.page(admin, limit=9, search="CAF")] == [made.meeting_id]


def test_strange_ids_are_those_of_nobody(directory: Directory, clock, admin) -> None:
    """PostgreSQL refuses NUL in any text; here it is just an id that nobody has."""
    with directory.read() as tx:
        for strange in ("", "\x00", "x", "' OR 1=1", "a" * 10_000):
            workspace_id = admin.workspace.workspace_id
            assert tx.meetings.get(workspace_id, strange) is None
            assert tx.participants.get(workspace_id, strange) is None
            assert tx.sessions.get(workspace_id, strange) is None
            assert tx.peers.get(workspace_id, strange) is None
            assert tx.peers.meeting_of(workspace_id, strange) is None
            wanted = SessionFilter(meeting_id=strange, parent_session_id=strange)
            assert tx.sessions.page(workspace_id, wanted, limit=1) == []


def test_keys_and_tokens_work_on_both(directory: Directory, clock, admin, abroad: Workspace) -> None:
    """They name the workspace that they were made in."""
    meetings, reporting = Meetings(directory, clock), Reporting(directory, clock)
    meeting = meetings.create(admin, MeetingSettings(title="Room"))
    ada = meetings.enrol(admin, meeting.meeting_id, Enrolment(custom_id="ada"))
    key, token = reporting.create_key(admin, "web"), reporting.create_token(admin, ada.participant_id)
    again = Reporting(directory, clock)
    assert again.authenticate(key.secret).workspace_id == admin.workspace.workspace_id != abroad.workspace_id
    assert again.authenticate(token.secret).participant_id == ada.participant_id
    clock.moment += TRUSTED_FOR
    other = again.authenticate(reporting.create_key(admin, "app").secret)
    assert again.recognise(token.secret) == again.authenticate(token.secret) != other
    reporting.revoke_key(admin, key.key.key_id)
    reporting.revoke_tokens(admin, ada.participant_id)
    clock.moment += TRUSTED_FOR
    for each in (key, token):
        with pytest.raises(Unauthenticated):
            again.authenticate(each.secret)
    assert reporting.list_keys(admin)[0].revoked_at == clock() - TRUSTED_FOR


def test_programs_are_found_on_both(directory: Directory, clock, admin, sighting) -> None:
    """What a peer runs is kept as JSON, which each database reads in its own way."""
    sessions = Sessions(directory, clock)
    [js] = sessions.saw([sighting("js", sdk="telnyx-js", sdk_version="2.27.10")])
    sessions.saw([sighting("other", meeting="other", sdk="telnyx-js")])
    wanted = PeerFilter(sdk="telnyx-js", sdk_version="2.27.10")
    found = sessions.page(admin, SessionFilter(peer=wanted), limit=9)
    assert [each.session.session_id for each in found] == [js.session_id]
    with directory.read() as tx:
        assert tx.peers.of_sessions([js.session_id], wanted) == {js.session_id: [js.peer_id]}
        assert tx.peers.of_sessions([js.session_id], PeerFilter(sdk="x")) == {}


@pytest.mark.parametrize("is_ended", [False, True])
def test_numbered_pages(directory, clock, admin, sighting, is_ended) -> None:
    """Searched, counted and sorted alike on both databases, while sessions go on and when they have ended."""
    sessions, pages = Sessions(directory, clock), SessionPages(directory, clock)
    for key, meeting, minutes in (("a", "Coffee", 1), ("b", "All hands", 2), ("c", "All hands", 3)):
        sessions.saw([sighting(key, meeting=meeting, first_at=clock() - minutes * MINUTE)])
    if is_ended:
        for each in sessions_of(sessions, admin):
            sessions.end(admin, each.session.session_id)

    def titles(**listing: Any) -> list[str]:
        found = pages.sessions(admin, SessionListing(**listing), PageNumber(number=1, size=10))
        assert found.total == len(found.items)
        return [each.meeting.settings.title for each in found.items]

    assert titles(by_minutes=True) == titles(descending=False) == ["All hands", "Coffee"]
    assert titles(by_minutes=True, descending=False) == titles() == ["Coffee", "All hands"]
    assert titles(participants_from=2, participants_to=2) == titles(words="ALL h") == ["All hands"]
    assert titles(participants_to=0) == titles(words="_") == []


def fits(each: Any, listing: SessionListing) -> bool:
    """Whether a session is one that a listing asks for, by what is shown of it."""
    session, people, wanted = each.session, each.totals.participants, listing.wanted
    return (
        (wanted.since is None or session.ended_at is None or session.ended_at > wanted.since)
        and (wanted.is_live is None or wanted.is_live == (session.ended_at is None))
        and (wanted.started_from is None or session.started_at >= wanted.started_from)
        and (listing.participants_from is None or people >= listing.participants_from)
        and (listing.participants_to is None or people <= listing.participants_to)
        and listing.words.lower() in each.meeting.settings.title.lower()
    )


def test_a_list_has_what_fits_and_nothing_else(directory, clock, admin, sighting) -> None:
    """Of sessions that ended and that go on, by any conditions together, in either order, and counted."""
    sessions, pages = Sessions(directory, clock), SessionPages(directory, clock)
    for number in range(12):
        began = clock() - (12 - number) * MINUTE
        people = [f"{number} {seat}" for seat in range(number % 4 + 1)]
        sessions.saw(
            [sighting(key, meeting=f"Room {number % 3} of {number}", first_at=began) for key in people]
        )
    for each in sessions_of(sessions, admin)[::2]:
        sessions.end(admin, each.session.session_id)
        clock.moment += MINUTE
    everything = pages.sessions(admin, SessionListing(), PageNumber(number=1, size=100)).items
    assert len(everything) == 12
    middle = everything[6].session.started_at
    for values in product(
        (None, clock() - 3 * MINUTE), (None, True, False), (None, middle), (None, 2), (None, 3)
    ):
        since, is_live, started_from, least, most = values
        wanted = SessionFilter(since=since, is_live=is_live, started_from=started_from)
        for words, by_minutes in product(("", "room 1"), (False, True)):
            listing = SessionListing(
                wanted=wanted,
                words=words,
                participants_from=least,
                participants_to=most,
                by_minutes=by_minutes,
            )
            found = pages.sessions(admin, listing, PageNumber(number=1, size=100))
            expected = {each.session.session_id for each in everything if fits(each, listing)}
            assert {each.session.session_id for each in found.items} == expected
            assert found.total == len(found.items) == len(expected)
            order = [
                each.totals.participant_minutes if by_minutes else each.session.started_at
                for each in found.items
            ]
            assert order == sorted(order, reverse=True)
