"""Who is enrolled in a meeting, for applications that keep their own list of people and repeat themselves."""

from uuid import uuid4

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import Invalid, NotFound
from sonde.model.listing import NumberedPage, PageNumber
from sonde.model.peers import Participant
from sonde.model.people import Access
from sonde.model.sessions import ViewType
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.reporting import Reporting
from sonde.services.text import NAME_LENGTH, checked_name, checked_text

PICTURE_LENGTH = 2048
"""Most characters of the address of a picture."""


class ParticipantChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different about a participant; None leaves it as it is. The meanings are theirs.

    Attributes:
        preset: the name of one of the workspace's presets, or any other; their view type follows the former.
    """

    name: str | None = None
    preset: str | None = None
    picture: str | None = None


class Enrolments:
    """The people on the lists of each workspace's meetings.

    Args:
        directory: where they are kept.
        reporting: recognises their tokens.
        now: the present moment.
    """

    def __init__(self, directory: Directory, reporting: Reporting, now: Clock = utc_now) -> None:
        self._directory = directory
        self._reporting = reporting
        self._now = now

    def add(self, access: Access, meeting_id: str, custom_id: str, given: ParticipantChange) -> Participant:
        """Put somebody on a meeting's list. Who is on it, or was, is the same person with what is given now.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such meeting.
            Invalid: a part of it cannot be used.
        """
        require_admin(access)
        custom_id, given = checked_name(custom_id, field="custom_id"), _checked(given)
        now, workspace_id = self._now(), access.workspace.workspace_id
        with self._directory.write() as tx:
            # Of several who add the same person at once, one makes a row, and the others find it.
            if tx.meetings.hold(workspace_id, meeting_id) is None:
                raise _no_meeting(meeting_id)
            known = tx.participants.by_custom_id(workspace_id, meeting_id, custom_id)
            if known is not None:
                return _change(tx, msgspec.structs.replace(known, removed_at=None), given, self._now)
            return tx.participants.add(
                Participant(
                    participant_id=str(uuid4()),
                    workspace_id=workspace_id,
                    meeting_id=meeting_id,
                    custom_id=custom_id,
                    name=given.name or "",
                    preset=given.preset or "",
                    view_type=_view_type(tx, workspace_id, given.preset) or ViewType.GROUP_CALL,
                    picture=given.picture or "",
                    created_at=now,
                    updated_at=now,
                )
            )

    def change(
        self, access: Access, meeting_id: str, participant_id: str, wanted: ParticipantChange
    ) -> Participant:
        """Change what is known of a participant. Connections they have keep their view type.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such meeting, or the meeting no such participant.
            Invalid: a part of it cannot be used.
        """
        require_admin(access)
        wanted, workspace_id = _checked(wanted), access.workspace.workspace_id
        with self._directory.write() as tx:
            known = _found(tx, workspace_id, meeting_id, participant_id)
            return _change(tx, known, wanted, self._now)

    def remove(self, access: Access, meeting_id: str, participant_id: str) -> Participant:
        """Take somebody off a meeting's list and end their tokens; sessions they were in know them still.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such meeting, or the meeting no such participant.
        """
        require_admin(access)
        now, workspace_id = self._now(), access.workspace.workspace_id
        with self._directory.write() as tx:
            known = _found(tx, workspace_id, meeting_id, participant_id)
            removed = msgspec.structs.replace(known, removed_at=now, updated_at=now)
            tx.participants.update(removed)
            tx.participant_tokens.revoke_all(workspace_id, participant_id, now=now)
        self._reporting.forget_secrets()
        return removed

    def get(self, access: Access, meeting_id: str, participant_id: str) -> Participant:
        """One of the people on a meeting's list.

        Raises:
            NotFound: the workspace has no such meeting, or the meeting no such participant.
        """
        with self._directory.read() as tx:
            return _found(tx, access.workspace.workspace_id, meeting_id, participant_id)

    def numbered(self, access: Access, meeting_id: str, page: PageNumber) -> NumberedPage[Participant]:
        """One page of a meeting's list, the newest first.

        Raises:
            NotFound: the workspace has no such meeting.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            _require_meeting(tx, workspace_id, meeting_id)
            return tx.participants.numbered(workspace_id, meeting_id, page)


def _checked(given: ParticipantChange) -> ParticipantChange:
    limits = {"name": NAME_LENGTH, "preset": NAME_LENGTH, "picture": PICTURE_LENGTH}
    texts = {field: text for field, text in msgspec.structs.asdict(given).items() if text is not None}
    for field, text in texts.items():
        checked_text(text, field=field, longest=limits[field])
    if given.picture and not given.picture.startswith(("https://", "http://")):
        raise Invalid("picture must be the address of an image, https://...", field="picture")
    return ParticipantChange(**{field: text.strip() for field, text in texts.items()})


def _change(tx: Transaction, known: Participant, wanted: ParticipantChange, now: Clock) -> Participant:
    changes = {field: text for field, text in msgspec.structs.asdict(wanted).items() if text is not None}
    view_type = _view_type(tx, known.workspace_id, wanted.preset)
    changed = msgspec.structs.replace(known, **changes, view_type=view_type or known.view_type)
    changed = msgspec.structs.replace(changed, updated_at=now())
    tx.participants.update(changed)
    return changed


def _view_type(tx: Transaction, workspace_id: int, name: str | None) -> ViewType | None:
    """What a preset says of those who are given it; None where the workspace has none of that name."""
    preset = tx.presets.named(workspace_id, name) if name else None
    return preset.settings.view_type if preset else None


def _require_meeting(tx: Transaction, workspace_id: int, meeting_id: str) -> None:
    if tx.meetings.get(workspace_id, meeting_id) is None:
        raise _no_meeting(meeting_id)


def _no_meeting(meeting_id: str) -> NotFound:
    return NotFound(f"There is no meeting {meeting_id} in this workspace.")


def _found(tx: Transaction, workspace_id: int, meeting_id: str, participant_id: str) -> Participant:
    _require_meeting(tx, workspace_id, meeting_id)
    participant = tx.participants.get(workspace_id, participant_id)
    if participant is None or participant.meeting_id != meeting_id:
        raise NotFound(f"There is no participant {participant_id} in this meeting.")
    return participant
