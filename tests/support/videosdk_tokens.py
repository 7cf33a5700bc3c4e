"""Tokens as programs sign them, and as attackers would like to."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any


def sign(api_key: str, secret: str, *, algorithm: str = "HS256", **claims: Any) -> str:
    """A token as the official client for Node signs one, with other claims beside or in place of its own.

    A claim that is None is left out.
    """
    now = int(time.time())
    usual = {
        "apikey": api_key,
        "permissions": ["allow_join", "allow_mod"],
        "version": 2,
        "roles": ["crawler"],
        "iat": now,
        "exp": now + 86_400,
    }
    payload = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return assemble({"alg": algorithm, "typ": "JWT"}, payload, secret)


def assemble(header: dict[str, Any], payload: Any, secret: str) -> str:
    """A token of any header and content, signed with HMAC and SHA-256 whatever the header says."""
    signed = f"{encode(header)}.{encode(payload)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def encode(value: Any) -> str:
    """A part of a token."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
