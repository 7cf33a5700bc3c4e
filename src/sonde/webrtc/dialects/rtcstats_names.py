"""The numbers that version 3 of rtcstats writes for the names of methods, fields and types.

They are fixed for ever by the format; a name without a number is written out. Numbers that are missing
here were never given.
"""

from collections.abc import Mapping
from typing import Any, Final


def _numbered(first: int, names: str) -> Mapping[Any, str]:
    return dict(enumerate(names.split(), first))


_METHODS: dict[object, str] = {
    **_numbered(
        1,
        "getStats createOffer createOfferOnSuccess createAnswer createAnswerOnSuccess setLocalDescription"
        " setLocalDescriptionOnSuccess setRemoteDescription setRemoteDescriptionOnSuccess addIceCandidate"
        " addIceCandidateOnSuccess createOfferOnFailure createAnswerOnFailure setLocalDescriptionOnFailure"
        " setRemoteDescriptionOnFailure addIceCandidateOnFailure",
    ),
    **_numbered(
        20,
        "onicecandidate onicecandidateerror ontrack onsignalingstatechange oniceconnectionstatechange"
        " onconnectionstatechange onicegatheringstatechange onnegotiationneeded ondatachannel",
    ),
    **_numbered(
        30,
        "addTrack addTrackOnSuccess addTransceiver addTransceiverOnSuccess removeTrack createDataChannel"
        " close restartIce setConfiguration create constraints setCodecPreferences"
        " setHeaderExtensionsToNegotiate",
    ),
    **_numbered(50, "setParameters replaceTrack"),
    **_numbered(60, "getUserMedia getUserMediaOnSuccess"),
    **_numbered(
        63, "getDisplayMedia getDisplayMediaOnSuccess getUserMediaOnFailure enumerateDevices ondevicechange"
    ),
    **_numbered(68, "getDisplayMediaOnFailure"),
    **_numbered(
        70,
        "MediaStreamTrack.stop MediaStreamTrack.applyConstraints MediaStreamTrack.onended"
        " MediaStreamTrack.onmute MediaStreamTrack.onunmute",
    ),
    80: "HTMLMediaElement.resize",
}

METHOD_NAMES: Final[Mapping[object, str]] = {"g": "getStats", **_METHODS}
"""Methods and events, without the `navigator.mediaDevices.` in front of some."""

TYPE_NAMES: Final[Mapping[int, str]] = _numbered(
    1,
    "inbound-rtp outbound-rtp remote-inbound-rtp remote-outbound-rtp transport candidate-pair"
    " local-candidate remote-candidate data-channel peer-connection certificate media-source media-playout"
    " codec",
)
"""Values of `type`."""

_PROPERTIES: dict[int, str] = {
    **_numbered(4, "payloadType transportId mimeType clockRate channels sdpFmtpLine ssrc kind codecId"),
    **_numbered(
        14,
        "packetsReceived packetsLost jitter trackIdentifier mid remoteId framesDecoded keyFramesDecoded"
        " framesDropped frameWidth frameHeight framesPerSecond qpSum totalDecodeTime totalInterFrameDelay"
        " totalSquaredInterFrameDelay pauseCount totalPausesDuration freezeCount totalFreezesDuration"
        " lastPacketReceivedTimestamp headerBytesReceived packetsDiscarded fecPacketsReceived"
        " fecPacketsDiscarded fecBytesReceived fecSsrc bytesReceived nackCount firCount pliCount"
        " totalProcessingDelay estimatedPlayoutTimestamp jitterBufferDelay jitterBufferTargetDelay"
        " jitterBufferEmittedCount jitterBufferMinimumDelay totalSamplesReceived concealedSamples"
        " silentConcealedSamples concealmentEvents insertedSamplesForDeceleration"
        " removedSamplesForAcceleration audioLevel totalAudioEnergy totalSamplesDuration framesReceived"
        " decoderImplementation playoutId powerEfficientDecoder framesAssembledFromMultiplePackets"
        " totalAssemblyTime contentType googTimingFrameInfo retransmittedPacketsReceived"
        " retransmittedBytesReceived rtxSsrc totalCorruptionProbability totalSquaredCorruptionProbability"
        " corruptionMeasurements localId roundTripTime totalRoundTripTime fractionLost"
        " roundTripTimeMeasurements packetsSent bytesSent mediaSourceId rid encodingIndex headerBytesSent"
        " retransmittedPacketsSent retransmittedBytesSent targetBitrate totalEncodedBytesTarget framesSent"
        " hugeFramesSent framesEncoded keyFramesEncoded totalEncodeTime totalPacketSendDelay"
        " qualityLimitationReason qualityLimitationDurations qualityLimitationResolutionChanges"
        " encoderImplementation powerEfficientEncoder active scalabilityMode remoteTimestamp reportsSent"
        " echoReturnLoss echoReturnLossEnhancement width height frames synthesizedSamplesDuration"
        " synthesizedSamplesEvents totalPlayoutDelay totalSamplesCount dataChannelsOpened"
        " dataChannelsClosed label protocol dataChannelIdentifier state messagesSent messagesReceived"
        " iceRole iceLocalUsernameFragment dtlsState iceState selectedCandidatePairId localCertificateId"
        " remoteCertificateId tlsVersion dtlsCipher dtlsRole srtpCipher selectedCandidatePairChanges"
        " rtcpTransportStatsId address port candidateType priority url relayProtocol foundation"
        " relatedAddress relatedPort usernameFragment tcpType networkType",
    ),
    **_numbered(
        148,
        "localCandidateId remoteCandidateId nominated lastPacketSentTimestamp currentRoundTripTime"
        " availableOutgoingBitrate availableIncomingBitrate requestsReceived requestsSent responsesReceived"
        " responsesSent consentRequestsSent packetsDiscardedOnSend bytesDiscardedOnSend",
    ),
    **_numbered(
        163, "fingerprint fingerprintAlgorithm base64Certificate issuerCertificateId psnrMeasurements"
    ),
    **_numbered(
        168,
        "psnrSum packetsReceivedWithEct1 packetsReceivedWithCe packetsReportedAsLost"
        " packetsReportedAsLostButRecovered packetsWithBleachedEct1Marking packetsSentWithEct1"
        " ccfbMessagesSent ccfbMessagesReceived",
    ),
}

PROPERTY_NAMES: Final[Mapping[str, str]] = {
    "t": "timestamp",
    **{str(number): name for number, name in _PROPERTIES.items()},
}
"""Fields of statistics objects."""
