"""Which member of which W3C dictionary becomes which field, and how.

Members that are known but have no place in a sample, because they repeat another or serve only to join
objects, are listed too: what is in none of the tables is counted as unknown.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from sonde.webrtc.dialects.values import (
    AMOUNT,
    CONTENT,
    COUNT,
    FLAG,
    INSTANT,
    LEVEL,
    NAME,
    PAYLOAD_TYPE,
    PLAYOUT,
    PORT,
    SIGNED_COUNT,
    SSRC,
    TEXT,
    Reader,
)


class Member(NamedTuple):
    """Where a member goes.

    Attributes:
        field: of the sample; empty for one that has no place.
        reader: how its value is read.
    """

    field: str
    reader: Reader


Members: TypeAlias = Mapping[str, Member]

NO_PLACE: Final = Member("", TEXT)


def _snake(name: str) -> str:
    """The field that bears a member's name: `packetsSentWithEct1` is `packets_sent_with_ect1`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _same(reader: Reader, names: str, prefix: str = "") -> dict[str, Member]:
    """Members whose field has their own name, perhaps after a prefix."""
    return {name: Member(prefix + _snake(name), reader) for name in names.split()}


def _known(names: str) -> dict[str, Member]:
    return dict.fromkeys(names.split(), NO_PLACE)


_OBJECT = _known("id type timestamp")
_STREAM = {
    **_OBJECT,
    **_same(SSRC, "ssrc rtxSsrc fecSsrc"),
    **_same(NAME, "mid rid"),
    **_same(TEXT, "transportId"),
    **_known("kind mediaType isRemote codecId trackId remoteId mediaTrackId"),
    **_same(COUNT, "nackCount firCount pliCount qpSum frameWidth frameHeight"),
    **_same(AMOUNT, "framesPerSecond"),
    "contentType": Member("source", CONTENT),
}

RECEIVED: Final[Members] = {
    **_STREAM,
    **_same(
        COUNT,
        "packetsReceived bytesReceived headerBytesReceived retransmittedPacketsReceived"
        " retransmittedBytesReceived packetsReceivedWithEct1 packetsReceivedWithCe packetsDiscarded"
        " packetsReportedAsLost packetsReportedAsLostButRecovered fecPacketsReceived fecBytesReceived"
        " fecPacketsDiscarded jitterBufferEmittedCount jitterBufferFlushes totalSamplesReceived"
        " concealedSamples silentConcealedSamples concealmentEvents interruptionCount"
        " insertedSamplesForDeceleration removedSamplesForAcceleration totalSamplesDecoded"
        " samplesDecodedWithSilence samplesDecodedWithConcealment framesReceived framesDecoded"
        " keyFramesDecoded framesRendered framesDropped framesAssembledFromMultiplePackets freezeCount"
        " pauseCount corruptionMeasurements",
    ),
    **_same(SIGNED_COUNT, "packetsLost"),
    **_same(
        AMOUNT,
        "jitter jitterBufferDelay jitterBufferTargetDelay jitterBufferMinimumDelay totalProcessingDelay"
        " audioLevel totalAudioEnergy totalSamplesDuration totalInterruptionDuration totalAssemblyTime"
        " totalDecodeTime totalInterFrameDelay totalSquaredInterFrameDelay totalFreezesDuration"
        " totalPausesDuration totalCorruptionProbability totalSquaredCorruptionProbability",
    ),
    "trackIdentifier": Member("track", TEXT),
    "lastPacketReceivedTimestamp": Member("last_packet_received_at", INSTANT),
    "estimatedPlayoutTimestamp": Member("estimated_playout_at", PLAYOUT),
    "decoderImplementation": Member("codec_implementation", TEXT),
    "powerEfficientDecoder": Member("power_efficient", FLAG),
    **_known(
        "playoutId googTimingFrameInfo minPlayoutDelay delayedPacketOutageSamples"
        " relativePacketArrivalDelay discardedPackets bitrateMean bitrateStdDev framerateMean"
        " framerateStdDev sliCount frameBitDepth packetsRepaired packetsDuplicated"
    ),
}
"""Of `inbound-rtp`."""

SENT: Final[Members] = {
    **_STREAM,
    **_same(
        COUNT,
        "packetsSent bytesSent headerBytesSent retransmittedPacketsSent retransmittedBytesSent"
        " packetsSentWithEct1 encodingIndex framesEncoded framesSent keyFramesEncoded hugeFramesSent"
        " totalEncodedBytesTarget qualityLimitationResolutionChanges",
    ),
    **_same(AMOUNT, "totalPacketSendDelay targetBitrate totalEncodeTime"),
    **_same(TEXT, "scalabilityMode qualityLimitationReason"),
    **_same(FLAG, "active"),
    "encoderImplementation": Member("codec_implementation", TEXT),
    "powerEfficientEncoder": Member("power_efficient", FLAG),
    **_known(
        "mediaSourceId qualityLimitationDurations psnrSum psnrMeasurements droppedFrames bitrateMean"
        " bitrateStdDev framerateMean framerateStdDev frameBitDepth packetsDiscardedOnSend"
        " bytesDiscardedOnSend fecPacketsSent"
    ),
}
"""Of `outbound-rtp`."""

LIMITS: Final[Members] = {
    reason: Member(f"quality_limitation_duration_{reason}", AMOUNT)
    for reason in ("none", "cpu", "bandwidth", "other")
}
"""Of `qualityLimitationDurations` in `outbound-rtp`."""

TRACK: Final[Members] = {
    **{name: RECEIVED[name] for name in RECEIVED if RECEIVED[name].field},
    **_same(COUNT, "framesSent hugeFramesSent"),
    **_same(LEVEL, "echoReturnLoss echoReturnLossEnhancement"),
}
"""Of `track`, in which older browsers kept what now is with the streams and sources."""

SOURCE: Final[Members] = {
    **_OBJECT,
    **_same(AMOUNT, "audioLevel totalAudioEnergy totalSamplesDuration"),
    **_same(LEVEL, "echoReturnLoss echoReturnLossEnhancement"),
    **_same(COUNT, "width height frames", "source_"),
    **_same(AMOUNT, "framesPerSecond", "source_"),
    "trackIdentifier": Member("track", TEXT),
    **_known(
        "kind relayedSource droppedSamplesDuration droppedSamplesEvents totalCaptureDelay"
        " totalSamplesCaptured track.deliveredFrames track.discardedFrames track.totalFrames"
    ),
}
"""Of `media-source`."""

PLAYED: Final[Members] = {
    **_OBJECT,
    **_same(COUNT, "synthesizedSamplesEvents"),
    **_same(AMOUNT, "synthesizedSamplesDuration totalPlayoutDelay"),
    "totalSamplesCount": Member("playout_samples_count", COUNT),
    "totalSamplesDuration": Member("playout_samples_duration", AMOUNT),
    **_known("kind"),
}
"""Of `media-playout`."""

_REPORT = {
    "timestamp": Member("remote_at", INSTANT),
    **_same(AMOUNT, "roundTripTime totalRoundTripTime"),
    **_same(COUNT, "roundTripTimeMeasurements"),
    **_known("id type kind mediaType isRemote ssrc codecId transportId localId trackId mediaTrackId"),
}

RECEPTION_REPORT: Final[Members] = {
    **_REPORT,
    **_same(SIGNED_COUNT, "packetsLost", "remote_"),
    **_same(COUNT, "packetsReceived packetsDiscarded nackCount", "remote_"),
    **_same(AMOUNT, "jitter fractionLost", "remote_"),
    "reportsReceived": Member("remote_reports", COUNT),
    **_known(
        "bytesReceived packetsReceivedWithCe packetsReceivedWithEct1 packetsReportedAsLost"
        " packetsReportedAsLostButRecovered packetsWithBleachedEct1Marking"
    ),
}
"""Of `remote-inbound-rtp`: the other side's report on a stream sent."""

SENDER_REPORT: Final[Members] = {
    **_REPORT,
    **_same(COUNT, "packetsSent bytesSent", "remote_"),
    **_same(AMOUNT, "totalPacketSendDelay", "remote_"),
    "reportsSent": Member("remote_reports", COUNT),
    "remoteTimestamp": Member("remote_sent_at", INSTANT),
}
"""Of `remote-outbound-rtp`: the other side's report on a stream it sends."""

CODEC: Final[Members] = {
    **_OBJECT,
    **_same(COUNT, "clockRate channels"),
    **_same(PAYLOAD_TYPE, "payloadType"),
    "sdpFmtpLine": Member("codec_fmtp", TEXT),
    **_known("mimeType transportId codecType implementation"),
}
"""Of `codec`."""

TRANSPORT: Final[Members] = {
    **_OBJECT,
    **_same(COUNT, "bytesSent bytesReceived packetsSent packetsReceived selectedCandidatePairChanges"),
    **_same(TEXT, "iceRole iceState dtlsState dtlsRole dtlsCipher srtpCipher tlsVersion"),
    **_known(
        "selectedCandidatePairId localCertificateId remoteCertificateId iceLocalUsernameFragment"
        " rtcpTransportStatsId ccfbMessagesSent ccfbMessagesReceived dtlsGroup"
    ),
}
"""Of `transport`."""

PAIR: Final[Members] = {
    **_OBJECT,
    "state": Member("pair_state", TEXT),
    **_same(FLAG, "nominated writable"),
    **_same(COUNT, "bytesSent bytesReceived packetsSent packetsReceived", "pair_"),
    **_same(
        COUNT,
        "bytesDiscardedOnSend packetsDiscardedOnSend requestsSent requestsReceived responsesSent"
        " responsesReceived consentRequestsSent",
    ),
    **_same(
        AMOUNT,
        "currentRoundTripTime totalRoundTripTime availableOutgoingBitrate availableIncomingBitrate",
    ),
    "lastPacketSentTimestamp": Member("last_packet_sent_at", INSTANT),
    "lastPacketReceivedTimestamp": Member("last_packet_received_at", INSTANT),
    **_known("transportId localCandidateId remoteCandidateId priority selected readable componentId"),
}
"""Of `candidate-pair`."""


def _candidate(side: str, own: str) -> Members:
    return {
        **_OBJECT,
        **_known(
            "transportId isRemote priority foundation usernameFragment deleted proxied networkAdapterType"
            " vpn relayProtocol networkType"
        ),
        **_same(TEXT, f"address protocol tcpType relatedAddress url {own}", f"{side}_"),
        **_same(PORT, "port relatedPort", f"{side}_"),
        "ip": Member(f"{side}_address", TEXT),
        "candidateType": Member(f"{side}_candidate_type", TEXT),
    }


LOCAL_CANDIDATE: Final[Members] = _candidate("local", "relayProtocol networkType")
"""Of `local-candidate`."""

REMOTE_CANDIDATE: Final[Members] = _candidate("remote", "")
"""Of `remote-candidate`."""

OTHER_TYPES: Final = frozenset(
    (
        "certificate", "data-channel", "peer-connection", "stream", "track", "csrc", "sender", "receiver",
        "transceiver", "sctp-transport", "ice-server", "compute-pressure",
    )
)  # fmt: skip
"""Kinds of object that are known and of which no sample is made."""
