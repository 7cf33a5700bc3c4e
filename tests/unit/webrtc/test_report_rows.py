"""Rows of peer reports: what counters did, at the pace of the vendor's client."""

import pytest
from dirty_equals import IsFloat
from hypothesis import given
from hypothesis import strategies as st
from sample_tables import table_of

from sonde.webrtc.report_rows import STEP, ReportRow, row_ends, stream_rows
from sonde.webrtc.sample import StreamSample
from sonde.webrtc.sample_table import SampleTable

SECOND = 10**9
START = 1_700_000_000 * SECOND


def sent(**fields) -> StreamSample:
    """Sound that somebody sends."""
    return StreamSample(**{"stream_id": "s", "direction": "send", "kind": "audio", "ssrc": 1, **fields})


def line(*samples: StreamSample, every: int = STEP) -> SampleTable:
    """Samples in regular order."""
    return table_of((START + index * every, sample) for index, sample in enumerate(samples))


def rows(*samples: StreamSample, every: int = STEP, paths=None) -> list[ReportRow]:
    """The rows of a stream without layers."""
    return stream_rows("s", {"s": line(*samples, every=every)}, paths or {})


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.sampled_from([1, 2, 5, 7, 10]))
def test_rows_add_up_to_the_counter(steps, seconds):
    """Whatever the pace: the first row has what was counted before, the last sample is in a row."""
    counter, samples = 0, []
    for step in steps:
        counter += step
        samples.append(sent(packets_sent=counter, bytes_sent=100 * counter))
    found = rows(*samples, every=seconds * SECOND)
    assert sum(row.packets for row in found) == counter
    assert sum(row.bytes for row in found) == 100 * counter
    assert found[0].packets == steps[0]
    assert found[0].duration is None
    assert found[-1].at == START + (len(steps) - 1) * seconds * SECOND


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [(1, [0, 7, 14, 15]), (5, [0, 10, 20, 30, 40, 50, 60, 70, 75]), (7, list(range(0, 112, 7)))],
)
def test_rows_are_as_far_apart_as_those_of_the_vendors_client(seconds, kept):
    """Seven seconds where there are so many samples; the last one always ends a row."""
    assert row_ends([seconds * tick * SECOND for tick in range(16)]) == [each * SECOND for each in kept]


def test_a_client_that_is_a_little_early_loses_nothing():
    """Its timer is not exact."""
    times = [0, 7_586_000_000, 14_586_000_000, 21_300_000_000]
    assert row_ends(times) == times


def test_the_published_call_has_a_row_for_each_sample():
    """Which came every seven seconds, but for the first one; the first row has the counter so far."""
    each = [5, 382, 350, 351, *[350] * 6]
    running = [sum(each[: index + 1]) for index in range(10)]
    times = [36_554, 44_140, *range(51_140, 51_140 + 8 * 7000, 7000)]
    samples = [(at * 1_000_000, sent(packets_sent=count)) for at, count in zip(times, running, strict=True)]
    found = stream_rows("s", {"s": table_of(samples)}, {})
    assert [row.at // 1_000_000 for row in found] == times
    assert [row.packets for row in found] == each
    assert sum(row.packets for row in found) == 3188


@pytest.mark.parametrize("change", [{"ssrc": 2}, {"packets_sent": 3}])
def test_a_stream_that_begins_again_counts_from_nothing(change):
    """Another SSRC, or a counter that fell: what it says is what happened since."""
    first = sent(packets_sent=500, bytes_sent=50_000)
    again = sent(**{"packets_sent": 600, "bytes_sent": 60_000, **change})
    assert [row.packets for row in rows(first, again)] == [500, again.packets_sent]


def test_loss_that_is_taken_back_is_no_loss_and_no_restart():
    """Duplicates make the count of lost packets fall, and below 0."""

    def received(got: int, lost: int) -> StreamSample:
        return sent(direction="recv", packets_received=got, packets_lost=lost)

    found = rows(received(100, -2), received(200, 5), received(300, 3), received(400, 4))
    assert [row.packets_lost for row in found] == [0, 5, 0, 1]
    assert [row.loss_ratio for row in found] == [0, IsFloat(approx=5 / 105), 0, IsFloat(approx=1 / 101)]
    assert [row.packets for row in found] == [100] * 4


def test_what_the_other_side_reports_is_loss_jitter_and_round_trip_of_what_is_sent():
    """And lowers its score."""
    one = sent(packets_sent=100, remote_packets_lost=0, remote_jitter=0.005, round_trip_time=0.1)
    two = sent(packets_sent=200, remote_packets_lost=5, remote_jitter=0.025, round_trip_time=0.2)
    found = rows(one, two)
    assert [row.loss_ratio for row in found] == [0.0, 0.05]
    assert [row.jitter for row in found] == [0.005, 0.025]
    assert [row.round_trip_time for row in found] == [0.1, 0.2]
    assert [row.score for row in found] == [1.0, pytest.approx(0.5)]


def test_a_round_trip_is_had_from_elsewhere_where_rtcp_does_not_say():
    """From the sum of all measurements, or else from the path to the next hop."""
    summed = [
        sent(total_round_trip_time=0.4, round_trip_time_measurements=4),
        sent(total_round_trip_time=1.0, round_trip_time_measurements=6),
    ]
    assert [row.round_trip_time for row in rows(*summed)] == pytest.approx([0.1, 0.3])
    path = SampleTable([START, START + SECOND], {"current_round_trip_time": [None, 0.05]})
    bare = [sent(packets_sent=1, transport_id="t"), sent(packets_sent=2, transport_id="t")]
    assert [row.round_trip_time for row in rows(*bare, paths={"t": path})] == [None, 0.05]


@pytest.mark.parametrize("way", ["send", "recv"])
def test_clients_may_say_what_came_since_their_look_before(way):
    """Losses are summed, set against the packets that were looked at, and a rate makes bytes."""
    verb = "sent" if way == "send" else "received"

    def look(index: int) -> StreamSample:
        told = {"recent_packets_lost": index - 1, "recent_packets": 10, "recent_bitrate": 8000.0}
        return sent(direction=way, **{f"packets_{verb}": 50 * index}, **told)

    found = rows(*map(look, range(4)))
    assert [row.packets_lost for row in found] == [0, 0, 1, 2]
    assert [row.packets for row in found] == [0, 50, 50, 50]
    assert [row.bytes for row in found] == [0, 7000, 7000, 7000]
    passed = 10 if way == "send" else 12
    assert found[3].loss_ratio == IsFloat(approx=2 / passed)


def test_jitter_and_round_trip_are_the_latest_of_the_row():
    """Some clients tell them once for each report, and not in each sample."""
    told = sent(remote_jitter=0.004, round_trip_time=0.1)
    first, second, third, _ = rows(sent(), told, sent(), *[sent()] * 13, every=SECOND)
    assert (first.jitter, first.round_trip_time) == (None, None)
    assert (second.jitter, second.round_trip_time) == (0.004, 0.1)
    assert (third.jitter, third.round_trip_time) == (None, None)


def test_what_is_not_reported_is_none():
    """And never 0."""
    [row] = rows(sent(direction="recv"))
    numbers = (row.packets, row.packets_lost, row.loss_ratio, row.jitter, row.concealment_events, row.frames)
    assert set(numbers) == {None}
    assert row.score == 1.0


def test_layers_of_simulcast_are_one_row():
    """Counts are summed; the picture, and what limited it, is that of the largest active layer."""

    def layer(rid: str, frames: int, width: int, **more) -> StreamSample:
        return StreamSample(
            stream_id=rid, direction="send", kind="video", mid="1", frames_encoded=frames,
            frame_width=width, frame_height=width // 2,
            packets_sent=10 * frames, quality_limitation_duration_cpu=frames / 10, **more,
        )  # fmt: skip

    low = line(layer("q", 10, 320), layer("q", 80, 320))
    high = line(layer("f", 10, 1280), layer("f", 60, 1280, quality_limitation_reason="cpu"))
    found = stream_rows("q", {"q": low, "f": high}, {})
    assert [row.frames for row in found] == [20, 120]
    assert [row.packets for row in found] == [200, 1200]
    assert [row.frame_width for row in found] == [1280, 1280]
    assert [row.limited_by_cpu for row in found] == [1.0, 5.0]
    assert [row.quality_limitation_reason for row in found] == [None, "cpu"]


def test_a_layer_that_stops_hands_over_to_the_one_that_goes_on():
    """The row has the size of what is still sent."""

    def layer(rid: str, frames: int, width: int, *, active: bool = True) -> StreamSample:
        return StreamSample(
            stream_id=rid, direction="send", kind="video", mid="1", active=active, frames_encoded=frames,
            frame_width=width, frame_height=width // 2,
        )  # fmt: skip

    low = line(layer("q", 10, 320), layer("q", 80, 320))
    high = line(layer("f", 10, 1280), layer("f", 10, 1280, active=False))
    assert [row.frame_width for row in stream_rows("q", {"q": low, "f": high}, {})] == [1280, 320]


@pytest.mark.parametrize(("source", "is_low"), [("camera", False), ("screen", True)])
def test_a_screen_needs_more_pixels(source, is_low):
    """The flags are by what is shown."""
    picture = sent(kind="video", source=source, frame_width=640, frames_per_second=5.0, frames_encoded=9)
    [row] = rows(picture)
    assert row.flags.is_low_resolution is is_low
    assert row.flags.is_lagging is (source == "camera")
