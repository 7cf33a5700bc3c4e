"""Issues of the connection itself: its paths, its set-up, and what its client did not tell."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.interval import NANOSECONDS, Flag, TransportInterval
from sonde.webrtc.issues.absence import UsualRate, parts
from sonde.webrtc.issues.detector import Detector, PeerDetector
from sonde.webrtc.issues.episodes import find_episodes
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.rules import Point, Sustained
from sonde.webrtc.issues.views import PeerView

STATES: Final = (EventKind.ICE_CONNECTION_STATE, EventKind.CONNECTION_STATE)
CONNECTED: Final = ("connected", "completed")

PATIENCE: Final = 5 * NANOSECONDS
"""How long a connection may be without a path, or take to be set up."""

RESTART_AFTER: Final = 10.0
"""Seconds without a path after which an ICE restart is advised."""


def _issue(peer: PeerView, name: str, severity: Severity, *, span: tuple[int, int], **evidence: Any) -> Issue:
    """An issue of the whole connection."""
    start, end = span
    return Issue(
        type=name, severity=severity, peer=peer.peer.key, start=start, end=max(start, end), evidence=evidence
    )


def _ice_states(peer: PeerView) -> list[tuple[PeerEvent, int]]:
    """The states of ICE, each with its end; of the whole connection where ICE says nothing."""
    return next((told for kind in STATES if (told := _states(peer, kind))), [])


def _states(peer: PeerView, kind: EventKind) -> list[tuple[PeerEvent, int]]:
    told = [event for event in peer.peer.events if event.kind is kind]
    if not told:
        return []
    last = max([peer.peer.events[-1].at, _last_seen(peer)])
    ends = [*(event.at for event in told[1:]), _closed_at(peer, last)]
    return list(zip(told, ends, strict=True))


def _last_seen(peer: PeerView) -> int:
    return max((stream.track.last for stream in peer.streams), default=0)


def _closed_at(peer: PeerView, last: int) -> int:
    return min((event.at for event in peer.peer.events if event.kind is EventKind.CLOSED), default=last)


def _disconnected(peer: PeerView) -> Iterator[Issue]:
    was_connected = bool(peer.streams)
    for event, end in _ice_states(peer):
        was_connected |= event.value in CONNECTED
        if not was_connected:
            continue
        seconds = (end - event.at) / NANOSECONDS
        if event.value == "disconnected" and end - event.at >= PATIENCE and not peer.is_alone(event.at):
            advice = "restart ICE" if seconds >= RESTART_AFTER else "wait"
            yield _issue(
                peer,
                "ice_disconnected",
                Severity.CRITICAL,
                span=(event.at, end),
                seconds=seconds,
                advice=advice,
            )


def _failed(peer: PeerView) -> Iterator[Issue]:
    """Each time until it is connected again; a state that says so while everything still arrives is wrong."""
    known = 0
    for event, end in sorted(_failures(peer), key=lambda failure: failure[0].at):
        start = max(event.at, known)
        known = max(known, end)
        if start <= end and event.at >= start and not peer.is_alone(start) and not peer.flows(start, end):
            yield _issue(peer, "ice_failed", Severity.CRITICAL, span=(start, end), advice="restart ICE")


def _failures(peer: PeerView) -> Iterator[tuple[PeerEvent, int]]:
    for kind in STATES:
        yield from (told for told in _states(peer, kind) if told[0].value == "failed")


def _slow_setup(peer: PeerView) -> Iterator[Issue]:
    since: int | None = None
    for event, _ in _ice_states(peer):
        if event.value in ("checking", "connecting") and since is None:
            since = event.at
        elif event.value in CONNECTED or event.value == "failed":
            if since is not None and event.at - since > PATIENCE:
                seconds = (event.at - since) / NANOSECONDS
                yield _issue(peer, "slow_setup", Severity.WARNING, span=(since, event.at), seconds=seconds)
            return


def _per_path(
    find: Callable[[PeerView, Sequence[TransportInterval]], Iterable[Issue]],
) -> Callable[[PeerView], Iterator[Issue]]:
    def all_paths(peer: PeerView) -> Iterator[Issue]:
        for path in peer.peer.intervals.transports.values():
            yield from find(peer, path)

    return all_paths


def _silences(path: Sequence[TransportInterval]) -> Iterator[Point]:
    """1 while nothing comes though something is sent; who hears nothing soon sends no more either."""
    usual, is_stalled = UsualRate(), False
    for each in path:
        received = each.bytes_received if each.packets_received is None else each.packets_received
        sent = each.bytes_sent if each.packets_sent is None else each.packets_sent
        if received and Flag.RESET not in each.flags:
            silent = usual.silent_part(each.start, each.end, received) if is_stalled else 0
            yield from parts(each.start, each.start + silent, each.end)
            usual.follow(received * NANOSECONDS / (each.end - each.start))
            is_stalled = False
        elif received == 0 and usual and not {Flag.GAP, Flag.RESET}.intersection(each.flags):
            is_stalled = is_stalled or bool(sent)
            yield Point(each.start, each.end, float(is_stalled))


def _stalled(peer: PeerView, path: Sequence[TransportInterval]) -> Iterator[Issue]:
    points = _silences(path)
    for episode in find_episodes(points, (Sustained(on=0.5, off=0.5, need=5.0, of=5.0),)):
        if not peer.is_alone(episode.start):
            seconds = (episode.end - episode.start) / NANOSECONDS
            span = (episode.start, episode.end)
            yield _issue(peer, "ice_stalled", Severity.CRITICAL, span=span, seconds=seconds)


def _flapping(peer: PeerView, path: Sequence[TransportInterval]) -> Iterator[Issue]:
    window = 30 * NANOSECONDS
    switches = [(each.end, each.path_switches) for each in path if each.path_switches]
    opened: list[tuple[int, int]] = []
    for number, (at, _) in enumerate(switches):
        recent = [(when, count) for when, count in switches[: number + 1] if when > at - window]
        if sum(count for _, count in recent) >= 3:
            opened = sorted({*opened, *recent})
    if opened:
        span = (opened[0][0], opened[-1][0])
        total = sum(count for _, count in opened)
        yield _issue(peer, "ice_flapping", Severity.WARNING, span=span, switches=total)


def _relayed(peer: PeerView, path: Sequence[TransportInterval]) -> Iterator[Issue]:
    used = [
        each
        for each in path
        if each.local_candidate_type == "relay" and each.local_relay_protocol in ("tcp", "tls")
    ]
    if used:
        protocol = str(used[-1].local_relay_protocol)
        span = (used[0].start, used[-1].end)
        issue = _issue(peer, "relay_tcp_or_tls", Severity.INFO, span=span, relay_protocol=protocol)
        yield msgspec.structs.replace(issue, cause=Cause.SERVER)


def _gaps(peer: PeerView) -> Iterator[Issue]:
    """Times without samples, each once however many streams have it."""
    gaps = sorted(
        {
            (each.start, each.end)
            for stream in peer.streams
            for each in stream.intervals
            if Flag.GAP in each.flags
        }
    )
    covered = 0
    for start, end in gaps:
        if start >= covered:
            seconds = (end - start) / NANOSECONDS
            yield _issue(peer, "stats_gap", Severity.INFO, span=(start, end), seconds=seconds)
        covered = max(covered, end)


ICE_DISCONNECTED = PeerDetector(type="ice_disconnected", find=_disconnected)
ICE_FAILED = PeerDetector(type="ice_failed", find=_failed)
ICE_STALLED = PeerDetector(type="ice_stalled", find=_per_path(_stalled))
ICE_FLAPPING = PeerDetector(type="ice_flapping", find=_per_path(_flapping))
SLOW_SETUP = PeerDetector(type="slow_setup", find=_slow_setup)
RELAY_TCP_OR_TLS = PeerDetector(type="relay_tcp_or_tls", find=_per_path(_relayed))
STATS_GAP = PeerDetector(type="stats_gap", find=_gaps)

DETECTORS: tuple[Detector, ...] = (
    ICE_DISCONNECTED,
    ICE_FAILED,
    ICE_STALLED,
    ICE_FLAPPING,
    SLOW_SETUP,
    RELAY_TCP_OR_TLS,
    STATS_GAP,
)
