"""Rows that a batch read become columns, whatever order the kernel tells things in."""

import socket
import struct

from hypothesis import given
from hypothesis import strategies as st

from sonde.probe.batch import CONTROL, CONTROL_LENGTH_AT, HEAD, HEADER, LENGTH_AT
from sonde.probe.rows import NOT_TOLD, SO_RXQ_OVFL, SO_TIMESTAMPNS, decode

V4, V6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6
LABELS = {
    ("stamp", 4): (socket.SOL_SOCKET, SO_TIMESTAMPNS),
    ("drops", 4): (socket.SOL_SOCKET, SO_RXQ_OVFL),
    ("tos", 4): (V4, socket.IP_TOS),
    ("ttl", 4): (V4, socket.IP_TTL),
    ("stamp", 6): (socket.SOL_SOCKET, SO_TIMESTAMPNS),
    ("drops", 6): (socket.SOL_SOCKET, SO_RXQ_OVFL),
    ("tos", 6): (V6, socket.IPV6_TCLASS),
    ("ttl", 6): (V6, socket.IPV6_HOPLIMIT),
}

datagrams = st.fixed_dictionaries(
    {
        "family": st.sampled_from([4, 6]),
        "order": st.permutations(["stamp", "drops", "tos", "ttl"]).flatmap(
            lambda names: st.integers(0, 4).map(lambda count: names[:count])
        ),
        "data": st.binary(min_size=0, max_size=200),
        "stamp": st.integers(0, 2**62),
        "drops": st.integers(0, 2**32 - 1),
        "tos": st.integers(0, 255),
        "ttl": st.integers(0, 255),
    }
)


def value(name, datagram):
    """The bytes of an ancillary message."""
    if name == "stamp":
        return struct.pack("@qq", *divmod(datagram["stamp"], 10**9))
    if name == "tos" and datagram["family"] == 4:
        return bytes([datagram["tos"]])
    return struct.pack("@I", datagram[name])


def row_and_header(datagram):
    """What `Batch` has in memory for a datagram; stale bytes where the kernel wrote nothing."""
    control = b""
    for name in datagram["order"]:
        data = value(name, datagram)
        head = struct.pack("@Nii", 16 + len(data), *LABELS[name, datagram["family"]])
        control += (head + data).ljust((16 + len(data) + 7) & ~7, b"\0")
    row = datagram["data"][:HEAD].ljust(HEAD, b"\xee") + control.ljust(CONTROL, b"\xee")
    header = bytearray(HEADER)
    struct.pack_into("@N", header, CONTROL_LENGTH_AT, len(control))
    struct.pack_into("@I", header, LENGTH_AT, len(datagram["data"]))
    return row, bytes(header)


@given(st.lists(datagrams, min_size=1, max_size=20))
def test_everything_told_is_read_and_nothing_else(datagrams):
    """Each value comes from its own message, in any order and mixture; what is not told is marked so."""
    rows, headers = zip(*map(row_and_header, datagrams), strict=True)
    columns = decode(b"".join(rows), b"".join(headers))
    for at, datagram in enumerate(datagrams):
        told = set(datagram["order"])
        assert columns.sizes[at] == len(datagram["data"])
        assert columns.stamps[at] == (datagram["stamp"] if "stamp" in told else NOT_TOLD)
        assert columns.tos[at] == (datagram["tos"] if "tos" in told else NOT_TOLD)
        assert columns.ttl[at] == (datagram["ttl"] if "ttl" in told else NOT_TOLD)
        assert columns.drops[at] == (datagram["drops"] if "drops" in told else 0)
        head = datagram["data"][:HEAD]
        assert columns.heads[at].tobytes()[: len(head)] == head


def test_no_rows_are_no_columns():
    """Nothing received is nothing decoded."""
    assert [len(column) for column in decode(b"", b"")] == [0] * 6
