"""What a receiving socket hands over, and what it is given to send back."""

import msgspec


class Arrival(msgspec.Struct):
    """One datagram and what the kernel told of it.

    Attributes:
        source: socket address it came from.
        received_at: ns since the epoch.
        tos: byte with the code point, -1 where the system does not tell.
        ttl: TTL or hop limit, 0 where the system does not tell.
        drops: the socket's running count of packets its queue lost.
        destination: address of ours it was sent to, empty where the system does not tell.
    """

    data: bytes
    source: tuple[str, int]
    received_at: int
    tos: int
    ttl: int
    drops: int = 0
    timestamp_source: str = "kernel"
    destination: str = ""


class Answer(msgspec.Struct):
    """One datagram to send back, with the code point it must carry."""

    data: bytes
    dscp: int
