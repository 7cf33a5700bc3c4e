"""Order of packets that were only captured: sequence numbers extended chunk by chunk.

As `SequenceUnwrapper` it follows RFC 3550 section A.1 and believes the first packet at once. Two things
differ, since a capture is judged afterwards: the first of the two packets that prove a restart is counted
too, and a restart opens a new run with numbers of its own, so that no loss is made of the jump.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sonde.rtp.sequence import MAX_DROPOUT, MAX_MISORDER, SEQUENCE_MODULUS
from sonde.rtp.units import Integers

SequenceNumbers: TypeAlias = npt.NDArray[np.uint16]

_BLOCK: Final = 4096
"""Packets tried at once, so that a stream full of jumps costs no more than so many steps for each."""


class Stretch(NamedTuple):
    """Packets next to each other in arrival order that follow one numbering.

    Attributes:
        start, stop: which packets of the chunk, as a slice.
        extended: their numbers without wrap; those of one run can be compared.
        restarted: whether a new run begins here.
    """

    start: int
    stop: int
    extended: Integers
    restarted: bool


class SequenceRuns:
    """Extends the sequence numbers of one stream."""

    def __init__(self) -> None:
        self._highest: int | None = None

    def extend(self, numbers: SequenceNumbers) -> Iterator[Stretch]:
        """The stretches of a chunk; what lies between them is of no numbering.

        The last packet of a chunk may wait for the next one to prove a restart. It is in no stretch then,
        and whoever feeds the chunks must begin the next one with it (see `pending`).
        """
        at = 0
        restarted = self._highest is None
        while at < len(numbers):
            highest = int(numbers[at]) if self._highest is None else self._highest
            extended = _follow(highest, numbers[at : at + _BLOCK])
            if len(extended):
                yield Stretch(at, at + len(extended), extended, restarted)
                self._highest = max(highest, int(extended.max()))
                restarted = False
                at += len(extended)
            elif _is_restart(numbers, at):
                self._highest, restarted = None, True
            else:
                at += 1

    def pending(self, numbers: SequenceNumbers) -> bool:
        """Whether the last packet of the chunk that was just extended may be the first of a new run."""
        return self._highest is not None and not len(_follow(self._highest, numbers[-1:]))


def _follow(highest: int, numbers: SequenceNumbers) -> Integers:
    """Extended numbers up to the first packet that is too far from the highest one before it."""
    steps = np.diff(numbers, prepend=np.uint16(highest % SEQUENCE_MODULUS)).view(np.int16)
    extended = highest + np.cumsum(steps, dtype=np.int64)
    away = extended - np.maximum.accumulate(np.concatenate([[highest], extended]))[:-1]
    strange = (away >= MAX_DROPOUT) | (away <= -MAX_MISORDER)
    return extended[: int(strange.argmax())] if strange.any() else extended


def _is_restart(numbers: SequenceNumbers, at: int) -> bool:
    """Whether the packet behind a jump is followed by its successor."""
    return at + 1 < len(numbers) and int(numbers[at + 1]) == (int(numbers[at]) + 1) % SEQUENCE_MODULUS
