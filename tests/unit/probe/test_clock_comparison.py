"""How two agents' clocks compare: the stream, the kernels' word and the rounds before, together."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.probe.clock_comparison import ROUNDS_KEPT, compare_clocks
from sonde.probe.measurement import sender_health, stream_summary
from sonde.probe.orders import StreamOutcome
from sonde.probe.record import ArrivalRecord
from sonde.rtp.clock import Exchange
from sonde.rtp.clock_readings import ClockReading, ClockWatch

MS = 1_000_000
START = 1_700_000_000 * 10**9
MINUTE = 60 * 10**9


def a_watch(*, at=START, seconds=7, error_max=None, moved=0, rates=(0, 0), boot=0):
    """What a machine says of its clock around a stream."""
    raw = 10**15 + boot
    before = ClockReading(at=at, beyond_raw=raw, rate=rates[0], error_max=error_max)
    after = ClockReading(
        at=at + seconds * 10**9 + moved, beyond_raw=raw + moved, rate=rates[1], error_max=error_max
    )
    return ClockWatch(before=before, after=after)


def outcome_of(traces, *, source=None, target=None, same_clock=False):
    """What an agent has of a stream when it is over."""
    count = len(traces.index)
    record = ArrivalRecord(
        indexes=traces.index.astype("<u2").tobytes(),
        stamps=traces.arrived.astype("<i8").tobytes(),
        tos=bytes(2 * count),
        ttl=bytes(count),
        socket_drops=0,
        forged=0,
        timestamp_source="kernel",
        clock=target,
    )
    return StreamOutcome(
        order_id=1,
        sent=traces.sent.astype(np.int64).tobytes(),
        arrivals=record,
        exchanges=traces.exchanges,
        same_clock=same_clock,
        clock=source,
    )


def rounds(path, *, count=3, watches=lambda number: (None, None)):
    """Compares some rounds a minute apart, each with what the one before left."""
    history, found = (), []
    for number in range(count):
        start = START + number * MINUTE
        source, target = watches(number)
        outcome = outcome_of(path.but(start=start).run(number), source=source, target=target)
        found.append(compare_clocks(outcome, history))
        history = found[-1].history
    return found


def quiet(number):
    """Two clocks that nobody touches."""
    at = START + number * MINUTE
    return a_watch(at=at), a_watch(at=at)


def test_a_stream_tells_the_offset_and_how_well(clock_path):
    """Method, offset, bound, statistical error and skew of an ordinary round."""
    path = clock_path(offset=-321, skew=80e-6)
    found = compare_clocks(outcome_of(path.run(1)))
    assert found.method == "two-way"
    assert abs(found.offset.offset_ns - path.truth) < 60_000
    assert found.offset.error_bound == pytest.approx(0.020, abs=0.001)
    assert 0 < found.stat_error < 150e-6
    assert found.skew == pytest.approx(80e-6, abs=60e-6)
    assert (found.conflict, found.step, found.rate_change) == (False, None, None)


def test_synchronised_clocks_narrow_the_bound(clock_path):
    """On a lopsided path two clocks within 1 ms of the truth say what the packets cannot."""
    path = clock_path(there=20, back=50, offset=0.4)
    watch = a_watch(error_max=MS)
    found = compare_clocks(outcome_of(path.run(1), source=watch, target=watch))
    assert (found.method, found.conflict) == ("two-way+ntp", False)
    assert abs(found.offset.offset_ns - path.truth) <= found.offset.error_bound * 1e9 <= 4 * MS


def test_a_lying_clock_is_found_out(clock_path):
    """A clock declared to be within 1 ms and 50 ms off contradicts the packets; these alone count then."""
    path = clock_path(offset=50)
    watch = a_watch(error_max=MS)
    found = compare_clocks(outcome_of(path.run(1), source=watch, target=watch))
    assert (found.method, found.conflict) == ("two-way", True)
    assert abs(found.offset.offset_ns - path.truth) < 100_000


def test_one_synchronised_clock_says_nothing(clock_path):
    """The other end does not know its error, or does not tell."""
    outcome = outcome_of(clock_path(offset=50).run(1), source=a_watch(error_max=MS), target=a_watch())
    assert (compare_clocks(outcome).method, compare_clocks(outcome).conflict) == ("two-way", False)


@pytest.mark.parametrize("numbers", [{"source_step": 10}, {"target_step": 10}, {"target_step": -10}])
def test_a_step_in_mid_stream_is_flagged_from_the_stream_alone(clock_path, numbers):
    """Ten milliseconds: the flag is up, and the bound covers the offset before and after."""
    step = numbers.get("target_step", 0) - numbers.get("source_step", 0)
    for seed in range(30):
        path = clock_path(offset=5, step_at=1 + seed / 10, **numbers)
        found = compare_clocks(outcome_of(path.run(seed)))
        assert found.step == pytest.approx(step / 1000, abs=0.002)
        for truth in (path.truth, path.truth + step * MS):
            assert abs(found.offset.offset_ns - truth) <= found.offset.error_bound * 1e9
        assert found.history == ()


@pytest.mark.parametrize("step", [-3, -0.9, -0.5, 0.5, 0.9, 3])
def test_a_step_too_small_to_be_told_never_narrows_the_bound(clock_path, step):
    """On a local network half a millisecond leaves less room for a line; the bound is wide all the same."""
    for seed in range(30):
        path = clock_path(there=0.5, back=0.5, queue=0.05, target_step=step, step_at=1 + seed / 10)
        found = compare_clocks(outcome_of(path.run(seed)))
        for truth in (path.truth, path.truth + step * MS):
            assert abs(found.offset.offset_ns - truth) <= found.offset.error_bound * 1e9


def test_clocks_that_run_very_differently_get_a_bound_that_holds(clock_path):
    """Far beyond what free clocks do, on the shortest of paths, from the first to the last packet."""
    for skew in (-400e-6, 400e-6, 2000e-6):
        path = clock_path(there=0.1, back=0.1, queue=0.01, skew=skew)
        found = compare_clocks(outcome_of(path.run(1)))
        moved = abs(skew) * 2.5e9 if found.skew is None else 0
        assert abs(found.offset.offset_ns - path.truth) + moved <= found.offset.error_bound * 1e9


@pytest.mark.parametrize("step", [-2_000, -30, -0.3, 0.3, 30, 2_000])
@pytest.mark.parametrize("end", ["source_step", "target_step"])
def test_a_step_that_the_kernels_report_is_flagged_wherever_it_is(clock_path, end, step):
    """Also one too small for the stream, or at its very end: said, and within the bound."""
    moved = a_watch(moved=round(step * MS))
    watches = {"source": moved, "target": a_watch()}
    if end == "target_step":
        watches = {"source": a_watch(), "target": moved}
    turned = step if end == "target_step" else -step
    for step_at in (0.05, 2.5, 4.95):
        path = clock_path(offset=5, step_at=step_at, **{end: step})
        found = compare_clocks(outcome_of(path.run(1), **watches))
        assert found.step == pytest.approx(turned / 1000, rel=0.1)
        for truth in (path.truth, path.truth + turned * MS):
            assert abs(found.offset.offset_ns - truth) <= found.offset.error_bound * 1e9


def test_a_large_step_is_flagged_even_where_no_part_can_be_told(clock_path):
    """Three seconds right after the first packets: no line fits, and the answers show why."""
    path = clock_path(target_step=-3000, step_at=0.12)
    found = compare_clocks(outcome_of(path.run(1)))
    assert found.step == pytest.approx(-3, abs=0.05)
    assert found.offset.error_bound >= 3


def test_the_skew_comes_from_three_rounds(clock_path):
    """The third round knows the speed to a fraction of a ppm, and no more than two rounds are kept."""
    first, _, third = rounds(clock_path(skew=-35e-6), watches=quiet)
    assert third.skew == pytest.approx(-35e-6, abs=2e-6)
    assert third.skew_error < 2e-6 < first.skew_error
    assert (len(first.history), len(third.history)) == (1, ROUNDS_KEPT)


@pytest.mark.parametrize(
    "disturbed",
    [{"moved": 10 * MS}, {"rates": (2_000_000, 2_000_000)}, {"boot": 10**12}],
    ids=["step", "other-rate", "restart"],
)
def test_what_disturbs_a_clock_ends_the_history(clock_path, disturbed):
    """A step, another rate or another boot: rounds before it say nothing about the present."""

    def watches(number):
        at = START + number * MINUTE
        return a_watch(at=at), a_watch(at=at, **disturbed) if number == 1 else a_watch(at=at)

    found = rounds(clock_path(), count=2, watches=watches)
    assert len(found[0].history) == 1
    assert found[1].skew_error > 2e-6
    assert len(found[1].history) <= 1


def test_a_step_that_only_the_stream_shows_ends_the_history_too(clock_path):
    """Rounds that no common line fits were not even, whatever the kernels say."""
    history = compare_clocks(
        outcome_of(clock_path(offset=900).run(1), source=quiet(0)[0], target=quiet(0)[1])
    )
    source, target = quiet(1)
    outcome = outcome_of(clock_path(start=START + MINUTE).run(2), source=source, target=target)
    assert len(compare_clocks(outcome, history.history).history) == 1


def test_without_the_kernels_word_there_is_no_history(clock_path):
    """Nobody can tell then whether a clock was set between two rounds."""
    assert [found.history for found in rounds(clock_path())] == [(), (), ()]


def test_a_round_without_answers_keeps_what_was_known(clock_path):
    """An agent that could not be reached once has the same clock as before."""
    history = rounds(clock_path(), count=1, watches=quiet)[0].history
    assert compare_clocks(StreamOutcome(order_id=1), history).history == history
    assert compare_clocks(StreamOutcome(order_id=1)).method == "none"


def test_one_clock_needs_no_estimate_and_still_tells_that_it_was_set(clock_path):
    """On one kernel the offset is 0, exactly; a step is flagged, for packets under way are wrong by it."""
    path = clock_path()
    calm = compare_clocks(outcome_of(path.run(1), source=a_watch(), same_clock=True))
    assert (calm.offset.error_bound, calm.step) == (0.0, None)
    found = compare_clocks(outcome_of(path.run(1), source=a_watch(moved=10 * MS), same_clock=True))
    assert (found.method, found.offset.offset_ns, found.offset.error_bound) == ("same-clock", 0, 0.01)
    assert (found.step, found.skew, found.stat_error) == (0.01, 0.0, 0.0)


def test_skew_is_removed_from_delays(clock_path):
    """At 90 ppm five seconds add 450 us to a constant delay; after three rounds nothing of it is left."""
    path = clock_path(there=30, back=30, queue=0.0001, skew=90e-6, offset=44)
    found = rounds(path, watches=quiet)[-1]
    outcome = outcome_of(path.but(start=START + 2 * MINUTE).run(2))
    stream = stream_summary(outcome, 0.04, found)
    assert stream.one_way_delay_min == pytest.approx(0.030, abs=30e-6)
    assert stream.one_way_delay_max == pytest.approx(0.030, abs=30e-6)
    assert stream.pdv_max < 5e-6
    kept = stream_summary(outcome, 0.04, msgspec.structs.replace(found, skew=0.0))
    assert kept.pdv_max == pytest.approx(450e-6, abs=10e-6)


@pytest.mark.parametrize("years", [-(10**18), 0, 10**18])
def test_where_the_target_clock_stands_changes_no_delay(clock_path, years):
    """A target that lives in another century measures the same delays."""
    traces = clock_path(skew=10e-6).run(3)
    near = stream_summary(outcome_of(traces), 0.04)
    outcome = outcome_of(traces)
    record = msgspec.structs.replace(
        outcome.arrivals, stamps=(traces.arrived + years).astype("<i8").tobytes()
    )
    exchanges = tuple(
        each._replace(heard_at=each.heard_at + years, answered_at=each.answered_at + years)
        for each in outcome.exchanges
    )
    far = msgspec.structs.replace(outcome, arrivals=record, exchanges=exchanges)
    assert stream_summary(far, 0.04) == near


def test_both_directions_add_up_to_the_round_trip(clock_path):
    """Whatever the offset found, what one direction loses by its error the other gains."""
    for offset in (-500, 0, 500):
        traces = clock_path(there=5, back=60, offset=offset).run(1)
        found = compare_clocks(outcome_of(traces)).offset.offset_ns
        for asked, heard, answered, returned in traces.exchanges:
            assert (heard - asked - found) + (returned - answered + found) == returned - asked


def test_delays_below_zero_are_shown(clock_path):
    """A clock set back by 100 ms makes the delays after it negative; they are not clipped."""
    outcome = outcome_of(clock_path(target_step=-100, step_at=3.5).run(1))
    assert sender_health(outcome).clock_step == pytest.approx(-0.1, abs=0.002)
    assert stream_summary(outcome, 0.04).one_way_delay_min == pytest.approx(-0.08, abs=0.002)


stamps = st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 30), stamps), max_size=30),
    st.lists(
        st.tuples(stamps, st.integers(0, 2**64 + 2**32), st.integers(0, 2**64 + 2**32), stamps), max_size=20
    ),
)
def test_no_stamps_of_a_target_end_a_round(arrived, exchanges):
    """Whatever a broken or hostile target claims, the source has a comparison, and a summary or none."""
    record = ArrivalRecord(
        indexes=np.array([index for index, _ in arrived], dtype="<u2").tobytes(),
        stamps=np.array([stamp for _, stamp in arrived], dtype="<i8").tobytes(),
        tos=bytes(2 * len(arrived)),
        ttl=bytes(len(arrived)),
        socket_drops=0,
        forged=0,
        timestamp_source="kernel",
    )
    outcome = StreamOutcome(
        order_id=1,
        sent=(START + np.arange(20) * 20 * MS).astype(np.int64).tobytes(),
        arrivals=record,
        exchanges=tuple(Exchange(*each) for each in exchanges),
    )
    found = compare_clocks(outcome)
    assert sender_health(outcome, found).clock_method in ("two-way", "none")
    assert stream_summary(outcome, 0.04, found).packets_sent == 20


def test_health_tells_all_of_it(clock_path):
    """What is known of the clocks is in the row of the round."""
    path = clock_path(offset=50, target_step=0.2)
    watches = {"source": a_watch(), "target": a_watch(moved=200_000, rates=(0, 3_000_000))}
    health = sender_health(outcome_of(path.run(1), **watches))
    assert health.clock_step == pytest.approx(0.0002, rel=0.1)
    assert health.clock_rate_change == pytest.approx(3e-6)
    assert health.clock_stat_error > 0
    assert abs(health.clock_skew) < 500e-6
    assert health.clock_conflict is False
