"""Sessions that vendors tell of: once or often, in order or not."""

import base64
import itertools
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from sonde.model.errors import Invalid, NotFound, Unauthenticated
from sonde.model.listing import SessionFilter
from sonde.model.peers import LeaveReason, peer_id_of
from sonde.model.session_news import NewsKind, SessionNews, Vendor
from sonde.model.sessions import EndReason
from sonde.services.session_sweeper import SessionSweeper
from sonde.services.sessions import Sessions
from sonde.services.vendor_keys import VendorKeys
from sonde.services.vendor_sessions import VendorSessions

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write_public_key(private_key, file):
    pem = private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    file.write_bytes(pem)
    return file


@pytest.fixture
def vendor(directory, clock) -> VendorSessions:
    return VendorSessions(directory, VendorKeys({}), clock)


@pytest.fixture
def sessions(directory, clock) -> Sessions:
    return Sessions(directory, clock)


@pytest.fixture
def told(admin, clock):
    """The events of one session of ten minutes, which was half an hour ago."""
    began = clock() - 30 * MINUTE
    about = {"workspace_id": admin.workspace.workspace_id, "meeting": "room-7", "title": "Daily"}
    ada = {"peer_id": peer_id_of("ada"), "name": "Ada", "custom_id": "a-1"}
    ended = began + 10 * MINUTE
    return {
        NewsKind.STARTED: SessionNews(kind=NewsKind.STARTED, at=began, **about),
        NewsKind.JOINED: SessionNews(kind=NewsKind.JOINED, at=began, since=began, **about, **ada),
        NewsKind.LEFT: SessionNews(kind=NewsKind.LEFT, at=began + 8 * MINUTE, since=began, **about, **ada),
        NewsKind.ENDED: SessionNews(kind=NewsKind.ENDED, at=ended, since=began, **about),
    }


def all_sessions(sessions, admin):
    return sessions.page(admin, SessionFilter(), limit=100)


@pytest.mark.parametrize("order", [*itertools.permutations(NewsKind)], ids=" ".join)
def test_order_and_repetition_change_nothing(vendor, sessions, admin, told, order) -> None:
    """One session with one peer comes out, from when until when it was told."""
    for kind in (*order, *order[::-1]):
        vendor.take(told[kind])
    [detail] = all_sessions(sessions, admin)
    assert detail.meeting.settings.title == "Daily"
    assert detail.session.started_at == told[NewsKind.STARTED].at
    assert detail.session.ended_at == told[NewsKind.ENDED].at
    assert detail.session.end_reason is EndReason.REQUEST
    [peer] = sessions.peers(admin, detail.session.session_id)
    assert (peer.participant.name, peer.participant.custom_id) == ("Ada", "a-1")
    assert peer.joined_at == told[NewsKind.JOINED].at
    assert peer.left_at == told[NewsKind.LEFT].at


def test_a_live_session_stays_open_until_its_end_is_told(
    directory, vendor, sessions, admin, clock, told
) -> None:
    """Somebody of whom only the vendor tells is not timed out."""
    sweeper = SessionSweeper(directory, clock)
    now = clock()
    vendor.take(msgspec.structs.replace(told[NewsKind.STARTED], at=now))
    vendor.take(msgspec.structs.replace(told[NewsKind.JOINED], at=now, since=now))
    for _ in range(60):
        clock.advance(timedelta(seconds=10))
        sweeper.sweep()
    [detail] = all_sessions(sessions, admin)
    assert detail.session.ended_at is None
    assert detail.totals.live_peers == 1
    vendor.take(msgspec.structs.replace(told[NewsKind.ENDED], at=clock(), since=now))
    [detail] = all_sessions(sessions, admin)
    assert detail.session.ended_at == clock()
    [peer] = sessions.peers(admin, detail.session.session_id)
    assert (peer.left_at, peer.leave_reason) == (clock(), LeaveReason.SESSION_ENDED)


def test_an_old_end_does_not_end_what_began_since(vendor, sessions, admin, clock, told) -> None:
    """A replay finds the session that it is about, and that is over."""
    for news in told.values():
        vendor.take(news)
    later = told[NewsKind.ENDED].at + timedelta(seconds=20)
    vendor.take(
        msgspec.structs.replace(told[NewsKind.JOINED], at=later, since=later, peer_id=peer_id_of("bob"))
    )
    for news in told.values():
        vendor.take(news)
    newest, oldest = all_sessions(sessions, admin)
    assert newest.session.started_at == later
    assert newest.session.ended_at is None
    assert oldest.session.ended_at == told[NewsKind.ENDED].at


def test_an_end_of_which_nothing_is_known_is_passed_over(vendor, sessions, admin, told) -> None:
    """Without a beginning there is nothing to make a session of."""
    vendor.take(msgspec.structs.replace(told[NewsKind.ENDED], since=None))
    assert all_sessions(sessions, admin) == []


def test_a_title_that_people_gave_stays(vendor, sessions, admin, told) -> None:
    """The vendor's title is for meetings that have none."""
    vendor.take(told[NewsKind.STARTED])
    vendor.take(msgspec.structs.replace(told[NewsKind.STARTED], title="Another"))
    [detail] = all_sessions(sessions, admin)
    assert detail.meeting.settings.title == "Daily"


@pytest.mark.parametrize(
    "changes",
    [
        {"meeting": ""},
        {"meeting": "a" * 256},
        {"meeting": "a\0b"},
        {"title": "a" * 256},
        {"name": "a\0b"},
        {"custom_id": "\0"},
    ],
)
def test_hostile_words_are_refused(vendor, sessions, admin, told, changes) -> None:
    """A signature says who speaks, not that it makes sense."""
    with pytest.raises(Invalid):
        vendor.take(msgspec.structs.replace(told[NewsKind.JOINED], **changes))
    assert all_sessions(sessions, admin) == []


def test_the_far_future_is_refused(vendor, clock, told) -> None:
    """No session begins a week from now."""
    with pytest.raises(Invalid):
        vendor.take(msgspec.structs.replace(told[NewsKind.STARTED], at=clock() + timedelta(days=7)))


def test_only_the_vendor_s_signature_of_this_body_is_taken(private_key, tmp_path) -> None:
    """Another body, another key, no base64 and nothing at all are refused alike."""
    keys = VendorKeys({Vendor.VIDEOSDK: write_public_key(private_key, tmp_path / "key.pem")})
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(key: rsa.RSAPrivateKey, body: bytes) -> str:
        return base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()

    keys.check(Vendor.VIDEOSDK, b"{}", sign(private_key, b"{}"))
    for signature in (sign(private_key, b"[]"), sign(other, b"{}"), "", "====", "ä", "AAAA"):
        with pytest.raises(Unauthenticated):
            keys.check(Vendor.VIDEOSDK, b"{}", signature)
    with pytest.raises(NotFound):
        keys.check(Vendor.REALTIMEKIT, b"{}", sign(private_key, b"{}"))


def test_a_key_file_that_cannot_be_used_stops_the_start(tmp_path) -> None:
    """It is named with the setting that names it."""
    elliptic = write_public_key(ec.generate_private_key(ec.SECP256R1()), tmp_path / "ec.pem")
    junk = tmp_path / "junk.pem"
    junk.write_text("no key")
    for file in (elliptic, junk, tmp_path / "missing.pem"):
        with pytest.raises(Invalid) as caught:
            VendorKeys({Vendor.REALTIMEKIT: file})
        assert caught.value.field == "realtimekit_events_key_file"
