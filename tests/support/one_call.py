"""One recorded call, told in the way of each client that Sonde listens to.

A recording lies in the past, which live ingest does not believe; told anew, it has just ended.
"""

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "data/webrtc/labelled"

CALLSTATS_STEP = 7
"""Looks between two that RealtimeKit's client tells of: seconds."""

Stats = Mapping[str, Any]


@dataclass(frozen=True)
class RecordedCall:
    """One side of a call.

    Attributes:
        name: of its files.
        at: when its reports were, milliseconds since the epoch.
        reports: what getStats gave.
    """

    name: str
    at: list[int]
    reports: list[list[Stats]]

    @property
    def ssrcs(self) -> dict[tuple[str, str], int]:
        """The SSRC of each stream by direction and kind."""
        names = {"outbound-rtp": "send", "inbound-rtp": "recv"}
        return {
            (names[stats["type"]], stats["kind"]): stats["ssrc"]
            for stats in self.reports[-1]
            if stats["type"] in names
        }

    def file(self, form: str) -> Path:
        """The same call as another program wrote it down."""
        return FOLDER / f"{self.name}.{form}.gz"

    def just_ended(self) -> "RecordedCall":
        """The same call, which ended a moment ago."""
        moved = int(time.time() * 1000) - self.at[-1] - 1000
        reports = [[_moved(stats, moved) for stats in report] for report in self.reports]
        return RecordedCall(self.name, [at + moved for at in self.at], reports)


def read_call(name: str, side: str = "A") -> RecordedCall:
    """A call by the name of its files, as one side of it saw it."""
    lines = gzip.decompress((FOLDER / f"{name}.getstats.jsonl.gz").read_bytes()).splitlines()
    looks = [line for line in map(json.loads, lines) if line["pc"] == side]
    return RecordedCall(name, [look["t"] for look in looks], [look["report"] for look in looks])


def as_telnyx(call: RecordedCall, call_id: str) -> dict[str, Any]:
    """What Telnyx' JavaScript SDK uploads of a call with sound alone."""
    stamps = [_moment(at) for at in call.at]
    intervals = [
        {"intervalStartUtc": start, "intervalEndUtc": end, **_telnyx_interval(report)}
        for start, end, report in zip(stamps, stamps[1:], call.reports[1:], strict=False)
    ]
    summary = {"callId": call_id, "startTimestamp": stamps[0], "endTimestamp": stamps[-1], "state": "done"}
    return {"summary": summary, "stats": intervals}


def _telnyx_interval(report: Sequence[Stats]) -> dict[str, Any]:
    """Jitter in milliseconds, all else as getStats has it."""
    by_type = {stats["type"]: stats for stats in report}
    codec = {"codec": by_type["codec"]}
    received, sent = by_type["inbound-rtp"], by_type["outbound-rtp"]
    told, chosen = by_type.get("remote-inbound-rtp"), by_type["candidate-pair"]
    interval = {
        "audio": {
            "outbound": {name: sent[name] for name in ("packetsSent", "bytesSent")} | codec,
            "inbound": {
                name: received[name]
                for name in (
                    *("packetsReceived", "bytesReceived", "packetsLost", "packetsDiscarded"),
                    *("jitterBufferDelay", "jitterBufferEmittedCount", "totalSamplesReceived"),
                    *("concealedSamples", "concealmentEvents"),
                )
            }
            | {"jitterAvg": received["jitter"] * 1000, **codec},
        },
        "connection": {
            "currentRoundTripTime": chosen["currentRoundTripTime"],
            "roundTripTimeAvg": chosen["currentRoundTripTime"],
        },
    }
    if told:
        far = {
            name: told[name]
            for name in ("packetsLost", "fractionLost", "roundTripTime", "timestamp")
            if name in told
        }
        interval["remoteRtcp"] = {"inbound": far | {"jitter": told["jitter"] * 1000}}
    return interval


def as_callstats(call: RecordedCall, peer: str) -> dict[str, Any]:
    """What RealtimeKit's statistics client sends of a call: all entries in one message.

    It tells nothing of what the other side reported.
    """
    looks = sorted({0, *range(len(call.at) - 1, 0, -CALLSTATS_STEP)})
    entries = [
        {"event": "ping_stat", "timestamp": _moment(call.at[look]), "metaData": _pinged(call.reports[look])}
        for look in looks
    ]
    return {"peerId": peer, "payload": {"entries": entries}}


def _pinged(report: Sequence[Stats]) -> dict[str, Any]:
    """Counters as getStats has them, by what is sent and received, each with the path that both take."""
    by_id = {stats["id"]: stats for stats in report}
    sent, received = (
        [stats for stats in report if stats["type"] == f"{way}-rtp"] for way in ("outbound", "inbound")
    )
    return {
        "producingTransportStats": _path(by_id, "producing"),
        "consumingTransportStats": _path(by_id, "consuming"),
        "producerStats": [{"producerId": stats["id"], "appData": {}, **_by_kind(stats)} for stats in sent],
        "consumerStats": [
            {"consumerId": stats["id"], "producerId": "theirs", "peerId": "them", **_by_kind(stats)}
            for stats in received
        ],
    }


def _by_kind(stats: Stats) -> dict[str, list[Stats]]:
    return {f"{kind}Stats": [stats] if stats["kind"] == kind else [] for kind in ("audio", "video")}


def _path(by_id: Mapping[str, Stats], role: str) -> dict[str, Any]:
    path = next(stats for stats in by_id.values() if stats["type"] == "transport")
    pair = by_id.get(path.get("selectedCandidatePairId", ""), {})
    return {"transportId": role, "stats": {**path, "candidatePairs": [pair] if pair else []}}


def _moved(stats: Stats, milliseconds: int) -> Stats:
    times = ("timestamp", "remoteTimestamp", "lastPacketReceivedTimestamp", "lastPacketSentTimestamp")
    return {name: value + milliseconds if name in times and value else value for name, value in stats.items()}


def _moment(milliseconds: int) -> str:
    stamp = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return stamp.replace("+00:00", "Z")
