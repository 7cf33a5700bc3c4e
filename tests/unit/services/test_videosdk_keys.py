"""Key pairs of VideoSDK's programs: who gets in, for how long, and every token that must not."""

import json
import time
from datetime import timedelta

import pytest
from videosdk_tokens import assemble, encode, sign

from sonde.model.errors import Denied, Invalid, NotFound, Unauthenticated
from sonde.model.people import Access, Role
from sonde.services.videosdk_keys import VideoSdkKeys


@pytest.fixture
def keys(directory, clock) -> VideoSdkKeys:
    return VideoSdkKeys(directory, clock)


@pytest.fixture
def pair(keys, admin: Access):
    """A key pair of Home."""
    return keys.create(admin, " dashboard ")


def token(pair, **claims) -> str:
    """A token signed with a pair."""
    return sign(pair.key.api_key, pair.secret, **claims)


def test_a_token_opens_its_workspace(keys, pair, admin) -> None:
    """As an administrator of it, and of all its rooms."""
    caller = keys.authenticate(token(pair))
    assert caller.access.workspace == admin.workspace
    assert caller.access.role is Role.ADMIN
    assert "dashboard" in caller.access.person_label
    assert caller.room == ""
    assert keys.authenticate(token(pair, roomId="61bw-723k-p4mp")).room == "61bw-723k-p4mp"


@pytest.mark.parametrize(
    "claims",
    [
        {"roles": None, "version": None, "permissions": None},
        {"roles": None, "version": None, "permissions": None, "iat": None, "exp": None},
        {"iat": 3600},
        {"aud": "somebody", "sub": 7, "jti": 7, "iss": "x"},
        {"exp": -5, "nbf": 5},
        {"roles": ["crawler", "other"]},
    ],
)
def test_tokens_in_use_are_taken(keys, pair, claims) -> None:
    """Minimal ones, and ones of clocks that are some seconds off; times count from now."""
    now = time.time()
    times = {name: now + claims[name] for name in ("iat", "exp", "nbf") if claims.get(name) is not None}
    assert keys.authenticate(token(pair, **{**claims, **times})).access.role is Role.ADMIN


def test_the_secret_is_seen_once(keys, pair, admin, directory) -> None:
    """It stands in no list, and is printed with nothing."""
    assert pair.secret.startswith("snd_videosdk_")
    with directory.read() as tx:
        kept = tx.videosdk_keys.secrets(pair.key.api_key, now=pair.key.created_at)
    for shown in (pair, keys.all(admin), kept):
        assert pair.secret not in f"{shown} {shown!r}"


def test_rotation_without_a_gap(keys, pair, admin, clock) -> None:
    """Both secrets work until the overlap is over, then the new one alone; the API key stays."""
    new = keys.rotate(admin, pair.key.key_id, overlap=timedelta(hours=1))
    assert new.key.api_key == pair.key.api_key
    assert new.secret != pair.secret
    keys.authenticate(token(pair))
    keys.authenticate(token(new))
    newest = keys.rotate(admin, pair.key.key_id)
    with pytest.raises(Unauthenticated):
        keys.authenticate(token(pair))
    keys.authenticate(token(new))
    clock.advance(timedelta(days=1))
    with pytest.raises(Unauthenticated):
        keys.authenticate(token(new))
    keys.authenticate(token(newest))


def test_a_pair_that_was_ended(keys, pair, admin, directory) -> None:
    """It opens nothing, cannot be rotated, and its secrets are forgotten."""
    keys.rotate(admin, pair.key.key_id)
    keys.revoke(admin, pair.key.key_id)
    for secret in (pair.secret, ""):
        with pytest.raises(Unauthenticated):
            keys.authenticate(sign(pair.key.api_key, secret))
    for again in (keys.rotate, keys.revoke):
        with pytest.raises(NotFound):
            again(admin, pair.key.key_id)
    [shown] = keys.all(admin)
    assert shown.revoked_at is not None
    with directory.read() as tx:
        assert tx.videosdk_keys.secrets(pair.key.api_key, now=shown.created_at) is None


def test_who_may_make_them(keys, pair, admin, member, stranger) -> None:
    """Administrators, in their own workspace, with a label and an overlap that make sense."""
    with pytest.raises(Denied):
        keys.create(member, "mine")
    for refuse in (keys.rotate, keys.revoke):
        with pytest.raises(Denied):
            refuse(member, pair.key.key_id)
        with pytest.raises(NotFound):
            refuse(stranger, pair.key.key_id)
        with pytest.raises(NotFound):
            refuse(admin, 2**70)
    with pytest.raises(Invalid):
        keys.create(admin, " ")
    for overlap in (timedelta(seconds=-1), timedelta(days=31)):
        with pytest.raises(Invalid):
            keys.rotate(admin, pair.key.key_id, overlap=overlap)
    assert keys.all(stranger) == []


def forged(pair, other_pair) -> dict[str, str]:
    """Tokens that are no tokens of the pair's, by what is wrong with them."""
    good = token(pair)
    header, payload, signature = good.split(".")
    claims = {"apikey": pair.key.api_key}
    none = {"alg": "none", "typ": "JWT"}
    stripped = {"apikey": pair.key.api_key, "version": 2, "exp": int(time.time()) + 60}
    rtc = token(pair, roles=["rtc"]).split(".")
    return {
        "unsigned": f"{encode(none)}.{payload}.",
        "unsigned, with the signature": f"{encode(none)}.{payload}.{signature}",
        "unsigned, in capitals": f"{encode({**none, 'alg': 'NONE'})}.{payload}.",
        "RS256 with HMAC of the secret": assemble({"alg": "RS256", "typ": "JWT"}, claims, pair.secret),
        "HS512 said, HS256 done": token(pair, algorithm="HS512"),
        "no algorithm": assemble({"typ": "JWT"}, claims, pair.secret),
        "signed with the API key": sign(pair.key.api_key, pair.key.api_key),
        "signed with nothing": sign(pair.key.api_key, ""),
        "another workspace's key with our secret": sign(other_pair.key.api_key, pair.secret),
        "our key with another workspace's secret": sign(pair.key.api_key, other_pair.secret),
        "a key of nobody": sign("6f9619ff-8b86-4011-b42d-00c04fc964ff", pair.secret),
        "expired": token(pair, exp=int(time.time()) - 60),
        "expired before there were clocks": token(pair, exp=-(10**30)),
        "an expiry that is no number": token(pair, exp="tomorrow"),
        "an endless expiry": assemble(
            {"alg": "HS256"}, f'{{"apikey": "{pair.key.api_key}", "exp": Infinity}}', pair.secret
        ),
        "for later": token(pair, nbf=int(time.time()) + 60),
        "roles stripped": f"{rtc[0]}.{encode(stripped)}.{rtc[2]}",
        "roles changed": f"{rtc[0]}.{payload}.{rtc[2]}",
        "no API key": token(pair, apikey=None),
        "an API key that is a list": token(pair, apikey=[pair.key.api_key]),
        "an API key with a NUL": token(pair, apikey="\0"),
        "a room that is no text": token(pair, roomId=7),
        "a room without a name": token(pair, roomId=""),
        "a header of its own key": assemble(
            {"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}, "kid": "../../dev/null"}, claims, "\0\0\0"
        ),
        "a megabyte": token(pair, name="x" * 2**20),
        "deep": assemble({"alg": "HS256"}, "[" * 4000, pair.secret),
        "no object": assemble({"alg": "HS256"}, "[]", pair.secret),
        "no JSON": assemble({"alg": "HS256"}, "x", pair.secret),
        "cut off": good[:-1],
        "two parts": f"{header}.{payload}",
        "four parts": f"{good}.{signature}",
        "nothing": "",
        "dots": "..",
        "no base64": "!.!.!",
        "not ASCII": f"{header}.{payload}.ä",
        "the claims alone": json.dumps(claims),
    }


def test_tokens_that_must_not_open_anything(keys, pair, stranger) -> None:
    """Whatever is wrong, it is a refusal, and says nothing of any secret."""
    other_pair = keys.create(stranger, "theirs")
    for what, wrong in forged(pair, other_pair).items():
        refusal = refused(keys, wrong)
        assert refusal is not None, what
        assert pair.secret not in f"{refusal!r} {refusal.message} {refusal.hint}"


def refused(keys, wrong: str) -> Unauthenticated | None:
    """Why a token is not taken; None if it is."""
    try:
        keys.authenticate(wrong)
    except Unauthenticated as refusal:
        return refusal
    return None


@pytest.mark.parametrize("roles", [["rtc"], [], ["rtc", "crawler"], "crawler", {}, 7, [["crawler"]]])
def test_roles_that_are_for_something_else(keys, pair, roles) -> None:
    """The token is right, and not for this API."""
    with pytest.raises(Denied):
        keys.authenticate(token(pair, roles=roles))
