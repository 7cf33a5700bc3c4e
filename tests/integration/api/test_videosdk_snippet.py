"""The lines that docs/videosdk-ingest.md gives to applications, run by Node."""

import json
import re
from pathlib import Path

import pytest
from node import run_node

from sonde.webrtc.dialects.videosdk import read_post

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs/videosdk-ingest.md"

STAGE = """
const look = (bitrate) => async () => [{ bitrate, rtt: 20, jitter: 1, totalPackets: 50, packetsLost: 1 }];
const none = async () => [];
const person = (id) => ({ id, displayName: id.toUpperCase(), getAudioStats: look(30),
  getVideoStats: look(900), getShareStats: none, getShareAudioStats: async () => null });
const meeting = { id: "room", localParticipant: person("ann"),
  participants: new Map([["bob", person("bob")]]) };
globalThis.setInterval = (work) => work();
globalThis.fetch = async (url, options) => console.log(JSON.stringify({ url, ...options }));
"""
"""What the SDK gives to an application, and a page that looks once."""


def test_the_snippet_forwards_what_everyone_sends_and_receives():
    """In ten lines, and in the form that ingest reads."""
    [snippet] = re.findall(r"```js\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    done = run_node("--input-type=module", "--eval", STAGE + snippet)
    assert done.returncode == 0, done.stderr
    sent = json.loads(done.stdout)
    assert (sent["method"], sent["url"].partition("?")[0][-20:]) == ("POST", "/v1/collect/videosdk")
    forwarder, recording = read_post(json.loads(sent["body"]))
    assert (forwarder.meeting, forwarder.participant, forwarder.name) == ("room", "ann", "ANN")
    assert len(forwarder.peer) == 36
    assert (recording.notes.unknown, recording.notes.skipped) == ({}, {})
    [snapshot] = recording.peers[0].snapshots
    found = {(each.direction, each.kind): each.recent_bitrate for each in snapshot.streams}
    assert found == {
        ("send", "audio"): 30_000,
        ("send", "video"): 900_000,
        ("recv", "audio"): 30_000,
        ("recv", "video"): 900_000,
    }
