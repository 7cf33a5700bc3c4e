"""Paths, parameters and statuses of version 7: account groups."""

from typing import Final

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import UNSET

from sonde.api.thousandeyes.addressing import read_id
from sonde.api.thousandeyes.call import Call
from sonde.api.thousandeyes.definitions import check_agents_of_group
from sonde.api.thousandeyes.operations import JsonBody, operation
from sonde.api.thousandeyes.v7.answer import created
from sonde.api.thousandeyes.v7.bodies import AccountGroupChange, NewAccountGroup
from sonde.api.thousandeyes.v7.changes import numbers
from sonde.api.thousandeyes.v7.links import link, self_links
from sonde.api.thousandeyes.v7.mapping import account_group
from sonde.api.thousandeyes.v7.schema import AccountGroupDocument, AccountGroupList
from sonde.api.use_cases import UseCases
from sonde.model.people import Access, Workspace

NEW_ACCOUNT_GROUP: Final = JsonBody(NewAccountGroup)
ACCOUNT_GROUP_CHANGE: Final = JsonBody(AccountGroupChange)


@get("/account-groups", sync_to_thread=False)
def list_account_groups(
    request: Call, access: NamedDependency[Access], base: NamedDependency[str]
) -> AccountGroupList:
    """List the account groups of the caller."""
    default = request.user.default_workspace
    return AccountGroupList(
        account_groups=[account_group(each.workspace, access, default) for each in request.user.memberships],
        links=self_links("/account-groups", base),
    )


@get("/account-groups/{aid:str}", sync_to_thread=True)
def show_account_group(
    request: Call,
    aid: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AccountGroupDocument:
    """Show one of them."""
    chosen = use_cases.accounts.access(request.user, read_id(aid, "aid"))
    return _shown(chosen.workspace, request, access, base)


@post("/account-groups", opt=operation(takes=NEW_ACCOUNT_GROUP, refuses=(409,)), sync_to_thread=True)
def create_account_group(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> Response[AccountGroupDocument]:
    """Make an account group; whoever makes it administers it."""
    wanted = NEW_ACCOUNT_GROUP.read(request, body)
    check_agents_of_group(numbers(wanted.agents), [])
    made = use_cases.workspaces.create(access, wanted.account_group_name)
    return created(_shown(made, request, access, base), link(_path(made), base))


@put(
    "/account-groups/{aid:str}",
    opt=operation(takes=ACCOUNT_GROUP_CHANGE, refuses=(409,)),
    sync_to_thread=True,
)
def update_account_group(
    request: Call,
    body: RawBody,
    aid: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AccountGroupDocument:
    """Change the name of an account group."""
    change = ACCOUNT_GROUP_CHANGE.read(request, body)
    chosen = use_cases.accounts.access(request.user, read_id(aid, "aid"))
    check_agents_of_group(numbers(change.agents), use_cases.agents.list(chosen))
    name = chosen.workspace.name if change.account_group_name is UNSET else change.account_group_name
    return _shown(use_cases.workspaces.rename(chosen, name), request, access, base)


@delete("/account-groups/{aid:str}", opt=operation(refuses=(409,)), sync_to_thread=True)
def delete_account_group(
    request: Call,
    aid: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],  # noqa: ARG001 - a wrong `aid` is refused here as everywhere
) -> None:
    """Delete an account group that has nothing in it."""
    use_cases.workspaces.remove(use_cases.accounts.access(request.user, read_id(aid, "aid")))


HANDLERS: Final = (
    list_account_groups,
    show_account_group,
    create_account_group,
    update_account_group,
    delete_account_group,
)


def _shown(workspace: Workspace, request: Call, access: Access, base: str) -> AccountGroupDocument:
    return msgspec.structs.replace(
        account_group(workspace, access, request.user.default_workspace),
        links=self_links(_path(workspace), base),
    )


def _path(workspace: Workspace) -> str:
    return f"/account-groups/{workspace.workspace_id}"
