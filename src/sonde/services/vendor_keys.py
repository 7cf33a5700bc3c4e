"""Whether what a vendor seems to tell was signed by it: RSA-SHA256 (PKCS #1 v1.5) over the raw body."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sonde.model.errors import Invalid, NotFound, Unauthenticated
from sonde.model.session_news import Vendor


class VendorKeys:
    """The public keys of those whose events are taken.

    Args:
        files: PEM files by vendor; None where nothing is taken.

    Raises:
        Invalid: a file cannot be used.
    """

    def __init__(self, files: Mapping[Vendor, Path | None]) -> None:
        self._keys = {
            vendor: _read(file, f"{vendor}_events_key_file") for vendor, file in files.items() if file
        }

    def check(self, vendor: Vendor, body: bytes, signature: str) -> None:
        """Refuse a body that the vendor did not sign.

        Raises:
            NotFound: this server takes nothing of that vendor.
            Unauthenticated: the signature is not the vendor's, or not of this body.
        """
        key = self._keys.get(vendor)
        if key is None:
            raise NotFound(
                f"This server takes no events of {vendor}.",
                hint=f"Its setting {vendor}_events_key_file must name the vendor's public key.",
            )
        try:
            key.verify(base64.b64decode(signature, validate=True), body, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Unauthenticated("The signature is not the vendor's, or not of this body.") from error


def _read(file: Path, setting: str) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise Invalid(f"{file} cannot be read as a public key in PEM.", field=setting) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise Invalid(f"{file} must hold an RSA key.", field=setting)
    return key
