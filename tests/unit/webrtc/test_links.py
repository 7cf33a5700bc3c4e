"""Which sent stream is which received one."""

from typing import Any

import pytest

from sonde.webrtc.links import Evidence, StreamEnd, find_links
from sonde.webrtc.tracks import PeerIntervals, StreamTrack


def track(stream_id: str, direction: str, **fields: Any) -> StreamTrack:
    named = {"stream_id": stream_id, "direction": direction, "kind": "audio", "first": 0, "last": 9}
    return StreamTrack(**(named | fields))


def peer(*streams: StreamTrack) -> PeerIntervals:
    return PeerIntervals(streams=streams)


@pytest.mark.parametrize(
    ("mark", "evidence"),
    [({"ssrcs": (7,)}, Evidence.SSRC), ({"track": "t"}, Evidence.TRACK)],
)
def test_a_mark_in_common_makes_a_link(mark: dict[str, Any], evidence: Evidence):
    """Two ends with one SSRC, or one track, are one stream."""
    (link,) = find_links({"A": peer(track("out", "send", **mark)), "B": peer(track("in", "recv", **mark))})
    assert (link.sender, link.receiver) == (StreamEnd("A", "out"), StreamEnd("B", "in"))
    assert link.evidence is evidence


def test_the_application_knows_best():
    """What the application says goes before an SSRC that a server rewrote by chance to another's."""
    peers = {
        "A": peer(track("out", "send", ssrcs=(1,))),
        "B": peer(track("out", "send", ssrcs=(2,))),
        "C": peer(track("in", "recv", ssrcs=(2,), remote_peer="A", remote_stream="out")),
    }
    (link,) = find_links(peers)
    assert (link.sender.peer, link.evidence) == ("A", Evidence.APPLICATION)


def test_the_application_may_have_names_of_its_own_for_peers():
    """A peer is told of by its name, whatever it is kept under; what is told of but not there has no link."""
    peers = {
        "A/1": peer(track("out", "send", mid="0"), track("next", "send", mid="1")),
        "B/1": peer(
            track("in", "recv", remote_peer="A", remote_stream="out", mid="7"),
            track("lost", "recv", remote_peer="A", remote_stream="gone", mid="1"),
        ),
    }
    (link,) = find_links(peers, names={"A/1": "A", "B/1": "B"})
    assert (link.sender, link.receiver) == (StreamEnd("A/1", "out"), StreamEnd("B/1", "in"))


def test_a_mid_counts_between_the_ends_of_one_connection():
    """Line 1 of an answer is line 1 of its offer, once an SSRC shows that these two belong together."""
    peers = {
        "A": peer(track("a", "send", ssrcs=(1,), mid="0"), track("v", "send", kind="video", mid="1")),
        "B": peer(track("a", "recv", ssrcs=(1,), mid="0"), track("v", "recv", kind="video", mid="1")),
    }
    assert [link.evidence for link in find_links(peers)] == [Evidence.SSRC, Evidence.MID]


def test_a_mid_alone_is_no_evidence():
    """All connections have a line 0, also those that have nothing to do with each other."""
    assert not find_links({"A": peer(track("x", "send", mid="0")), "B": peer(track("y", "recv", mid="0"))})


def test_many_receive_what_one_sends():
    """Through a server that keeps SSRCs, a stream has one sender and many receivers."""
    peers = {name: peer(track("in", "recv", ssrcs=(5,))) for name in "BCD"}
    links = find_links({"A": peer(track("out", "send", ssrcs=(5, 6))), **peers})
    assert [link.receiver.peer for link in links] == ["B", "C", "D"]
    assert {link.sender.peer for link in links} == {"A"}


def test_nobody_hears_himself():
    """A peer is not the other end of its own stream, nor is sound the other end of pictures."""
    own = peer(track("out", "send", ssrcs=(1,)), track("in", "recv", ssrcs=(1,)))
    other = peer(track("v", "recv", kind="video", ssrcs=(1,)))
    assert not find_links({"A": own, "B": other})


def test_of_two_senders_the_one_at_the_same_time():
    """When an SSRC occurs twice, the sender that was there longest at the same time is taken."""
    peers = {
        "A": peer(track("out", "send", ssrcs=(1,), first=0, last=3)),
        "B": peer(track("out", "send", ssrcs=(1,), first=2, last=9)),
        "C": peer(track("in", "recv", ssrcs=(1,), first=2, last=9)),
    }
    assert find_links(peers)[0].sender.peer == "B"
