"""Who may see and do what: organizations, workspaces, people and their roles."""

from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

_TENANTS: Final = uuid5(NAMESPACE_URL, "urn:sonde:tenant")


# Every thing that is shown names both, and a list shows many.
@lru_cache(maxsize=1024)
def _uuid(kind: str, number: int) -> str:
    return str(uuid5(_TENANTS, f"{kind}/{number}"))


class Role(StrEnum):
    """What a person may do in one workspace. Each role includes the ones below it."""

    ADMIN = "admin"
    """Writes tests, agents and keys."""

    MEMBER = "member"
    """Reads everything in the workspace."""


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """The unit that owns data; ThousandEyes calls it an account group.

    Attributes:
        workspace_id: positive; what ThousandEyes calls `aid`.
        name: shown to people, unique in its organization.
        organization_id: the tenant it belongs to.
        organization_name: shown to people.
    """

    workspace_id: int
    name: str
    organization_id: int
    organization_name: str

    @property
    def uuid(self) -> str:
        """Names it where numbers do not do, always in the same way; no secret."""
        return _uuid("workspace", self.workspace_id)

    @property
    def organization_uuid(self) -> str:
        """Names its organization in the same way."""
        return _uuid("organization", self.organization_id)


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace a person belongs to, and as what."""

    workspace: Workspace
    role: Role
    is_default: bool


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A person who proved who they are.

    Attributes:
        memberships: never empty; exactly one has `is_default`.
    """

    person_id: int
    email: str
    name: str
    memberships: tuple[Membership, ...]

    @property
    def default_workspace(self) -> Workspace:
        """The workspace of whatever they do without naming one."""
        return next(each.workspace for each in self.memberships if each.is_default)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A person acting in one workspace: what every service call about data takes first."""

    person_id: int
    person_label: str
    """Name and mail address as shown beside what they made, `Name (mail)`."""

    workspace: Workspace
    role: Role
