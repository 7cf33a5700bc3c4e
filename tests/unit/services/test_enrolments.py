"""Lists of participants, presets, usage, and people put out of sessions, with a clock moved by hand."""

from datetime import UTC, date, timedelta

import pytest

from sonde.directory import Directory
from sonde.model.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from sonde.model.listing import MeetingFilter, PageNumber
from sonde.model.peers import LeaveReason, peer_id_of
from sonde.model.people import Access
from sonde.model.presets import PresetSettings
from sonde.model.sessions import MeetingOptions, MeetingSettings, MeetingStatus, TranscriptionWishes, ViewType
from sonde.model.sightings import Sighting
from sonde.model.summaries import SummaryWishes
from sonde.services.active_sessions import ActiveSessions
from sonde.services.enrolments import Enrolments, ParticipantChange
from sonde.services.meetings import Meetings
from sonde.services.presets import DEFINITION_MAX, Presets
from sonde.services.reporting import Reporting
from sonde.services.sessions import Sessions
from sonde.services.usage import Usage

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FIRST = PageNumber(number=1, size=20)


class World:
    """The services that share a directory, and one meeting."""

    def __init__(self, directory: Directory, clock, access: Access) -> None:
        self.access, self.clock = access, clock
        self.meetings, self.presets = Meetings(directory, clock), Presets(directory, clock)
        self.reporting, self.sessions = Reporting(directory, clock), Sessions(directory, clock)
        self.enrolments = Enrolments(directory, self.reporting, clock)
        self.active = ActiveSessions(directory, self.sessions, clock)
        self.usage = Usage(directory, clock)
        self.meeting = self.meetings.create(access, MeetingSettings(title="Room")).meeting_id

    def add(self, custom_id: str, **given: str):
        """Put somebody on the meeting's list."""
        return self.enrolments.add(self.access, self.meeting, custom_id, ParticipantChange(**given))

    def report(self, key: str, **more):
        """A peer reports the last minute."""
        now = self.clock()
        fields = {"meeting": self.meeting, "first_at": now - MINUTE, "last_at": now} | more
        workspace_id = self.access.workspace.workspace_id
        return self.sessions.saw([Sighting(workspace_id=workspace_id, peer_id=peer_id_of(key), **fields)])[0]

    def peer(self, key: str):
        """What is kept of a peer."""
        return self.sessions.peer(self.access, peer_id_of(key))

    def listed(self) -> list[str]:
        """The application's ids of those on the list, the newest first."""
        found = self.enrolments.numbered(self.access, self.meeting, FIRST)
        return [each.custom_id for each in found.items]


@pytest.fixture
def world(directory: Directory, clock, admin: Access) -> World:
    return World(directory, clock, admin)


def test_who_is_added_again_is_the_same_person(world: World) -> None:
    """With what is given now, and with what was given before where nothing is."""
    ada = world.add("ada", name="Ada", preset="host", picture="https://example.com/a.png")
    world.clock.advance(SECOND)
    again = world.add(" ada ", preset="guest")
    assert (again.participant_id, again.created_at) == (ada.participant_id, ada.created_at)
    assert (again.name, again.preset, again.picture) == ("Ada", "guest", "https://example.com/a.png")
    assert again.updated_at == world.clock()
    assert world.listed() == ["ada"]


def test_who_is_taken_off_the_list_can_report_no_more(world: World) -> None:
    """Until they are added again, with another token; their past stays theirs."""
    ada = world.add("ada", name="Ada")
    token = world.reporting.create_token(world.access, ada.participant_id).secret
    assert world.reporting.authenticate(token).participant_id == ada.participant_id
    world.report("tab", participant_id=ada.participant_id)
    removed = world.enrolments.remove(world.access, world.meeting, ada.participant_id)
    assert (removed.removed_at, world.listed()) == (world.clock(), [])
    with pytest.raises(Unauthenticated):
        world.reporting.authenticate(token)
    for ask in (world.enrolments.get, world.enrolments.remove):
        with pytest.raises(NotFound):
            ask(world.access, world.meeting, ada.participant_id)
    with pytest.raises(NotFound):
        world.reporting.create_token(world.access, ada.participant_id)
    assert world.peer("tab").participant.name == "Ada"
    assert world.add("ada").participant_id == ada.participant_id
    assert world.reporting.create_token(world.access, ada.participant_id).secret != token


def test_a_preset_gives_its_view_type(world: World) -> None:
    """To those who are given it from then on; any other name gives none."""
    settings = PresetSettings(name="viewer", view_type=ViewType.WEBINAR, definition={"a": 1})
    preset = world.presets.create(world.access, settings)
    assert world.add("ada", preset="viewer").view_type is ViewType.WEBINAR
    assert world.add("bob", preset="other").view_type is ViewType.GROUP_CALL
    bob = world.add("bob", preset="viewer")
    assert bob.view_type is ViewType.WEBINAR
    world.presets.remove(world.access, preset.preset_id)
    kept = world.enrolments.change(
        world.access, world.meeting, bob.participant_id, ParticipantChange(name="B")
    )
    assert (kept.view_type, kept.preset, kept.name) == (ViewType.WEBINAR, "viewer", "B")


def test_names_of_presets_are_unique_and_definitions_bounded(world: World, stranger: Access) -> None:
    """In a workspace; another one may have the same."""
    settings = PresetSettings(name="host", view_type=ViewType.GROUP_CALL, definition={})
    preset = world.presets.create(world.access, settings)
    world.presets.create(stranger, settings)
    with pytest.raises(Conflict, match="host"):
        world.presets.create(world.access, settings)
    too_long = PresetSettings(name="x", view_type=ViewType.GROUP_CALL, definition={"a": "x" * DEFINITION_MAX})
    with pytest.raises(Invalid) as caught:
        world.presets.change(world.access, preset.preset_id, lambda _: too_long)
    assert caught.value.field == "definition"
    assert world.presets.numbered(world.access, FIRST, search="HO").total == 1
    with pytest.raises(NotFound):
        world.presets.get(stranger, preset.preset_id)


def test_members_and_strangers_change_nothing(world: World, member: Access, stranger: Access) -> None:
    """A member is denied, and to a stranger nothing of it is there."""
    ada = world.add("ada").participant_id
    world.report("tab", custom_id="ada")
    changes = (
        lambda access: world.enrolments.add(access, world.meeting, "x", ParticipantChange()),
        lambda access: world.enrolments.change(access, world.meeting, ada, ParticipantChange()),
        lambda access: world.enrolments.remove(access, world.meeting, ada),
        lambda access: world.active.kick(access, world.meeting, ids=[ada]),
        lambda access: world.active.kick_all(access, world.meeting),
    )
    for change in changes:
        with pytest.raises(Denied):
            change(member)
        with pytest.raises(NotFound):
            change(stranger)
    assert (world.listed(), world.peer("tab").left_at) == (["ada"], None)


def test_pictures_are_addresses(world: World) -> None:
    """Nothing that a page would run."""
    for picture in ("javascript:alert(1)", "data:,x", "https://example.com/" + "x" * 2048):
        with pytest.raises(Invalid) as caught:
            world.add("ada", picture=picture)
        assert caught.value.field == "picture"


def test_late_reports_bring_nobody_back_who_was_put_out(world: World) -> None:
    """Another connection of the same person is another peer; others are left alone."""
    ada = world.report("ada", custom_id="ada", name="Ada")
    world.report("bob", custom_id="bob")
    kicked = world.active.kick(world.access, world.meeting, custom_ids=["ada", "nobody"])
    assert [each.participant_id for each in kicked] == [ada.participant_id]
    assert world.active.kick(world.access, world.meeting, ids=[ada.participant_id]) == []
    left_at = world.peer("ada").left_at
    world.clock.advance(5 * MINUTE)
    world.report("ada", custom_id="ada")
    peer = world.peer("ada")
    assert (peer.left_at, peer.leave_reason) == (left_at, LeaveReason.REMOVED)
    again = world.report("second tab", custom_id="ada")
    assert again.session_id == ada.session_id
    assert world.peer("second tab").left_at is None
    world.active.kick(world.access, world.meeting, ids=[peer_id_of("bob")])
    assert world.peer("bob").leave_reason is LeaveReason.REMOVED


def test_everybody_is_put_out_and_the_session_is_over(world: World) -> None:
    """Which is found as long as it goes on."""
    seen = [world.report(key) for key in ("ada", "bob")]
    assert world.active.of(world.access, world.meeting).session.session_id == seen[0].session_id
    assert world.active.kick_all(world.access, world.meeting) == 2
    for ask in (world.active.of, world.active.kick_all, world.active.kick):
        with pytest.raises(NotFound):
            ask(world.access, world.meeting)


def test_days_have_the_sessions_that_began_on_them(world: World, stranger: Access) -> None:
    """A session over midnight counts where it began, one that goes on up to now, and theirs for them."""
    midnight = world.clock.moment.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    world.clock.moment = midnight + MINUTE
    begun = midnight - 2 * MINUTE
    world.report("ada", first_at=begun, last_at=midnight + MINUTE)
    world.active.kick_all(world.access, world.meeting)
    world.clock.advance(60 * MINUTE)
    world.report("bob")
    world.report("eve")
    before, today = begun.date(), midnight.date()
    found = world.usage.by_day(world.access, before, today)
    assert [(each.day, each.sessions, each.participant_minutes) for each in found] == [
        (before, 1, 3.0),
        (today, 1, 2.0),
    ]
    usual = world.usage.by_day(world.access)
    assert (len(usual), usual[-2:]) == (30, found)
    assert {each.sessions for each in world.usage.by_day(stranger)} == {0}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 1, 2), date(2026, 1, 1)),
        (date(2025, 1, 1), date(2026, 1, 2)),
        (None, date.min),
        (None, date.max),
        (date.max, date(2026, 1, 1)),
    ],
)
def test_days_that_cannot_be(world: World, first: date | None, last: date) -> None:
    """The wrong way round, more than a year, or where no calendar reaches."""
    with pytest.raises(Invalid):
        world.usage.by_day(world.access, first, last)


def test_options_stay_when_settings_change(world: World) -> None:
    """And are replaced where there are others to put in their place."""
    options = MeetingOptions(
        persist_chat=True,
        transcription=TranscriptionWishes(language="de", keywords=("Sonde",)),
        summary=SummaryWishes(word_limit=200),
    )
    made = world.meetings.create(world.access, MeetingSettings(title="a"), options)
    assert world.meetings.get(world.access, made.meeting_id).options == options
    settings = MeetingSettings(title="b", status=MeetingStatus.INACTIVE)
    changed = world.meetings.update(world.access, made.meeting_id, settings)
    assert (changed.settings, changed.options) == (settings, options)
    fresh = world.meetings.update(world.access, made.meeting_id, settings, MeetingOptions())
    assert fresh.options == MeetingOptions()
    for wrong in (
        MeetingOptions(summary=SummaryWishes(word_limit=1)),
        MeetingOptions(transcription=TranscriptionWishes(keywords=("x",) * 101)),
        MeetingOptions(transcription=TranscriptionWishes(language="")),
    ):
        with pytest.raises(Invalid):
            world.meetings.update(world.access, made.meeting_id, settings, wrong)


def test_meetings_are_counted_through(world: World, stranger: Access) -> None:
    """Page by page, by state and by when they were made; a page behind the last one is empty."""
    for title in ("alpha", "beta"):
        world.clock.advance(MINUTE)
        world.meetings.create(world.access, MeetingSettings(title=title))
    begun = world.clock.moment.astimezone(UTC)

    def titles(number: int = 1, size: int = 20, **wanted) -> tuple[list[str], int]:
        page = PageNumber(number=number, size=size)
        found = world.meetings.numbered(world.access, MeetingFilter(**wanted), page)
        return [each.settings.title for each in found.items], found.total

    assert titles() == (["beta", "alpha", "Room"], 3)
    assert titles(2, 2) == (["Room"], 3)
    assert titles(10**9, 100) == ([], 3)
    assert titles(search="ALP") == (["alpha"], 1)
    assert titles(since=begun) == (["beta"], 1)
    assert titles(until=begun) == (["alpha", "Room"], 2)
    assert titles(status=MeetingStatus.INACTIVE) == ([], 0)
    assert world.meetings.numbered(stranger, MeetingFilter(), FIRST).total == 0
