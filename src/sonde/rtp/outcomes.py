"""What became of each packet of a captured stream, settled once nothing can change it any more.

A packet more than `MAX_MISORDER` places behind the highest is not taken for a late one (RFC 3550 section
A.1). So only that many places are open at any time, however long the stream is.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sonde.rtp.sequence import MAX_MISORDER
from sonde.rtp.units import Integers

NOT_RECEIVED: Final = np.iinfo(np.int64).min
NOT_MEASURED: Final = np.iinfo(np.int64).min + 1
"""Delay of a packet that arrived, but whose timestamp says nothing."""


class Settled(NamedTuple):
    """Packets next to each other in the order of the stream.

    Attributes:
        delays: of each in nanoseconds, `NOT_RECEIVED` or `NOT_MEASURED`.
        epochs: number of the epoch of each delay; delays of two epochs cannot be compared.
    """

    delays: Integers
    epochs: Integers


class OutcomeWindow:
    """The open places of one run of sequence numbers."""

    def __init__(self) -> None:
        self._delays: Integers = np.empty(0, dtype=np.int64)
        self._epochs: Integers = np.empty(0, dtype=np.int64)
        self._base: int | None = None
        self._begun = False

    def take(self, extended: Integers, delays: Integers, epochs: Integers) -> npt.NDArray[np.bool_]:
        """Note arrivals in arrival order.

        Args:
            extended: sequence numbers of one run, none more than `MAX_MISORDER` below the highest.
            delays: as in `Settled`, but every packet here was received.
            epochs: as in `Settled`.

        Returns:
            Which of them are the first copies of their packets.
        """
        if self._base is None:
            self._base = int(extended[0]) - MAX_MISORDER
        places = extended - self._base
        self._grow(int(places.max()) + 1 - len(self._delays))
        arrivals = np.arange(len(places))
        earliest = np.zeros(len(self._delays), dtype=np.int64)
        # The last write to a repeated place wins, so writing backwards leaves the first arrival.
        earliest[places[::-1]] = arrivals[::-1]
        first: npt.NDArray[np.bool_] = (earliest[places] == arrivals) & (self._delays[places] == NOT_RECEIVED)
        self._delays[places[first]] = delays[first]
        self._epochs[places[first]] = epochs[first]
        return first

    def _grow(self, places: int) -> None:
        if places > 0:
            self._delays = np.concatenate([self._delays, np.full(places, NOT_RECEIVED)])
            self._epochs = np.concatenate([self._epochs, np.zeros(places, dtype=np.int64)])

    def settle(self, *, everything: bool = False) -> Settled:
        """Take out the packets that no later arrival can change, or all of them at the end of the run."""
        count = len(self._delays) if everything else max(0, len(self._delays) - MAX_MISORDER)
        settled = Settled(self._delays[:count], self._epochs[:count])
        self._delays, self._epochs = self._delays[count:], self._epochs[count:]
        if self._base is not None:
            self._base += count
        return self._after_start(settled)

    def _after_start(self, settled: Settled) -> Settled:
        """Leave out the places before the first packet of the run, which were kept for late ones."""
        if self._begun:
            return settled
        received = settled.delays != NOT_RECEIVED
        self._begun = bool(received.any())
        start = int(received.argmax()) if self._begun else len(received)
        return Settled(settled.delays[start:], settled.epochs[start:])
