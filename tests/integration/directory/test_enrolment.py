"""Lists of participants, presets, usage by day and VideoSDK's key pairs on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from videosdk_tokens import sign

from sonde.directory import Directory
from sonde.model.errors import Conflict, Unauthenticated
from sonde.model.listing import PageNumber
from sonde.model.peers import peer_id_of
from sonde.model.people import Access, Role, Workspace
from sonde.model.presets import PresetSettings
from sonde.model.sessions import MeetingOptions, MeetingSettings, TranscriptionWishes, ViewType
from sonde.model.sightings import Sighting
from sonde.model.summaries import SummaryWishes
from sonde.services.enrolments import Enrolments, ParticipantChange
from sonde.services.meetings import Meetings
from sonde.services.presets import Presets
from sonde.services.reporting import Reporting
from sonde.services.sessions import Sessions
from sonde.services.usage import Usage
from sonde.services.videosdk_keys import VideoSdkKeys

RACERS = 6
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class SetClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(now: datetime) -> SetClock:
    return SetClock(now)


@pytest.fixture
def admin(home: Workspace) -> Access:
    return Access(person_id=1, person_label="Ada (ada@example.com)", workspace=home, role=Role.ADMIN)


@pytest.fixture
def enrolments(directory: Directory, clock: SetClock) -> Enrolments:
    return Enrolments(directory, Reporting(directory, clock), clock)


@pytest.fixture
def meeting(directory: Directory, clock: SetClock, admin: Access) -> str:
    """A meeting's id."""
    return Meetings(directory, clock).create(admin, MeetingSettings(title="Room")).meeting_id


def test_who_is_added_by_many_at_once_is_one_person(enrolments, admin, meeting) -> None:
    """Nobody is refused, and the list has one row."""
    change = ParticipantChange(name="Ada", preset="host", picture="https://example.com/ada.png")
    with ThreadPoolExecutor(RACERS) as pool:
        runs = [pool.submit(enrolments.add, admin, meeting, "ada", change) for _ in range(RACERS)]
        added = [run.result() for run in runs]
    assert len({each.participant_id for each in added}) == 1
    [kept] = enrolments.numbered(admin, meeting, PageNumber(number=1, size=10)).items
    assert (kept.name, kept.preset, kept.picture) == ("Ada", "host", "https://example.com/ada.png")


def test_who_is_taken_off_comes_back_as_before(enrolments, admin, meeting, clock) -> None:
    """The time of it survives, and goes when they are added again."""
    ada = enrolments.add(admin, meeting, "ada", ParticipantChange(name="Ada"))
    assert enrolments.remove(admin, meeting, ada.participant_id).removed_at == clock()
    assert enrolments.numbered(admin, meeting, PageNumber(number=1, size=10)).total == 0
    again = enrolments.add(admin, meeting, "ada", ParticipantChange())
    assert (again.participant_id, again.name, again.removed_at) == (ada.participant_id, "Ada", None)
    assert again.created_at == ada.created_at


def test_what_is_wished_of_a_meeting_comes_back(directory, admin, clock) -> None:
    """Each option, out of one column of JSON."""
    options = MeetingOptions(
        persist_chat=True,
        transcribe_on_end=True,
        summarize_on_end=True,
        summary=SummaryWishes(word_limit=150),
        transcription=TranscriptionWishes(language="de", keywords=("Sonde", "ß"), profanity_filter=True),
    )
    meetings = Meetings(directory, clock)
    made = meetings.create(admin, MeetingSettings(title="Room"), options=options)
    assert meetings.get(admin, made.meeting_id).options == options


def test_presets_come_back_as_they_went_in(directory, admin, abroad: Workspace, clock) -> None:
    """With all of a definition; searched in any case, counted by page, and named once in a workspace."""
    presets = Presets(directory, clock)
    definition = {"ui": {"colors": ["ß", None, 1.5, True]}, "permissions": {}}
    first = presets.create(
        admin, PresetSettings(name="Host_1", view_type=ViewType.WEBINAR, definition=definition)
    )
    clock.moment += SECOND
    other = PresetSettings(name="guest", view_type=ViewType.AUDIO_ROOM, definition={})
    second = presets.create(admin, other)
    assert presets.get(admin, first.preset_id) == first
    assert first.settings.definition == definition
    page = presets.numbered(admin, PageNumber(number=2, size=1))
    assert ([each.preset_id for each in page.items], page.total) == ([first.preset_id], 2)
    for words, found in (("hOST_", [first]), ("_", [first]), ("%", []), ("GUE", [second])):
        assert presets.numbered(admin, PageNumber(number=1, size=9), search=words).items == found
    with pytest.raises(Conflict, match="guest"):
        presets.change(admin, first.preset_id, lambda _: other)
    with directory.read() as tx:
        assert tx.presets.get(abroad.workspace_id, first.preset_id) is None
        assert tx.presets.named(abroad.workspace_id, "guest") is None
        for strange in ("", "x", "\0", "9" * 99):
            assert tx.presets.get(admin.workspace.workspace_id, strange) is None
    assert presets.remove(admin, second.preset_id) == second


def test_days_are_those_of_utc(directory, admin, home, abroad: Workspace, clock) -> None:
    """Whatever the zone of the database: sessions that ended and one that goes on, each on its own day."""
    sessions, usage = Sessions(directory, clock), Usage(directory, clock)
    midnight = clock().replace(hour=0, minute=0, second=0, microsecond=0)
    for key, begin, owner in (
        ("a", midnight - 600 * SECOND, home),
        ("b", midnight, home),
        ("c", midnight + 4 * 3600 * SECOND, home),
        ("d", midnight, abroad),
    ):
        seen = Sighting(
            workspace_id=owner.workspace_id,
            peer_id=peer_id_of(key),
            meeting=key,
            first_at=begin,
            last_at=begin + 60 * SECOND,
            has_left=key != "c",
        )
        [noted] = sessions.saw([seen])
        if key in "ab":
            sessions.end(admin, noted.session_id)
    first = midnight.date() - DAY
    found = usage.by_day(admin, first, midnight.date())
    assert [(each.day, each.sessions) for each in found] == [(first, 1), (midnight.date(), 2)]
    assert found[0].participant_minutes == pytest.approx(1)


def test_key_pairs_work_on_both(directory, admin, abroad: Workspace, clock) -> None:
    """Both secrets until the overlap is over, then the new one, and none when the pair was ended."""
    keys = VideoSdkKeys(directory, clock)
    pair = keys.create(admin, "dashboard")
    new = keys.rotate(admin, pair.key.key_id, overlap=timedelta(hours=1))
    assert new.key.old_secret_until == clock() + timedelta(hours=1)

    def opens(secret: str) -> bool:
        try:
            keys.authenticate(sign(pair.key.api_key, secret))
        except Unauthenticated:
            return False
        return True

    assert (opens(pair.secret), opens(new.secret)) == (True, True)
    clock.moment += timedelta(hours=1)
    assert (opens(pair.secret), opens(new.secret)) == (False, True)
    with directory.write() as tx:
        assert not tx.videosdk_keys.revoke(abroad.workspace_id, pair.key.key_id, now=clock())
        assert tx.videosdk_keys.all(abroad.workspace_id) == []
    keys.revoke(admin, pair.key.key_id)
    assert not opens(new.secret)
    assert [each.revoked_at for each in keys.all(admin)] == [clock()]
