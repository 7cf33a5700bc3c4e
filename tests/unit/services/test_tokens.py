import pytest

from sonde.directory.records import Credential
from sonde.services.tokens import TokenKind, find_match, mint, seal


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_says_what_it_is_and_no_two_are_alike(kind: TokenKind) -> None:
    """The beginning names the kind; 43 characters of randomness follow."""
    one, other = mint(kind), mint(kind)
    assert one.secret.startswith(kind.value)
    assert len(one.secret) == len(kind.value) + 43
    assert one.secret != other.secret


def test_what_is_kept_does_not_contain_the_token() -> None:
    """The prefix shows eight random characters; the rest is only in the hash."""
    token = mint(TokenKind.PERSON)
    assert token.sealed.prefix == token.secret[: len("snd_pat_") + 8]
    assert len(token.sealed.hash) == 32
    assert token.secret[20:].encode() not in token.sealed.hash


def test_printing_a_new_token_does_not_show_it() -> None:
    """Whatever logs the object does not log the secret."""
    token = mint(TokenKind.AGENT)
    assert token.secret not in f"{token} {token!r}"
    assert token.sealed.prefix in repr(token)


def test_only_the_whole_token_matches() -> None:
    """A token with the same shown beginning and another end is another token."""
    token = mint(TokenKind.PERSON)
    stored = [
        Credential(record_id=1, owner_id=10, hash=mint(TokenKind.PERSON).sealed.hash),
        Credential(record_id=2, owner_id=20, hash=token.sealed.hash),
    ]
    other_end = "A" if token.secret[-2] != "A" else "B"
    almost = seal(f"{token.secret[:-2]}{other_end}{token.secret[-1]}", TokenKind.PERSON)
    assert almost.prefix == token.sealed.prefix
    assert find_match(token.sealed, stored) == stored[1]
    assert find_match(almost, stored) is None
    assert find_match(token.sealed, []) is None


@pytest.mark.parametrize(
    "junk",
    ["", "snd_pat_", "x" * 100_000, "\ud800", "\x00", f"snd_pat_{'é' * 43}", f"snd_agent_{'A' * 43}"],
    ids=ascii,
)
def test_what_is_no_token_is_looked_for_nowhere(junk: str) -> None:
    """Whatever a stranger shows can be sealed, and never gets into a query."""
    assert seal(junk, TokenKind.PERSON).prefix == ""
