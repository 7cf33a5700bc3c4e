"""What Telnyx' SDKs would show beside our own scores."""

import msgspec
import pytest

from sonde.model.conclusions import ConnectionStream, PeerSummary, PointBucket
from sonde.model.samples import StreamKey
from sonde.services.vendor_scores import shown, shown_of_buckets, shown_of_call
from sonde.webrtc.stream_report import CallMos, CallStream

ALL = StreamKey(connection="", stream_id="")


def stream(direction: str, **numbers) -> ConnectionStream:
    """A stream of sound of one connection, with these numbers."""
    facts = {"kind": "audio", "jitter": None, "round_trip_time": None, "loss_ratio": None, **numbers}
    return ConnectionStream(
        connection="1",
        stream=CallStream(
            stream=direction,
            direction=direction,
            source=None,
            codec=None,
            ssrcs=(),
            duration=30.0,
            bitrate=None,
            packets=None,
            packets_lost=None,
            mos=CallMos(),
            **facts,
        ),
    )


def bucket(direction: str, start: int = 0, **mean: float) -> PointBucket:
    """Ten seconds of a stream."""
    return PointBucket(
        connection="1",
        stream_id=direction,
        direction=direction,
        kind="audio",
        start=start,
        seconds=10.0,
        points=10,
        least=mean,
        mean=mean,
        most=mean,
        scales=(),
    )


def test_the_round_trip_of_the_streams_beside_counts():
    """Browsers measure it of what they send only; what they receive takes the same way."""
    sent = stream("send", jitter=0.02, round_trip_time=0.2, loss_ratio=0.0)
    received = stream("recv", jitter=0.005, loss_ratio=0.01)
    found = shown_of_call(PeerSummary(streams=(sent, received)), ALL)
    assert [round(each.mos, 2) for _, each in found] == [4.35, 3.9]
    buckets = [
        bucket("send", jitter=0.02, round_trip_time=0.2, loss_ratio=0.0),
        bucket("recv", jitter=0.005, loss_ratio=0.01),
        bucket("recv", 10, jitter=0.005, loss_ratio=0.01),
    ]
    first, second, third = (each for _, each in shown_of_buckets(buckets, ALL))
    assert (round(first.mos, 2), round(second.mos, 2), second.word) == (4.35, 3.9, "fair")
    received_only = StreamKey(connection="1", stream_id="recv")
    assert [each for _, each in shown_of_buckets(buckets, received_only)] == [second, third]
    [(_, alone)] = shown_of_call(PeerSummary(streams=(sent, received)), received_only)
    assert alone == found[1][1]
    assert shown_of_call(PeerSummary(streams=(sent,)), StreamKey(connection="2", stream_id="")) == []
    assert (third.mos, third.reason) == (None, "Nothing was reported of the round trip time.")


def test_pictures_are_none_of_the_formula():
    """It is about voice."""
    video = stream("recv", kind="video", jitter=0.005, round_trip_time=0.04, loss_ratio=0.01)
    assert shown_of_call(PeerSummary(streams=(video,)), ALL) == []
    pictures = msgspec.structs.replace(bucket("recv"), kind="video")
    assert shown_of_buckets([pictures], ALL) == []


@pytest.mark.parametrize("odd", [{"loss_ratio": -0.01}, {"loss_ratio": 1.5}, {"round_trip_time": -0.001}])
def test_odd_numbers_are_held_within_what_can_be(odd):
    """Duplicates make loss negative, and clocks that are set make round trips so."""
    numbers = {"jitter": 0.0, "round_trip_time": 0.0, "loss_ratio": 0.0, **odd}
    assert 1.0 <= shown(**numbers).mos <= 4.42


def test_everything_that_is_missing_is_named():
    """A number that was not reported is never 0."""
    found = shown(jitter=None, round_trip_time=0.1, loss_ratio=None)
    assert found.mos is found.word is None
    assert found.reason == "Nothing was reported of jitter and loss."
