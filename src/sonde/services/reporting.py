"""Who may report: client keys for browsers, and tokens that speak for one participant."""

import threading
from datetime import datetime, timedelta
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.directory.records import SealedToken
from sonde.model.errors import Invalid, NotFound, Unauthenticated
from sonde.model.people import Access
from sonde.model.sightings import ClientKey, ReportingClient
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.text import checked_name
from sonde.services.tokens import TokenKind, find_match, mint, seal
from sonde.services.trusted_secrets import Identified, TrustedSecrets

TOKEN_TTL_DEFAULT: Final = timedelta(days=1)
TOKEN_TTL_MAX: Final = timedelta(days=365)
"""Life of a participant's token."""


class MintedClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new client key, and the only sight of its secret."""

    secret: str
    key: ClientKey

    def __repr__(self) -> str:
        """Leave the secret out, wherever this gets printed."""
        return f"MintedClientKey({self.key!r})"


class MintedParticipantToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token of a participant, and the only sight of it."""

    secret: str
    participant_id: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Leave the secret out, wherever this gets printed."""
        return f"MintedParticipantToken({self.participant_id}, expires_at={self.expires_at})"


class Reporting:
    """The client keys and participants' tokens of each workspace. They let report, and read nothing."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now
        self._trusted = TrustedSecrets()
        self._looking = threading.Lock()

    def create_key(self, access: Access, label: str) -> MintedClientKey:
        """Make a key that any number of browsers may use.

        Raises:
            Denied: not an administrator.
            Invalid: the label cannot be used.
        """
        require_admin(access)
        label = checked_name(label, field="label")
        token = mint(TokenKind.CLIENT)
        with self._directory.write() as tx:
            key = tx.client_keys.add(
                access.workspace.workspace_id,
                token.sealed,
                label=label,
                created_by=access.person_label,
                now=self._now(),
            )
        return MintedClientKey(secret=token.secret, key=key)

    def list_keys(self, access: Access) -> list[ClientKey]:
        """The workspace's client keys, the revoked ones too, oldest first."""
        with self._directory.read() as tx:
            return tx.client_keys.all(access.workspace.workspace_id)

    def revoke_key(self, access: Access, key_id: int) -> None:
        """End a client key: here at once, in other processes of the server within ten seconds.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such key that still works.
        """
        require_admin(access)
        with self._directory.write() as tx:
            if not tx.client_keys.revoke(access.workspace.workspace_id, key_id, now=self._now()):
                raise NotFound(f"There is no client key {key_id} in this workspace that could be revoked.")
        self._trusted.clear()

    def create_token(
        self, access: Access, participant_id: str, ttl: timedelta = TOKEN_TTL_DEFAULT
    ) -> MintedParticipantToken:
        """Make a token for one participant; reports under it are theirs, whatever the client says.

        Raises:
            Denied: not an administrator.
            Invalid: `ttl` is not above 0 and at most a year.
            NotFound: the workspace has no such participant.
        """
        require_admin(access)
        if not timedelta(0) < ttl <= TOKEN_TTL_MAX:
            raise Invalid(f"ttl must be above 0 and at most {TOKEN_TTL_MAX.days} days.", field="ttl")
        token, now = mint(TokenKind.PARTICIPANT), self._now()
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            if tx.participants.get(workspace_id, participant_id) is None:
                raise _no_participant(participant_id)
            tx.participant_tokens.add(
                workspace_id,
                participant_id,
                token.sealed,
                created_by=access.person_label,
                now=now,
                expires_at=now + ttl,
            )
        return MintedParticipantToken(
            secret=token.secret, participant_id=participant_id, expires_at=now + ttl
        )

    def revoke_tokens(self, access: Access, participant_id: str) -> None:
        """End all tokens of a participant: here at once, in other processes within ten seconds.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such participant.
        """
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            if tx.participants.get(workspace_id, participant_id) is None:
                raise _no_participant(participant_id)
            tx.participant_tokens.revoke_all(workspace_id, participant_id, now=self._now())
        self._trusted.clear()

    def forget_secrets(self) -> None:
        """Forget who was right a moment ago, because tokens were ended elsewhere: each is looked up again."""
        self._trusted.clear()

    def recognise(self, secret: str) -> ReportingClient | None:
        """Who reports with a secret that was right a moment ago. Asks nobody, and so never waits.

        Returns:
            None when `authenticate` must be asked.
        """
        return self._trusted.find(_seal(secret).hash, now=self._now())

    def authenticate(self, secret: str) -> ReportingClient:
        """Find out who reports with a client key or a participant's token.

        Raises:
            Unauthenticated: nobody does. Why not is not said.
        """
        now, presented = self._now(), _seal(secret)
        self._look_again(now)
        client = self._trusted.find(presented.hash, now=now)
        if client is None:
            found = self._look_up(presented, is_token=_is_token(secret), now=now)
            self._trusted.add(presented.hash, found)
            client = found.client
        return client

    def _look_again(self, now: datetime) -> None:
        """Forget the secrets that were revoked or have expired since the last look."""
        with self._looking:
            if self._trusted.is_fresh(now):
                return
            used = self._trusted.used_lately(now)
            with self._directory.read() as tx:
                keys = tx.client_keys.working([each.number for each in used if not each.is_token])
                tokens = tx.participant_tokens.working(
                    [each.number for each in used if each.is_token], now=now
                )
            self._trusted.keep(keys=keys, tokens=tokens, now=now)

    def _look_up(self, presented: SealedToken, *, is_token: bool, now: datetime) -> Identified:
        with self._directory.read() as tx:
            keys, tokens = tx.client_keys, tx.participant_tokens
            stored = (
                tokens.credentials(presented.prefix, now=now)
                if is_token
                else keys.credentials(presented.prefix)
            )
            match = find_match(presented, stored)
            if match is None:
                raise Unauthenticated(
                    "The key is not valid.", hint="It may be mistyped, revoked or expired; ask for a new one."
                )
            client = tokens.client(match.record_id) if is_token else keys.client(match.record_id)
        return Identified(client=client, is_token=is_token, number=match.record_id, used_at=now)


def _is_token(secret: str) -> bool:
    return secret.startswith(TokenKind.PARTICIPANT)


def _seal(secret: str) -> SealedToken:
    return seal(secret, TokenKind.PARTICIPANT if _is_token(secret) else TokenKind.CLIENT)


def _no_participant(participant_id: str) -> NotFound:
    return NotFound(f"There is no participant {participant_id} in this workspace.")
