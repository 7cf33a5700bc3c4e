"""One call, told by every client that there is: each window shows the same numbers of it.

Another client is a row of `PATHS`, another API a row of `WINDOWS`; what one of them cannot tell is listed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from client_batches import make_batch
from one_call import RecordedCall, as_telnyx, read_call
from videosdk_bodies import javascript, python

pytestmark = pytest.mark.integration

SOUND, PICTURES = "audio-pcmu-delay300-both", "video-loss5-jitter30-AtoB"

Numbers = Mapping[str, float]
Streams = Mapping[tuple[str, str], Numbers]
"""What is known of each stream by direction and kind, in SI units."""

REPORTED = {"packets", "bitrate", "loss_ratio", "jitter", "round_trip_time", "mos"}
SHOWN = {"frame_rate", "frame_height"}
"""Numbers that are compared: of every stream, and of pictures too."""

NEAR: Mapping[str, float] = {
    "packets": 0.04, "bitrate": 0.04, "loss_ratio": 0.15, "jitter": 0.25, "round_trip_time": 0.10,
    "mos": 0.05, "frame_rate": 0.05, "frame_height": 0.0,
}  # fmt: skip
"""By how much of itself a number may differ: clients look at other moments, and RTCP comes seldom."""
SLACK: Mapping[str, float] = {"loss_ratio": 0.004, "jitter": 0.002}
"""By how much it may differ besides."""


@dataclass(frozen=True)
class Path:
    """A way into Sonde.

    Attributes:
        tell: hands a call over; answers the id of its peer.
        calls: which calls it can tell of.
        lacks: numbers, by direction, that this client does not have, or only without what it does not tell.
    """

    tell: Callable[[Any, RecordedCall], str]
    calls: tuple[str, ...] = (SOUND, PICTURES)
    lacks: frozenset[tuple[str, str]] = frozenset()


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


def native(world, peer_id: str, count: int) -> Streams:
    """The peer in our own API, once all its streams are there."""
    path = f"/v1/peers/{peer_id}"
    world.wait_for(
        lambda: world.ask("GET", f"{path}/streams").json().get("items", []), lambda found: len(found) >= count
    )
    summary = f"{path}/summary"
    world.wait_for(lambda: world.ask("GET", summary).json()["streams"], lambda found: len(found) >= count)
    found = [each["stream"] for each in world.ask("GET", summary).json()["streams"]]
    return {(each["direction"], each["kind"]): dict(_native(each)) for each in found}


def _native(stream: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name in sorted((REPORTED | SHOWN) - {"mos"}):
        if stream[name] is not None:
            yield name, stream[name]
    if stream["mos"] and stream["mos"]["value"] is not None:
        yield "mos", stream["mos"]["value"]


def _taken(answer) -> None:
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] > 10


def _key(world) -> str:
    return world.ask("POST", "/v1/client-keys", json={"label": "one call"}).json()["secret"]


BY_LESS = {("recv", "mos"), ("send", "mos")}
"""VideoSDK's clients tell nothing of the de-jitter buffer and of quantisers; Python's only of packets."""

PATHS: Mapping[str, Path] = {
    "collector": Path(collector),
    "telnyx": Path(telnyx, calls=(SOUND,), lacks=frozenset({("recv", "round_trip_time")})),
    "videosdk in JavaScript": Path(
        partial(videosdk, javascript),
        lacks=frozenset({*BY_LESS, ("recv", "round_trip_time"), ("send", "round_trip_time")}),
    ),
    "videosdk in Python": Path(
        partial(videosdk, python),
        lacks=frozenset(
            {
                *BY_LESS,
                *(("recv", name) for name in ("round_trip_time", *SHOWN)),
                *(("send", name) for name in ("jitter", "loss_ratio", *SHOWN)),
            }
        ),
    ),
    "getStats series": Path(partial(imported, "getstats.jsonl")),
    "webrtc-internals": Path(partial(imported, "webrtc_internals_dump.json")),
    "rtcstats of Chrome": Path(partial(imported, "chrome-rtcstats_dump.jsonl")),
    "rtcstats": Path(partial(imported, "rtcstats-server-v3.jsonl")),
}

WINDOWS: Mapping[str, Callable[[Any, str, int], Streams]] = {"native": native}
"""How each API shows a peer."""

CASES = [(path, call, window) for path in PATHS for call in PATHS[path].calls for window in WINDOWS]


@pytest.fixture(scope="module")
def told(world) -> Callable[[str, str], str]:
    """Tells a call in one of the ways, once; the id of its peer."""
    peers: dict[tuple[str, str], str] = {}

    def tell(path: str, name: str) -> str:
        if (path, name) not in peers:
            peers[path, name] = PATHS[path].tell(world, read_call(name))
        return peers[path, name]

    return tell


@pytest.mark.parametrize(("path", "name", "window"), CASES)
def test_every_window_shows_the_call_that_was(world, told, path, name, window):
    """What our own collector tells is what our own API shows; all else agrees with that."""
    streams = set(read_call(name).ssrcs)
    expected = native(world, told("collector", name), len(streams))
    found = WINDOWS[window](world, told(path, name), len(streams))
    assert set(found) == set(expected) == streams
    for stream, numbers in expected.items():
        lacking = {number for way, number in PATHS[path].lacks if way == stream[0]}
        compared = set(numbers) - lacking
        assert compared <= set(found[stream]), (stream, compared - set(found[stream]))
        for number in compared:
            near = pytest.approx(numbers[number], rel=NEAR[number], abs=SLACK.get(number, 0))
            assert found[stream][number] == near, (stream, number)


def test_the_calls_have_what_is_compared(world, told):
    """A comparison of nothing would always hold: losses, round trips, jitter and pictures are there."""
    sound, pictures = (native(world, told("collector", name), 2) for name in (SOUND, PICTURES))
    assert sound["send", "audio"]["round_trip_time"] > 0.2
    assert pictures["send", "audio"]["loss_ratio"] > 0.01
    assert pictures["send", "video"]["jitter"] > 0.01
    assert all(numbers.keys() >= REPORTED for numbers in (*sound.values(), *pictures.values()))
    assert all(numbers.keys() >= SHOWN for (_, kind), numbers in pictures.items() if kind == "video")
