"""How much was used."""

from datetime import date

import msgspec


class DayUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What the sessions that began on one day in UTC came to.

    Attributes:
        sessions: how many, breakout rooms not counted.
        participant_minutes: sum of the minutes of all connections, those in breakout rooms too.
    """

    day: date
    sessions: int
    participant_minutes: float
