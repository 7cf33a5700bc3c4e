"""One peer through every API that shows it, in SI units and under our own names.

Each window has two functions: `read_...` fetches what the API shows, and `as_...` says what it must show of
the numbers that our own API has. These differ where an API has another idea of a number, and only there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import fsum
from statistics import fmean
from typing import Any, TypeAlias

from route_cases import KIT
from videosdk_tokens import sign

from sonde.quality.videosdk import Received, resolution_class, score_pictures, score_sound

Numbers: TypeAlias = Mapping[str, float]
Streams: TypeAlias = Mapping[tuple[str, str], Numbers]
"""What is known of each stream by direction and kind, in SI units."""

OF_ALL = ("packets", "bitrate", "packets_lost", "loss_ratio", "jitter", "round_trip_time")
OF_PICTURES = ("frame_rate", "frame_height")


def read_native(world, peer_id: str, count: int) -> Streams:
    """The peer in our own API, once all its streams are there."""
    path = f"/v1/peers/{peer_id}"
    world.wait_for(
        lambda: world.ask("GET", f"{path}/streams").json().get("items", []), lambda found: len(found) >= count
    )
    summary = f"{path}/summary"
    world.wait_for(lambda: world.ask("GET", summary).json()["streams"], lambda found: len(found) >= count)
    found = [each["stream"] for each in world.ask("GET", summary).json()["streams"]]
    return {(each["direction"], each["kind"]): dict(_native(each)) for each in found}


def as_native(streams: Streams) -> Streams:
    """All of it."""
    return streams


def _native(stream: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name in (*OF_ALL, *OF_PICTURES):
        if stream[name] is not None:
            yield name, stream[name]
    if stream["mos"] and stream["mos"]["value"] is not None:
        yield "mos", stream["mos"]["value"]


def read_peer_report(world, peer_id: str, _count: int) -> Streams:
    """The peer in RealtimeKit's peer report: its rows added up."""
    owner = world.ours.access.workspace
    account = KIT.format(account_id=owner.organization_uuid.replace("-", ""))
    path = f"{account}/{owner.uuid}/sessions/peer-report/{peer_id}?filters=quality_stats"
    report = world.ask("GET", path)
    assert report.status_code == 200, report.text
    quality = report.json()["data"]["participant"]["peer_report"]["quality"]
    names = {"consumer": "recv", "producer": "send"}
    return {
        (way, kind): dict(_reported(rows))
        for role, way in names.items()
        for kind in ("audio", "video")
        if (rows := quality[f"{kind}_{role}"])
    }


def as_peer_report(streams: Streams) -> Streams:
    """Without our score, as its own is one of events, from 0 to 1, and round trips of what is sent alone."""
    return {
        (way, kind): _without(numbers, "mos", *(("round_trip_time",) if way == "recv" else ()))
        for (way, kind), numbers in streams.items()
    }


def _reported(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Of rows of several seconds, which begin with what there was before the first of them."""
    begin, end = (datetime.fromisoformat(rows[index]["timestamp"]) for index in (0, -1))
    yield from _counted(rows, (end - begin).total_seconds())
    for name, own in (("jitter", "jitter"), ("round_trip_time", "rtt"), ("frame_rate", "frames_per_second")):
        known = [row[own] for row in rows if row.get(own) is not None]
        if known:
            yield name, fmean(known)
    if heights := [row["frame_height"] for row in rows if row.get("frame_height")]:
        yield "frame_height", heights[-1]


def _counted(rows: Sequence[dict[str, Any]], seconds: float) -> Iterator[tuple[str, float]]:
    verb = "sent" if "packets_sent" in rows[0] else "received"
    passed = sum(row[f"packets_{verb}"] for row in rows[1:])
    yield "packets", passed
    yield "bitrate", sum(row[f"bytes_{verb}"] for row in rows[1:]) * 8 / seconds
    if any(row["packets_lost"] is not None for row in rows):
        lost = sum(row["packets_lost"] or 0 for row in rows[1:])
        yield "packets_lost", lost
        yield "loss_ratio", lost / (passed if verb == "sent" else passed + lost)


def read_telnyx(world, peer_id: str, _count: int) -> Streams:
    """The peer in Telnyx' call reports: its cumulative counters."""
    answer = world.ask("GET", f"/telnyx/v2/voice_sdk_call_reports/{peer_id}")
    assert answer.status_code == 200, answer.text
    [report] = answer.json()
    stats = report["stats"]
    return {
        ("send", "audio"): dict(_sent_by_phone(stats)),
        ("recv", "audio"): dict(_received_by_phone(stats)),
    }


def as_telnyx_report(streams: Streams) -> Streams:
    """Sound alone, without a score, which no SDK uploads, and with one round trip, which is the path's."""
    path = streams["send", "audio"].get("round_trip_time")
    known = {} if path is None else {"round_trip_time": path}
    return {stream: {**_without(numbers, "mos"), **known} for stream, numbers in streams.items()}


def _sent_by_phone(stats: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    told = [each["remoteRtcp"]["inbound"] for each in stats if "inbound" in each.get("remoteRtcp", {})]
    sent = dict(_rising(stats, "outbound", "Sent"))
    yield from (sent | dict(_of_path(stats))).items()
    if jitter := [each["jitter"] for each in told if each.get("jitter") is not None]:
        yield "jitter", fmean(jitter) / 1000
    if lost := [each["packetsLost"] for each in told if each.get("packetsLost") is not None]:
        yield "packets_lost", lost[-1]
        yield "loss_ratio", lost[-1] / sent["packets"]


def _received_by_phone(stats: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    heard = [each["audio"]["inbound"] for each in stats if "inbound" in each["audio"]]
    received = dict(_rising(stats, "inbound", "Received"))
    yield from (received | dict(_of_path(stats))).items()
    if jitter := [each["jitterAvg"] for each in heard if each.get("jitterAvg") is not None]:
        yield "jitter", fmean(jitter) / 1000
    if "packetsLost" in heard[-1]:
        yield "packets_lost", heard[-1]["packetsLost"]
        yield "loss_ratio", heard[-1]["packetsLost"] / (heard[-1]["packetsLost"] + received["packets"])


def _rising(stats: Sequence[dict[str, Any]], way: str, verb: str) -> Iterator[tuple[str, float]]:
    """What is counted since the start of the stream."""
    here = [each for each in stats if way in each["audio"]]
    first, last = (here[index]["audio"][way] for index in (0, -1))
    begin, end = (datetime.fromisoformat(here[index]["intervalEndUtc"]) for index in (0, -1))
    yield "packets", last[f"packets{verb}"]
    if f"bytes{verb}" in last:
        octets = last[f"bytes{verb}"] - first[f"bytes{verb}"]
        yield "bitrate", 8 * octets / (end - begin).total_seconds()
    else:
        yield "bitrate", fmean(each["audio"][way]["bitrateAvg"] for each in here)


def _of_path(stats: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    paths = [each.get("connection", {}).get("roundTripTimeAvg") for each in stats]
    if known := [each for each in paths if each is not None]:
        yield "round_trip_time", fmean(known)


def read_videosdk(world, peer_id: str, _count: int) -> Streams:
    """The peer in VideoSDK's stats: its windows of five seconds averaged."""
    peer = world.ask("GET", f"/v1/peers/{peer_id}").json()
    pair = world.ask("POST", "/v1/videosdk-keys", json={"label": "one call"}).json()
    path = f"/videosdk/v2/sessions/{peer['session_id']}/participant/{peer['participant_id']}/stats"
    stats = world.ask("GET", path, sign(pair["api_key"], pair["secret"]))
    assert stats.status_code == 200, stats.text
    found = stats.json()
    windows = [_flat(window) for window in found["stats"]]
    streams = {
        (way, kind): dict(_windowed(windows, way, kind))
        for way in ("recv", "send")
        for kind in ("audio", "video")
        if any(window[f"average{way.title()}{kind.title()}Bitrate"] is not None for window in windows)
    }
    if usage := [class_ for each in found["resolutionUsage"] for class_ in _classes(each)]:
        streams["recv", "video"]["picture_class"] = usage[-1]
    return streams


def as_videosdk(streams: Streams) -> Streams:
    """Jitter and round trip of both directions together, the vendor's own score, and pictures by class."""
    shown: dict[tuple[str, str], Numbers] = {}
    for (way, kind), numbers in streams.items():
        both = [streams[each, kind] for each in ("recv", "send") if (each, kind) in streams]
        means = {
            name: fmean(known)
            for name in ("jitter", "round_trip_time")
            if (known := [each[name] for each in both if name in each])
        }
        shown[way, kind] = _only(numbers, "bitrate", "packets_lost") | means
        if way == "recv":
            shown[way, kind] |= dict(_as_received(kind, {**numbers, **means}))
    return shown


def _as_received(kind: str, numbers: Numbers) -> Iterator[tuple[str, float]]:
    received = Received(
        bit_rate=numbers["bitrate"],
        round_trip_time=numbers.get("round_trip_time"),
        loss_ratio=numbers.get("loss_ratio"),
    )
    yield "mos", score_sound(received) if kind == "audio" else score_pictures(received)
    if "frame_height" in numbers:
        yield "picture_class", resolution_class(numbers["frame_height"])


def _windowed(windows: Sequence[dict[str, Any]], way: str, kind: str) -> Iterator[tuple[str, float]]:
    def mean(name: str) -> float | None:
        known = [window[name] for window in windows if window[name] is not None]
        return fmean(known) if known else None

    found = {
        "bitrate": mean(f"average{way.title()}{kind.title()}Bitrate"),
        "jitter": _seconds(mean(f"average{kind.title()}Jitter")),
        "round_trip_time": _seconds(mean(f"average{kind.title()}Rtt")),
        "mos": mean(kind) if way == "recv" else None,
    }
    lost = [window[f"{way}{kind.title()}PacketLost"] for window in windows]
    if any(each is not None for each in lost):
        found["packets_lost"] = fsum(each or 0 for each in lost)
    for name, value in found.items():
        if value is not None:
            yield name, value


def _flat(window: dict[str, Any]) -> dict[str, Any]:
    return window | window["qualityScore"]


def _classes(usage: dict[str, Any]) -> list[int]:
    return [int(name) for name, count in usage.items() if name != "time" and count]


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _without(numbers: Numbers, *names: str) -> Numbers:
    return {name: value for name, value in numbers.items() if name not in names}


def _only(numbers: Numbers, *names: str) -> dict[str, float]:
    return {name: numbers[name] for name in names if name in numbers}
