import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.impair.payload import damage, remark, rtp_name
from sonde.impair.plan import Decision

parts = st.floats(0, 1, exclude_max=True)


@given(tos=st.integers(0, 255), dscp=st.integers(0, 63))
def test_remark_changes_only_the_code_point(tos: int, dscp: int) -> None:
    """ECN survives a rewrite, and no rewrite changes nothing."""
    assert remark(tos, dscp) >> 2 == dscp
    assert remark(tos, dscp) & 3 == tos & 3
    assert remark(tos, None) == tos


@given(
    ssrc=st.integers(0, 2**32 - 1),
    sequence=st.integers(0, 0xFFFF),
    marker=st.sampled_from([0, 0x80]),
    filling=st.binary(),
)
def test_rtp_is_named_by_its_header(ssrc: int, sequence: int, marker: int, filling: bytes) -> None:
    """SSRC and sequence are read from where RFC 3550 5.1 has them."""
    header = bytes([0x80, marker]) + sequence.to_bytes(2) + bytes(4) + ssrc.to_bytes(4)
    assert rtp_name(header + filling) == (ssrc, sequence)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x80" * 11, b"\x01" * 40, b"\x40" * 40, b"\xc0" * 40, b"\x80\xc8" + bytes(26)],
    ids=["empty", "short", "control", "version 1", "version 3", "sender report"],
)
def test_other_datagrams_have_no_name(payload: bytes) -> None:
    """Control frames, truncated headers, other versions and RTCP are not taken for RTP."""
    assert rtp_name(payload) is None


@given(payload=st.binary(max_size=200), kept=st.floats(0, 1), inverted=st.none() | parts)
def test_damage_cuts_the_end_and_inverts_one_byte(
    payload: bytes, kept: float, inverted: float | None
) -> None:
    """What is left is the beginning, with at most one byte changed, and that one is told."""
    damaged, at = damage(payload, Decision(copies=1, delay=0, dscp=None, kept=kept, inverted=inverted))
    left = payload[: len(damaged)]
    assert len(damaged) == int(len(payload) * kept)
    assert [n for n in range(len(left)) if left[n] != damaged[n]] == ([] if at is None else [at])
    assert (at is None) == (inverted is None or not left)
    assert at is None or damaged[at] == left[at] ^ 0xFF


def test_a_whole_packet_stays_whole() -> None:
    """Without damage the payload is the same object, which costs nothing."""
    payload = bytes(172)
    assert damage(payload, Decision(copies=1, delay=0, dscp=None)) == (payload, None)
