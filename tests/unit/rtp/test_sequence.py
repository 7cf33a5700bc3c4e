"""Sequence numbers without end, first copies, reordering."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.sequence import MAX_DROPOUT, MAX_MISORDER, SequenceUnwrapper, count_reordered, first_copies


def unwrap(sequence_numbers):
    """All of them through one fresh unwrapper."""
    unwrapper = SequenceUnwrapper()
    return [unwrapper.unwrap(number) for number in sequence_numbers]


@given(
    start=st.integers(0, 65535),
    steps=st.lists(st.integers(-(MAX_MISORDER - 1), MAX_DROPOUT - 1), min_size=1, max_size=200),
)
def test_unwrapping_undoes_the_wrap(start, steps):
    """Whatever the losses, duplicates and late packets, the true number comes back, through any wraps."""
    highest, truth = start, [start]
    for step in steps:
        truth.append(highest + step)
        highest = max(highest, truth[-1])
    assert unwrap([number % 65536 for number in truth]) == truth


def test_wraps_are_counted_far_beyond_sixteen_bits():
    """Numbers keep growing through a thousand wraps."""
    truth = list(range(0, 65536 * 1000, MAX_DROPOUT - 1))
    assert unwrap([number % 65536 for number in truth]) == truth


@pytest.mark.parametrize(
    ("sequence_number", "extended"),
    [
        (1000 + MAX_DROPOUT - 1, 1000 + MAX_DROPOUT - 1),
        (1000 + MAX_DROPOUT, None),
        (1000 - MAX_MISORDER, None),
        (1000 - MAX_MISORDER + 1, 1000 - MAX_MISORDER + 1),
        (1000, 1000),
    ],
)
def test_limits_of_dropout_and_misorder_are_those_of_rfc_3550(sequence_number, extended):
    """A step of 3000 forward or 100 back is a jump, one less is not."""
    assert unwrap([1000, sequence_number]) == [1000, extended]


def test_jump_is_believed_when_the_next_packet_confirms_it():
    """A restarted sender goes on in a new cycle, so its numbers never meet the old ones."""
    unwrapper = SequenceUnwrapper()
    assert [unwrapper.unwrap(number) for number in (10, 40_000, 40_001, 40_002)] == [
        10,
        None,
        65536 + 40_001,
        65536 + 40_002,
    ]
    assert unwrapper.restarts == 1


def test_single_stray_packet_changes_nothing():
    """One packet from nowhere is not believed and the stream goes on."""
    assert unwrap([10, 40_000, 11, 12]) == [10, None, 11, 12]


def test_packet_from_before_the_first_one_is_below_it():
    """A stream that starts with reordering at zero gives a negative number, not a wrap."""
    assert unwrap([0, 65535, 1]) == [0, -1, 1]


def test_vectors_count_wraps_and_packets(scenario):
    """The highest number and the number of wraps are those of the vectors."""
    expected = scenario.expected["rfc3550"]
    extended = unwrap(scenario.sequence_numbers)
    assert max(extended) // 65536 == expected["cycles"]
    assert max(extended) - min(extended) + 1 == expected["expected"]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=100))
def test_first_copies_are_found_and_reordering_counted(indexes):
    """Both agree with a walk over the arrivals that remembers what it has seen."""
    seen, reordered = {}, 0
    for position, index in enumerate(indexes):
        if index not in seen:
            reordered += bool(seen) and index < max(seen)
            seen[index] = position
    first = first_copies(np.array(indexes))
    assert first.tolist() == [seen[index] for index in sorted(seen)]
    assert count_reordered(np.array(indexes)[np.sort(first)]) == reordered
