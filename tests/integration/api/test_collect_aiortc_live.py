"""Participants written with aiortc report to a running server."""

import asyncio
import re
from pathlib import Path

import pytest
from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack

from sonde.collect import Collector
from sonde.services.reporting import Reporting

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs/collector.md"


@pytest.fixture(scope="module")
def key(world) -> str:
    """A client key."""
    return Reporting(world.agents._directory).create_key(world.ours.access, "bots").secret


async def call(url: str, key: str) -> tuple[str, str]:
    """Some seconds of sound from one bot to another; what the server calls them."""
    caller, callee = RTCPeerConnection(), RTCPeerConnection()
    caller.addTrack(AudioStreamTrack())
    pace = {"meeting": "bots", "interval": 0.2, "batch": 0.5}
    async with Collector(url, key, **pace) as one, Collector(url, key, **pace) as other:
        one.watch(caller, label="caller")
        other.watch(callee, label="callee")
        await caller.setLocalDescription(await caller.createOffer())
        await callee.setRemoteDescription(caller.localDescription)
        await callee.setLocalDescription(await callee.createAnswer())
        await caller.setRemoteDescription(callee.localDescription)
        await asyncio.sleep(4)
    await asyncio.gather(caller.close(), callee.close())
    return one.peer, other.peer


def items(world, path: str, **params) -> list[dict]:
    """What one page of the API says."""
    return world.ask("GET", f"/v1{path}", params=params).json().get("items", [])


def test_a_call_of_bots_can_be_read(world, key):
    """Every tick of both ends is there once, and the server knows that their stream is one."""
    peers = asyncio.run(call(world.url, key))
    for peer, direction in zip(peers, ("send", "recv"), strict=True):
        world.wait_for(lambda find=(world, peer, direction): samples(*find), lambda found: len(found) > 5)
        found = samples(world, peer, direction)
        assert {each["kind"] for each in found} == {"audio"}
        numbers = [each["number"] for each in found]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
    world.wait_for(lambda: other_ends(world, peers[1]), lambda found: found and found[0].startswith(peers[0]))


def samples(world, peer: str, direction: str) -> list[dict]:
    """The samples of a peer's stream in a direction; aiortc has one in the other too, which stays empty."""
    for stream in items(world, f"/peers/{peer}/streams"):
        if stream["direction"] == direction:
            names = {name: stream[name] for name in ("connection", "stream_id")}
            return items(world, f"/peers/{peer}/samples", **names)
    return []


def other_ends(world, peer: str) -> list[str]:
    """The other ends of the stream that a peer receives."""
    streams = world.ask("GET", f"/v1/peers/{peer}/summary").json().get("streams", [])
    return [
        end
        for each in streams
        if each["stream"]["direction"] == "recv"
        for end in each["stream"]["other_ends"]
    ]


def test_the_example_in_the_documents_reports(world, key):
    """Whoever copies it, with an address and a key, finds the bot in the API."""
    [block] = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict = {}
    exec(block, names)
    peer = asyncio.run(names["take_part"](world.url, key))
    world.wait_for(lambda: world.ask("GET", f"/v1/peers/{peer}").status_code, lambda status: status == 200)
    shown = world.ask("GET", f"/v1/peers/{peer}").json()
    assert shown["name"] == "Bot"
    assert shown["device"]["cpus"] > 0
