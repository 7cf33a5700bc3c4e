"""Which part of VideoSDK's statistics becomes which field, and in which unit it comes.

The names are in part those of W3C webrtc-stats, the units are not: jitter and round trips are in milliseconds
and bit rates in kbit/s. What `packetsLost` and `totalPackets` of the JavaScript SDK count are not totals,
whatever their documentation says, but what came since the SDK looked a second before.
"""

from typing import Final

from sonde.webrtc.dialects.members import (
    NO_PLACE,
    PAIR,
    RECEIVED,
    RECEPTION_REPORT,
    SENT,
    SOURCE,
    TRANSPORT,
    Member,
    Members,
)
from sonde.webrtc.dialects.values import COUNT, KILOBITS, MILLISECONDS, SIGNED_COUNT, SSRC, TEXT

_OF_ALL: Final[Members] = {
    "ssrc": Member("ssrc", SSRC),
    "trackId": Member("track", TEXT),
    **dict.fromkeys(("timestamp", "rtt", "codec", "network", "size"), NO_PLACE),
}
"""Of every object; those without a place are read otherwise, or not to be trusted, as the network is not."""

_LAYERS: Final = (
    *("currentSpatialLayer", "currentTemporalLayer"),
    *("preferredSpatialLayer", "preferredTemporalLayer"),
)

_OF_JAVASCRIPT: Final[Members] = {
    **_OF_ALL,
    "bitrate": Member("recent_bitrate", KILOBITS),
    "totalPackets": Member("recent_packets", COUNT),
    "packetsLost": Member("recent_packets_lost", SIGNED_COUNT),
    **{name: SOURCE[name] for name in ("audioLevel", "totalAudioEnergy", "totalSamplesDuration")},
    **{name: SENT[name] for name in ("nackCount", "pliCount")},
    **dict.fromkeys(("lastPacketSentTimestampTransport", "lastPacketReceivedTimestampTransport"), NO_PLACE),
    **dict.fromkeys(("deltaKBytes", "limitation", "qualityLimitation", "localAudioSilence"), NO_PLACE),
    **dict.fromkeys(_LAYERS, NO_PLACE),
}

JAVASCRIPT_SENT: Final[Members] = {
    **_OF_JAVASCRIPT,
    "jitter": Member("remote_jitter", MILLISECONDS),
    **{
        name: SENT[name]
        for name in (
            *("packetsSent", "retransmittedPacketsSent", "totalPacketSendDelay", "framesEncoded"),
            "powerEfficientEncoder",
        )
    },
    **{name: SOURCE[name] for name in ("echoReturnLoss", "echoReturnLossEnhancement")},
}
"""Of what a participant sends; loss and jitter are the media server's reports on it."""

JAVASCRIPT_RECEIVED: Final[Members] = {
    **_OF_JAVASCRIPT,
    "jitter": Member("jitter", MILLISECONDS),
    **{
        name: RECEIVED[name]
        for name in (
            *("packetsReceived", "packetsDiscarded", "jitterBufferFlushes", "lastPacketReceivedTimestamp"),
            *("totalSamplesReceived", "concealedSamples", "silentConcealedSamples"),
            *("framesReceived", "framesDecoded", "framesDropped", "keyFramesDecoded", "totalDecodeTime"),
            *("freezeCount", "totalFreezesDuration", "pauseCount", "totalPausesDuration"),
        )
    },
    **dict.fromkeys(
        ("concealmentEvents", "insertedSamplesForDecelaration", "removedSampleForAccelaration"), NO_PLACE
    ),
}
"""Of what a participant receives. Events of a second are no share of samples counted from the start."""

_OF_PYTHON: Final[Members] = {
    **_OF_ALL,
    **dict.fromkeys(("kind", "direction", "bitrate"), NO_PLACE),
}
"""Bit rates are worked out from the bytes: Python's are rounded down to whole kbit/s."""

PYTHON_SENT: Final[Members] = {
    **_OF_PYTHON,
    "totalPacketsSent": SENT["packetsSent"],
    "totalBytesSent": SENT["bytesSent"],
    "fractionLost": RECEPTION_REPORT["fractionLost"],
    **dict.fromkeys(("deltaPacketsSent", "deltaBytesSent"), NO_PLACE),
}
"""Of what a Python participant sends."""

PYTHON_RECEIVED: Final[Members] = {
    **_OF_PYTHON,
    "totalPacketsReceived": RECEIVED["packetsReceived"],
    "totalPacketsLost": RECEIVED["packetsLost"],
    "totalBytesReceived": RECEIVED["bytesReceived"],
    "jitter": Member("jitter", MILLISECONDS),
    **dict.fromkeys(
        ("deltaPacketsReceived", "deltaPacketsLost", "percentPacketsLost", "deltaBytesReceived"), NO_PLACE
    ),
}
"""Of what a Python participant receives."""

ROUND_TRIP_BY_RTCP: Final[Members] = {"rtt": Member("round_trip_time", MILLISECONDS)}
"""Python's, from receiver reports."""

ROUND_TRIP_OF_PATH: Final[Members] = {
    "rtt": Member("current_round_trip_time", MILLISECONDS),
    "lastPacketSentTimestampTransport": PAIR["lastPacketSentTimestamp"],
    "lastPacketReceivedTimestampTransport": PAIR["lastPacketReceivedTimestamp"],
}
"""JavaScript's, which is the candidate pair's, whatever stream it stands with."""

PICTURE: Final[Members] = {
    "width": SENT["frameWidth"],
    "height": SENT["frameHeight"],
    "framerate": SENT["framesPerSecond"],
}
"""Of `size`."""

LIMITATION: Final[Members] = {
    "reason": SENT["qualityLimitationReason"],
    "resolutionChanges": SENT["qualityLimitationResolutionChanges"],
    "durations": NO_PLACE,
}
"""Of `limitation`."""

TRANSPORT_SENT: Final[Members] = {"totalSentBytes": TRANSPORT["bytesSent"], "outgoingBitrate": NO_PLACE}
TRANSPORT_RECEIVED: Final[Members] = {
    "totalReceivedBytes": TRANSPORT["bytesReceived"],
    "incomingBitrate": NO_PLACE,
}
"""Of `send` and `receive` in what `getTransportStats()` gives. Bit rates are worked out from the bytes."""

ABSENT_AS_ZERO: Final = frozenset(
    {
        *("rtt", "totalPacketSendDelay", "totalDecodeTime", "echoReturnLoss", "echoReturnLossEnhancement"),
        *("totalSamplesReceived", "totalSamplesDuration"),
    }
)
"""What the JavaScript SDK writes as 0 where the browser says nothing, and what is never 0 where it does."""

LEVELS: Final = frozenset({"audioLevel", "totalAudioEnergy"})
"""The same goes for these where `totalSamplesDuration` is 0: in silence they are 0 as well."""
