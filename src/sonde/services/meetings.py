"""Meetings, and the people who are enrolled in them before they come."""

from collections.abc import Callable
from uuid import uuid4

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import Conflict, Invalid, NotFound
from sonde.model.listing import MeetingFilter, NumberedPage, PageNumber, Position
from sonde.model.peers import Participant
from sonde.model.people import Access
from sonde.model.sessions import KEEP_ALIVE_RANGE, Meeting, MeetingOptions, MeetingSettings, ViewType
from sonde.model.summaries import WORD_LIMIT_RANGE
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.text import NAME_LENGTH, checked_name, checked_text

REGION_LENGTH = 64
"""Most characters of a preferred region."""


KEYWORDS_MAX = 100
"""Most words that whoever transcribes a meeting shall mind."""


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Who shall be enrolled in a meeting. The meanings are those of `Participant`."""

    custom_id: str
    name: str = ""
    preset: str = ""
    view_type: ViewType = ViewType.GROUP_CALL


class Meetings:
    """The meetings of each workspace."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def create(
        self, access: Access, settings: MeetingSettings, options: MeetingOptions | None = None
    ) -> Meeting:
        """Make a meeting.

        Raises:
            Denied: not an administrator.
            Invalid: a setting cannot be used; `field` is its name in `MeetingSettings`.
            Conflict: the workspace has one of that custom id.
        """
        require_admin(access)
        settings = _checked(settings)
        with self._directory.write() as tx:
            _check_parent(tx, access, settings, meeting_id="")
            return tx.meetings.add(
                access.workspace.workspace_id, settings, now=self._now(), options=_checked_options(options)
            )

    def update(
        self,
        access: Access,
        meeting_id: str,
        settings: MeetingSettings,
        options: MeetingOptions | None = None,
    ) -> Meeting:
        """Replace all settings of a meeting, and its options if there are any to put in their place.

        Sessions that go on follow the new settings.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such meeting.
            Invalid: a setting cannot be used; `field` is its name in `MeetingSettings`.
            Conflict: the workspace has another one of that custom id.
        """
        return self.change(access, meeting_id, lambda meeting: (settings, options or meeting.options))

    def change(
        self,
        access: Access,
        meeting_id: str,
        change: Callable[[Meeting], tuple[MeetingSettings, MeetingOptions]],
    ) -> Meeting:
        """As `update`, where the settings and options depend on the present ones. Raises the same."""
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            settings, options = change(_found(tx.meetings.hold(workspace_id, meeting_id), meeting_id))
            settings = _checked(settings)
            _check_parent(tx, access, settings, meeting_id=meeting_id)
            changed = tx.meetings.update(
                workspace_id, meeting_id, settings, now=self._now(), options=_checked_options(options)
            )
            return _found(changed, meeting_id)

    def get(self, access: Access, meeting_id: str) -> Meeting:
        """One of the workspace's meetings.

        Raises:
            NotFound: the workspace has no such meeting.
        """
        with self._directory.read() as tx:
            return _found(tx.meetings.get(access.workspace.workspace_id, meeting_id), meeting_id)

    def page(
        self, access: Access, *, limit: int, after: Position | None = None, search: str = ""
    ) -> list[Meeting]:
        """The workspace's meetings behind a position, the newest first.

        Args:
            access: who asks.
            limit: most of them.
            after: where the page before ended.
            search: words of the title, or the whole id or custom id.

        Raises:
            Invalid: the words to look for are not plain text.
        """
        checked_text(search, field="search", longest=NAME_LENGTH)
        with self._directory.read() as tx:
            return tx.meetings.page(access.workspace.workspace_id, limit=limit, after=after, search=search)

    def numbered(self, access: Access, wanted: MeetingFilter, page: PageNumber) -> NumberedPage[Meeting]:
        """One page of the workspace's meetings, the newest first.

        Raises:
            Invalid: the words to look for are not plain text.
        """
        checked_text(wanted.search, field="search", longest=NAME_LENGTH)
        with self._directory.read() as tx:
            return tx.meetings.numbered(access.workspace.workspace_id, wanted, page)

    def enrol(self, access: Access, meeting_id: str, enrolment: Enrolment) -> Participant:
        """Enrol somebody in a meeting.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such meeting.
            Invalid: a part of the enrolment cannot be used.
            Conflict: somebody of that custom id is enrolled.
        """
        require_admin(access)
        now, workspace_id = self._now(), access.workspace.workspace_id
        participant = Participant(
            participant_id=str(uuid4()),
            workspace_id=workspace_id,
            meeting_id=meeting_id,
            custom_id=checked_name(enrolment.custom_id, field="custom_id"),
            name=checked_text(enrolment.name, field="name", longest=NAME_LENGTH).strip(),
            preset=checked_text(enrolment.preset, field="preset", longest=NAME_LENGTH).strip(),
            view_type=enrolment.view_type,
            created_at=now,
            updated_at=now,
        )
        with self._directory.write() as tx:
            _found(tx.meetings.get(workspace_id, meeting_id), meeting_id)
            return tx.participants.add(participant)

    def participants(
        self, access: Access, meeting_id: str, *, limit: int, after: Position | None = None
    ) -> list[Participant]:
        """The participants of a meeting behind a position, the newest first.

        Raises:
            NotFound: the workspace has no such meeting.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            _found(tx.meetings.get(workspace_id, meeting_id), meeting_id)
            return tx.participants.page(workspace_id, meeting_id, limit=limit, after=after)

    def participant(self, access: Access, participant_id: str) -> Participant:
        """One of the workspace's participants.

        Raises:
            NotFound: the workspace has no such participant.
        """
        with self._directory.read() as tx:
            found = tx.participants.get(access.workspace.workspace_id, participant_id)
        if found is None:
            raise NotFound(f"There is no participant {participant_id} in this workspace.")
        return found


def _checked(settings: MeetingSettings) -> MeetingSettings:
    """The settings with their words trimmed; raises Invalid for what cannot be used."""
    shortest, longest = KEEP_ALIVE_RANGE
    if not shortest <= settings.keep_alive <= longest:
        raise Invalid(f"keep_alive must be {shortest} to {longest} seconds.", field="keep_alive")
    region = checked_text(settings.preferred_region, field="preferred_region", longest=REGION_LENGTH)
    custom_id = settings.custom_id
    return msgspec.structs.replace(
        settings,
        title=checked_name(settings.title, field="title"),
        custom_id=None if custom_id is None else checked_name(custom_id, field="custom_id"),
        preferred_region=region.strip(),
    )


def _checked_options(options: MeetingOptions | None) -> MeetingOptions | None:
    if options is None:
        return None
    fewest, most = WORD_LIMIT_RANGE
    if not fewest <= options.summary.word_limit <= most:
        raise Invalid(f"word_limit must be {fewest} to {most}.", field="word_limit")
    wishes = options.transcription
    checked_name(wishes.language, field="language")
    if len(wishes.keywords) > KEYWORDS_MAX:
        raise Invalid(f"keywords must be at most {KEYWORDS_MAX} words.", field="keywords")
    for word in wishes.keywords:
        checked_name(word, field="keywords")
    return options


def _check_parent(tx: Transaction, access: Access, settings: MeetingSettings, *, meeting_id: str) -> None:
    """Rooms of rooms are refused: nobody could say when the outermost of them is empty."""
    parent_id = settings.parent_meeting_id
    if parent_id is None:
        return
    workspace_id = access.workspace.workspace_id
    parent = tx.meetings.get(workspace_id, parent_id)
    if parent is None or parent_id == meeting_id or parent.settings.parent_meeting_id is not None:
        raise Invalid(
            "parent_meeting_id must be another meeting, which is no breakout room itself.",
            field="parent_meeting_id",
        )
    if meeting_id and tx.meetings.has_rooms(workspace_id, meeting_id):
        raise Conflict("A meeting with breakout rooms cannot become one itself.", field="parent_meeting_id")


def _found(meeting: Meeting | None, meeting_id: str) -> Meeting:
    if meeting is None:
        raise NotFound(f"There is no meeting {meeting_id} in this workspace.")
    return meeting
