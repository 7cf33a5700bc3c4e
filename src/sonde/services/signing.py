"""The signature under what this server sends: RSA-SHA256 (PKCS #1 v1.5) with one key for all webhooks.

The key is made when it is first needed and kept in the directory, so that it outlives restarts and is the
same for every server of that directory.
"""

import base64
import threading
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sonde.directory import Directory
from sonde.model.errors import Conflict
from sonde.services.clock import Clock, utc_now

KEY_SIZE: Final = 2048
"""Bits of the modulus; NIST SP 800-57 part 1 asks no more of a signature until 2030."""

PURPOSE: Final = "webhooks"


class Signing:
    """Signs, and shows the public key. Safe to share by threads."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now
        self._lock = threading.Lock()
        self._key: rsa.RSAPrivateKey | None = None

    def sign(self, body: bytes) -> str:
        """The signature of a body, in base64.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        signature = self._private_key().sign(body, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()

    def public_key(self) -> str:
        """What signatures are checked with: SubjectPublicKeyInfo in PEM.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        public = self._private_key().public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def _private_key(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._key is None:
                self._key = _read(self._kept() or self._make())
            return self._key

    def _kept(self) -> bytes | None:
        with self._directory.read() as tx:
            return tx.signing_keys.get(PURPOSE)

    def _make(self) -> bytes:
        made = rsa.generate_private_key(public_exponent=65537, key_size=KEY_SIZE).private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            with self._directory.write() as tx:
                tx.signing_keys.add(PURPOSE, made, now=self._now())
        except Conflict:
            # Another server was faster, and its key is the one that holds.
            return self._kept() or made
        return made


def _read(private_key: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(private_key, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the directory has a signing key of another kind")
    return key
