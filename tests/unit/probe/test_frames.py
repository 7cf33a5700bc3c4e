"""Frames: what is built is read back, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.probe import frames, tags
from sonde.probe.frames import Fetch, Hello, Part, Sync, Time, Welcome
from sonde.probe.tags import BadFrame

KEY, OTHER_KEY = bytes(range(32)), bytes(32)

u16, u32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
stamps = st.integers(0, 2**63 - 1)
keys = st.binary(min_size=32, max_size=32)

hellos = st.builds(
    Hello,
    protocol=st.integers(0, 255),
    nonce=st.binary(min_size=16, max_size=16),
    attempt=u16,
    ssrc=u32,
    first_sequence=u16,
    payload_type=st.integers(0, 127),
    packets=st.integers(1, 0xFFFF),
    packet_interval=st.sampled_from([0.02, 0.03]),
    packet_size=st.integers(32, 1200),
    dscp=st.integers(0, 63),
    sent_at=stamps,
    host_proof=st.binary(max_size=8),
    version=st.text(alphabet="0123456789.abc", min_size=1, max_size=20),
)
welcomes = st.builds(
    Welcome,
    nonce=st.binary(min_size=16, max_size=16),
    attempt=u16,
    refusal=st.text(alphabet="abc ", max_size=120),
    same_clock=st.booleans(),
    received_at=stamps,
    sent_at=stamps,
    version=st.text(alphabet="0123456789.abc", max_size=20),
)


@given(keys, hellos)
def test_hello_survives_the_wire(key, hello):
    """A HELLO has its fixed size, names its key and reads back as it was built."""
    frame = frames.build_hello(key, hello)
    assert len(frame) == frames.HELLO_SIZE
    assert frames.hello_key_id(frame) == tags.key_id(key)
    assert frames.parse_hello(key, frame) == hello


@given(keys, welcomes)
def test_welcome_survives_the_wire_and_is_no_longer_than_its_question(key, welcome):
    """A WELCOME reads back as built, and cannot amplify."""
    frame = frames.build_welcome(key, welcome)
    assert len(frame) <= frames.HELLO_SIZE
    assert frames.parse_welcome(key, frame) == welcome


@given(
    keys,
    u32,
    st.builds(Sync, index=u32, tag=st.binary(min_size=8, max_size=8)),
    st.integers(frames.SYNC_SIZE, 1200),
    st.builds(Time, index=u32, received_at=stamps, held=u32),
)
def test_clock_exchange_has_the_size_of_the_stream(key, ssrc, sync, size, time):
    """SYNC and TIME are exactly as long as the stream's packets, and read back as built."""
    question = frames.build_sync(ssrc, sync, size)
    answer = frames.build_time(tags.time_seal(key), time, size)
    assert (len(question), len(answer)) == (size, size)
    assert frames.frame_ssrc(question) == ssrc
    assert frames.parse_sync(question) == sync
    assert frames.parse_time(tags.time_seal(key), answer) == time


@given(st.integers(0, frames.SYNC_SIZE - 1), st.integers(1, 255))
def test_one_changed_byte_spoils_a_time(position, change):
    """Nothing that an answer says of the clock can be changed without notice."""
    seal = tags.time_seal(KEY)
    frame = bytearray(frames.build_time(seal, Time(2, 3, 4), 172))
    frame[position] ^= change
    with pytest.raises(BadFrame):
        frames.parse_time(seal, bytes(frame))


def test_clock_exchange_fits_the_shortest_codec():
    """G.729's packet of 32 bytes holds a SYNC and a TIME."""
    assert len(frames.build_sync(1, Sync(2, bytes(8)), 32)) == 32
    assert len(frames.build_time(tags.time_seal(KEY), Time(2, 3, 4), 32)) == 32


@given(keys, u32, u16, u16, st.binary(max_size=frames.PART_BYTES))
def test_fetch_and_part_survive_the_wire(key, ssrc, request, part, data):
    """FETCH has its fixed size, PART is never longer, both read back as built."""
    fetch, piece = Fetch(ssrc, request, part), Part(part, 7, data)
    question, answer = frames.build_fetch(key, fetch), frames.build_part(key, ssrc, piece)
    assert len(answer) <= len(question) == frames.FETCH_SIZE
    assert frames.frame_ssrc(question) == ssrc
    assert frames.parse_fetch(key, question) == fetch
    assert frames.parse_part(key, answer) == piece


@given(hellos, st.integers(0, frames.HELLO_SIZE - 1), st.integers(1, 255))
def test_one_changed_byte_spoils_a_hello(hello, position, change):
    """No byte of a HELLO can be changed without notice."""
    frame = bytearray(frames.build_hello(KEY, hello))
    frame[position] ^= change
    with pytest.raises(BadFrame):
        frames.parse_hello(KEY, bytes(frame))


PARSERS = [
    lambda data: frames.parse_hello(KEY, data),
    lambda data: frames.parse_welcome(KEY, data),
    lambda data: frames.parse_time(tags.time_seal(KEY), data),
    lambda data: frames.parse_fetch(KEY, data),
    lambda data: frames.parse_part(KEY, data),
    frames.hello_key_id,
]


@pytest.mark.parametrize("parse", PARSERS)
@given(data=st.binary(max_size=1300))
def test_strange_bytes_are_refused(parse, data):
    """Any bytes that we did not make give a BadFrame and no other error."""
    with pytest.raises(BadFrame):
        parse(data)


def test_a_short_sync_is_refused():
    """What is too short to hold number and tag is no SYNC."""
    with pytest.raises(BadFrame):
        frames.parse_sync(bytes(frames.SYNC_SIZE - 1))


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x93\x01\x02\x03", b"\xff" * 40, b"\xa1\xff"])
def test_a_tagged_frame_with_a_broken_body_is_refused(body):
    """Even the holder of the key cannot make a parser fail in another way than BadFrame."""
    head = frames._HELLO_HEAD.pack(frames.HELLO, tags.key_id(KEY), len(body))
    with pytest.raises(BadFrame):
        frames.parse_hello(KEY, tags.seal(KEY, head + body, frames.HELLO_SIZE))


def test_packet_tags_differ_by_packet_nonce_and_key():
    """Every tag of every stream is its own."""
    streams = [(KEY, b"a" * 16), (KEY, b"b" * 16), (OTHER_KEY, b"a" * 16)]
    drawn = [tags.packet_tags(key, nonce, 3000) for key, nonce in streams]
    pieces = [tag[at : at + 8] for tag in drawn for at in range(0, len(tag), 8)]
    assert len(pieces) == len(set(pieces)) == 9000


def test_tags_of_packets_and_questions_have_nothing_in_common():
    """A tag seen in a packet serves in no SYNC, and the other way round."""
    packets, syncs = (make(KEY, b"a" * 16, 3000) for make in (tags.packet_tags, tags.sync_tags))
    pieces = [drawn[at : at + 8] for drawn in (packets, syncs) for at in range(0, len(drawn), 8)]
    assert len(pieces) == len(set(pieces)) == 6000


def test_host_proof_tells_only_the_same_kernel():
    """Two ends agree on it exactly when key, nonce and kernel are the same."""
    proof = tags.host_proof(KEY, b"n" * 16, b"kernel")
    assert proof == tags.host_proof(KEY, b"n" * 16, b"kernel")
    assert proof != tags.host_proof(KEY, b"n" * 16, b"other")
    assert proof != tags.host_proof(KEY, b"m" * 16, b"kernel")
