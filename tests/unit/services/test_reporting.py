from datetime import timedelta

import pytest

from sonde.model.errors import Denied, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access
from sonde.model.sessions import MeetingSettings
from sonde.services.meetings import Enrolment, Meetings
from sonde.services.reporting import Reporting
from sonde.services.trusted_secrets import TRUSTED_FOR, UNUSED_FOR


@pytest.fixture
def reporting(directory, clock) -> Reporting:
    return Reporting(directory, clock)


@pytest.fixture
def ada(directory, clock, admin: Access):
    """A participant of a meeting in Home."""
    meetings = Meetings(directory, clock)
    meeting = meetings.create(admin, MeetingSettings(title="Room"))
    return meetings.enrol(admin, meeting.meeting_id, Enrolment(custom_id="ada"))


def test_a_key_says_whose_workspace_it_reports_to(reporting: Reporting, admin: Access) -> None:
    """And whose rate limits count, and which key it was."""
    made = reporting.create_key(admin, "web")
    client = reporting.authenticate(made.secret)
    assert client.workspace_id == admin.workspace.workspace_id
    assert client.organization_id == admin.workspace.organization_id
    assert client.source_id == f"client-key/{made.key.key_id}"
    assert (client.meeting_id, client.participant_id) == (None, None)


def test_secrets_are_not_printed(reporting: Reporting, admin: Access, ada) -> None:
    """Wherever the answers end up."""
    for made in (reporting.create_key(admin, "web"), reporting.create_token(admin, ada.participant_id)):
        assert made.secret not in f"{made} {made!r}"


def test_a_token_speaks_for_its_participant_until_it_expires(reporting, admin, ada, clock) -> None:
    """A few seconds more, where it was used just before."""
    made = reporting.create_token(admin, ada.participant_id, timedelta(minutes=5))
    client = reporting.authenticate(made.secret)
    assert (client.meeting_id, client.participant_id) == (ada.meeting_id, ada.participant_id)
    clock.advance(timedelta(minutes=4, seconds=59))
    reporting.authenticate(made.secret)
    clock.advance(timedelta(seconds=1) + TRUSTED_FOR)
    with pytest.raises(Unauthenticated):
        reporting.authenticate(made.secret)


def test_what_is_revoked_works_no_more(reporting, admin, ada, directory, clock) -> None:
    """Here at once, elsewhere as soon as it is looked up again; other keys go on."""
    elsewhere = Reporting(directory, clock)
    key, other = reporting.create_key(admin, "web"), reporting.create_key(admin, "app")
    token = reporting.create_token(admin, ada.participant_id)
    for each in (key, other, token):
        elsewhere.authenticate(each.secret)
    reporting.revoke_key(admin, key.key.key_id)
    reporting.revoke_tokens(admin, ada.participant_id)
    elsewhere.authenticate(key.secret)
    clock.advance(TRUSTED_FOR)
    for asked in (reporting, elsewhere):
        for each in (key, token):
            with pytest.raises(Unauthenticated):
                asked.authenticate(each.secret)
        asked.authenticate(other.secret)


def test_a_known_secret_is_recognised_until_the_next_look(reporting, admin, ada, clock) -> None:
    """That look is one for all: whoever comes first makes it for the others too."""
    key, token = reporting.create_key(admin, "web"), reporting.create_token(admin, ada.participant_id)
    assert reporting.recognise(key.secret) is None
    clients = {each.secret: reporting.authenticate(each.secret) for each in (key, token)}
    assert {secret: reporting.recognise(secret) for secret in clients} == clients
    for _ in range(3):
        clock.advance(TRUSTED_FOR)
        assert reporting.recognise(token.secret) is None
        reporting.authenticate(key.secret)
        assert {secret: reporting.recognise(secret) for secret in clients} == clients


def test_a_look_forgets_what_ended_meanwhile(reporting, admin, ada, directory, clock) -> None:
    """What was revoked elsewhere, what has expired, and what nobody used for a while."""
    elsewhere = Reporting(directory, clock)
    key, gone = elsewhere.create_key(admin, "web"), elsewhere.create_key(admin, "gone")
    idle = elsewhere.create_key(admin, "idle")
    token = elsewhere.create_token(admin, ada.participant_id, TRUSTED_FOR / 2)
    for each in (key, gone, idle, token):
        reporting.authenticate(each.secret)
    elsewhere.revoke_key(admin, gone.key.key_id)
    clock.advance(TRUSTED_FOR)
    reporting.authenticate(key.secret)
    known = [reporting.recognise(each.secret) is not None for each in (key, gone, token)]
    assert known == [True, False, False]
    for _ in range(UNUSED_FOR // TRUSTED_FOR):
        clock.advance(TRUSTED_FOR)
        reporting.authenticate(key.secret)
    assert reporting.recognise(idle.secret) is None
    assert reporting.authenticate(idle.secret).source_id == f"client-key/{idle.key.key_id}"


@pytest.mark.parametrize(
    "secret", ["", "snd_client_", "snd_participant_", "snd_client_" + "a" * 43, "\udcff"]
)
def test_what_nobody_was_given_opens_nothing(reporting: Reporting, admin: Access, secret: str) -> None:
    """Why not is not said."""
    reporting.create_key(admin, "web")
    with pytest.raises(Unauthenticated):
        reporting.authenticate(secret)


def test_people_report_nothing_and_clients_read_nothing(reporting, accounts, admin) -> None:
    """A person's token is no client key, and the other way round."""
    made = reporting.create_key(admin, "web")
    with pytest.raises(Unauthenticated):
        accounts.authenticate(made.secret)
    token = accounts.create_token(accounts.person("ada@example.com"), "laptop")
    with pytest.raises(Unauthenticated):
        reporting.authenticate(token)


def test_only_administrators_make_keys(reporting, member, admin, ada) -> None:
    """And end them; members see them."""
    key = reporting.create_key(admin, "web").key
    for act in (
        lambda: reporting.create_key(member, "x"),
        lambda: reporting.revoke_key(member, key.key_id),
        lambda: reporting.create_token(member, ada.participant_id),
        lambda: reporting.revoke_tokens(member, ada.participant_id),
    ):
        with pytest.raises(Denied):
            act()
    assert reporting.list_keys(member) == [key]


def test_keys_of_others_are_not_there(reporting, stranger, admin, ada) -> None:
    """Neither to end nor to make tokens of."""
    key = reporting.create_key(admin, "web").key
    assert reporting.list_keys(stranger) == []
    for key_id in (key.key_id, 0, 2**70):
        with pytest.raises(NotFound):
            reporting.revoke_key(stranger, key_id)
    with pytest.raises(NotFound):
        reporting.create_token(stranger, ada.participant_id)
    with pytest.raises(NotFound):
        reporting.revoke_tokens(stranger, ada.participant_id)


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(days=-1), timedelta(days=366)])
def test_a_token_lives_up_to_a_year(reporting, admin, ada, ttl: timedelta) -> None:
    """And longer than no time."""
    with pytest.raises(Invalid) as refusal:
        reporting.create_token(admin, ada.participant_id, ttl)
    assert refusal.value.field == "ttl"
