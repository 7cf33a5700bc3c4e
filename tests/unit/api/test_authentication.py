"""The `Authorization` header."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.api.authentication import Credentials, read_basic_or_bearer, read_bearer
from sonde.model.errors import Unauthenticated


def basic(text: str) -> str:
    """The header of RFC 7617 for a `user:password`."""
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("header", ["Bearer secret", "bearer  secret ", " BEARER secret"])
def test_a_bearer_token_is_read(header):
    """The scheme is known in any case, and blanks do not matter."""
    assert read_bearer(header) == read_basic_or_bearer(header) == Credentials(token="secret")


def test_basic_credentials_are_a_mail_address_and_a_token():
    """The token may hold colons, the address may not."""
    assert read_basic_or_bearer(basic("ann@example.org:a:b")) == Credentials(
        token="a:b", email="ann@example.org"
    )


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "secret", "Digest x", "Basic", "Basic %%%", basic("ann@example.org"),
     basic(":token"), basic("ann@example.org:"), "Basic " + base64.b64encode(b"\xff:\xff").decode()],
)  # fmt: skip
def test_anything_else_is_refused(header):
    """A header that cannot be understood is no proof of anything, and what is wrong is said."""
    with pytest.raises(Unauthenticated) as caught:
        read_basic_or_bearer(header)
    assert caught.value.message


def test_agents_cannot_use_basic():
    """Where only a key makes sense, only a key is read."""
    with pytest.raises(Unauthenticated):
        read_bearer(basic("ann@example.org:token"))


@given(st.text(max_size=40))
def test_any_header_is_read_or_refused(header):
    """No header is an accident."""
    try:
        credentials = read_basic_or_bearer(header)
    except Unauthenticated:
        return
    assert credentials.token
