"""Paths, parameters and statuses of version 6: account groups."""

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import UNSET

from sonde.api.thousandeyes.addressing import read_id
from sonde.api.thousandeyes.call import Call
from sonde.api.thousandeyes.definitions import check_agents_of_group
from sonde.api.thousandeyes.operations import JsonBody, operation
from sonde.api.thousandeyes.v6.bodies import AccountGroupChange, NewAccountGroup
from sonde.api.thousandeyes.v6.changes import named_agents
from sonde.api.thousandeyes.v6.mapping import account_document, account_group_document
from sonde.api.thousandeyes.v6.schema import AccountGroupList, AccountList
from sonde.api.use_cases import UseCases
from sonde.model.people import Access, Workspace

NEW_ACCOUNT_GROUP: Final = JsonBody(NewAccountGroup)
ACCOUNT_GROUP_CHANGE: Final = JsonBody(AccountGroupChange)


@get("/account-groups", sync_to_thread=False)
def list_account_groups(request: Call, access: NamedDependency[Access]) -> AccountGroupList:
    """List the account groups of the caller."""
    return _listed([each.workspace for each in request.user.memberships], request, access)


@get("/accounts", sync_to_thread=False)
def list_accounts(request: Call, access: NamedDependency[Access]) -> AccountList:
    """List the same in the words of version 5."""
    default = request.user.default_workspace
    return AccountList(
        account=[account_document(each.workspace, access, default) for each in request.user.memberships]
    )


@get("/account-groups/{aid:str}", sync_to_thread=True)
def show_account_group(
    request: Call, aid: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> AccountGroupList:
    """Show one of them."""
    chosen = use_cases.accounts.access(request.user, read_id(aid, "aid"))
    return _listed([chosen.workspace], request, access)


@post("/account-groups/new", opt=operation(takes=NEW_ACCOUNT_GROUP, refuses=(409,)), sync_to_thread=True)
def create_account_group(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> AccountGroupList:
    """Make an account group; whoever makes it administers it."""
    wanted = NEW_ACCOUNT_GROUP.read(request, body)
    check_agents_of_group(named_agents(wanted.agents), [])
    return _listed([use_cases.workspaces.create(access, wanted.account_group_name)], request, access)


@post(
    "/account-groups/{aid:str}/update",
    opt=operation(takes=ACCOUNT_GROUP_CHANGE, refuses=(409,)),
    status_code=200,
    sync_to_thread=True,
)
def update_account_group(
    request: Call,
    body: RawBody,
    aid: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> AccountGroupList:
    """Change the name of an account group."""
    change = ACCOUNT_GROUP_CHANGE.read(request, body)
    chosen = use_cases.accounts.access(request.user, read_id(aid, "aid"))
    check_agents_of_group(named_agents(change.agents), use_cases.agents.list(chosen))
    name = chosen.workspace.name if change.account_group_name is UNSET else change.account_group_name
    return _listed([use_cases.workspaces.rename(chosen, name)], request, access)


@post("/account-groups/{aid:str}/delete", opt=operation(refuses=(409,)), status_code=204, sync_to_thread=True)
def delete_account_group(
    request: Call,
    aid: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],  # noqa: ARG001 - a wrong `aid` is refused here as everywhere
) -> None:
    """Delete an account group that has nothing in it. The body is not looked at."""
    use_cases.workspaces.remove(use_cases.accounts.access(request.user, read_id(aid, "aid")))


HANDLERS: Final = (
    list_account_groups,
    list_accounts,
    show_account_group,
    create_account_group,
    update_account_group,
    delete_account_group,
)


def _listed(workspaces: list[Workspace], request: Call, access: Access) -> AccountGroupList:
    default = request.user.default_workspace
    return AccountGroupList(
        account_groups=[account_group_document(each, access, default) for each in workspaces]
    )
