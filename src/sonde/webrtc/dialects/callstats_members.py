"""Which member of what RealtimeKit's statistics client sends becomes which field, and in which sense.

The names are those of W3C webrtc-stats with a few of the client's own; all units are the standard's. The
client writes 0 for much that a browser does not report, so a sum that cannot be 0 once there was traffic
says nothing when it is.
"""

import ipaddress
from collections.abc import Iterable
from typing import Final

from sonde.webrtc.dialects.members import (
    LOCAL_CANDIDATE,
    NO_PLACE,
    PAIR,
    RECEIVED,
    RECEPTION_REPORT,
    REMOTE_CANDIDATE,
    SENT,
    TRANSPORT,
    Member,
    Members,
)
from sonde.webrtc.dialects.values import AMOUNT, COUNT, TEXT, Reader, read_text

IPV6_KEPT_BITS: Final = 32
"""Leading bits of an IPv6 address that are kept; of IPv4 the client keeps two octets."""

MASK: Final = ".0.0"
"""What the client puts in the place of the end of an address, also where that is none of IPv4."""


def _read_address(value: object) -> str | None:
    """An address without the part that names one subscriber: of IPv6 the client leaves it there."""
    address = read_text(value, 255).removesuffix(MASK)
    try:
        network = ipaddress.IPv6Network((address, IPV6_KEPT_BITS), strict=False)
    except ValueError:
        return read_text(value, 255) if _is_ipv4(value) else address or None
    return str(network.network_address)


def _is_ipv4(value: object) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True


def _above_zero(reader: Reader) -> Reader:
    """The same, but 0 says nothing."""
    return Reader(reader.expected, lambda value: reader.read(value) or None)


def _same(members: Members, names: str) -> Iterable[tuple[str, Member]]:
    return ((name, members[name]) for name in names.split())


ADDRESS: Final = Reader("an address", _read_address)
TIME: Final = _above_zero(AMOUNT)
SUM: Final = _above_zero(COUNT)

_CLIENTS_OWN: Final = dict.fromkeys(("codecId", "score"), NO_PLACE)

SENT_STREAM: Final[Members] = {
    **dict(
        _same(
            SENT,
            "bytesSent packetsSent nackCount ssrc mid active retransmittedBytesSent retransmittedPacketsSent",
        )
    ),
    **_CLIENTS_OWN,
    "headerBytesSent": Member("header_bytes_sent", SUM),
    "totalPacketSendDelay": Member("total_packet_send_delay", TIME),
    "remoteData": NO_PLACE,
}

SENT_PICTURES: Final[Members] = {
    **SENT_STREAM,
    **dict(
        _same(
            SENT,
            "frameWidth frameHeight framesPerSecond framesEncoded framesSent keyFramesEncoded firCount"
            " pliCount qpSum hugeFramesSent encoderImplementation qualityLimitationReason"
            " qualityLimitationResolutionChanges scalabilityMode powerEfficientEncoder",
        )
    ),
    "qualityLimitationDurations": NO_PLACE,
    "totalEncodeTime": NO_PLACE,
    "framesDropped": NO_PLACE,
}
"""Of `videoStats` of a producer; `totalEncodeTime` has two meanings, and a reader of its own."""

HEARD: Final[Members] = {name: RECEPTION_REPORT[name] for name in RECEPTION_REPORT if name != "timestamp"}
"""Of `remoteData`, which the client declares and version 8.0.0 never fills."""

RECEIVED_STREAM: Final[Members] = {
    **dict(
        _same(
            RECEIVED,
            "bytesReceived packetsReceived packetsLost jitter nackCount jitterBufferDelay"
            " jitterBufferEmittedCount lastPacketReceivedTimestamp ssrc mid packetsDiscarded",
        )
    ),
    **_CLIENTS_OWN,
    "headerBytesReceived": Member("header_bytes_received", SUM),
    "jitterBufferMinimumDelay": Member("jitter_buffer_minimum_delay", TIME),
    "jitterBufferTargetDelay": Member("jitter_buffer_target_delay", TIME),
}

RECEIVED_SOUND: Final[Members] = {
    **RECEIVED_STREAM,
    **dict(
        _same(
            RECEIVED,
            "audioLevel concealedSamples concealmentEvents totalAudioEnergy totalSamplesDuration"
            " totalSamplesReceived fecPacketsDiscarded fecPacketsReceived insertedSamplesForDeceleration"
            " removedSamplesForAcceleration silentConcealedSamples",
        )
    ),
    "playoutId": NO_PLACE,
}

RECEIVED_PICTURES: Final[Members] = {
    **RECEIVED_STREAM,
    **dict(
        _same(
            RECEIVED,
            "frameWidth frameHeight framesDecoded framesDropped framesPerSecond framesReceived"
            " keyFramesDecoded firCount pliCount decoderImplementation totalProcessingDelay"
            " powerEfficientDecoder freezeCount totalFreezesDuration pauseCount totalPausesDuration",
        )
    ),
    "qpSum": Member("qp_sum", SUM),
    "totalAssemblyTime": Member("total_assembly_time", TIME),
    "totalDecodeTime": Member("total_decode_time", TIME),
    "totalInterFrameDelay": Member("total_inter_frame_delay", TIME),
    "totalSquaredInterFrameDelay": Member("total_squared_inter_frame_delay", TIME),
}

STANDSTILLS: Final = ("freeze_count", "total_freezes_duration", "pause_count", "total_pauses_duration")
"""What no browser reports without the time between pictures."""

PATH: Final[Members] = {
    **dict(
        _same(TRANSPORT, "bytesSent bytesReceived packetsSent packetsReceived dtlsCipher dtlsState iceRole")
    ),
    **dict.fromkeys(
        (
            *("roundTripTime", "totalRoundTripTime", "candidatePairs"),
            *("availableOutgoingBitrate", "availableIncomingBitrate"),
        ),
        NO_PLACE,
    ),
}
"""Of `stats` of a transport. What the client copies from the pair is read from the pair: where that has no
round trip, the client writes one by RTCP, or 0."""

_CANDIDATE: Final = {
    f"{side}Candidate{name}": Member(members[own].field, reader or members[own].reader)
    for side, members in (("local", LOCAL_CANDIDATE), ("remote", REMOTE_CANDIDATE))
    for name, own, reader in (
        ("Type", "candidateType", None),
        ("Address", "address", ADDRESS),
        ("Port", "port", None),
        ("Url", "url", None),
    )
}

CHOSEN_PAIR: Final[Members] = {
    **dict(
        _same(
            PAIR,
            "nominated currentRoundTripTime totalRoundTripTime bytesSent bytesReceived packetsSent"
            " packetsReceived bytesDiscardedOnSend packetsDiscardedOnSend availableOutgoingBitrate"
            " availableIncomingBitrate lastPacketSentTimestamp lastPacketReceivedTimestamp",
        )
    ),
    **_CANDIDATE,
    "localCandidateId": Member("local_candidate_id", TEXT),
    "remoteCandidateId": Member("remote_candidate_id", TEXT),
    # Of a relayed candidate it is how the TURN server is spoken to.
    "localCandidateProtocol": Member("local_protocol", TEXT),
    "remoteCandidateProtocol": Member("remote_protocol", TEXT),
    "localCandidateNetworkType": LOCAL_CANDIDATE["networkType"],
    "localCandidateRelatedAddress": Member("local_related_address", ADDRESS),
    "localCandidateRelatedPort": LOCAL_CANDIDATE["relatedPort"],
}
"""Of the pair in use among `candidatePairs`."""
