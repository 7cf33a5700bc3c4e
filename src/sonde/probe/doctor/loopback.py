"""What this kernel tells of a datagram, tried on loopback with the very sockets that measure."""

import ipaddress
import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sonde.probe import sockets
from sonde.probe.datagrams import Arrival
from sonde.probe.doctor.finding import Finding, Verdict

ADDRESSES = {"ipv4": "127.0.0.1", "ipv6": "::1"}

DSCP = 46
TTL = 7
"""What the test of ancillary data sends with: no system's default."""

FLOOD = 300
SMALL_BUFFER = 8192
WAIT = 0.5
"""Seconds within which loopback delivers, if it does at all."""

PACKET = bytes(172)
"""As long as an RTP packet of G.711."""

TRUE_SIZE = 832
"""Bytes that the kernel counts against the buffer for such a packet."""

_IP_RECVERR = 11
_IPV6_RECVERR = 25
_EXTENDED_ERROR = struct.Struct("@IBBBBII")
_ADDRESS_AT = {socket.AF_INET: (4, 8), socket.AF_INET6: (8, 24)}
_ICMP_ORIGINS = (2, 3)


class Link(NamedTuple):
    """A target's socket and a source's, connected to it."""

    name: str
    address: str
    target: socket.socket
    source: socket.socket


@contextmanager
def open_link(name: str) -> Iterator[Link]:
    """Both sockets, as an agent opens them.

    Raises:
        OSError: this machine has no loopback of that family.
    """
    address = ADDRESSES[name]
    with sockets.listening_socket(address, 0) as target:
        port = target.getsockname()[1]
        with sockets.connected_socket(address, port, DSCP) as source:
            yield Link(name, address, target, source)


def examine_family(name: str) -> Iterator[Finding]:
    """Every check of one family, `ipv4` or `ipv6`; only the first when nothing passes at all."""
    try:
        with open_link(name) as link:
            yield from _examine(link)
    except OSError as error:
        yield _no_loopback(name, error.strerror or str(error))


def _examine(link: Link) -> Iterator[Finding]:
    link.source.send(PACKET)
    arrival = _next_arrival(link.target)
    if arrival is None:
        yield _no_loopback(link.name, f"a datagram did not arrive within {WAIT:g} s")
        return
    yield _judge_stamp(link, arrival)
    yield _judge_sent_mark(link)
    yield _judge_received_mark(link, arrival)
    yield _judge_ttl(link, arrival)
    yield _judge_buffer(link)
    yield _check_overflow(link)
    yield _check_sent_ttl(link)
    yield _check_error_queue(link)


def _next_arrival(sock: socket.socket) -> Arrival | None:
    ready, _, _ = select.select([sock], [], [], WAIT)
    return sockets.receive(sock) if ready else None


def _no_loopback(name: str, seen: str) -> Finding:
    if name == "ipv4":
        return Finding(
            check="ipv4.loopback",
            verdict=Verdict.FAILED,
            seen=seen,
            meaning="Not even this machine can be reached from here, so nothing can be measured.",
            advice=("ip link set lo up",),
        )
    return Finding(
        check="ipv6.loopback",
        verdict=Verdict.DEGRADED,
        seen=seen,
        meaning="Nothing can be measured between this agent and IPv6 addresses; IPv4 is not touched.",
        advice=("sysctl net.ipv6.conf.all.disable_ipv6", "sysctl -w net.ipv6.conf.all.disable_ipv6=0"),
    )


def _judge_stamp(link: Link, arrival: Arrival) -> Finding:
    is_kernel = arrival.timestamp_source == "kernel"
    return Finding(
        check=f"{link.name}.arrival_stamps",
        verdict=Verdict.OK if is_kernel else Verdict.DEGRADED,
        seen=f"set by the {'kernel' if is_kernel else 'program'}",
        meaning="Arrivals are stamped when they arrive, however late the program reads them."
        if is_kernel
        else "How late this program is woken is in each delay, and in jitter and PDV.",
        advice=() if is_kernel else ("run the agent on a Linux kernel with SO_TIMESTAMPNS",),
        facts={"timestamp_source": arrival.timestamp_source},
    )


def _judge_sent_mark(link: Link) -> Finding:
    if link.source.family == socket.AF_INET6:
        mark = link.source.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS) >> 2
    else:
        mark = link.source.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) >> 2
    is_set = mark == DSCP
    return Finding(
        check=f"{link.name}.dscp_sent",
        verdict=Verdict.OK if is_set else Verdict.FAILED,
        seen=f"DSCP {mark} after asking for {DSCP}",
        meaning="Streams leave with the DSCP of their test."
        if is_set
        else "Streams leave with another DSCP than their test's, so another class of service is measured.",
        advice=() if is_set else ("let the agent set IP_TOS and IPV6_TCLASS",),
        facts={"dscp_asked": DSCP, "dscp_set": mark},
    )


def _judge_received_mark(link: Link, arrival: Arrival) -> Finding:
    mark = arrival.tos >> 2 if arrival.tos >= 0 else None
    if mark == DSCP:
        verdict, meaning = Verdict.OK, "The DSCP that arrives is known of every packet."
    elif mark is None:
        verdict, meaning = Verdict.DEGRADED, "The DSCP of streams that this agent receives stays unknown."
    else:
        verdict, meaning = (
            Verdict.DEGRADED,
            "This machine itself changes the DSCP, which results then blame on the path.",
        )
    return Finding(
        check=f"{link.name}.dscp_received",
        verdict=verdict,
        seen="not told" if mark is None else f"DSCP {mark} of {DSCP} sent",
        meaning=meaning,
        advice=() if mark in (DSCP, None) else ("nft list ruleset", "tc filter show dev lo"),
        facts={"dscp_sent": DSCP, "dscp_received": mark},
    )


def _judge_ttl(link: Link, arrival: Arrival) -> Finding:
    is_told = arrival.ttl > 0
    return Finding(
        check=f"{link.name}.ttl_received",
        verdict=Verdict.OK if is_told else Verdict.DEGRADED,
        seen=str(arrival.ttl) if is_told else "not told",
        meaning="The TTL that arrives shows when a route changes its length."
        if is_told
        else "Changes of a route's length stay unseen: ttl_min and ttl_max are null.",
        facts={"ttl": arrival.ttl or None},
    )


def _judge_buffer(link: Link) -> Finding:
    # The kernel doubles what it grants, for its own bookkeeping, and tells the double.
    granted = link.target.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    packets = 2 * granted // TRUE_SIZE
    is_enough = granted >= sockets.RECEIVE_BUFFER
    return Finding(
        check=f"{link.name}.receive_buffer",
        verdict=Verdict.OK if is_enough else Verdict.DEGRADED,
        seen=f"{granted} of {sockets.RECEIVE_BUFFER} bytes, about {packets} packets of G.711",
        meaning="Many streams may arrive at once without loss in this machine's own queue."
        if is_enough
        else f"With more than {packets // 50} streams at once a busy moment makes this machine lose packets.",
        advice=() if is_enough else (f"sysctl -w net.core.rmem_max={sockets.RECEIVE_BUFFER}",),
        facts={"bytes_asked": sockets.RECEIVE_BUFFER, "bytes_granted": granted, "packets": packets},
    )


def _check_overflow(link: Link) -> Finding:
    """Floods a small buffer, and compares the packets that are missing with what the kernel tells."""
    with sockets.listening_socket(link.address, 0) as target:
        target.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        with sockets.connected_socket(link.address, target.getsockname()[1], DSCP) as source:
            for _ in range(FLOOD):
                source.send(PACKET)
            received = 0
            while sockets.receive(target) is not None:
                received += 1
            # The count comes with the next packet that finds room.
            source.send(PACKET)
            arrival = _next_arrival(target)
    return _judge_overflow(link, missing=FLOOD - received, told=arrival.drops if arrival else 0)


def _judge_overflow(link: Link, *, missing: int, told: int) -> Finding:
    is_told = told == missing > 0
    return Finding(
        check=f"{link.name}.socket_overflow",
        verdict=Verdict.OK if is_told else Verdict.DEGRADED,
        seen=f"{told} drops told, {missing} of {FLOOD} packets dropped on purpose",
        meaning="Packets that this machine's own queue loses are known, and are not blamed on the network."
        if is_told
        else "Packets that this machine's own queue loses look like loss on the network.",
        advice=() if is_told else ("run the agent on a Linux kernel with SO_RXQ_OVFL",),
        facts={"packets_dropped": missing, "drops_told": told},
    )


def _check_sent_ttl(link: Link) -> Finding:
    is_v6 = link.source.family == socket.AF_INET6
    kind = (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT) if is_v6 else (socket.IPPROTO_IP, socket.IP_TTL)
    try:
        link.source.sendmsg([PACKET], [(*kind, struct.pack("@i", TTL))])
        arrival = _next_arrival(link.target)
    except OSError:
        arrival = None
    ttl = arrival.ttl if arrival else None
    return Finding(
        check=f"{link.name}.ttl_sent",
        verdict=Verdict.OK if ttl == TTL else Verdict.DEGRADED,
        seen=f"a packet sent with TTL {TTL} arrived with {ttl or 'none'}",
        meaning="Single packets can have a TTL of their own, which path traces need."
        if ttl == TTL
        else "Path traces are not possible from here; streams are not touched.",
        facts={"ttl_sent": TTL, "ttl_received": ttl},
    )


def _check_error_queue(link: Link) -> Finding:
    """Sends to a port that nobody listens on, and reads who complains."""
    with socket.socket(link.source.family, socket.SOCK_DGRAM) as silent:
        silent.bind((link.address, 0))
        port = silent.getsockname()[1]
    offender = _offender(link, port)
    is_told = offender == link.address
    return Finding(
        check=f"{link.name}.error_queue",
        verdict=Verdict.OK if is_told else Verdict.DEGRADED,
        seen=f"port unreachable, told by {offender}" if offender else "not told",
        meaning="ICMP errors can be read without privileges, which path traces need."
        if is_told
        else "Path traces are not possible from here; streams are not touched.",
        facts={"offender": offender},
    )


def _offender(link: Link, port: int) -> str | None:
    """Who answered a packet to a closed port with an ICMP error, by the socket's error queue (RECVERR)."""
    is_v6 = link.source.family == socket.AF_INET6
    level, option = (socket.IPPROTO_IPV6, _IPV6_RECVERR) if is_v6 else (socket.IPPROTO_IP, _IP_RECVERR)
    with sockets.connected_socket(link.address, port, DSCP) as sock:
        try:
            sock.setsockopt(level, option, 1)
            sock.send(PACKET)
            poll = select.poll()
            poll.register(sock, select.POLLERR)
            poll.poll(1000 * WAIT)
            _, ancillary, _, _ = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:
            return None
    for at, kind, data in ancillary:
        if (at, kind) == (level, option):
            return _read_offender(data)
    return None


def _read_offender(data: bytes) -> str | None:
    """The address behind a `sock_extended_err` of ICMP."""
    if len(data) < _EXTENDED_ERROR.size or _EXTENDED_ERROR.unpack_from(data)[1] not in _ICMP_ORIGINS:
        return None
    address = data[_EXTENDED_ERROR.size :]
    family = int.from_bytes(address[:2], "little")
    if family not in _ADDRESS_AT:
        return None
    start, end = _ADDRESS_AT[socket.AddressFamily(family)]
    return str(ipaddress.ip_address(address[start:end]))
