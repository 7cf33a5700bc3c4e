"""Workspaces: where a caller may act."""

from typing import Final

import msgspec
from litestar import get

from sonde.api.native.call import Call
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, page_by_id
from sonde.api.native.query import PageQuery, read_query
from sonde.model.people import Membership, Role


class WorkspaceItem(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace of the caller's.

    Attributes:
        workspace_id: its number, as every route takes it.
        name: what people call it.
        organization: the organization it belongs to.
        role: what the caller may do in it: `admin` writes, `member` reads.
        is_default: it is the one that is meant when a request names none.
    """

    workspace_id: int
    name: str
    organization: str
    role: Role
    is_default: bool


_ITEM: Final = {
    "workspace_id": 1,
    "name": "Support",
    "organization": "Example",
    "role": "admin",
    "is_default": True,
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
def list_workspaces(request: Call) -> Page[WorkspaceItem]:
    """The workspaces that the token's owner is a member of, by number."""
    query = read_query(request, PageQuery)
    shown = sorted(map(_shown, request.user.memberships), key=lambda each: each.workspace_id)
    return page_by_id(shown, query, key=lambda each: each.workspace_id)


HANDLERS: Final = (list_workspaces,)


def _shown(membership: Membership) -> WorkspaceItem:
    return WorkspaceItem(
        workspace_id=membership.workspace.workspace_id,
        name=membership.workspace.name,
        organization=membership.workspace.organization_name,
        role=membership.role,
        is_default=membership.is_default,
    )
