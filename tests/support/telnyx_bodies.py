"""Call reports as the five Telnyx SDKs write them, by hand: each with its names, units and oddities."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

BEGIN = datetime(2026, 11, 20, 21, 17, 15, 489000, tzinfo=UTC)
"""When the call of a body began, unless it is told otherwise."""

PACKETS = 50
"""A second and direction, of 160 bytes: PCMU in packets of 20 ms."""


def moment(at: datetime, digits: int = 3) -> str:
    """A time as SDKs write it: three decimals, or six."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[: 20 + digits] + "Z"


class Talk:
    """Counters of a call that runs, the same for every SDK.

    Args:
        begin: when its media began to flow.
        loss: share of the packets that do not arrive.
    """

    def __init__(self, begin: datetime, *, loss: float = 0.0) -> None:
        self.begin = begin
        self.loss = loss

    def sent(self, at: datetime) -> dict[str, Any]:
        """Members of `audio.outbound` that every SDK has."""
        packets = round((at - self.begin).total_seconds() * PACKETS)
        return {"packetsSent": packets, "bytesSent": packets * 160, "bitrateAvg": 64000.0}

    def received(self, at: datetime) -> dict[str, Any]:
        """Members of `audio.inbound` that every SDK has: 3 ms of jitter, 60 ms in the buffer."""
        seconds = (at - self.begin).total_seconds()
        expected = round(seconds * PACKETS)
        lost = round(expected * self.loss)
        samples = round(seconds * 48000)
        return {
            "packetsReceived": expected - lost,
            "bytesReceived": (expected - lost) * 160,
            "packetsLost": lost,
            "packetsDiscarded": 0,
            "jitterAvg": 3,
            "jitterBufferDelay": samples * 0.06,
            "jitterBufferEmittedCount": samples,
            "totalSamplesReceived": samples,
            "concealedSamples": 0,
            "concealmentEvents": 0,
            "audioLevelAvg": 0.1,
            "bitrateAvg": 64000.0,
        }

    def carried(self, at: datetime) -> dict[str, Any]:
        """Members of `connection` that every SDK has."""
        packets = round((at - self.begin).total_seconds() * PACKETS)
        return {
            "packetsSent": packets,
            "packetsReceived": packets,
            "bytesSent": packets * 200,
            "bytesReceived": packets * 200,
        }


CODEC = {"mimeType": "audio/PCMU", "clockRate": 8000, "channels": 1, "payloadType": 0, "codecId": "C1"}
SENT_TOO = {
    "headerBytesSent": 4200,
    "retransmittedPacketsSent": 0,
    "retransmittedBytesSent": 0,
    "nackCount": 0,
    "targetBitrate": 64000,
    "totalPacketSendDelay": 0.25,
}
RECEIVED_TOO = {
    "headerBytesReceived": 4200,
    "fecPacketsReceived": 0,
    "fecPacketsDiscarded": 0,
    "nackCount": 0,
    "jitterBufferTargetDelay": 31200.5,
    "jitterBufferMinimumDelay": 28800.25,
    "totalSamplesDecoded": 480000,
    "samplesDecodedWithSilence": 0,
    "samplesDecodedWithConcealment": 0,
    "totalAudioEnergy": 0.0123456789,
    "totalSamplesDuration": 10.02,
}
"""What only JavaScript, iOS and Flutter tell."""

LOCAL = {
    "address": "192.0.2.10",
    "port": 50000,
    "candidateType": "srflx",
    "protocol": "udp",
    "networkType": "wifi",
}
REMOTE = {"address": "198.51.100.7", "port": 16000, "candidateType": "host", "protocol": "udp"}
TRANSPORT = {
    "iceState": "connected",
    "dtlsState": "connected",
    "srtpCipher": "AES_CM_128_HMAC_SHA1_80",
    "tlsVersion": "FEFD",
    "selectedCandidatePairChanges": 1,
}
TRACK = {
    "id": "mic-1",
    "label": "Headset",
    "enabled": True,
    "muted": False,
    "readyState": "live",
    "contentHint": "",
    "settings": {
        "deviceId": "1f" * 32,
        "groupId": "2e" * 32,
        "channelCount": 1,
        "sampleRate": 48000,
        "sampleSize": 16,
        "latency": 0.01,
        "echoCancellation": True,
        "noiseSuppression": True,
        "autoGainControl": True,
    },
}


def far_end(jitter: float, since: timedelta) -> dict[str, Any]:
    """A `remoteRtcp` block after so much of a call, of a report each second; jitter in the SDK's unit."""
    reports = int(since.total_seconds())
    return {
        "inbound": {
            "packetsLost": 0,
            "fractionLost": 0.0,
            "jitter": jitter,
            "roundTripTime": 0.041,
            "totalRoundTripTime": 0.041 * reports,
            "roundTripTimeAvg": 0.041,
            "roundTripTimeMeasurements": reports,
        },
        "outbound": {"packetsSent": reports * PACKETS, "bytesSent": reports * PACKETS * 160},
    }


def intervals(
    begin: datetime, lengths: list[float], make: Callable[[datetime], dict[str, Any]], digits: int = 3
) -> list[dict[str, Any]]:
    """Intervals of these seconds one behind the other."""
    made, at = [], begin
    for seconds in lengths:
        end = at + timedelta(seconds=seconds)
        made.append(
            {"intervalStartUtc": moment(at, digits), "intervalEndUtc": moment(end, digits), **make(end)}
        )
        at = end
    return made


def javascript(
    call_id: str = "", *, begin: datetime = BEGIN, lengths: list[float] | None = None, **changes: Any
) -> dict[str, Any]:
    """From JavaScript: intervals of a second that are announced as five."""
    talk, lengths = Talk(begin, loss=changes.pop("loss", 0.0)), lengths or [1.0] * 12

    def make(at: datetime) -> dict[str, Any]:
        return {
            "audio": {
                "outbound": {
                    **talk.sent(at),
                    **SENT_TOO,
                    "audioLevelAvg": 0.12,
                    "active": True,
                    "codec": CODEC,
                    "localTrack": TRACK,
                    "mediaSource": {
                        "id": "S1",
                        "trackIdentifier": "mic-1",
                        "audioLevel": 0.12,
                        "totalAudioEnergy": 0.0456789,
                        "totalSamplesDuration": 10.01,
                        "echoReturnLoss": -30.0,
                        "echoReturnLossEnhancement": 0.17,
                    },
                },
                "inbound": {**talk.received(at), **RECEIVED_TOO, "codec": CODEC},
            },
            "connection": {
                **talk.carried(at),
                "roundTripTimeAvg": 0.041,
                "currentRoundTripTime": 0.041,
                "roundTripTimeSource": "candidate-pair.currentRoundTripTime",
            },
            "ice": {
                "id": "CP1",
                "localCandidateId": "L1",
                "remoteCandidateId": "R1",
                "state": "succeeded",
                "nominated": True,
                "writable": True,
                "currentRoundTripTime": 0.041,
                "requestsSent": 3,
                "responsesReceived": 3,
                "local": {**LOCAL, "id": "L1"},
                "remote": {**REMOTE, "id": "R1"},
            },
            "transport": {**TRANSPORT, "selectedCandidatePairId": "CP1"},
            "mediaPlayout": {
                "synthesizedSamplesEvents": 0,
                "synthesizedSamplesDuration": 0.0,
                "totalPlayoutDelay": 1.5,
                "totalSamplesCount": 480,
                "totalSamplesDuration": 0.01,
            },
            "remoteRtcp": far_end(4.2, at - begin),
        }

    end = begin + timedelta(seconds=sum(lengths))
    summary = {
        "callId": call_id or str(uuid4()),
        "destinationNumber": "+15550100",
        "callerNumber": "+15550111",
        "direction": "outbound",
        "state": "destroy",
        "telnyxSessionId": str(uuid4()),
        "telnyxLegId": str(uuid4()),
        "sdkVersion": "2.27.10",
        "durationSeconds": sum(lengths),
        "startTimestamp": moment(begin),
        "endTimestamp": moment(end),
        "clientSummary": {
            "authentication": {"type": "login_token"},
            "callReports": {"enabled": True, "intervalMs": 5000},
        },
        **changes.pop("summary", {}),
    }
    return {
        "summary": summary,
        "stats": intervals(begin, lengths, make),
        "logs": [
            {"timestamp": moment(begin), "level": "info", "message": "RTC config", "context": {}},
            {
                "timestamp": moment(begin + timedelta(seconds=1)),
                "level": "info",
                "message": f"Call {summary['callId']} state change from answering to active",
            },
            {
                "timestamp": moment(begin + timedelta(seconds=4)),
                "level": "warn",
                "message": "CallReportCollector: warning 31003: High packet loss",
                "context": {"args": [1]},
            },
        ],
        **changes,
    }


def ios(call_id: str = "", *, begin: datetime = BEGIN, **changes: Any) -> dict[str, Any]:
    """From iOS: uppercase ids, five seconds, no `authentication`, to be sent pretty-printed."""
    body = javascript((call_id or str(uuid4())).upper(), begin=begin, lengths=[5.0] * 4)
    summary = body["summary"]
    for name in ("telnyxSessionId", "telnyxLegId"):
        summary[name] = summary[name].upper()
    summary |= {"state": "done", "sdkVersion": "4.1.2", "voiceSdkSessionId": str(uuid4()).upper()}
    summary["clientSummary"] = {
        "connection": {"host": "rtc.example.com"},
        "media": {"audio": True, "video": False},
        "callReports": {"enabled": True, "intervalMs": 5000},
    }
    for interval in body["stats"]:
        del interval["audio"]["outbound"]["localTrack"]
    return body | changes


def android(call_id: str = "", *, begin: datetime = BEGIN, **changes: Any) -> dict[str, Any]:
    """From Android: ten seconds, the end's `ice` in every interval, zeros, twins of headers."""
    talk, call_id = Talk(begin), call_id or str(uuid4())

    def make(at: datetime) -> dict[str, Any]:
        return {
            "audio": {
                "outbound": talk.sent(at) | {"audioLevelAvg": 0.0},
                "inbound": talk.received(at) | {"jitterAvg": 3.4},
            },
            "connection": {
                "roundTripTimeAvg": 0.052,
                "packetsSent": 0,
                "packetsReceived": 0,
                "bytesSent": 0,
                "bytesReceived": 0,
            },
            "ice": {
                "id": "CP1",
                "state": "succeeded",
                "nominated": True,
                "writable": True,
                "requestsSent": 40,
                "responsesReceived": 40,
                "local": {**LOCAL, "priority": 1, "relatedAddress": "10.0.0.2", "relatedPort": 5},
                "remote": REMOTE,
            },
            "transport": {**TRANSPORT, "iceState": "closed"},
        }

    session, leg = str(uuid4()), str(uuid4())
    return {
        "summary": {
            "callId": call_id,
            "destinationNumber": "",
            "callerNumber": "",
            "direction": "inbound",
            "state": "done",
            "sdkVersion": "3.7.0",
            "durationSeconds": 40,
            "startTimestamp": moment(begin),
            "endTimestamp": moment(begin + timedelta(seconds=41)),
            "telnyxSessionId": session,
            "telnyxLegId": leg,
        },
        "stats": intervals(begin, [10.0] * 4, make),
        "logs": [],
        "call_id": call_id,
        "voice_sdk_id": "VSDK1abc",
        "telnyx_leg_id": leg,
        "telnyx_session_id": session,
        "android_extra": {
            "deviceInfo": {
                "userAgent": "TelnyxAndroidSDK/3.7.0",
                "networkType": "WiFi",
                "osVersion": "16",
                "deviceModel": "Pixel 9",
                "selectedCodec": "opus",
                "endReason": "NORMAL_CLEARING",
            },
            "stateTransitions": {"iceConnection": [{"state": "CONNECTED", "timestamp": moment(begin)}]},
            "connectionTimeline": [{"event": "call_answered", "timestamp": moment(begin)}],
            "mediaAccumulated": {"outbound": {"packetsSent": 9_999_999}},
        },
        **changes,
    }


def flutter(call_id: str = "", *, begin: datetime = BEGIN, **changes: Any) -> dict[str, Any]:
    """From Flutter: six decimals, its own names of playout, the far end's jitter in seconds."""
    talk, call_id = Talk(begin), call_id or str(uuid4())

    def make(at: datetime) -> dict[str, Any]:
        return {
            "audio": {
                "outbound": {**talk.sent(at), "codec": CODEC, "localTrack": {"id": "mic-1", "enabled": True}},
                "inbound": {**talk.received(at), "codec": CODEC},
            },
            "connection": {**talk.carried(at), "roundTripTimeAvg": 0.041},
            "ice": {"id": "CP1", "state": "succeeded", "nominated": True, "local": LOCAL, "remote": REMOTE},
            "transport": TRANSPORT,
            "mediaPlayout": {"synthesizedSamples": 2, "synthesizedDuration": 0.04, "totalPlayoutDelay": 1.5},
            "remoteRtcp": far_end(0.0042, at - begin),
        }

    return {
        "summary": {
            "callId": call_id,
            "direction": "inbound",
            "state": "done",
            "sdkVersion": "4.4.0",
            "durationSeconds": 20,
            "startTimestamp": moment(begin, 6),
            "endTimestamp": moment(begin + timedelta(seconds=20), 6),
            "telnyxSessionId": str(uuid4()),
            "telnyxLegId": str(uuid4()),
            "clientSummary": {"authentication": {"type": "token"}, "connection": {"host": "rtc.example.com"}},
        },
        "stats": intervals(begin, [5.0] * 4, make, 6),
        **changes,
    }


def react_native(call_id: str = "", *, begin: datetime = BEGIN, **changes: Any) -> dict[str, Any]:
    """From React Native: a second at first and then five, `OUTGOING`, null for what is not known."""
    talk, call_id = Talk(begin), call_id or str(uuid4())

    def make(at: datetime) -> dict[str, Any]:
        early = at - begin <= timedelta(seconds=1)
        return {
            "audio": {
                "outbound": None if early else {**talk.sent(at), "audioLevelAvg": None},
                "inbound": None if early else {**talk.received(at), "audioLevelAvg": None},
            },
            "connection": None if early else {**talk.carried(at), "roundTripTimeAvg": 0.041},
            "ice": {"id": "CP1", "state": "succeeded", "nominated": True, "local": LOCAL, "remote": REMOTE},
            "transport": TRANSPORT,
        }

    return {
        "summary": {
            "callId": call_id,
            "destinationNumber": "+15550100",
            "callerNumber": None,
            "direction": "OUTGOING",
            "state": "done",
            "sdkVersion": "1.1.0",
            "durationSeconds": None,
            "startTimestamp": moment(begin),
            "endTimestamp": moment(begin + timedelta(seconds=30)),
            "telnyxSessionId": str(uuid4()),
            "telnyxLegId": str(uuid4()),
            "voiceSdkSessionId": str(uuid4()),
        },
        "stats": intervals(begin, [1.0] * 10 + [5.003] * 4, make),
        "logs": [],
        **changes,
    }


SDKS: dict[str, Callable[..., dict[str, Any]]] = {
    "telnyx-js": javascript,
    "telnyx-ios": ios,
    "telnyx-android": android,
    "telnyx-flutter": flutter,
    "telnyx-react-native": react_native,
}
"""Makes a body of each SDK, by the SDK's name here."""


def packed(sdk: str, body: dict[str, Any]) -> bytes:
    """A body as the SDK puts it on the wire."""
    pretty = sdk in {"telnyx-ios", "telnyx-android"}
    return json.dumps(body, indent=2 if pretty else None, separators=None if pretty else (",", ":")).encode()
