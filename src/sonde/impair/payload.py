"""What is read from a packet to name it, and what is changed in it."""

from struct import unpack_from

from sonde.impair.plan import Decision


def rtp_name(payload: bytes) -> tuple[int, int] | None:
    """SSRC and sequence number of an RTP packet (RFC 3550 5.1), None for anything else.

    RTCP on the same port is told apart by its packet type (RFC 5761 4).
    """
    if len(payload) < 12 or payload[0] >> 6 != 2 or 192 <= payload[1] <= 223:
        return None
    sequence, ssrc = unpack_from(">HxxxxI", payload, 2)
    return ssrc, sequence


def remark(tos: int, dscp: int | None) -> int:
    """The TOS or traffic class byte with another code point; ECN, its two low bits, is kept."""
    return tos if dscp is None else dscp << 2 | tos & 0b11


def damage(payload: bytes, decision: Decision) -> tuple[bytes, int | None]:
    """The payload as the decision leaves it, and the index of the byte that was inverted, if any."""
    left = payload[: int(len(payload) * decision.kept)]
    if decision.inverted is None or not left:
        return left, None
    at = int(len(left) * decision.inverted)
    return left[:at] + bytes([left[at] ^ 0xFF]) + left[at + 1 :], at
