"""Our clock compared with the server's, as in SNTP."""


class ClockComparison:
    """Believes our clock as long as it may be right, and an offset until an answer shows that it is wrong.

    So no time between two ticks is longer or shorter than it was, and all of them are right within a round
    trip.

    Attributes:
        offset: microseconds to add to our times to have the server's; None before the first answer.
    """

    def __init__(self) -> None:
        self.offset: int | None = None

    def learn(self, sent: int, received: int, time: int) -> None:
        """Takes an answer into account; all in microseconds since the epoch.

        Args:
            sent: when we asked, by our clock.
            received: when we had the answer, by our clock.
            time: the server's, at some moment between.
        """
        least, most = time - received, time - sent
        known = self.offset
        if known is None:
            known = 0 if least <= 0 <= most else (least + most) // 2
        self.offset = min(max(known, least), most)
