"""A link that sends one packet after the other, and a queue in front of it that holds so many seconds."""


class Bottleneck:
    """One direction's narrowest link. Its delay is the only one that depends on other packets."""

    def __init__(self) -> None:
        self._free_at = 0

    def take(self, arrived_at: int, size: int, *, rate: float, queue: float) -> int | None:
        """When the packet's last bit is through, in ns since the epoch; None when the queue is full.

        Args:
            arrived_at: ns since the epoch.
            size: bytes on the link.
            rate: bit/s.
            queue: longest wait in seconds.
        """
        begin = max(arrived_at, self._free_at)
        if begin - arrived_at > queue * 1e9:
            return None
        self._free_at = begin + round(8e9 * size / rate)
        return self._free_at
