from datetime import timedelta

import pytest

from sonde.model.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access, Principal, Role
from sonde.services.accounts import Accounts, require_admin
from sonde.services.workspaces import Workspaces


def principal_of(accounts: Accounts, email: str) -> Principal:
    return accounts.person(email)


def test_bootstrap_makes_an_administrator_with_a_token(accounts: Accounts) -> None:
    """The token that is returned opens the new workspace."""
    made = accounts.bootstrap("Acme", "Home", email="Ada@Example.com", name="Ada")
    assert accounts.authenticate(made.token) == made.principal
    access = accounts.access(made.principal)
    assert (access.workspace.name, access.workspace.organization_name, access.role) == (
        "Home",
        "Acme",
        Role.ADMIN,
    )
    assert access.person_label == "Ada (ada@example.com)"
    assert made.token not in repr(made)


@pytest.mark.parametrize(
    ("organization", "email"), [("Acme", "other@example.com"), ("Other", "ADA@example.com")]
)
def test_bootstrap_does_not_take_over_what_is_there(
    accounts: Accounts, admin: Access, organization: str, email: str
) -> None:
    """A second organization needs another name and another person."""
    with pytest.raises(Conflict):
        accounts.bootstrap(organization, "Home", email=email, name="Another")
    assert len(principal_of(accounts, "ada@example.com").memberships) == 1


@pytest.mark.parametrize("email", ["", "ada", "a@b@c", "a b@c", "a:b@c", "@", f"{'a' * 251}@b.c", "a\x00@b"])
def test_an_address_that_cannot_be_one_is_refused(accounts: Accounts, email: str) -> None:
    """The error is about the address."""
    with pytest.raises(Invalid) as refusal:
        accounts.bootstrap("Acme", "Home", email=email, name="Ada")
    assert refusal.value.field == "email"


def test_a_token_may_come_with_its_owners_address(accounts: Accounts) -> None:
    """As in HTTP Basic; capital letters make no difference."""
    made = accounts.bootstrap("Acme", "Home", email="ada@example.com", name="Ada")
    assert accounts.authenticate(made.token, "ADA@example.com ") == made.principal


def test_a_token_with_anothers_address_is_refused(accounts: Accounts, member: Access) -> None:
    """A token proves who its owner is and nobody else."""
    token = accounts.create_token(principal_of(accounts, "bob@example.com"), "laptop")
    with pytest.raises(Unauthenticated):
        accounts.authenticate(token, "ada@example.com")


@pytest.mark.parametrize("junk", ["", "snd_pat_", "snd_pat_" + "A" * 43, "\x00", "\ud800", "x" * 10_000])
def test_an_unknown_token_is_refused(accounts: Accounts, admin: Access, junk: str) -> None:
    """The refusal does not tell what was wrong, nor repeat the token."""
    with pytest.raises(Unauthenticated) as refusal:
        accounts.authenticate(junk)
    assert refusal.value.message == "The token is not valid."


def test_a_revoked_token_is_refused_from_then_on(accounts: Accounts, admin: Access) -> None:
    """Other tokens of the person go on working."""
    ada = principal_of(accounts, "ada@example.com")
    kept, lost = accounts.create_token(ada, "desktop"), accounts.create_token(ada, "laptop")
    token_id = next(each.token_id for each in accounts.list_tokens(ada) if each.label == "laptop")
    accounts.revoke_token(ada, token_id)
    assert accounts.authenticate(kept) == ada
    with pytest.raises(Unauthenticated):
        accounts.authenticate(lost)
    with pytest.raises(NotFound):
        accounts.revoke_token(ada, token_id)


def test_nobody_revokes_the_token_of_another(accounts: Accounts, admin: Access, member: Access) -> None:
    """To Bob, Ada's token does not exist."""
    ada, bob = (principal_of(accounts, f"{name}@example.com") for name in ("ada", "bob"))
    token_id = accounts.list_tokens(ada)[0].token_id
    with pytest.raises(NotFound):
        accounts.revoke_token(bob, token_id)
    assert accounts.list_tokens(ada)[0].revoked_at is None


def test_the_list_shows_when_a_token_was_used(accounts: Accounts, admin: Access, clock) -> None:
    """To the minute, and never the token itself."""
    ada = principal_of(accounts, "ada@example.com")
    token = accounts.create_token(ada, "laptop")
    assert accounts.list_tokens(ada)[1].last_used_at is None
    clock.advance(timedelta(hours=1))
    accounts.authenticate(token)
    listed = accounts.list_tokens(ada)[1]
    assert listed.last_used_at == clock()
    assert token.startswith(listed.prefix)
    assert token not in repr(listed)


def test_access_is_to_the_default_workspace_or_the_one_asked_for(
    accounts: Accounts, workspaces: Workspaces, admin: Access
) -> None:
    """The first workspace is the default; a new one is asked for by its id."""
    second = workspaces.create(admin, "Second")
    ada = principal_of(accounts, "ada@example.com")
    assert accounts.access(ada) == admin
    assert accounts.access(ada, second.workspace_id).workspace == second


@pytest.mark.parametrize("workspace_id", [0, -1, 99, 2**31, 10**30])
def test_a_workspace_that_does_not_exist_is_invalid(
    accounts: Accounts, admin: Access, workspace_id: int
) -> None:
    """Whatever number is asked for."""
    with pytest.raises(Invalid) as refusal:
        accounts.access(principal_of(accounts, "ada@example.com"), workspace_id)
    assert refusal.value.field == "workspace_id"


def test_the_workspace_of_others_is_denied(accounts: Accounts, admin: Access, stranger: Access) -> None:
    """Only members get in."""
    with pytest.raises(Denied):
        accounts.access(principal_of(accounts, "ada@example.com"), stranger.workspace.workspace_id)


def test_a_member_changes_no_accounts(accounts: Accounts, workspaces: Workspaces, member: Access) -> None:
    """Workspaces and people are made by administrators."""
    with pytest.raises(Denied):
        workspaces.create(member, "Mine")
    with pytest.raises(Denied):
        accounts.add_person(member, email="new@example.com", name="New")
    with pytest.raises(Denied):
        accounts.add_member(member, email="ada@example.com")
    with pytest.raises(Denied):
        require_admin(member)


def test_a_colleague_can_be_let_into_another_workspace(
    accounts: Accounts, workspaces: Workspaces, admin: Access, member: Access
) -> None:
    """In the role they are given there."""
    second = workspaces.create(admin, "Second")
    in_second = accounts.access(principal_of(accounts, "ada@example.com"), second.workspace_id)
    accounts.add_member(in_second, email="Bob@example.com", role=Role.ADMIN)
    bob = principal_of(accounts, "bob@example.com")
    assert accounts.access(bob).role is Role.MEMBER
    assert accounts.access(bob, second.workspace_id).role is Role.ADMIN
    with pytest.raises(Conflict):
        accounts.add_member(in_second, email="bob@example.com")


def test_people_of_other_organizations_are_not_found(
    accounts: Accounts, admin: Access, stranger: Access
) -> None:
    """An administrator learns nothing of other tenants."""
    for email in ("eve@example.com", "nobody@example.com"):
        with pytest.raises(NotFound, match="organization has nobody"):
            accounts.add_member(admin, email=email)


def test_the_operator_acts_in_the_only_workspace(
    accounts: Accounts, workspaces: Workspaces, admin: Access
) -> None:
    """As administrator, without being a person."""
    operator = accounts.operator_access()
    assert (operator.workspace, operator.role) == (admin.workspace, Role.ADMIN)
    made = workspaces.create(operator, "Second")
    assert accounts.operator_access(made.workspace_id).workspace == made


def test_the_operator_must_choose_among_several(accounts: Accounts, admin: Access, stranger: Access) -> None:
    """The error lists what there is to choose from."""
    with pytest.raises(Invalid) as refusal:
        accounts.operator_access()
    assert "Home" in refusal.value.hint
    assert "Lair" in refusal.value.hint


def test_without_a_workspace_there_is_nothing_to_operate(accounts: Accounts) -> None:
    """An empty directory says so."""
    with pytest.raises(Invalid) as refusal:
        accounts.operator_access()
    assert "none yet" in refusal.value.hint
