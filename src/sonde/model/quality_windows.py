"""Quality over time in a few numbers: means over the streams of somebody, or everybody, for some seconds."""

import msgspec


class MediumWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Sound or pictures within a window. None: nobody measured it.

    Attributes:
        send_bitrate, receive_bitrate: of a stream, bit/s.
        send_lost, receive_lost: packets of all streams that got lost within the window.
        loss_ratio: of the packets to be received, 0 to 1.
        round_trip_time, jitter: seconds, of the streams of both directions.
        score: what the vendor's formula makes of what was received, 1 to 5.
    """

    send_bitrate: float | None = None
    receive_bitrate: float | None = None
    send_lost: int | None = None
    receive_lost: int | None = None
    loss_ratio: float | None = None
    round_trip_time: float | None = None
    jitter: float | None = None
    score: float | None = None


class QualityWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Some seconds.

    Attributes:
        end: of the last interval that began within it, nanoseconds since the epoch.
        pictures: how many streams of pictures were received, by the class of their short side.
        pictures_end: of the last interval of one of these; None where there were none.
    """

    end: int
    audio: MediumWindow
    video: MediumWindow
    pictures: dict[int, int]
    pictures_end: int | None = None
