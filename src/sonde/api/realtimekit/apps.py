"""Routes of apps: the caller's workspaces in an account."""

from typing import Annotated, Final, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import RawBody
from msgspec import Meta

from sonde.api.realtimekit.body import read_body
from sonde.api.realtimekit.call import Call, read_query, workspaces_of
from sonde.api.realtimekit.openapi import KIT
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.paging import page_of, show_paging
from sonde.api.realtimekit.schema import Answer, PagedAnswer, PageQuery, Query, about
from sonde.api.realtimekit.units import show_moment
from sonde.api.use_cases import UseCases
from sonde.model.people import Access, Role


class AppsQuery(PageQuery, frozen=True, kw_only=True):
    """What the list of apps takes."""

    search: Annotated[str, Meta(max_length=255, description="Only apps with these words in the name.")] = ""
    sort_order: Annotated[Literal["ASC", "DESC"], about("Oldest or newest first.")] = "DESC"


class AppBody(msgspec.Struct, frozen=True, kw_only=True):
    """A new app."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]


class AppItem(msgspec.Struct, frozen=True, kw_only=True):
    """One app."""

    id: str
    name: str
    created_at: str


class NewApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app that was just made."""

    app: AppItem


_body: Final = msgspec.json.Decoder(AppBody)


@get(f"{KIT}/apps", opt=describe(answer=PagedAnswer[list[AppItem]], query=AppsQuery), sync_to_thread=True)
def list_apps(request: Call, use_cases: NamedDependency[UseCases]) -> PagedAnswer[list[AppItem]]:
    """List the apps of the account that the caller has a part in."""
    query = read_query(request, AppsQuery)
    page = use_cases.workspaces.numbered(
        workspaces_of(request),
        page_of(query),
        search=query.search,
        newest_first=query.sort_order == "DESC",
    )
    made_at = use_cases.workspaces.made_at(page.items)
    items = [
        AppItem(id=each.uuid, name=each.name, created_at=show_moment(made_at[each.workspace_id]))
        for each in page.items
    ]
    return PagedAnswer(data=items, paging=show_paging(page))


@post(f"{KIT}/apps", opt=describe(answer=Answer[NewApp], body=AppBody, status=201), sync_to_thread=True)
def create_app(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases]
) -> Response[Answer[NewApp]]:
    """Make an app; whoever administers another one of the account may."""
    read_query(request, Query)
    wanted = read_body(request, body, _body)
    made = use_cases.workspaces.create(_strongest(request, use_cases), wanted.name)
    created_at = use_cases.workspaces.made_at([made])[made.workspace_id]
    item = AppItem(id=made.uuid, name=made.name, created_at=show_moment(created_at))
    return Response(Answer(data=NewApp(app=item)), status_code=201)


def _strongest(request: Call, use_cases: UseCases) -> Access:
    """The caller in a workspace of the account that they administer, or else in any."""
    own = [use_cases.accounts.access(request.user, each.workspace_id) for each in workspaces_of(request)]
    return next((each for each in own if each.role is Role.ADMIN), own[0])


HANDLERS: Final = (list_apps, create_app)
