"""Loss, duplicates and order of a stream that somebody else sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.reception import ReceptionCounter, ReceptionCounts
from sonde.rtp.sequence import MAX_MISORDER


def count(sequence_numbers):
    """All of them through one fresh counter."""
    counter = ReceptionCounter()
    sightings = [counter.take(number) for number in sequence_numbers]
    return counter.counts(), sightings


def test_counts_of_the_vectors(scenario):
    """Both losses, duplicates and reordering are those of the shared vectors."""
    expected = scenario.expected["rfc3550"]
    counts, _ = count(scenario.sequence_numbers)
    assert {
        "expected": counts.expected,
        "received": counts.received,
        "unique": counts.unique,
        "duplicates": counts.duplicated,
        "reordered": counts.reordered,
        "lost_rfc3550": counts.lost_rfc3550,
        "lost_unique": counts.lost,
    } == {name: expected[name] for name in expected if "jitter" not in name and name != "cycles"}
    assert (counts.restarts, counts.strays) == (0, 0)


def test_duplicates_hide_losses_from_rfc_3550_only():
    """Of ten packets three are missing and two came twice: RFC 3550 says one lost, the truth is three."""
    counts, _ = count([0, 1, 1, 3, 5, 5, 7, 8, 9])
    assert (counts.expected, counts.lost, counts.lost_rfc3550) == (10, 3, 1)
    assert count([4, 4, 4])[0].lost_rfc3550 == -2


@given(
    st.lists(st.integers(0, MAX_MISORDER - 1), min_size=1, max_size=300),
    st.integers(0, 65535),
)
def test_counts_agree_with_a_walk_that_remembers_everything(places, start):
    """Within the limits of reordering the short memory forgets nothing that matters, through any wrap."""
    drifting = [number // 4 + place for number, place in enumerate(places)]
    # Never further back than RFC 3550 takes for reordering.
    highest, truth = drifting[0], []
    for place in drifting:
        truth.append(max(place, highest - MAX_MISORDER + 1))
        highest = max(highest, truth[-1])
    seen, reordered = set(), 0
    for place in truth:
        reordered += bool(seen) and place not in seen and place < max(seen)
        seen.add(place)
    counts, sightings = count([(start + place) % 65536 for place in truth])
    assert counts == ReceptionCounts(
        expected=max(seen) - min(seen) + 1,
        received=len(truth),
        unique=len(seen),
        duplicated=len(truth) - len(seen),
        reordered=reordered,
    )
    assert sum(sighting.is_first for sighting in sightings) == len(seen)
    assert sum(sighting.is_reordered for sighting in sightings) == reordered
    offset = sightings[0].extended - truth[0]
    assert [sighting.extended - offset for sighting in sightings] == truth


def test_a_restart_begins_a_new_span():
    """Nothing between the old and the new numbers counts as lost, nor the packet that waited."""
    counts, sightings = count([10, 11, 13, 40_000, 40_001, 40_003])
    assert counts == ReceptionCounts(expected=4 + 4, received=6, unique=6, restarts=1)
    assert counts.lost == 2
    assert [sighting.restarted for sighting in sightings] == [False, False, False, False, True, False]
    assert [sighting.extended for sighting in sightings][3:] == [None, 65536 + 40_001, 65536 + 40_003]


def test_late_packet_of_a_restart_belongs_to_it():
    """The packet that waited can come twice, and one from before it late."""
    counts, _ = count([10, 40_000, 40_001, 40_000, 39_999])
    assert counts == ReceptionCounts(
        expected=1 + 3, received=5, unique=4, duplicated=1, reordered=1, restarts=1
    )


def test_stray_packet_counts_nowhere_else():
    """One packet from far away is neither received nor a reason to expect others."""
    counts, sightings = count([10, 11, 40_000, 12])
    assert counts == ReceptionCounts(expected=3, received=3, unique=3, strays=1)
    assert not sightings[2].is_first


def test_stream_that_begins_reordered_reaches_back():
    """Packets from before the first arrival belong to the stream, also across the wrap."""
    counts, _ = count([1, 65535, 0, 2])
    assert counts == ReceptionCounts(expected=4, received=4, unique=4, reordered=2)


@pytest.mark.parametrize("restarts", [1, 5])
def test_memory_and_counts_survive_many_restarts(restarts):
    """Every start is a span of its own, however often it happens."""
    numbers = [10, 11] + [n for k in range(restarts) for n in ((k % 2 + 1) * 20_000 + i for i in range(5))]
    counts, _ = count(numbers)
    assert counts == ReceptionCounts(
        expected=2 + 5 * restarts, received=2 + 5 * restarts, unique=2 + 5 * restarts, restarts=restarts
    )


def test_nothing_received_is_nothing_expected():
    """A counter that saw no packet claims none."""
    assert count([])[0] == ReceptionCounts()
