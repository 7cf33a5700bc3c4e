"""Tokens of call reports: whose they are, and when they end."""

from datetime import timedelta

import pytest

from sonde.model.errors import Denied, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access, Role
from sonde.services.accounts import Accounts
from sonde.services.call_report_tokens import CallReportTokens
from sonde.services.reporting import Reporting


@pytest.fixture
def tokens(directory, clock) -> CallReportTokens:
    return CallReportTokens(directory, clock)


@pytest.fixture
def ada(accounts: Accounts, admin: Access) -> str:
    """Mail address of a member of Home."""
    accounts.add_person(admin, email="reporter@example.com", name="Reporter", role=Role.MEMBER)
    return "reporter@example.com"


def test_a_token_says_who_uploads(tokens, accounts, admin, ada) -> None:
    """Organization, workspace and person, and which token it was."""
    made = tokens.create(admin, f" {ada.upper()} ", label="phone")
    client = tokens.authenticate(made.secret)
    assert client.workspace_id == admin.workspace.workspace_id
    assert client.organization_id == admin.workspace.organization_id
    assert client.person_id == accounts.person(ada).person_id
    assert client.source_id == f"call-report-token/{made.token.token_id}"
    assert made.secret not in f"{made} {made!r}"


def test_a_token_ends_by_time_by_hand_and_with_its_person(tokens, admin, ada, directory, clock) -> None:
    """From the next upload on; what was never a token is none either."""
    brief = tokens.create(admin, ada, label="brief", ttl=timedelta(minutes=1))
    revoked = tokens.create(admin, ada, label="revoked")
    kept = tokens.create(admin, ada, label="kept")
    for each in (brief, revoked, kept):
        tokens.authenticate(each.secret)
    clock.advance(timedelta(minutes=1))
    tokens.revoke(admin, revoked.token.token_id)
    tokens.authenticate(kept.secret)
    for secret in (brief.secret, revoked.secret, f"{kept.secret[:-1]}!", "", "nobody"):
        with pytest.raises(Unauthenticated):
            tokens.authenticate(secret)
    shown = {each.label: each.revoked_at for each in tokens.all(admin)}
    assert [label for label, ended in shown.items() if ended] == ["revoked"]
    with pytest.raises(NotFound):
        tokens.revoke(admin, revoked.token.token_id)


def test_tokens_and_keys_open_nothing_of_each_other(tokens, admin, ada, directory, clock) -> None:
    """A call report's token is no client key, and the other way round."""
    reporting = Reporting(directory, clock)
    with pytest.raises(Unauthenticated):
        reporting.authenticate(tokens.create(admin, ada, label="phone").secret)
    with pytest.raises(Unauthenticated):
        tokens.authenticate(reporting.create_key(admin, "web").secret)


def test_who_may_make_one_and_for_whom(tokens, admin, member, stranger, ada) -> None:
    """An administrator, for a member of the same workspace, for ten years at most."""
    with pytest.raises(Denied):
        tokens.create(member, ada, label="mine")
    with pytest.raises(Denied):
        tokens.revoke(member, 1)
    with pytest.raises(NotFound):
        tokens.create(admin, "nobody@example.com", label="none")
    with pytest.raises(NotFound):
        tokens.create(stranger, ada, label="theirs")
    for ttl in (timedelta(0), timedelta(days=3651)):
        with pytest.raises(Invalid):
            tokens.create(admin, ada, label="long", ttl=ttl)
    made = tokens.create(admin, ada, label="phone")
    with pytest.raises(NotFound):
        tokens.revoke(stranger, made.token.token_id)
