"""JSON Web Tokens (RFC 7519) that programs sign with a shared secret, the only way being HS256.

The way is ours to choose and not the token's: a token that names another one, or none, is refused.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import jwt

from sonde.model.errors import Unauthenticated

ALGORITHM: Final = "HS256"

TOKEN_MAX: Final = 8192
"""Most characters of a token; a longer one is not even looked at. Usual ones have some hundred."""

LEEWAY: Final = 10.0
"""Seconds that the clock of whoever signs may differ from ours."""

_MALFORMED: Final = (jwt.PyJWTError, RecursionError, OverflowError, ValueError)
"""What the library raises of tokens that make no sense; numbers and nesting are checked by nobody before."""

# Signers' clocks are off, and whom a token is for is said by its key alone.
_OPTIONS: Final[Any] = {
    "verify_iat": False,
    "verify_aud": False,
    "verify_sub": False,
    "verify_jti": False,
}


def claimed(token: str, name: str) -> str:
    """A text that a token claims, with nothing proved yet.

    Raises:
        Unauthenticated: it is no token, is too long, or claims no such text.
    """
    if len(token) > TOKEN_MAX:
        raise Unauthenticated("The token is too long.")
    try:
        value = jwt.decode(token, options={"verify_signature": False}).get(name)
    except _MALFORMED as error:
        raise Unauthenticated("The token is no JSON Web Token.") from error
    if not isinstance(value, str):
        raise Unauthenticated(f"The token has no {name}.")
    return value


def proved(token: str, secrets: Iterable[str]) -> Mapping[str, Any]:
    """The claims of a token that was signed with one of some secrets and may be used now.

    Raises:
        Unauthenticated: it was not, has expired, or is for later.
    """
    for secret in secrets:
        try:
            return jwt.decode(token, secret, algorithms=[ALGORITHM], options=_OPTIONS, leeway=LEEWAY)
        except jwt.InvalidSignatureError:
            continue
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("The token has expired.", hint="Sign a new one.") from error
        except jwt.ImmatureSignatureError as error:
            raise Unauthenticated("The token may not be used yet.", hint="Compare the clocks.") from error
        except _MALFORMED as error:
            raise Unauthenticated("The token is not valid.", hint=f"Sign it with {ALGORITHM}.") from error
    raise Unauthenticated("The token is not signed with the secret of its key.")
