"""One call, told by every client that there is: each window shows the same numbers of it.

Another client is a row of `PATHS`, another API a row of `WINDOWS`; what one of them cannot tell is listed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from call_windows import (
    Streams,
    as_native,
    as_peer_report,
    as_telnyx_report,
    as_videosdk,
    read_native,
    read_peer_report,
    read_telnyx,
    read_videosdk,
)
from client_batches import make_batch
from one_call import RecordedCall, as_callstats, as_telnyx, read_call
from videosdk_bodies import javascript, python

pytestmark = pytest.mark.integration

WAYS = ("recv", "send")
SOUND, PICTURES = "audio-pcmu-delay300-both", "video-loss5-jitter30-AtoB"

REPORTED = {"packets", "packets_lost", "bitrate", "loss_ratio", "jitter", "round_trip_time", "mos"}
SHOWN = {"frame_rate", "frame_height"}
"""Numbers that are compared: of every stream, and of pictures too."""

NEAR: Mapping[str, float] = {
    "packets": 0.04, "packets_lost": 0.15, "bitrate": 0.04, "loss_ratio": 0.15, "jitter": 0.25,
    "round_trip_time": 0.10, "mos": 0.05, "frame_rate": 0.05, "frame_height": 0.0, "picture_class": 0.0,
}  # fmt: skip
"""By how much of itself a number may differ: clients look at other moments, and RTCP comes seldom."""
SLACK: Mapping[str, float] = {"packets_lost": 3, "loss_ratio": 0.004, "jitter": 0.002}
"""By how much it may differ besides."""


@dataclass(frozen=True)
class Path:
    """A way into Sonde.

    Attributes:
        tell: hands a call over; answers the id of its peer.
        calls: which calls it can tell of.
    """

    tell: Callable[[Any, RecordedCall], str]
    calls: tuple[str, ...] = (SOUND, PICTURES)


@dataclass(frozen=True)
class Window:
    """A way to see a peer.

    Attributes:
        read: what is shown of a peer of so many streams.
        shows: what must be shown of what our own API shows.
        near: by how much of itself a number may differ here.
        has: numbers that are shown here even of clients that lack them.
        calls: which calls it can show.
    """

    read: Callable[[Any, str, int], Streams]
    shows: Callable[[Streams], Streams]
    near: Mapping[str, float]
    has: frozenset[str] = frozenset()
    calls: tuple[str, ...] = (SOUND, PICTURES)


def collector(world, call: RecordedCall) -> str:
    """A batch of our own collector."""
    call, own = call.just_ended(), str(uuid4())
    batch = make_batch(call.reports, [at * 1000 for at in call.at], peer=own, meeting=own)
    _taken(world.ask("POST", "/v1/collect", _key(world), json=batch))
    return own


def telnyx(world, call: RecordedCall) -> str:
    """An upload of a Telnyx SDK."""
    call, own = call.just_ended(), str(uuid4())
    wanted = {"label": own, "email": "ann@ours.example"}
    token = world.ask("POST", "/v1/call-report-tokens", json=wanted).json()["secret"]
    headers = {"x-call-report-id": token}
    _taken(world.http.post("/call_report", json=as_telnyx(call, own), headers=headers))
    return own


def callstats(world, call: RecordedCall) -> str:
    """A message of RealtimeKit's statistics client."""
    call, own = call.just_ended(), str(uuid4())
    meeting = world.ask("POST", "/v1/meetings", json={"title": own}).json()["meeting_id"]
    person = world.ask("POST", f"/v1/meetings/{meeting}/participants", json={"custom_id": own}).json()
    path = f"/v1/participants/{person['participant_id']}/tokens"
    token = world.ask("POST", path, json={}).json()["token"]
    _taken(world.ask("POST", "/api/v1/message", token, json=as_callstats(call, own)))
    return own


def videosdk(form: Callable[..., dict[str, Any]], world, call: RecordedCall) -> str:
    """What an application forwards of a VideoSDK client."""
    call, own = call.just_ended(), str(uuid4())
    body = form(call.reports, call.at, peer=own, meetingId=own)
    _taken(world.ask("POST", "/v1/collect/videosdk", _key(world), json=body))
    return own


def imported(form: str, world, call: RecordedCall) -> str:
    """A file that another program wrote; of its connections the one with our streams."""
    file_id = str(uuid4())
    path = f"/v1/imports/{file_id}"
    kept = world.ask("PUT", f"{path}/pieces/0", content=call.file(form).read_bytes())
    assert kept.status_code == 204, kept.text
    wanted = {"name": file_id, "pieces": 1}
    world.wait_for(lambda: world.ask("POST", path, json=wanted).status_code, lambda status: status == 200)
    for peer in world.ask("POST", path, json=wanted).json()["peers"]:
        listed = world.ask("GET", f"/v1/peers/{peer['peer_id']}/streams").json()["items"]
        if any(
            each["ssrc"] == call.ssrcs["send", "audio"] and each["direction"] == "send" for each in listed
        ):
            return peer["peer_id"]
    raise AssertionError("our connection is not in the file")


def _taken(answer) -> None:
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] > 5


def _key(world) -> str:
    return world.ask("POST", "/v1/client-keys", json={"label": "one call"}).json()["secret"]


NEAREST: Mapping[str, float] = NEAR | {"jitter": 0.7, "round_trip_time": 0.2}
"""Where a number is what was last told at the end of each seventh second."""
OF_WINDOWS: Mapping[str, float] = NEAR | {"round_trip_time": 0.2}
"""Where RTCP's round trip is the path's for as long as there was no report."""

WINDOWS: Mapping[str, Window] = {
    "native": Window(read_native, as_native, NEAR),
    "RealtimeKit peer report": Window(
        read_peer_report, as_peer_report, NEAREST, has=frozenset({"round_trip_time"})
    ),
    "VideoSDK stats": Window(read_videosdk, as_videosdk, OF_WINDOWS, has=frozenset({"round_trip_time"})),
    "Telnyx report": Window(
        read_telnyx, as_telnyx_report, OF_WINDOWS, has=frozenset({"round_trip_time"}), calls=(SOUND,)
    ),
}
"""The APIs that show a peer. Where RTCP's round trip is not told, vendors show that of the path."""

CLIENTS_LACK: Mapping[str, frozenset[tuple[str, str]]] = {
    # Its intervals have one round trip, which is the path's, and what the other side says of what is sent.
    "telnyx": frozenset({("recv", "round_trip_time")}),
    # Version 8.0.0 of the client sends nothing that the other side reported.
    "callstats": frozenset(
        {("recv", "round_trip_time")} | {("send", name) for name in REPORTED - {"packets", "bitrate"}}
    ),
    # Its round trip is the path's; without the de-jitter buffer and quantisers there is another model.
    "videosdk in JavaScript": frozenset({(way, name) for way in WAYS for name in ("round_trip_time", "mos")}),
    # It tells of packets alone, and of those that got lost on the way out a share of the latest report.
    "videosdk in Python": frozenset(
        {("recv", name) for name in ("round_trip_time", "mos", *SHOWN)}
        | {("send", name) for name in ("packets_lost", "loss_ratio", "jitter", "mos", *SHOWN)}
    ),
}
"""Numbers, by direction, that a client does not have, or only without what it does not tell."""

UNSEEN: Mapping[tuple[str, str], frozenset[tuple[str, str]]] = {
    # A report has counters from the start of the call, and of losses this client tells none.
    ("videosdk in JavaScript", "Telnyx report"): frozenset(
        {(way, name) for way in WAYS for name in ("packets_lost", "loss_ratio")}
    ),
}
"""The same of what a window does not show of what a client tells, by both."""

PATHS: Mapping[str, Path] = {
    "collector": Path(collector),
    "telnyx": Path(telnyx, calls=(SOUND,)),
    "callstats": Path(callstats),
    "videosdk in JavaScript": Path(partial(videosdk, javascript)),
    "videosdk in Python": Path(partial(videosdk, python)),
    "getStats series": Path(partial(imported, "getstats.jsonl")),
    "webrtc-internals": Path(partial(imported, "webrtc_internals_dump.json")),
    "rtcstats of Chrome": Path(partial(imported, "chrome-rtcstats_dump.jsonl")),
    "rtcstats": Path(partial(imported, "rtcstats-server-v3.jsonl")),
}

CASES = [
    (path, call, window)
    for path in PATHS
    for call in PATHS[path].calls
    for window in WINDOWS
    if call in WINDOWS[window].calls
]


@pytest.fixture(scope="module")
def told(world) -> Callable[[str, str], str]:
    """Tells a call in one of the ways, once; the id of its peer."""
    peers: dict[tuple[str, str], str] = {}

    def tell(path: str, name: str) -> str:
        if (path, name) not in peers:
            peers[path, name] = PATHS[path].tell(world, read_call(name))
        return peers[path, name]

    return tell


@pytest.fixture(scope="module")
def shown(world, told) -> Callable[..., Streams]:
    """Looks through a window at a call that was told in one of the ways, once."""
    seen: dict[tuple[str, str, str], Streams] = {}

    def show(path: str, name: str, window: str = "native") -> Streams:
        key = path, name, window
        if key not in seen:
            if window != "native":
                # It waits until everything can be seen.
                show(path, name)
            seen[key] = WINDOWS[window].read(world, told(path, name), len(read_call(name).ssrcs))
        return seen[key]

    return show


@pytest.mark.parametrize(("path", "name", "window"), CASES)
def test_every_window_shows_the_call_that_was(shown, path, name, window):
    """What our own collector tells is what our own API shows; all else agrees with that."""
    view = WINDOWS[window]
    lacking = CLIENTS_LACK.get(path, frozenset()) | UNSEEN.get((path, window), frozenset())
    ours = without(shown("collector", name), lacking, view)
    expected, found = view.shows(ours), shown(path, name, window)
    assert set(found) == set(expected) == set(read_call(name).ssrcs)
    for stream, numbers in expected.items():
        assert numbers.keys() <= found[stream].keys(), stream
        for number, value in numbers.items():
            near = pytest.approx(value, rel=view.near[number], abs=SLACK.get(number, 0))
            assert found[stream][number] == near, (stream, number)


def without(streams: Streams, lacking: Collection[tuple[str, str]], window: Window) -> Streams:
    """What a client can tell, and what a window shows in place of what it cannot."""
    return {
        (way, kind): {
            name: value for name, value in numbers.items() if (way, name) not in lacking or name in window.has
        }
        for (way, kind), numbers in streams.items()
    }


def test_the_calls_have_what_is_compared(shown):
    """A comparison of nothing would always hold: losses, round trips, jitter and pictures are there."""
    sound, pictures = (shown("collector", name) for name in (SOUND, PICTURES))
    assert sound["send", "audio"]["round_trip_time"] > 0.2
    assert pictures["send", "audio"]["loss_ratio"] > 0.01
    assert pictures["send", "video"]["jitter"] > 0.01
    assert all(numbers.keys() >= REPORTED for numbers in (*sound.values(), *pictures.values()))
    assert all(numbers.keys() >= SHOWN for (_, kind), numbers in pictures.items() if kind == "video")
