"""Where webhooks may go: not to this server's own network, whatever a name resolves to.

Whoever may make a webhook chooses an address that this server connects to. Without a check that reaches
what only this server can reach: its loopback, its neighbours, a cloud's metadata.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import msgspec

from sonde.model.errors import Invalid

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

URL_LENGTH: Final = 2048
PORTS: Final = {"http": 80, "https": 443}

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A URL taken apart.

    Attributes:
        host: name or address, without brackets.
        authority: as the `Host` header has it.
        path: with the query.
    """

    is_secure: bool
    host: str
    port: int
    authority: str
    path: str


class TargetRefused(Exception):
    """A host has an address that webhooks may not go to."""


def read_target(url: str) -> Target:
    """Take a webhook's URL apart.

    Raises:
        Invalid: it is none that a webhook can have.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise _unusable() from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_LENGTH
    if not (is_plain and parts.hostname) or "@" in parts.netloc or "\\" in url:
        raise _unusable()
    path = parts.path or "/"
    return Target(
        is_secure=parts.scheme == "https",
        host=parts.hostname,
        port=port,
        authority=parts.netloc,
        path=f"{path}?{parts.query}" if parts.query else path,
    )


def resolve(target: Target, allowed: Sequence[Network] = ()) -> list[str]:
    """The addresses of a target. One that is forbidden forbids all: which is used would be chance.

    Args:
        target: whose host is looked up now.
        allowed: private networks that may be reached.

    Raises:
        TargetRefused: webhooks may not go there.
        OSError: the name cannot be resolved.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{target.host[:80]} is no host name") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        check_address(address, allowed)
    return addresses


def check_address(address: str, allowed: Sequence[Network] = ()) -> None:
    """Refuse an address that is not the public Internet's and not allowed.

    Raises:
        TargetRefused: webhooks may not go there.
    """
    read = ipaddress.ip_address(address.partition("%")[0])
    for each in (read, *_inside(read)):
        if not is_public(each) and not any(each in network for network in allowed):
            raise TargetRefused(f"{address} is not a public address")


def is_public(address: Address) -> bool:
    """Whether anybody in the Internet could reach an address, and it is one host's."""
    is_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    if _inside(address):
        # What is inside decides.
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_local


def _inside(address: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address leads to by translation or tunnels."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(each for each in found if each is not None)


def _unusable() -> Invalid:
    return Invalid(
        "url must be an http or https address without user name and password, "
        f"in at most {URL_LENGTH} ASCII characters.",
        field="url",
    )
