"""People: who they are, where they belong, and the tokens that prove it."""

import re

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.directory.records import ApiToken, Credential
from sonde.model.errors import Denied, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access, Membership, Principal, Role
from sonde.services.clock import Clock, utc_now
from sonde.services.text import checked_name
from sonde.services.tokens import TokenKind, find_match, mint, seal

EMAIL_LENGTH = 254
"""Most characters of a mail address (RFC 5321 section 4.5.3.1.3, without the angle brackets)."""

OPERATOR = "operator of the server"
"""The label of whoever runs a command on the server itself."""

OPERATOR_ID = 0
"""Their person id, which no row has."""

# No more than what tells an address from a slip: only a mail would prove the rest. The colon would
# break HTTP Basic, in which the address is the user name (RFC 7617 section 2).
_EMAIL = re.compile(r"[^@\s:\x00-\x1f\ud800-\udfff]+@[^@\s:\x00-\x1f\ud800-\udfff]+")


class Bootstrapped(msgspec.Struct, frozen=True, kw_only=True):
    """A new organization's first person, and the only sight of their token."""

    token: str
    principal: Principal

    def __repr__(self) -> str:
        """Leave the token out, wherever this gets printed."""
        return f"Bootstrapped(principal={self.principal!r})"


class Accounts:
    """Organizations, people, their memberships and their API tokens."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def bootstrap(self, organization: str, workspace: str, *, email: str, name: str) -> Bootstrapped:
        """Make an organization with a workspace and an administrator who has a token.

        Raises:
            Invalid: a name or the address cannot be used.
            Conflict: the organization or the person is there already.
        """
        organization = checked_name(organization, field="organization")
        workspace = checked_name(workspace, field="workspace")
        email, name = _checked_email(email), checked_name(name, field="name")
        now = self._now()
        with self._directory.write() as tx:
            organization_id = tx.workspaces.add_organization(organization, now=now)
            home = tx.workspaces.add(organization_id, workspace, now=now)
            person_id = tx.people.add(email, name, now=now)
            tx.people.join(person_id, home.workspace_id, role=Role.ADMIN)
            token = self._add_token(tx, person_id, "first token")
        return Bootstrapped(token=token, principal=self.person(email))

    def add_person(self, access: Access, *, email: str, name: str, role: Role = Role.MEMBER) -> str:
        """Add a new person to the workspace and return their first token.

        Raises:
            Denied: not an administrator.
            Invalid: the name or address cannot be used.
            Conflict: the person is there already.
        """
        require_admin(access)
        email, name = _checked_email(email), checked_name(name, field="name")
        with self._directory.write() as tx:
            person_id = tx.people.add(email, name, now=self._now())
            tx.people.join(person_id, access.workspace.workspace_id, role=role)
            return self._add_token(tx, person_id, "first token")

    def add_member(self, access: Access, *, email: str, role: Role = Role.MEMBER) -> None:
        """Let a person of the same organization into the workspace.

        They get no token by this: whoever held it could read their other workspaces.

        Raises:
            Denied: not an administrator.
            Invalid: the address cannot be one.
            NotFound: the organization has nobody of that address.
            Conflict: they are a member already.
        """
        require_admin(access)
        email = _checked_email(email)
        with self._directory.write() as tx:
            person = tx.people.by_email(email)
            if person is None or not _is_of(person, access.workspace.organization_id):
                raise NotFound(f"The organization has nobody with the address {email}.")
            tx.people.join(person.person_id, access.workspace.workspace_id, role=role)

    def create_token(self, principal: Principal, label: str) -> str:
        """Make another token for a person and return it."""
        label = checked_name(label, field="label")
        with self._directory.write() as tx:
            return self._add_token(tx, principal.person_id, label)

    def list_tokens(self, principal: Principal) -> list[ApiToken]:
        """A person's tokens, the revoked ones too, oldest first."""
        with self._directory.read() as tx:
            return tx.api_tokens.all(principal.person_id)

    def revoke_token(self, principal: Principal, token_id: int) -> None:
        """End one of a person's tokens, now.

        Raises:
            NotFound: they have no such token that still works.
        """
        with self._directory.write() as tx:
            if not tx.api_tokens.revoke(principal.person_id, token_id, now=self._now()):
                raise NotFound(f"{principal.email} has no token {token_id} that could be revoked.")

    def authenticate(self, token: str, email: str | None = None) -> Principal:
        """Find out who shows a token; with an address, only if it is theirs.

        Raises:
            Unauthenticated: nobody does. Why not is not said.
        """
        presented = seal(token, TokenKind.PERSON)
        with self._directory.read() as tx:
            credential = find_match(presented, tx.api_tokens.credentials(presented.prefix))
            person = tx.people.get(credential.owner_id) if credential else None
            if credential is None or person is None or not person.memberships:
                raise _unknown_token()
            was_used_lately = tx.api_tokens.was_used_lately(credential.record_id, now=self._now())
        if email is not None and email.strip().lower() != person.email:
            raise _unknown_token()
        if not was_used_lately:
            self._mark_used(credential)
        return person

    def person(self, email: str) -> Principal:
        """The person of a mail address; for commands run on the server itself.

        Raises:
            Invalid: it cannot be one.
            NotFound: there is none.
        """
        email = _checked_email(email)
        with self._directory.read() as tx:
            person = tx.people.by_email(email)
        if person is None:
            raise NotFound(f"There is nobody with the address {email}.")
        return person

    def access(self, principal: Principal, workspace_id: int | None = None) -> Access:
        """Let a person act in a workspace; None means their default one.

        Raises:
            Invalid: there is no such workspace.
            Denied: there is, but they are not a member.
        """
        for membership in principal.memberships:
            if workspace_id == membership.workspace.workspace_id:
                return _access(principal, membership)
            if workspace_id is None and membership.is_default:
                return _access(principal, membership)
        with self._directory.read() as tx:
            if workspace_id is None or tx.workspaces.get(workspace_id) is None:
                raise Invalid(f"There is no workspace {workspace_id}.", field="workspace_id")
        raise Denied(f"You are not a member of workspace {workspace_id}.")

    def operator_access(self, workspace_id: int | None = None) -> Access:
        """Let whoever runs a command on the server act in a workspace; None means the only one.

        Raises:
            Invalid: there is no such workspace, or there are several to choose from.
        """
        with self._directory.read() as tx:
            workspaces = tx.workspaces.all()
        chosen = [each for each in workspaces if workspace_id in {None, each.workspace_id}]
        if len(chosen) != 1:
            known = ", ".join(f"{each.workspace_id} ({each.name})" for each in workspaces) or "none yet"
            raise Invalid("Say which workspace.", hint=f"There are: {known}.", field="workspace_id")
        return Access(person_id=OPERATOR_ID, person_label=OPERATOR, workspace=chosen[0], role=Role.ADMIN)

    @staticmethod
    def require_admin(access: Access) -> None:
        """See the function of this name."""
        require_admin(access)

    def _add_token(self, tx: Transaction, person_id: int, label: str) -> str:
        token = mint(TokenKind.PERSON)
        tx.api_tokens.add(person_id, token.sealed, label=label, now=self._now())
        return token.secret

    def _mark_used(self, credential: Credential) -> None:
        with self._directory.write() as tx:
            tx.api_tokens.mark_used(credential.record_id, now=self._now())


def require_admin(access: Access) -> None:
    """Refuse whoever may only read.

    Raises:
        Denied: the role in this workspace is not administrator.
    """
    if access.role is not Role.ADMIN:
        raise Denied(
            f"Only an administrator of {access.workspace.name} may do this.",
            hint="Ask one of them, or use a workspace that you administer.",
        )


def _access(principal: Principal, membership: Membership) -> Access:
    return Access(
        person_id=principal.person_id,
        person_label=f"{principal.name} ({principal.email})",
        workspace=membership.workspace,
        role=membership.role,
    )


def _is_of(person: Principal, organization_id: int) -> bool:
    return any(each.workspace.organization_id == organization_id for each in person.memberships)


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    if len(email) > EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise Invalid("email must be a mail address such as ada@example.com.", field="email")
    return email


def _unknown_token() -> Unauthenticated:
    return Unauthenticated(
        "The token is not valid.", hint="It may be mistyped or revoked, or belong to another address."
    )
