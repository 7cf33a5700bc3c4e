"""Who is asking: the `Authorization` header, read once and turned into a person or an agent."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.middleware.authentication import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from sonde.model.errors import Unauthenticated
from sonde.services.lockout import Lockout

OPEN = {"exclude_from_auth": True}
"""Route option of an endpoint that answers strangers."""


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller showed.

    Attributes:
        token: the secret.
        email: the mail address that came with it, None with a bare token.
    """

    token: str
    email: str | None = None


def read_bearer(header: str) -> Credentials:
    """Read `Bearer <token>`.

    Raises:
        Unauthenticated: anything else.
    """
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            "This endpoint needs a token.", hint="Send it as `Authorization: Bearer <token>`."
        )
    return Credentials(token=token.strip())


def read_basic_or_bearer(header: str) -> Credentials:
    """Read `Bearer <token>`, or Basic with a mail address as user and a token as password (RFC 7617).

    Raises:
        Unauthenticated: anything else.
    """
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return read_bearer(header)
    try:
        email, colon, token = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthenticated("The Basic credentials are not base64 of `mail:token`.") from error
    if not (email and colon and token):
        raise Unauthenticated("Basic credentials are a mail address and a token, joined by a colon.")
    return Credentials(token=token, email=email)


class Authentication(AbstractAuthenticationMiddleware):
    """Puts who is asking into `request.user`, or refuses, before the body is read.

    Args:
        read: takes the header apart.
        otherwise: finds credentials in other headers, when there is no such header.
        identify: finds the person or agent, or raises; it may block.
        lockout: refuses addresses that failed too often; None refuses none.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        read: Callable[[str], Credentials],
        identify: Callable[[Credentials], Any],
        otherwise: Callable[[Headers], Credentials | None] = lambda _: None,
        lockout: Lockout | None = None,
    ) -> None:
        super().__init__(app)
        self.read = read
        self.otherwise = otherwise
        self.identify = identify
        self.lockout = lockout

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        """See the class."""
        address = connection.client.host if connection.client else ""
        if self.lockout:
            self.lockout.check(address)
        try:
            credentials = self._credentials(connection.headers)
            user = await sync_to_thread(self.identify, credentials)
        except Unauthenticated:
            if self.lockout:
                self.lockout.note_failure(address)
            raise
        return AuthenticationResult(user=user, auth=credentials)

    def _credentials(self, headers: Headers) -> Credentials:
        said = headers.get("authorization", "")
        return (None if said else self.otherwise(headers)) or self.read(said)
