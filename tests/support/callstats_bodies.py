"""Messages as RealtimeKit's statistics client writes them, by hand: its names, its zeros and its oddities."""

from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 11, 20, 21, 17, 15, 489000, tzinfo=UTC)
"""When the call of a message began, unless it is told otherwise."""

PEER, OTHER = "6d6fb6f1-2b82-4d75-9eb5-3c8e995f1ed1", "0e7c1f52-6a0e-4b7e-9d0a-8f4d51b0a7c2"
SOUND, PICTURE, SCREEN = "p-sound", "p-picture", "p-screen"
"""What the media server calls what the peer sends."""

USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
PACKETS = 50
"""A second of each sound."""


def entry(name: str, at: datetime, said: Any = None) -> dict[str, Any]:
    """One entry as it is queued."""
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"
    return {"event": name, "timestamp": stamp} | ({} if said is None else {"metaData": said})


def message(*entries: dict[str, Any], peer: str = PEER) -> dict[str, Any]:
    """A message of some entries."""
    return {"payload": {"entries": list(entries)}, "peerId": peer}


def join(at: datetime = BEGIN, **changes: Any) -> dict[str, Any]:
    """What a kit says of itself when it joins."""
    device = {"browserName": "Chrome", "isMobile": False, "userAgent": USER_AGENT, "cpus": 8, "memory": 8}
    about = {"peerId": PEER, "userId": "u-1", "roomUUID": "room", "roomViewType": "groupCall"}
    kit = {"sdkName": "web-core", "sdkVersion": "2.0.2", "meetingEnv": "prod", "deviceInfo": device}
    return entry("call_join", at, {"peerMetaData": about | kit | changes})


def ping(seconds: float, *, begin: datetime = BEGIN, loss: float = 0.0, layers: int = 1) -> dict[str, Any]:
    """Statistics of a call that has gone on for some seconds, as Chromium's measurements are written.

    Args:
        seconds: since media began to flow.
        begin: when that was.
        loss: share of the received packets that do not arrive.
        layers: of the sent camera.
    """
    producers = [
        _producer(SOUND, audio=[_sent(seconds, 1, PACKETS, "COT01_111_minptime=10;useinbandfec=1")]),
        _producer(PICTURE, video=[_picture(seconds, 2 + index, index) for index in range(layers)]),
        _producer(SCREEN, video=[_picture(seconds, 9, 0)], screenShare=True),
    ]
    consumers = [
        {"consumerId": "c-sound", "producerId": "p-theirs", "peerId": OTHER, "appData": {"peerId": OTHER},
         "videoStats": [], "audioStats": [_heard(seconds, loss)]},
        {"consumerId": "c-picture", "producerId": "p-theirs-too", "peerId": OTHER, "appData": {},
         "videoStats": [_seen(seconds, loss)], "audioStats": []},
    ]  # fmt: skip
    said = {
        "producingTransportStats": _transport("t-out", seconds, producing=True),
        "consumingTransportStats": _transport("t-in", seconds, producing=False),
        "producerStats": producers,
        "consumerStats": consumers,
    }
    return entry("ping_stat", begin + timedelta(seconds=seconds), said)


def _producer(key: str, *, audio: Any = (), video: Any = (), **marks: bool) -> dict[str, Any]:
    return {"producerId": key, "videoStats": list(video), "audioStats": list(audio), "appData": marks}


def _sent(seconds: float, ssrc: int, rate: int, codec: str) -> dict[str, Any]:
    packets = round(seconds * rate)
    return {
        "bytesSent": packets * 100, "packetsSent": packets, "nackCount": 0, "ssrc": ssrc, "mid": str(ssrc),
        "active": True, "codecId": codec, "headerBytesSent": packets * 12,
        "totalPacketSendDelay": packets / 1e4, "retransmittedBytesSent": 0, "retransmittedPacketsSent": 0,
        "score": 9.7,
    }  # fmt: skip


def _picture(seconds: float, ssrc: int, layer: int) -> dict[str, Any]:
    size = 1 << layer
    return _sent(seconds, ssrc, 100, "COT01_96") | {
        "mid": "2", "frameWidth": 320 * size, "frameHeight": 180 * size,
        "framesEncoded": round(seconds * 30), "framesSent": round(seconds * 30), "framesPerSecond": 30,
        "keyFramesEncoded": 1, "firCount": 0, "pliCount": 1, "hugeFramesSent": 0, "qpSum": 900,
        "encoderImplementation": "libvpx", "qualityLimitationReason": "none",
        "qualityLimitationDurations": {"bandwidth": 0, "cpu": 0, "none": seconds, "other": 0},
        "qualityLimitationResolutionChanges": 0, "totalEncodeTime": 1_500_000, "scalabilityMode": "L1T1",
        "powerEfficientEncoder": False,
    }  # fmt: skip


def _arrived(seconds: float, ssrc: int, rate: int, loss: float) -> dict[str, Any]:
    packets = round(seconds * rate)
    return {
        "bytesReceived": packets * 100, "packetsReceived": round(packets * (1 - loss)),
        "packetsLost": round(packets * loss), "jitter": 0.004, "nackCount": 0, "ssrc": ssrc,
        "mid": str(ssrc), "headerBytesReceived": packets * 12, "packetsDiscarded": 0, "score": 9.9,
        "lastPacketReceivedTimestamp": (BEGIN.timestamp() + seconds) * 1000,
    }  # fmt: skip


def _heard(seconds: float, loss: float) -> dict[str, Any]:
    samples = round(seconds * 48_000)
    return _arrived(seconds, 11, PACKETS, loss) | {
        "codecId": "CIT01_111_minptime=10;useinbandfec=1", "playoutId": "AP", "audioLevel": 0.1,
        "jitterBufferDelay": samples * 0.06, "jitterBufferEmittedCount": samples,
        "jitterBufferTargetDelay": samples * 0.05, "jitterBufferMinimumDelay": samples * 0.04,
        "totalSamplesReceived": samples, "totalSamplesDuration": seconds, "totalAudioEnergy": seconds / 100,
        "concealedSamples": round(samples * loss), "silentConcealedSamples": 0, "concealmentEvents": 0,
        "fecPacketsDiscarded": 0, "fecPacketsReceived": 0, "insertedSamplesForDeceleration": 0,
        "removedSamplesForAcceleration": 0,
    }  # fmt: skip


def _seen(seconds: float, loss: float) -> dict[str, Any]:
    frames = round(seconds * 30)
    return _arrived(seconds, 12, 100, loss) | {
        "codecId": "CIT01_96", "frameWidth": 640, "frameHeight": 360, "framesPerSecond": 30,
        "framesDecoded": frames, "framesReceived": frames, "framesDropped": 0, "keyFramesDecoded": 1,
        "firCount": 0, "pliCount": 0, "qpSum": frames * 20, "decoderImplementation": "libvpx",
        "powerEfficientDecoder": False, "totalDecodeTime": frames / 1000, "totalAssemblyTime": 0.2,
        "totalProcessingDelay": frames / 50, "totalInterFrameDelay": seconds,
        "totalSquaredInterFrameDelay": seconds / 30, "freezeCount": 0, "totalFreezesDuration": 0,
        "pauseCount": 0, "totalPausesDuration": 0, "jitterBufferDelay": frames / 50,
        "jitterBufferEmittedCount": frames, "jitterBufferTargetDelay": frames / 50,
        "jitterBufferMinimumDelay": frames / 60,
    }  # fmt: skip


def _transport(key: str, seconds: float, *, producing: bool) -> dict[str, Any]:
    carried = {"bytesSent": round(seconds * 9000), "bytesReceived": round(seconds * 5000)}
    pair = {
        "nominated": True, "currentRoundTripTime": 0.041, "totalRoundTripTime": 0.041 * seconds, **carried,
        "packetsSent": 300, "packetsReceived": 200, "availableOutgoingBitrate": 2_500_000,
        "localCandidateId": "L1", "remoteCandidateId": "R1", "localCandidateType": "srflx",
        "localCandidateAddress": "192.0.0.0", "localCandidatePort": 50_000, "localCandidateProtocol": "udp",
        "localCandidateNetworkType": "wifi", "localCandidateRelatedAddress": "10.0.0.0",
        "localCandidateRelatedPort": 50_000, "remoteCandidateType": "host",
        "remoteCandidateAddress": "2001:db8:1:2::7.0.0", "remoteCandidatePort": 40_000,
        "remoteCandidateProtocol": "udp", "lastPacketReceivedTimestamp": 1_795_209_435_489.25,
    }  # fmt: skip
    unused = {"nominated": False, "localCandidateId": "L2", "remoteCandidateId": "R1", "bytesSent": 0}
    stats = {
        **carried, "packetsSent": 300, "packetsReceived": 200, "dtlsState": "connected",
        "dtlsCipher": "TLS_AES_128_GCM_SHA256", "iceRole": "controlled", "roundTripTime": 0.041,
        "totalRoundTripTime": 1.0, "availableOutgoingBitrate": 2_500_000, "candidatePairs": [unused, pair],
    }  # fmt: skip
    return {"stats": stats, "transportId": key, "producing": producing, "consuming": not producing}
