"""What is kept of the key pairs of programs written for VideoSDK's API."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from sonde.directory.call_tables import VideoSdkKeyRow, possible_id
from sonde.directory.records import VideoSdkSecrets
from sonde.directory.tables import MAX_ID
from sonde.model.people import Access
from sonde.model.videosdk_keys import VideoSdkKey


class VideoSdkKeyRepository:
    """Reads and writes key pairs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, access: Access, api_key: str, secret: str, *, label: str, now: datetime) -> VideoSdkKey:
        """Keep a new key pair of a workspace."""
        row = VideoSdkKeyRow(
            workspace_id=access.workspace.workspace_id,
            api_key=api_key,
            secret=secret,
            old_secret="",
            label=label,
            created_by=access.person_label,
            created_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return _key(row)

    def all(self, workspace_id: int) -> list[VideoSdkKey]:
        """All key pairs that a workspace ever had, oldest first."""
        query = select(VideoSdkKeyRow).where(VideoSdkKeyRow.workspace_id == workspace_id)
        return [_key(row) for row in self._session.scalars(query.order_by(VideoSdkKeyRow.id))]

    def secrets(self, api_key: str, *, now: datetime) -> VideoSdkSecrets | None:
        """What tokens that name a key pair may be signed with; None where no such pair works."""
        row = self._row(VideoSdkKeyRow.api_key == possible_id(api_key))
        if row is None:
            return None
        old = (row.old_secret,) if row.old_secret_until is not None and row.old_secret_until > now else ()
        return VideoSdkSecrets(workspace_id=row.workspace_id, label=row.label, secrets=(row.secret, *old))

    def rotate(
        self, workspace_id: int, key_id: int, secret: str, *, now: datetime, old_until: datetime
    ) -> VideoSdkKey | None:
        """Give a key pair another secret. None when the workspace has no such pair that works.

        Args:
            workspace_id: whose it is.
            key_id: which one.
            secret: the new one.
            now: the time.
            old_until: until when the one that it had works as well.
        """
        row = self._of_workspace(workspace_id, key_id)
        if row is None:
            return None
        row.old_secret, row.old_secret_until = row.secret, old_until
        row.secret, row.rotated_at = secret, now
        self._session.flush()
        return _key(row)

    def revoke(self, workspace_id: int, key_id: int, *, now: datetime) -> bool:
        """End a key pair and forget its secrets. False when the workspace has no such pair that works."""
        row = self._of_workspace(workspace_id, key_id)
        if row is None:
            return False
        row.secret = row.old_secret = ""
        row.old_secret_until, row.revoked_at = None, now
        self._session.flush()
        return True

    def _of_workspace(self, workspace_id: int, key_id: int) -> VideoSdkKeyRow | None:
        if not 0 < key_id <= MAX_ID:
            return None
        return self._row(VideoSdkKeyRow.id == key_id, VideoSdkKeyRow.workspace_id == workspace_id)

    def _row(self, *conditions: ColumnElement[bool]) -> VideoSdkKeyRow | None:
        query = select(VideoSdkKeyRow).where(VideoSdkKeyRow.revoked_at.is_(None), *conditions)
        return self._session.scalars(query).one_or_none()


def _key(row: VideoSdkKeyRow) -> VideoSdkKey:
    return VideoSdkKey(
        key_id=row.id,
        api_key=row.api_key,
        label=row.label,
        created_by=row.created_by,
        created_at=row.created_at,
        rotated_at=row.rotated_at,
        old_secret_until=row.old_secret_until,
        revoked_at=row.revoked_at,
    )
