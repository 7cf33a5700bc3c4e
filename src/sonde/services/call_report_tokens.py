"""Who may upload Telnyx call reports: a token of a person in a workspace, which comes with each upload."""

from datetime import timedelta
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.model.errors import Invalid, NotFound, Unauthenticated
from sonde.model.people import Access
from sonde.model.sightings import CallReportToken, ReportingClient
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.text import checked_name
from sonde.services.tokens import TokenKind, find_match, mint, seal

TTL_DEFAULT: Final = timedelta(days=365)
TTL_MAX: Final = timedelta(days=3650)
"""Life of a token: it stands in the configuration of a proxy, or in what a signalling server hands out."""


class MintedCallReportToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token, and the only sight of its secret."""

    secret: str
    token: CallReportToken

    def __repr__(self) -> str:
        """Leave the secret out, wherever this gets printed."""
        return f"MintedCallReportToken({self.token!r})"


class CallReportTokens:
    """The tokens of each workspace. They let upload call reports, and read nothing."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def create(
        self, access: Access, email: str, *, label: str, ttl: timedelta = TTL_DEFAULT
    ) -> MintedCallReportToken:
        """Make a token for a member of the workspace; what is uploaded with it is theirs.

        Raises:
            Denied: not an administrator.
            Invalid: the label cannot be used, or `ttl` is not above 0 and at most ten years.
            NotFound: the workspace has no member with this address.
        """
        require_admin(access)
        label = checked_name(label, field="label")
        if not timedelta(0) < ttl <= TTL_MAX:
            raise Invalid(f"ttl must be above 0 and at most {TTL_MAX.days} days.", field="ttl")
        workspace_id, now = access.workspace.workspace_id, self._now()
        minted = mint(TokenKind.CALL_REPORT)
        with self._directory.write() as tx:
            person = tx.people.by_email(email.strip().lower())
            memberships = person.memberships if person else ()
            if person is None or all(each.workspace.workspace_id != workspace_id for each in memberships):
                raise NotFound(f"The workspace has no member with the address {email[:254]}.", field="email")
            token = tx.call_report_tokens.add(
                access, person, minted.sealed, label=label, now=now, expires_at=now + ttl
            )
        return MintedCallReportToken(secret=minted.secret, token=token)

    def all(self, access: Access) -> list[CallReportToken]:
        """The workspace's tokens, the ended ones too, oldest first."""
        with self._directory.read() as tx:
            return tx.call_report_tokens.all(access.workspace.workspace_id)

    def revoke(self, access: Access, token_id: int) -> None:
        """End a token, now.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such token that could be revoked.
        """
        require_admin(access)
        with self._directory.write() as tx:
            workspace_id = access.workspace.workspace_id
            if not tx.call_report_tokens.revoke(workspace_id, token_id, now=self._now()):
                raise NotFound(f"There is no call report token {token_id} here that could be revoked.")

    def authenticate(self, secret: str) -> ReportingClient:
        """Find out who uploads with a token.

        Raises:
            Unauthenticated: nobody does. Why not is not said.
        """
        presented = seal(secret, TokenKind.CALL_REPORT)
        with self._directory.read() as tx:
            stored = tx.call_report_tokens.credentials(presented.prefix, now=self._now())
            match = find_match(presented, stored)
            if match is None:
                raise Unauthenticated("invalid call_report_id")
            return tx.call_report_tokens.client(match.record_id)
