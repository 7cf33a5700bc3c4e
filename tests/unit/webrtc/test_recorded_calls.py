"""Intervals of recorded calls against what is known of the network they went through."""

from collections.abc import Iterable

import pytest
from known_calls import DATA, session_in

from sonde.webrtc.distributions import distributions, total_loss
from sonde.webrtc.interval import NANOSECONDS, Flag, StreamInterval
from sonde.webrtc.links import Evidence, find_links
from sonde.webrtc.stream_report import mean
from sonde.webrtc.tracks import PeerIntervals, StreamTrack


def peers(name: str) -> dict[str, PeerIntervals]:
    """The connections of a Chromium series, or of a labelled call, by label."""
    found = [*DATA.glob(f"**/*{name}.jsonl.gz"), *DATA.glob(f"**/{name}.getstats.jsonl.gz")]
    return {peer.label: peer.intervals for peer in session_in(found[0]).peers}


def stream(peer: PeerIntervals, direction: str, kind: str) -> StreamTrack:
    (found,) = (each for each in peer.streams if (each.direction, each.kind) == (direction, kind))
    return found


def loss(intervals: Iterable[StreamInterval]) -> float:
    ratio = total_loss(list(intervals))[2]
    assert ratio is not None
    return ratio


@pytest.mark.parametrize(
    ("series", "audio", "video", "round_trip"),
    [
        ("clean", {"a": 0.0, "b": 0.0}, {"a": 0.0, "b": 0.0}, 0.001),
        ("loss5_delay100", {"a": 0.051, "b": 0.055}, {"a": 0.056, "b": 0.052}, 0.205),
        ("loss20_delay50", {"a": 0.191, "b": 0.205}, {"a": 0.210, "b": 0.162}, 0.104),
    ],
)
def test_loss_and_round_trip_are_what_was_set(
    series: str, audio: dict[str, float], video: dict[str, float], round_trip: float
):
    """As a receiver of sound and pictures sees it, retransmissions taken out, and as RTCP timed it."""
    for label, peer in peers(f"series-{series}").items():
        assert loss(stream(peer, "recv", "audio").intervals) == pytest.approx(audio[label], abs=0.001)
        assert loss(stream(peer, "recv", "video").intervals) == pytest.approx(video[label], abs=0.001)
        measured = mean(stream(peer, "send", "video").intervals, "round_trip_time")
        assert measured == pytest.approx(round_trip, abs=0.003)


@pytest.mark.parametrize("series", ["loss5_delay100", "loss20_delay50"])
def test_both_ends_tell_the_same_loss(series: str):
    """What the receiver counts and what the sender is told of it differ by the reports at the edges only."""
    both = peers(f"series-{series}")
    for sender, receiver in (("a", "b"), ("b", "a")):
        counted = loss(stream(both[receiver], "recv", "video").intervals)
        assert loss(stream(both[sender], "send", "video").intervals) == pytest.approx(counted, abs=0.015)


def test_a_brown_out_is_in_its_seconds_only():
    """10 % and 80 ms from second 8 to 16: loss then, and in the second of the switch back, never else."""
    for peer in peers("series-brownout").values():
        sound = stream(peer, "recv", "audio")
        bad = [
            round((each.start - sound.first) / NANOSECONDS) for each in sound.intervals if each.packets_lost
        ]
        assert min(bad) >= 7
        assert max(bad) <= 17
        inside = [each for each in sound.intervals if 8 <= (each.start - sound.first) / NANOSECONDS < 15]
        assert loss(inside) == pytest.approx(0.1, abs=0.03)


def test_simulcast_is_three_layers_of_one_video():
    """Three sent layers are one stream of 1280x720; each received layer is linked to it."""
    both = peers("series-simulcast")
    video = stream(both["a"], "send", "video")
    assert len(video.ssrcs) == 3
    assert {(each.layers, each.frame_width, each.frame_height) for each in video.intervals} == {
        (3, 1280, 720)
    }
    received = [each for each in both["b"].streams if each.kind == "video"]
    parts = sum(mean(each.intervals, "bitrate") or 0 for each in received)
    assert mean(video.intervals, "bitrate") == pytest.approx(parts, rel=0.05)
    links = [link for link in find_links(both) if link.sender.stream_id == video.stream_id]
    assert {link.receiver.stream_id for link in links} == {each.stream_id for each in received}


def test_all_streams_of_a_call_are_linked():
    """Between two browsers, each received stream is found at its sender by its SSRC."""
    links = find_links(peers("video-clean"))
    assert len(links) == 4
    assert {link.evidence for link in links} == {Evidence.SSRC}
    assert all(link.sender.peer != link.receiver.peer for link in links)


def test_an_impairment_of_one_direction_is_in_that_direction():
    """5 % and jitter from A to B in seconds 20 to 45: lost at B, reported to A, and nothing the other way."""
    both = peers("video-loss5-jitter30-AtoB")
    hit, spared = stream(both["B"], "recv", "audio"), stream(both["A"], "recv", "audio")

    def between(low: float, high: float) -> list[StreamInterval]:
        return [each for each in hit.intervals if low <= (each.start - hit.first) / NANOSECONDS < high]

    assert loss(between(20, 43)) == pytest.approx(0.05, abs=0.02)
    assert loss(between(0, 18)) == loss(between(46, 60)) == 0
    assert loss(spared.intervals) == 0
    assert loss(stream(both["A"], "send", "audio").intervals) > 0.01
    assert mean(between(20, 43), "audible_concealment_ratio") == pytest.approx(0.035, abs=0.015)
    assert mean(between(20, 43), "jitter") > 2 * mean(between(0, 18), "jitter")


def test_delay_is_seen_by_both():
    """150 ms and some each way from second 15: round trips of about 0.32 s, and no loss."""
    for peer in peers("audio-pcmu-delay300-both").values():
        sound = stream(peer, "send", "audio")
        late = [each for each in sound.intervals if each.start - sound.first > 20 * NANOSECONDS]
        assert mean(late, "round_trip_time") == pytest.approx(0.32, abs=0.02)
        assert loss(sound.intervals) == 0


def test_the_start_of_a_clean_call_is_marked():
    """Concealment while buffers fill is in intervals that say they are a start."""
    for peer in peers("video-clean").values():
        first, *_, last = stream(peer, "recv", "audio").intervals
        assert first.flags == (Flag.START,)
        assert last.flags == ()


def test_distributions_agree_with_the_intervals():
    """All classes are there, with the loss of their packets and exact counts of late round trips."""
    both = peers("video-loss5-jitter30-AtoB")
    found = {(each.direction, each.kind): each for each in distributions(both["A"].streams)}
    assert set(found) == {("recv", "audio"), ("recv", "video"), ("send", "audio"), ("send", "video")}
    sent = found["send", "video"]
    assert sent.loss_ratio == loss(stream(both["A"], "send", "video").intervals)
    assert sent.numbers["round_trip_time"].at_least[0.1] > 0
    assert sum(sent.limited.values()) == pytest.approx(1)


FORMATS = (
    "getstats.jsonl",
    "webrtc_internals_dump.json",
    "chrome-rtcstats_dump.jsonl",
    "rtcstats-server-v3.jsonl",
)


@pytest.mark.parametrize("other", FORMATS[1:])
@pytest.mark.parametrize("call", ["video-clean", "video-loss5-jitter30-AtoB", "audio-pcmu-delay300-both"])
def test_every_format_gives_the_same_intervals(call: str, other: str):
    """One call recorded in four ways: the same streams, and the same losses at the same seconds.

    Each recorder asked at times of its own, so sums over the time that both have are compared.
    """
    one = session_in(DATA / "labelled" / f"{call}.{FORMATS[0]}.gz")
    two = session_in(DATA / "labelled" / f"{call}.{other}.gz")
    by_ssrc = {(each.direction, each.ssrcs): each for peer in two.peers for each in peer.intervals.streams}
    for peer in one.peers:
        for each in peer.intervals.streams:
            same = by_ssrc.pop((each.direction, each.ssrcs))
            assert (same.kind, same.source, same.codecs) == (each.kind, each.source, each.codecs)
            compare(each, same)
    assert not by_ssrc
    assert len(one.links) == len(two.links)


def compare(one: StreamTrack, two: StreamTrack) -> None:
    """Sums agree within what one sample more or less at either edge makes, and so do means."""
    start, end = max(one.first, two.first), min(one.last, two.last)
    ours, theirs = (
        [
            each
            for each in track.intervals
            if each.start >= start - NANOSECONDS and each.end <= end + NANOSECONDS
        ]
        for track in (one, two)
    )
    for name in ("packets", "bytes", "packets_lost", "frames", "samples", "concealment_events"):
        ours_sum, theirs_sum = (sum(getattr(each, name) or 0 for each in part) for part in (ours, theirs))
        edge = max((abs(getattr(each, name) or 0) for each in ours), default=0)
        assert theirs_sum == pytest.approx(ours_sum, abs=2 * edge), name
    for name in ("jitter_buffer_delay", "frame_rate", "packet_rate"):
        expected = mean(ours, name)
        assert mean(theirs, name) == (expected and pytest.approx(expected, rel=0.1)), name


@pytest.mark.parametrize("other", FORMATS[1:3])
def test_intervals_of_the_same_instants_are_the_same(other: str):
    """Where two recorders got the same answers of the browser, every number of the intervals is equal."""
    call = "video-loss5-jitter30-AtoB"
    one, two = (session_in(DATA / "labelled" / f"{call}.{form}.gz") for form in (FORMATS[0], other))
    expected = {
        (each.ssrcs, each.direction, interval.start, interval.end): interval
        for peer in one.peers
        for each in peer.intervals.streams
        for interval in each.intervals
    }
    found = [
        ((each.ssrcs, each.direction, interval.start, interval.end), interval)
        for peer in two.peers
        for each in peer.intervals.streams
        for interval in each.intervals
    ]
    assert len(found) > 450
    for key, interval in found:
        different = {
            name
            for name in interval.__struct_fields__
            if getattr(interval, name) != getattr(expected[key], name)
        }
        assert different <= {"jitter_buffer_flushes", "missing"}  # the page's getStats has no flushes
