"""Tokens: made from 32 random bytes, shown once, kept as a hash.

A token that carries so much randomness cannot be guessed, so a plain SHA-256 of it keeps the secret; a
slow password hash would only slow every request down. See docs/adr/0004-secrets-and-roles.md.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from sonde.directory.records import Credential, SealedToken

RANDOM_BYTES = 32
SHOWN_CHARACTERS = 8
"""Random characters of a token that may be shown: 48 of its 256 bits."""

_RANDOM_PART = re.compile(r"[A-Za-z0-9_-]{43}")


class TokenKind(StrEnum):
    """What a token opens; its first characters, so that people and secret scanners recognise one."""

    PERSON = "snd_pat_"
    ENROLMENT = "snd_enrol_"
    AGENT = "snd_agent_"
    CLIENT = "snd_client_"
    PARTICIPANT = "snd_participant_"
    CALL_REPORT = "snd_callreport_"


class MintedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token.

    Attributes:
        secret: for its owner's eyes, once. Never logged, never stored.
        sealed: what is kept of it.
    """

    secret: str
    sealed: SealedToken

    def __repr__(self) -> str:
        """Leave the secret out, wherever this gets printed."""
        return f"MintedToken({self.sealed.prefix}...)"


def mint(kind: TokenKind) -> MintedToken:
    """Make a new token."""
    secret = kind.value + secrets.token_urlsafe(RANDOM_BYTES)
    return MintedToken(secret=secret, sealed=seal(secret, kind))


def seal(secret: str, kind: TokenKind) -> SealedToken:
    """What is kept of a token, and what a presented one is looked up and compared by.

    Of anything that no `mint` made the prefix is empty, so that it is looked for nowhere.
    """
    is_ours = secret.startswith(kind.value) and _RANDOM_PART.fullmatch(secret, len(kind.value))
    prefix = secret[: len(kind.value) + SHOWN_CHARACTERS] if is_ours else ""
    return SealedToken(prefix=prefix, hash=hashlib.sha256(secret.encode(errors="replace")).digest())


def find_match(presented: SealedToken, stored: Iterable[Credential]) -> Credential | None:
    """The stored credential of a presented token, found in a time that tells nothing of the others."""
    match = None
    for credential in stored:
        if hmac.compare_digest(credential.hash, presented.hash):
            match = credential
    return match
