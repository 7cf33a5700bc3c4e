"""Other de-jitter buffers: what they would have discarded, and what that had been worth."""

import random

import numpy as np
import pytest

from sonde.model.packets import PacketFlag, PacketTable
from sonde.model.rounds import RoundReport, RoundResult, score_report
from sonde.rtp.recorder import StreamRecorder
from sonde.services.packet_columns import TYPES, packet_columns
from sonde.services.what_if import NEW_CLUSTERS, smallest_depth, try_depths

MILLISECOND = 1_000_000


def measured(depth: float, *, seed: int = 3) -> RoundResult:
    """A jittery stream of 500 packets, played through a buffer of that depth."""
    chance, recorder = random.Random(seed), StreamRecorder(jitter_buffer=depth)
    for index in range(500):
        recorder.sent(index, index * 20 * MILLISECOND)
    for index in range(500):
        delay = int((20 + chance.expovariate(1 / 15)) * MILLISECOND)
        if chance.random() < 0.98:
            recorder.received(index, index * 20 * MILLISECOND + delay, tos=184, ttl=60)
    report = RoundReport(
        test_id=1,
        round_id=60,
        target_agent_id=2,
        interval=60,
        duration=10,
        codec="g711",
        dscp=46,
        jitter_buffer=depth,
        started_at=61.0,
        stream=recorder.summary(),
    )
    verdicts = score_report(report)
    return RoundResult(
        workspace_id=1,
        source_agent_id=1,
        received_at=80.0,
        report=report,
        score=verdicts.score,
        sonde_score=verdicts.sonde_score,
    )


@pytest.mark.parametrize("depth", [0.0, 0.01, 0.04, 0.1, 0.15, 0.205])
def test_the_same_packets_in_a_buffer_of_that_depth_give_the_same_counts(depth):
    """What is told from the histogram is what the recorder counts when it plays through that buffer."""
    told = measured(0.04)
    [outcome] = try_depths(told, told.report.stream.pdv_histogram, [depth])
    really = measured(depth)
    assert outcome.is_exact
    if depth:
        assert outcome.packets_discarded == really.report.stream.packets_discarded
        assert outcome.discard_ratio == really.report.stream.discard_ratio
        assert outcome.score.mos_cq == really.score.mos_cq
    assert outcome.missing_ratio == outcome.discard_ratio + told.report.stream.loss_ratio


def test_the_depth_of_the_test_gives_the_score_of_the_result():
    """To the last note: the same discards are the same packets."""
    told = measured(0.04)
    [outcome] = try_depths(told, told.report.stream.pdv_histogram, [0.04])
    assert (outcome.score, outcome.sonde_score) == (told.score, told.sonde_score)


def test_other_depths_say_what_is_not_known_of_them():
    """How discards cluster is in no histogram; between edges the answer is never too small."""
    told = measured(0.04)
    exact, between, deeper = try_depths(told, told.report.stream.pdv_histogram, [0.06, 0.0605, 0.061])
    assert NEW_CLUSTERS in exact.score.notes
    assert not between.is_exact
    assert exact.packets_discarded >= between.packets_discarded >= deeper.packets_discarded


def test_the_smallest_depth_keeps_its_promise():
    """At it discards are within the share, a millisecond below they are not."""
    told = measured(0.04)
    histogram = told.report.stream.pdv_histogram
    for share in (0.0, 0.01, 0.2):
        depth = smallest_depth(told, histogram, discard_ratio=share)
        at, below = try_depths(told, histogram, [depth, depth - 0.001])
        assert at.discard_ratio <= share < below.discard_ratio


def test_packets_are_shown_in_seconds_with_what_is_not_known_left_out():
    """A lost packet has no delay, one without a known mark has none; without an offset none is one-way."""
    columns = {
        "index": np.array([0, 1, 2], np.uint16),
        "sent": np.array([0, 20, 40], np.int64) * MILLISECOND,
        "delay": np.array([30, 0, 25], np.int64) * MILLISECOND,
        "tos": np.array([184, -1, -1], np.int16),
        "ttl": np.array([60, -1, 61], np.int16),
        "flags": np.array([0, PacketFlag.LOST, PacketFlag.REORDERED | PacketFlag.DISCARDED], np.uint8),
    }
    shown = packet_columns(PacketTable(is_one_way=True, **columns))
    assert shown.keys() == TYPES.keys()
    assert shown["sent"] == [0.0, 0.02, 0.04]
    assert shown["one_way_delay"] == [0.03, None, 0.025]
    assert shown["delay_above_smallest"] == [0.005, None, 0.0]
    assert (shown["tos"], shown["ttl"]) == ([184, None, None], [60, None, 61])
    assert (shown["lost"], shown["discarded"]) == ([False, True, False], [False, False, True])
    relative = packet_columns(PacketTable(is_one_way=False, **columns))
    assert relative["one_way_delay"] == [None] * 3
    assert relative["delay_above_smallest"] == shown["delay_above_smallest"]
