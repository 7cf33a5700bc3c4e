"""Workspaces: where a caller may act."""

from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency

from sonde.api.native.call import Call
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, page_by_id
from sonde.api.native.query import PageQuery, read_query
from sonde.model.people import Access, Membership, Role


class WorkspaceItem(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace of the caller's.

    Attributes:
        workspace_id: its number, as every route takes it.
        uuid: its name where a number does not do: RealtimeKit's clients take it as their app.
        name: what people call it.
        organization: the organization it belongs to.
        organization_uuid: that one's name, which RealtimeKit's clients take as their account.
        role: what the caller may do in it: `admin` writes, `member` reads.
        is_default: it is the one that is meant when a request names none.
        is_current: it is the one that this request is about.
    """

    workspace_id: int
    uuid: str
    name: str
    organization: str
    organization_uuid: str
    role: Role
    is_default: bool
    is_current: bool


_ITEM: Final = {
    "workspace_id": 1,
    "uuid": "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    "name": "Support",
    "organization": "Example",
    "organization_uuid": "1a8a93b3-3c43-5e0b-9b52-7a4a3e6f3a10",
    "role": "admin",
    "is_default": True,
    "is_current": True,
}


@get(
    "/workspaces",
    opt=describe(
        tag="Workspaces",
        summary="List your workspaces",
        query=PageQuery,
        answer=Page[WorkspaceItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=False,
)
def list_workspaces(request: Call, access: NamedDependency[Access]) -> Page[WorkspaceItem]:
    """The workspaces that the token's owner is a member of, by number."""
    query = read_query(request, PageQuery)
    shown = [_shown(each, access) for each in request.user.memberships]
    shown.sort(key=lambda each: each.workspace_id)
    return page_by_id(shown, query, key=lambda each: each.workspace_id)


HANDLERS: Final = (list_workspaces,)


def _shown(membership: Membership, access: Access) -> WorkspaceItem:
    return WorkspaceItem(
        workspace_id=membership.workspace.workspace_id,
        uuid=membership.workspace.uuid,
        name=membership.workspace.name,
        organization=membership.workspace.organization_name,
        organization_uuid=membership.workspace.organization_uuid,
        role=membership.role,
        is_default=membership.is_default,
        is_current=membership.workspace == access.workspace,
    )
