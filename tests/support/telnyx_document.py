"""The report that Telnyx' reference shows, as an SDK or a copy of the vendor's own would upload it."""

from typing import Any

CALL = "6d6fb6f1-2b82-4d75-9eb5-3c8e995f1ed1"
PERSONAL = {
    "user_id": "3307ca65-df56-4f15-8ba7-589d584d215b",
    "organization_id": "06a3dfbd-4988-4fb1-8d28-9b5d85ca624b",
}
"""Whose it is there; a server says that by itself."""

STORED_AT = "2026-05-06T20:00:05Z"

DOCUMENTED: dict[str, Any] = {
    "call_id": CALL,
    "voice_sdk_id": "VSDK1Cu-AUDpaCkbs5LKcSUK9jLZFcgqLdg",
    "voice_sdk_session_id": "0a52a677-9784-4841-ad31-9596c6e5b970",
    "voice_sdk_id_decoded": {"region": "us-central-1"},
    "user_agent": "TelnyxRTC/2.24.0 (iOS 17.5)",
    "version": "2.24.0",
    "telnyx_session_id": "9a0f6b0e-fb1f-44c9-9b53-7f81442b4c5f",
    "telnyx_leg_id": "2d0dd8f1-7d90-4f1f-b8e8-67f9fbdfe2bd",
    "summary": {"callId": CALL},
    "stats": [
        {
            "intervalStartUtc": "2026-05-06T20:00:00Z",
            "intervalEndUtc": "2026-05-06T20:00:05Z",
            "audio": {
                "inbound": {"packetsReceived": 1840, "packetsLost": 0, "jitterAvg": 0.003},
                "outbound": {"packetsSent": 1837, "bytesSent": 293920},
            },
            "connection": {"roundTripTimeAvg": 0.041, "bytesSent": 293920, "bytesReceived": 312880},
            "ice": {
                "state": "succeeded",
                "nominated": True,
                "local": {"candidateType": "host", "protocol": "udp"},
                "remote": {"candidateType": "srflx", "protocol": "udp"},
            },
            "transport": {
                "iceState": "connected",
                "dtlsState": "connected",
                "srtpCipher": "AES_CM_128_HMAC_SHA1_80",
            },
        }
    ],
    "logs": [
        {
            "timestamp": "2026-05-06T20:00:00Z",
            "level": "debug",
            "message": "rtcpeer candidate selected",
            "context": {"candidateType": "host", "protocol": "udp"},
        }
    ],
    "flushReason": {"type": "call-end"},
    "segment": 0,
}
"""All that is in it but whose it is and when it was stored."""
