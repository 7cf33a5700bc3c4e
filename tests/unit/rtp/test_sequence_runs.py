"""Sequence numbers of a capture, extended chunk by chunk."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.sequence import SequenceUnwrapper
from sonde.rtp.sequence_runs import SequenceRuns

numbers = st.lists(st.integers(0, 65535) | st.integers(65500, 65535) | st.integers(0, 40), max_size=120)


def extend(sequence, cuts=()):
    """Runs of extended numbers, fed in chunks; a packet that waits begins the next chunk."""
    runs, waiting, found = SequenceRuns(), [], []
    for part in np.split(np.array(sequence, dtype=np.uint16), sorted(cuts)):
        if not len(part):
            continue
        chunk = np.concatenate([np.array(waiting, dtype=np.uint16), part])
        for stretch in runs.extend(chunk):
            if stretch.restarted:
                found.append([])
            found[-1].extend(stretch.extended.tolist())
        waiting = chunk[-1:].tolist() if runs.pending(chunk) else []
    return found


@given(numbers, st.lists(st.integers(0, 120), max_size=4))
def test_chunks_make_no_difference(sequence, cuts):
    """Where a capture is cut changes no number."""
    assert extend(sequence, cuts) == extend(sequence)


@given(numbers)
def test_numbers_stay_what_they_are(sequence):
    """An extended number is its own modulo 65536, and neighbours of a run are near each other."""
    taken = iter(sequence)
    for run in extend(sequence):
        for number in run:
            assert number % 65536 in taken
        steps = np.array(run) - np.maximum.accumulate(run)
        assert (steps > -100).all()


@given(st.lists(st.integers(-99, 2999), max_size=200), st.integers(0, 65535))
def test_what_is_believed_at_once_is_what_the_unwrapper_believes(steps, first):
    """Without jumps both count the same way."""
    sequence, highest = [first], first
    for step in steps:
        sequence.append((highest + step) % 65536)
        highest += max(0, step)
    unwrapper = SequenceUnwrapper()
    assert extend(sequence) == [[unwrapper.unwrap(number) for number in sequence]]


def test_two_packets_in_a_row_prove_a_restart():
    """Both of them are of the new run."""
    assert extend([10, 11, 40000, 40001, 40002]) == [[10, 11], [40000, 40001, 40002]]


def test_one_packet_far_away_proves_nothing():
    """It is in no run, and the old one goes on."""
    assert extend([10, 11, 40000, 12, 13]) == [[10, 11, 12, 13]]
