"""Workspaces: made, renamed and removed by those who administer them."""

from collections.abc import Iterable
from datetime import datetime

from sonde.directory import Directory
from sonde.model.errors import Invalid
from sonde.model.listing import NumberedPage, PageNumber, cut_page
from sonde.model.people import Access, Role, Workspace
from sonde.services.accounts import OPERATOR_ID, require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.text import checked_name


class Workspaces:
    """The workspaces of each organization."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def create(self, access: Access, name: str) -> Workspace:
        """Make another workspace in the same organization; whoever makes it administers it.

        Raises:
            Denied: not an administrator.
            Invalid: the name cannot be used.
            Conflict: the name is taken.
        """
        require_admin(access)
        name = checked_name(name, field="workspace")
        with self._directory.write() as tx:
            made = tx.workspaces.add(access.workspace.organization_id, name, now=self._now())
            if access.person_id != OPERATOR_ID:
                tx.people.join(access.person_id, made.workspace_id, role=Role.ADMIN)
            return made

    def numbered(
        self,
        workspaces: Iterable[Workspace],
        page: PageNumber,
        *,
        search: str = "",
        newest_first: bool = True,
    ) -> NumberedPage[Workspace]:
        """One page of a person's workspaces with these words in the name, in the order they were made in."""
        found = [each for each in workspaces if search.strip().casefold() in each.name.casefold()]
        found.sort(key=lambda each: each.workspace_id, reverse=newest_first)
        return cut_page(found, page)

    def made_at(self, workspaces: Iterable[Workspace]) -> dict[int, datetime]:
        """When each of a person's workspaces was made, by id."""
        with self._directory.read() as tx:
            return tx.workspaces.made_at({each.workspace_id for each in workspaces})

    def rename(self, access: Access, name: str) -> Workspace:
        """Give the workspace another name.

        Raises:
            Denied: not an administrator of it.
            Invalid: the name cannot be used, or the workspace is gone.
            Conflict: the name is taken.
        """
        require_admin(access)
        name = checked_name(name, field="workspace")
        with self._directory.write() as tx:
            renamed = tx.workspaces.rename(access.workspace.workspace_id, name)
        if renamed is None:
            raise Invalid("The workspace was removed meanwhile.", field="workspace_id")
        return renamed

    def remove(self, access: Access) -> None:
        """Remove a workspace that has nothing in it. Its id is never given again.

        Its members stay with their other workspaces, one of which becomes their default if this was it.

        Raises:
            Denied: not an administrator of it.
            Conflict: it has agents, tests or anything else, or somebody belongs to no other workspace.
        """
        require_admin(access)
        with self._directory.write() as tx:
            tx.people.leave(access.workspace.workspace_id)
            tx.workspaces.remove(access.workspace.workspace_id)
