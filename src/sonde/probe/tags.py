"""How each frame and packet proves that it comes from who holds the key.

Frames that say something carry a keyed BLAKE2s tag (RFC 7693) over all that they say. What says only that it
comes, RTP packets and SYNCs, carries an 8-byte tag that is used once: SHAKE-128(key | nonce | label) cut
into pieces, one for each.
"""

import hashlib
import hmac

TAG_SIZE = 16
PACKET_TAG_SIZE = 8


class BadFrame(ValueError):
    """The bytes are no frame of ours, or their tag is wrong. Never answered."""


def key_id(key: bytes) -> bytes:
    """Eight bytes that name a key without revealing it."""
    return hashlib.blake2s(key, digest_size=8, person=b"key-id").digest()


def stream_key(key: bytes, nonce: bytes) -> bytes:
    """The key of one stream's frames after its HELLO, so that no frame serves in another stream."""
    return hashlib.blake2s(nonce, key=key, person=b"stream").digest()


def packet_tags(key: bytes, nonce: bytes, count: int) -> bytes:
    """The one-time tags of `count` RTP packets, eight bytes each, in stream order."""
    return hashlib.shake_128(key + nonce + b"rtp").digest(count * PACKET_TAG_SIZE)


def host_proof(key: bytes, nonce: bytes, boot_id: bytes) -> bytes:
    """Shows the holder of `key` whether both ends run on one kernel, and nobody anything else."""
    return hashlib.blake2s(nonce + boot_id, key=key, digest_size=8, person=b"host").digest()


def sync_tags(key: bytes, nonce: bytes, count: int) -> bytes:
    """The one-time tags of `count` SYNCs, eight bytes each."""
    return hashlib.shake_128(key + nonce + b"sync").digest(count * PACKET_TAG_SIZE)


def time_seal(stream: bytes) -> "hashlib.blake2s":
    """What `build_time` and `parse_time` make their tags with; made once for each stream."""
    return hashlib.blake2s(key=stream, digest_size=PACKET_TAG_SIZE, person=b"time")


def time_tag(seal: "hashlib.blake2s", data: bytes) -> bytes:
    """The tag of a TIME."""
    # A copy of a keyed hash costs half of keying a new one.
    seal = seal.copy()
    seal.update(data)
    return seal.digest()


def seal(key: bytes, data: bytes, size: int = 0) -> bytes:
    """A frame of at least `size` bytes, filled up with zeros, and its tag."""
    data = data.ljust(size - TAG_SIZE, b"\0")
    return data + _tag(key, data)


def unseal(key: bytes, frame: bytes) -> bytes:
    """What a frame says; raises `BadFrame` when its tag is wrong."""
    data, tag = frame[:-TAG_SIZE], frame[-TAG_SIZE:]
    if not data or not hmac.compare_digest(tag, _tag(key, data)):
        raise BadFrame("wrong tag")
    return data


def _tag(key: bytes, data: bytes) -> bytes:
    return hashlib.blake2s(data, key=key, digest_size=TAG_SIZE, person=b"frame").digest()
