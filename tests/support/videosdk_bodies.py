"""Bodies as an application forwards them from VideoSDK's clients, made of what getStats gave.

The two SDKs do different arithmetic; each is done here as they do it: JavaScript tells what came since its
look before, Python counts from the start.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Stats = Mapping[str, Any]

MEETING, SESSION, PARTICIPANT, OTHER = "room-a1b2-c3d4", "6380d1a4be4fc65e1f7ec9d1", "ann", "bob"

CUMULATIVE = {
    "outbound-rtp": (
        *("packetsSent", "retransmittedPacketsSent", "totalPacketSendDelay", "nackCount", "pliCount"),
        *("framesEncoded", "powerEfficientEncoder"),
    ),
    "inbound-rtp": (
        *("packetsReceived", "packetsDiscarded", "jitterBufferFlushes", "lastPacketReceivedTimestamp"),
        *("totalSamplesReceived", "concealedSamples", "silentConcealedSamples", "audioLevel"),
        *("totalAudioEnergy", "totalSamplesDuration", "nackCount", "pliCount"),
        *("framesReceived", "framesDecoded", "framesDropped", "keyFramesDecoded", "totalDecodeTime"),
        *("freezeCount", "totalFreezesDuration", "pauseCount", "totalPausesDuration"),
    ),
}
"""What the JavaScript SDK passes on as the browser says it."""


def javascript(reports: Sequence[Sequence[Stats]], at: Sequence[int], **around: Any) -> dict[str, Any]:
    """A `statsData` of the JavaScript SDK.

    Args:
        reports: what getStats gave at each look.
        at: when each was, milliseconds since the epoch.
        around: what the application says beside it.
    """
    produced: dict[str, list[Any]] = {}
    consumed: dict[str, list[Any]] = {}
    before: dict[str, tuple[int, Stats]] = {}
    for when, report in zip(at, reports, strict=True):
        by_id = {stats["id"]: stats for stats in report}
        for stats in report:
            if stats["type"] not in CUMULATIVE:
                continue
            flat = _look(when, stats, by_id, before.get(stats["id"]), before)
            before[stats["id"]] = (when, stats)
            if stats["type"] == "inbound-rtp":
                consumed.setdefault(stats["kind"], []).append(flat)
            elif stats["kind"] == "audio":
                produced.setdefault("audio", []).append(flat)
            else:
                produced.setdefault("video", []).append({"timestamp": _iso(when), "stats": [flat]})
        before |= {stats["id"]: (when, stats) for stats in report}
    said = {"producerStats": produced, "consumerStats": {OTHER: consumed}}
    return around_it(statsData=said) | around


def python(reports: Sequence[Sequence[Stats]], at: Sequence[int], **around: Any) -> dict[str, Any]:
    """A `statsData` of the Python SDK."""
    produced: dict[str, list[Any]] = {}
    consumed: dict[str, list[Any]] = {}
    for when, report in zip(at, reports, strict=True):
        by_id = {stats["id"]: stats for stats in report}
        for stats in report:
            if stats["type"] == "inbound-rtp":
                consumed.setdefault(stats["kind"], []).append(_python_in(when, stats, by_id))
            elif stats["type"] == "outbound-rtp":
                entry = {"timestamp": when, "stats": [_python_out(when, stats, by_id)]}
                produced.setdefault(stats["kind"], []).append(entry)
    said = {"producerStats": produced, "consumerStats": {OTHER: consumed}}
    return around_it(statsData=said) | around


def around_it(**said: Any) -> dict[str, Any]:
    """What an application puts around it."""
    return {"meetingId": MEETING, "sessionId": SESSION, "participantId": PARTICIPANT, **said}


def _look(
    when: int,
    stats: Stats,
    by_id: Mapping[str, Stats],
    earlier: tuple[int, Stats] | None,
    before: Mapping[str, tuple[int, Stats]],
) -> dict[str, Any]:
    sent = stats["type"] == "outbound-rtp"
    packets, octets = ("packetsSent", "bytesSent") if sent else ("packetsReceived", "bytesReceived")
    was_at, was = earlier or (when, {})
    new_bytes = stats[octets] - was.get(octets, 0)
    told = by_id.get(stats.get("remoteId", ""), {}) if sent else stats
    was_told = before.get(told.get("id", ""), (0, {}))[1] if sent else was
    codec = by_id.get(stats.get("codecId", ""), {})
    flat = {
        "network": "WIFI",
        "timestamp": when,
        "codec": codec.get("mimeType"),
        "bitrate": new_bytes * 8 / (when - was_at) if when > was_at else 0,
        "deltaKBytes": new_bytes / 1024,
        "jitter": None if told.get("jitter") is None else told["jitter"] * 1000,
        "packetsLost": told.get("packetsLost", 0) - was_told.get("packetsLost", 0),
        "totalPackets": stats[packets] - was.get(packets, 0),
        "rtt": _path_round_trip(by_id) * 1000,
        "trackId": stats.get("trackIdentifier", "t1"),
    }
    if sent and told.get("timestamp") == was_told.get("timestamp"):
        flat["jitter"] = None
    if stats["kind"] == "audio":
        flat["ssrc"] = stats["ssrc"]
    flat |= {name: stats[name] for name in CUMULATIVE[stats["type"]] if name in stats}
    if sent:
        flat |= _source(by_id.get(stats.get("mediaSourceId", ""), {}))
    return flat | (_picture(stats) if stats["kind"] == "video" else {})


def _source(stats: Stats) -> dict[str, Any]:
    names = ("audioLevel", "totalAudioEnergy", "totalSamplesDuration", "echoReturnLoss")
    return {name: stats[name] for name in names if name in stats}


def _picture(stats: Stats) -> dict[str, Any]:
    said: dict[str, Any] = {
        "size": {
            "width": stats.get("frameWidth"),
            "height": stats.get("frameHeight"),
            "framerate": stats.get("framesPerSecond"),
        }
    }
    if stats["type"] == "outbound-rtp":
        said["limitation"] = {
            "reason": stats.get("qualityLimitationReason"),
            "durations": stats.get("qualityLimitationDurations"),
            "resolutionChanges": stats.get("qualityLimitationResolutionChanges"),
        }
    return said


def _path_round_trip(by_id: Mapping[str, Stats]) -> float:
    chosen = {each.get("selectedCandidatePairId") for each in by_id.values() if each["type"] == "transport"}
    return next((by_id[name].get("currentRoundTripTime", 0) for name in chosen if name in by_id), 0)


def _python_in(when: int, stats: Stats, by_id: Mapping[str, Stats]) -> dict[str, Any]:
    return {
        "ssrc": stats["ssrc"],
        "kind": stats["kind"],
        "direction": "inbound",
        "codec": by_id.get(stats.get("codecId", ""), {}).get("mimeType"),
        "timestamp": when,
        "jitter": round(stats["jitter"] * 1000, 2),
        "totalPacketsReceived": stats["packetsReceived"],
        "totalPacketsLost": stats["packetsLost"],
        "deltaPacketsReceived": 0,
        "deltaPacketsLost": 0,
        "percentPacketsLost": 0.0,
        "totalBytesReceived": stats["bytesReceived"],
        "deltaBytesReceived": 0,
        "bitrate": 0,
        "rtt": None,
    }


def _python_out(when: int, stats: Stats, by_id: Mapping[str, Stats]) -> dict[str, Any]:
    told = by_id.get(stats.get("remoteId", ""), {})
    trip = told.get("roundTripTime")
    return {
        "ssrc": stats["ssrc"],
        "trackId": "t1",
        "kind": stats["kind"],
        "direction": "outbound",
        "codec": by_id.get(stats.get("codecId", ""), {}).get("mimeType"),
        "timestamp": when,
        "totalBytesSent": stats["bytesSent"],
        "deltaBytesSent": 0,
        "totalPacketsSent": stats["packetsSent"],
        "deltaPacketsSent": 0,
        "bitrate": 0,
        "rtt": None if trip is None else round(trip * 1000, 2),
        "fractionLost": told.get("fractionLost"),
    }


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")[:23] + "Z"
