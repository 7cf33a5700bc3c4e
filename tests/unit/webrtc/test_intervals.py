"""Intervals from snapshots: what is measured, what is not, and that order and repeats do not matter."""

import math
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.interval import Absence, Flag, StreamInterval
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

SECOND = 1_000_000_000


def sound(**fields: Any) -> StreamSample:
    return StreamSample(**({"stream_id": "in", "direction": "recv", "kind": "audio", "ssrc": 1} | fields))


def picture(**fields: Any) -> StreamSample:
    return StreamSample(**({"stream_id": "in", "direction": "recv", "kind": "video", "ssrc": 1} | fields))


def sent(**fields: Any) -> StreamSample:
    return StreamSample(**({"stream_id": "out", "direction": "send", "kind": "video", "mid": "1"} | fields))


def shots(*samples: StreamSample, every: float = 1.0) -> list[Snapshot]:
    """One snapshot for each sample."""
    return [Snapshot(at=round(n * every * SECOND), streams=(sample,)) for n, sample in enumerate(samples)]


def only(snapshots: list[Snapshot]) -> tuple[StreamInterval, ...]:
    """The intervals of the one stream there is."""
    (stream,) = peer_intervals(snapshots).streams
    return stream.intervals


def test_rates_are_differences_over_the_real_length():
    """Bytes and packets become rates over the time between the two samples, not over a nominal one."""
    (interval,) = only(
        shots(
            sound(packets_received=10, bytes_received=100),
            sound(packets_received=110, bytes_received=2100),
            every=2,
        )
    )
    assert (interval.duration, interval.packets, interval.bytes) == (2.0, 100, 2000)
    assert interval.packet_rate == 50.0
    assert interval.bitrate == 8000.0


def test_retransmissions_are_no_proof_of_arrival():
    """A video stream that lost 10 of 100 and got 30 packets again lost 10 %, not 10 of 130."""
    (interval,) = only(
        shots(
            picture(packets_received=0, packets_lost=0, retransmitted_packets_received=0),
            picture(packets_received=120, packets_lost=10, retransmitted_packets_received=30),
        )
    )
    assert interval.packets_expected == 100
    assert interval.loss_ratio == pytest.approx(0.1)


def test_late_packets_take_losses_back():
    """The count of losses may fall by what came late: the count is negative, the ratio is not."""
    (interval,) = only(
        shots(sound(packets_received=100, packets_lost=9), sound(packets_received=150, packets_lost=5))
    )
    assert interval.packets_lost == -4
    assert interval.loss_ratio == 0.0


def test_a_loss_that_falls_by_more_than_arrived_is_no_number():
    """A counter of losses that fell by 10^9 says nothing."""
    (interval,) = only(
        shots(sound(packets_received=100, packets_lost=10**9), sound(packets_received=150, packets_lost=0))
    )
    assert interval.loss_ratio is None
    assert interval.missing["loss_ratio"] is Absence.COUNTER_FELL


def test_audible_concealment_leaves_silence_out():
    """Ppl of the E-model is what was made up while somebody spoke."""
    (interval,) = only(
        shots(
            sound(
                total_samples_received=0,
                concealed_samples=0,
                silent_concealed_samples=0,
                concealment_events=0,
            ),
            sound(
                total_samples_received=48000,
                concealed_samples=4800,
                silent_concealed_samples=2400,
                concealment_events=2,
            ),
        )
    )
    assert interval.concealment_ratio == 0.1
    assert interval.audible_concealment_ratio == 0.05
    assert interval.concealed_duration == pytest.approx(0.05)
    assert interval.concealment_event_rate == 2.0


def test_loudness_is_the_root_of_energy_over_time():
    """The level is the root mean square over the interval, not the flickering gauge."""
    (interval,) = only(
        shots(
            sound(total_audio_energy=1.0, total_samples_duration=10.0, audio_level=0.9),
            sound(total_audio_energy=1.01, total_samples_duration=11.0, audio_level=0.0),
        )
    )
    assert interval.audio_rms == pytest.approx(0.1)
    assert interval.audio_level == 0.0


def test_what_is_not_reported_is_none_with_the_reason():
    """Firefox has no target delay: the interval says so and is not 0."""
    (interval,) = only(shots(sound(packets_received=0), sound(packets_received=50)))
    assert interval.jitter_buffer_target is None
    assert interval.missing["jitter_buffer_target"] is Absence.NOT_REPORTED
    assert "frames" not in interval.missing
    assert "packets" not in interval.missing


def test_a_share_of_nothing_is_none():
    """In a total outage there is nothing that loss could be a share of."""
    (interval,) = only(
        shots(sound(packets_received=9, packets_lost=1), sound(packets_received=9, packets_lost=1))
    )
    assert interval.packet_rate == 0.0
    assert interval.loss_ratio is None
    assert interval.missing["loss_ratio"] is Absence.NOTHING_TO_DIVIDE


def test_a_delay_of_hours_is_a_broken_counter():
    """A jitter of 10^12 s, or a buffer that holds sound for weeks, is no number to score."""
    (interval,) = only(
        shots(
            sound(jitter_buffer_delay=0.0, jitter_buffer_emitted_count=0),
            sound(jitter_buffer_delay=1e12, jitter_buffer_emitted_count=9, jitter=1e12),
        )
    )
    assert (interval.jitter, interval.jitter_buffer_delay) == (None, None)
    assert interval.missing["jitter"] is interval.missing["jitter_buffer_delay"] is Absence.OUT_OF_RANGE


@pytest.mark.parametrize(
    "after",
    [
        sound(packets_received=10**9 - 10**9, bytes_received=1),
        sound(ssrc=2, packets_received=10**9 + 50, bytes_received=10**9),
    ],
    ids=["counters fell", "another SSRC"],
)
def test_a_restart_has_no_differences(after: StreamSample):
    """After a counter fell or the SSRC changed, the interval is a reset; the next one begins the stream."""
    before = sound(packets_received=10**9, bytes_received=10**9, jitter=0.01)
    later = msgspec.structs.replace(
        after,
        packets_received=(after.packets_received or 0) + 50,
        bytes_received=(after.bytes_received or 0) + 9,
    )
    reset, following = only(shots(before, after, later))
    assert Flag.RESET in reset.flags
    assert (reset.packets, reset.bitrate) == (None, None)
    assert reset.missing["packets"] is Absence.RESET
    assert following.packets == 50
    assert following.flags == (Flag.START,)


def test_one_counter_that_falls_takes_its_own_number_only():
    """Browsers correct some counters downwards; the stream goes on."""
    (interval,) = only(
        shots(
            picture(packets_received=1, frames_dropped=7, frames_received=10),
            picture(packets_received=9, frames_dropped=5, frames_received=30),
        )
    )
    assert Flag.RESET not in interval.flags
    assert interval.missing["frames_dropped"] is Absence.COUNTER_FELL
    assert interval.frames_received == 20


def test_a_hole_in_the_samples_is_a_gap():
    """An interval of more than 5 s and two usual ones is a gap; its rates are over its real length."""
    times = [0, 1, 2, 3, 12, 13]
    snapshots = [Snapshot(at=t * SECOND, streams=(sound(packets_received=50 * t),)) for t in times]
    intervals = only(snapshots)
    assert [Flag.GAP in interval.flags for interval in intervals] == [False, False, False, True, False]
    assert {interval.packet_rate for interval in intervals} == {50.0}


def test_slow_sampling_is_no_gap():
    """A client that reports every 10 s has no gaps."""
    intervals = only(shots(*(sound(packets_received=n) for n in range(5)), every=10))
    assert not any(Flag.GAP in interval.flags for interval in intervals)


def test_the_first_two_seconds_are_a_start():
    """Buffers fill for 2 s after media began to flow, and again after it had stopped."""
    received = [0, 0, 50, 100, 150, 150, 200, 250, 300]
    intervals = only(shots(*(sound(packets_received=count) for count in received)))
    starting = [Flag.START in interval.flags for interval in intervals]
    assert starting == [True, True, True, False, False, True, True, False]


def test_a_change_of_size_is_a_change_of_layer():
    """A picture of another size than before marks its interval."""
    intervals = only(
        shots(
            *(
                picture(packets_received=n, frame_width=w, frame_height=9)
                for n, w in enumerate((640, 640, 320, 320))
            )
        )
    )
    assert [Flag.LAYER_CHANGE in interval.flags for interval in intervals] == [False, True, False]


def test_an_answer_from_the_cache_is_no_interval():
    """Two samples within 50 ms are one measurement: no interval of 20 ms without any frame."""
    snapshots = [
        Snapshot(at=at, streams=(picture(frames_decoded=frames),))
        for at, frames in ((0, 0), (SECOND, 30), (SECOND + 20_000_000, 30), (2 * SECOND, 60))
    ]
    assert [interval.frame_rate for interval in only(snapshots)] == [30.0, 30.0]


def test_a_remote_report_counts_once():
    """A receiver report that four samples repeat is one measurement of loss and of the round trip."""
    report = {
        "remote_at": SECOND,
        "remote_fraction_lost": 0.25,
        "round_trip_time": 0.2,
        "remote_packets_lost": 5,
    }
    later = {
        "remote_at": 4 * SECOND,
        "remote_fraction_lost": 0.5,
        "round_trip_time": 0.3,
        "remote_packets_lost": 15,
    }
    intervals = only(
        shots(
            *(
                sent(packets_sent=10 * n, **fields)
                for n, fields in enumerate([{}, report, report, report, later])
            )
        )
    )
    assert [interval.remote_loss_ratio for interval in intervals] == [0.25, None, None, 0.5]
    assert [interval.round_trip_time for interval in intervals] == [0.2, None, None, 0.3]
    assert intervals[1].missing["remote_loss_ratio"] is Absence.NO_NEW_REPORT
    assert (intervals[3].remote_start, intervals[3].remote_end) == (SECOND, 4 * SECOND)


def test_round_trips_are_averaged_over_the_interval():
    """Where a browser counts its measurements, the interval's round trip is their mean."""
    (interval,) = only(
        shots(
            sent(total_round_trip_time=1.0, round_trip_time_measurements=10, round_trip_time=0.9),
            sent(total_round_trip_time=1.3, round_trip_time_measurements=12, round_trip_time=0.1),
        )
    )
    assert interval.round_trip_time == pytest.approx(0.15)


def layer(rid: str, index: int, width: int, *, active: bool = True, second: int) -> StreamSample:
    return sent(
        stream_id=f"out-{rid}",
        ssrc=100 + index,
        rid=rid,
        encoding_index=index,
        active=active,
        frame_width=width if active else None,
        frame_height=width // 2 if active else None,
        packets_sent=100 * second if active else 0,
        bytes_sent=1000 * (index + 1) * second if active else 0,
        frames_encoded=(index + 1) * 10 * second if active else 0,
        target_bitrate=8000.0 * (index + 1) if active else None,
    )


def test_simulcast_is_one_stream():
    """Bytes of all layers add up; size and frame rate are those of the largest active one."""
    snapshots = [
        Snapshot(
            at=second * SECOND,
            streams=(
                layer("l", 0, 320, second=second),
                layer("m", 1, 640, second=second),
                layer("h", 2, 1280, active=False, second=second),
            ),
        )
        for second in range(3)
    ]
    (stream,) = peer_intervals(snapshots).streams
    assert (stream.stream_id, stream.ssrcs) == ("out-l", (100, 101, 102))
    interval = stream.intervals[1]
    assert interval.layers == 2
    assert interval.bitrate == 24000.0
    assert interval.target_bitrate == 24000.0
    assert (interval.frame_width, interval.frame_height, interval.frame_rate) == (640, 320, 20.0)
    assert interval.ssrc == 101


def test_two_videos_are_two_streams():
    """Camera and screen have two mids and are not taken for layers of one video."""
    camera, screen = sent(stream_id="a", mid="1"), sent(stream_id="b", mid="2", source="screen")
    assert len(peer_intervals([Snapshot(at=0, streams=(camera, screen))]).streams) == 2


COUNTERS = [
    name
    for name, type_ in StreamSample.__annotations__.items()
    if type_ in (int | None, float | None) and not name.endswith(("ssrc", "_at"))
]


SAMPLES = st.builds(
    lambda numbers, **fields: StreamSample(**numbers, **fields),
    st.dictionaries(st.sampled_from(COUNTERS), st.integers(0, 10**12), max_size=25),
    stream_id=st.sampled_from("abc"),
    direction=st.sampled_from(["send", "recv"]),
    kind=st.sampled_from(["audio", "video"]),
    ssrc=st.sampled_from([None, 1, 2]),
    mid=st.sampled_from([None, "0", "1"]),
    remote_at=st.sampled_from([None, 0, SECOND, -5]),
    active=st.sampled_from([None, True, False]),
)
"""Samples of anything, with any counters at all."""

TRANSPORTS = st.builds(
    TransportSample,
    transport_id=st.just("T"),
    candidate_pair_id=st.sampled_from([None, "1", "2"]),
    bytes_sent=st.none() | st.integers(0, 10**12),
    pair_bytes_sent=st.none() | st.integers(0, 10**12),
    total_round_trip_time=st.none() | st.floats(0, 1e300),
    responses_received=st.none() | st.integers(0, 9),
)
SNAPSHOTS = st.builds(
    lambda samples, transport, at: Snapshot(
        at=at,
        streams=tuple({sample.stream_id: sample for sample in samples}.values()),
        transports=(transport,),
    ),
    st.lists(SAMPLES, max_size=3),
    TRANSPORTS,
    st.integers(-(10**10), 10**10) | st.integers(0, 2**63),
)


@given(st.lists(SNAPSHOTS, max_size=6), st.integers(0, 2**32))
def test_order_and_repeats_change_nothing(recorded: list[Snapshot], seed: int):
    """Shuffled and with a third of all snapshots twice, the answer is the same to the last digit."""
    chance = random.Random(seed)
    mixed = recorded + [shot for shot in recorded if chance.random() < 1 / 3]
    chance.shuffle(mixed)
    assert msgspec.json.encode(peer_intervals(mixed)) == msgspec.json.encode(peer_intervals(recorded))


MAY_BE_NEGATIVE = {"packets_lost", "start", "end", "remote_start", "remote_end", "ssrc"}


@given(st.lists(SNAPSHOTS, max_size=6))
def test_nothing_is_negative_or_endless(recorded: list[Snapshot]):
    """No rate is below 0, no ratio above 1, no number infinite; what has a reason for being None is None."""
    peer = peer_intervals(recorded)
    intervals = [interval for stream in peer.streams for interval in stream.intervals]
    assert all(getattr(interval, name) is None for interval in intervals for name in interval.missing)
    for interval in [*intervals, *(path for line in peer.transports.values() for path in line)]:
        assert interval.end > interval.start
        for name in set(interval.__struct_fields__) - MAY_BE_NEGATIVE:
            value = getattr(interval, name)
            if isinstance(value, int | float):
                assert math.isfinite(value), name
                assert value >= 0, name
                assert value <= 1 or not name.endswith(("_ratio", "_rms")), name
