"""Keys of tests without a server: two people agree on a passphrase."""

import hashlib
import secrets

from sonde.model.control import PairKey
from sonde.probe.tags import key_id

_SALT = b"sonde listen/probe, version 1"


def pair_key(passphrase: str) -> PairKey:
    """The key both ends derive from one passphrase.

    Scrypt (RFC 7914) makes each guess at a short passphrase expensive for somebody who recorded a handshake.
    """
    key = hashlib.scrypt(passphrase.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32)
    return PairKey(key_id=key_id(key), key=key)


def new_passphrase() -> str:
    """A passphrase nobody will guess, short enough to read out."""
    return secrets.token_urlsafe(12)
