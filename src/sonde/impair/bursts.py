"""Bursts of losses without memory: Gilbert's two states for any packet, whoever else was asked about.

A chain that goes from good to bad with p and back with q, p + q <= 1, is the same as one that throws
the dice again with p + q at each packet, bad with p / (p + q) whatever was before, and otherwise stays as it
is. BurstR of G.107 is 1 / (p + q). So the state of a packet is that of the last throw before it, and to
find that throw one looks back a few packets and not at the whole stream.
"""

from functools import lru_cache
from hashlib import shake_128

_BLOCK = 1024
"""Packets after which the dice are always thrown, so that looking back has an end."""

_WORD = 4
_BLOCKS_REMEMBERED = 1024


def last_draw(stream: bytes, sequence: int, burst_ratio: float) -> int:
    """The sequence number, `sequence` or one shortly before it, at which the state was last drawn.

    Args:
        stream: names the stream.
        sequence: of the packet.
        burst_ratio: above 1 and far below the length of a block. A draw at the start of each block is made up
            for by fewer ones elsewhere, so that the mean length of bursts is exact.
    """
    block, place = divmod(sequence, _BLOCK)
    words = _block_words(stream, block)
    # Big-endian words of one length compare as the numbers that they are.
    limit = int((_BLOCK / burst_ratio - 1) / (_BLOCK - 1) * 2 ** (8 * _WORD)).to_bytes(_WORD)
    while place and words[_WORD * place : _WORD * place + _WORD] >= limit:
        place -= 1
    return block * _BLOCK + place


@lru_cache(maxsize=_BLOCKS_REMEMBERED)
def _block_words(stream: bytes, block: int) -> bytes:
    return shake_128(stream + block.to_bytes(8)).digest(_WORD * _BLOCK)
