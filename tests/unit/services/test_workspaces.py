"""Workspaces are made, renamed and removed, and never under anybody's feet."""

from datetime import timedelta

import pytest

from sonde.model.errors import Conflict, Denied, Invalid
from sonde.model.people import Access, Role
from sonde.model.voice_tests import VoiceTestSettings
from sonde.services.accounts import Accounts
from sonde.services.instant_tests import InstantTests
from sonde.services.workspaces import Workspaces


def admin_of(accounts: Accounts, workspace_id: int) -> Access:
    """Ada, acting in another of her workspaces."""
    return accounts.access(accounts.person("ada@example.com"), workspace_id)


def test_who_makes_a_workspace_administers_it(
    accounts: Accounts, workspaces: Workspaces, admin: Access
) -> None:
    """Beside the one it was made from, in the same organization."""
    made = workspaces.create(admin, " Second ")
    assert (made.name, made.organization_id) == ("Second", admin.workspace.organization_id)
    assert admin_of(accounts, made.workspace_id).role is Role.ADMIN


def test_a_workspace_is_renamed(accounts: Accounts, workspaces: Workspaces, admin: Access) -> None:
    """It stays the same one; a taken name is a conflict, an empty one is invalid."""
    second = admin_of(accounts, workspaces.create(admin, "Second").workspace_id)
    assert workspaces.rename(second, "Lab").name == "Lab"
    assert admin_of(accounts, second.workspace.workspace_id).workspace.name == "Lab"
    with pytest.raises(Conflict):
        workspaces.rename(second, "Home")
    with pytest.raises(Invalid):
        workspaces.rename(second, " ")


def test_a_member_changes_no_workspace(workspaces: Workspaces, member: Access) -> None:
    """Neither its name nor whether it is there."""
    with pytest.raises(Denied):
        workspaces.create(member, "Mine")
    with pytest.raises(Denied):
        workspaces.rename(member, "Mine")
    with pytest.raises(Denied):
        workspaces.remove(member)


def test_an_empty_workspace_is_removed(accounts: Accounts, workspaces: Workspaces, admin: Access) -> None:
    """Its members stay where they else are, and its name is free; renaming it is too late then."""
    second = admin_of(accounts, workspaces.create(admin, "Second").workspace_id)
    workspaces.remove(second)
    assert [each.workspace for each in accounts.person("ada@example.com").memberships] == [admin.workspace]
    assert workspaces.create(admin, "Second").workspace_id > second.workspace.workspace_id
    with pytest.raises(Invalid, match="removed meanwhile"):
        workspaces.rename(second, "Late")


def test_another_workspace_becomes_the_default(
    accounts: Accounts, workspaces: Workspaces, admin: Access
) -> None:
    """Of somebody whose default was removed: nobody is left without one."""
    second = workspaces.create(admin, "Second")
    workspaces.remove(admin)
    assert accounts.access(accounts.person("ada@example.com")).workspace == second


def test_nobody_is_left_nowhere(
    accounts: Accounts, workspaces: Workspaces, admin: Access, member: Access
) -> None:
    """The token of somebody who belongs nowhere would open nothing; so all stay."""
    workspaces.create(admin, "Second")
    with pytest.raises(Conflict, match="this workspace alone"):
        workspaces.remove(admin)
    assert accounts.access(accounts.person("ada@example.com")) == admin


def test_a_workspace_in_use_stays(
    accounts: Accounts, workspaces: Workspaces, agents, voice_tests, admin: Access, enrol
) -> None:
    """Agents and tests keep it; what is left of removed ones, and old requests, do not."""
    second = admin_of(accounts, workspaces.create(admin, "Second").workspace_id)
    a, b = (enrol(second, name).agent_id for name in "ab")
    settings = VoiceTestSettings(name="Lab", source_agent_ids=(a,), target_agent_id=b)
    test_id = voice_tests.create(second, settings).test_id
    with pytest.raises(Conflict, match="still has agents, tests"):
        workspaces.remove(second)
    voice_tests.delete(second, test_id)
    with pytest.raises(Conflict, match="still has agents, tests"):
        workspaces.remove(second)
    assert len(accounts.person("ada@example.com").memberships) == 2, "a refusal changes nothing"
    agents.create_enrolment_token(second, "unused", timedelta(hours=1))
    for agent_id in (a, b):
        agents.remove(second, agent_id)
    workspaces.remove(second)
    assert len(accounts.person("ada@example.com").memberships) == 1


def test_old_requests_keep_no_workspace(
    directory, clock, accounts: Accounts, workspaces: Workspaces, agents, admin: Access, enrol
) -> None:
    """Instant tests of agents that are gone go with it."""
    second = admin_of(accounts, workspaces.create(admin, "Second").workspace_id)
    a, b = (enrol(second, name).agent_id for name in "ab")
    settings = VoiceTestSettings(name="Now", source_agent_ids=(a,), target_agent_id=b)
    InstantTests(directory, clock).create(second, settings)
    clock.advance(timedelta(hours=1))
    for agent_id in (a, b):
        agents.remove(second, agent_id)
    workspaces.remove(second)
    assert len(accounts.person("ada@example.com").memberships) == 1
