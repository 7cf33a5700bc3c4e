"""Who may read as a VideoSDK program does: key pairs of a workspace, and the tokens signed with them.

A token is checked with the secret that it was signed with, so that secret is kept as it is; see
docs/adr/0004-secrets-and-roles.md.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import msgspec

from sonde.directory import Directory
from sonde.model.errors import Denied, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access, Role
from sonde.model.videosdk_keys import VideoSdkCaller, VideoSdkKey
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.signed_tokens import claimed, proved
from sonde.services.text import checked_name
from sonde.services.tokens import RANDOM_BYTES

SECRET_PREFIX: Final = "snd_videosdk_"  # noqa: S105 - the beginning of every secret, for secret scanners

OVERLAP_DEFAULT: Final = timedelta(days=1)
OVERLAP_MAX: Final = timedelta(days=30)
"""How long the old secret works beside the new one."""

PROGRAM_ID: Final = -1
"""Stands for a person where a program acts; nobody has this id."""

API_ROLE: Final = "crawler"
"""Role of tokens for this API, which a token with roles must have."""

MEDIA_ROLE: Final = "rtc"
"""Role of tokens that people join meetings with. They reach browsers, so they open nothing here."""


class MintedVideoSdkKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair with a new secret, and the only sight of that."""

    secret: str
    key: VideoSdkKey

    def __repr__(self) -> str:
        """Leave the secret out, wherever this gets printed."""
        return f"MintedVideoSdkKey({self.key!r})"


class VideoSdkKeys:
    """The key pairs of each workspace."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def create(self, access: Access, label: str) -> MintedVideoSdkKey:
        """Make a key pair.

        Raises:
            Denied: not an administrator.
            Invalid: the label cannot be used.
        """
        require_admin(access)
        label, secret = checked_name(label, field="label"), _new_secret()
        with self._directory.write() as tx:
            key = tx.videosdk_keys.add(access, str(uuid4()), secret, label=label, now=self._now())
        return MintedVideoSdkKey(secret=secret, key=key)

    def all(self, access: Access) -> list[VideoSdkKey]:
        """The workspace's key pairs, the ended ones too, oldest first."""
        with self._directory.read() as tx:
            return tx.videosdk_keys.all(access.workspace.workspace_id)

    def rotate(
        self, access: Access, key_id: int, *, overlap: timedelta = OVERLAP_DEFAULT
    ) -> MintedVideoSdkKey:
        """Give a key pair another secret; the one that it has works for a while longer, any older one not.

        Raises:
            Denied: not an administrator.
            Invalid: `overlap` is below 0 or above 30 days.
            NotFound: the workspace has no such key pair that works.
        """
        require_admin(access)
        if not timedelta(0) <= overlap <= OVERLAP_MAX:
            raise Invalid(f"overlap must be 0 to {OVERLAP_MAX.days} days.", field="overlap")
        secret, now = _new_secret(), self._now()
        with self._directory.write() as tx:
            key = tx.videosdk_keys.rotate(
                access.workspace.workspace_id, key_id, secret, now=now, old_until=now + overlap
            )
        if key is None:
            raise NotFound(f"There is no VideoSDK key {key_id} here that works.")
        return MintedVideoSdkKey(secret=secret, key=key)

    def revoke(self, access: Access, key_id: int) -> None:
        """End a key pair, now.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such key pair that works.
        """
        require_admin(access)
        with self._directory.write() as tx:
            if not tx.videosdk_keys.revoke(access.workspace.workspace_id, key_id, now=self._now()):
                raise NotFound(f"There is no VideoSDK key {key_id} here that works.")

    def authenticate(self, token: str) -> VideoSdkCaller:
        """Find out whose program shows a token.

        Raises:
            Unauthenticated: no key pair that works signed it, or it is not valid at this time.
            Denied: it is right, and not for this API.
        """
        api_key = claimed(token, "apikey")
        with self._directory.read() as tx:
            known = tx.videosdk_keys.secrets(api_key, now=self._now())
            claims = proved(token, known.secrets if known else ())
            workspace = tx.workspaces.get(known.workspace_id) if known else None
        if known is None or workspace is None:
            raise Unauthenticated("The token names a key that does not work.")
        _check_roles(claims)
        access = Access(
            person_id=PROGRAM_ID,
            person_label=f"VideoSDK key {known.label}",
            workspace=workspace,
            role=Role.ADMIN,
        )
        return VideoSdkCaller(access=access, room=_room(claims))


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def _check_roles(claims: Mapping[str, Any]) -> None:
    """Tokens without roles are let in, as programs of old sign them; with roles, the right one is needed."""
    roles = claims.get("roles")
    if roles is None:
        return
    if not isinstance(roles, list) or API_ROLE not in roles or MEDIA_ROLE in roles:
        raise Denied(
            f"The roles of this token do not open the API; it takes {API_ROLE} and not {MEDIA_ROLE}.",
            field="roles",
        )


def _room(claims: Mapping[str, Any]) -> str:
    room = claims.get("roomId")
    if room is None:
        return ""
    if not isinstance(room, str) or not room:
        raise Unauthenticated("The roomId of the token is no text.")
    return room
