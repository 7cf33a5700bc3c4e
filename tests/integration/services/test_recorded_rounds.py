import asyncio
from pathlib import Path

import msgspec
import numpy as np
import pytest

from sonde.model.errors import Invalid, NotFound, Unavailable
from sonde.model.packets import PacketFlag, PacketTable, pack_packets
from sonde.model.rounds import RoundError, RoundReport, SenderHealth
from sonde.quality.codecs import codec
from sonde.quality.voice import score_voice
from sonde.rtp.recorder import StreamRecorder
from sonde.services.flusher import Flusher, flush_rounds
from sonde.services.rounds import UPLOAD_MAX, Rounds, RoundWindow
from sonde.spool import Spool
from sonde.store import Store


def record(world, *reports: RoundReport, agent=None):
    return asyncio.run(world.rounds.record(agent or world.source, reports))


def test_what_was_reported_can_be_asked_for(ours, flusher: Flusher) -> None:
    """With the score that the model gives for the reported facts, and nothing of the facts lost."""
    report = ours.report()
    assert record(ours, report).accepted == 1
    assert flusher.flush()
    [result] = ours.rounds.page(ours.access, ours.test.test_id).results
    kept = msgspec.structs.replace(report.stream, pdv_histogram=None)
    assert result.report == msgspec.structs.replace(report, stream=kept)
    assert (result.workspace_id, result.source_agent_id) == (
        ours.access.workspace.workspace_id,
        ours.source.agent_id,
    )
    expected = score_voice(
        codec=codec("g711"), one_way_delay=0.02, jitter_buffer=0.04, loss_ratio=0.1, discard_ratio=0.0
    )
    assert result.score.mos_cq == pytest.approx(expected.mos_cq)


def test_packets_can_be_asked_for_one_result_at_a_time(ours, theirs, flusher: Flusher) -> None:
    """As they were measured; a result without them has none, and other workspaces see nothing."""
    report = ours.report(stream=None, error=RoundError.NO_CONSENT, round_id=ours.report().round_id - 60)
    trace = pack_packets(packet_table())
    assert record(ours, ours.report(packets=trace), report).accepted == 2
    assert flusher.flush()
    test_id, source = ours.test.test_id, ours.source.agent_id
    found = ours.rounds.packets(ours.access, test_id, round_id=ours.report().round_id, source_agent_id=source)
    assert (pack_packets(found), found.is_one_way) == (trace, True)
    for key in (
        {"round_id": report.round_id, "source_agent_id": source},
        {"round_id": ours.report().round_id, "source_agent_id": ours.target.agent_id},
    ):
        assert ours.rounds.packets(ours.access, test_id, **key) is None
    with pytest.raises(NotFound):
        ours.rounds.packets(theirs.access, test_id, round_id=ours.report().round_id, source_agent_id=source)


def packet_table() -> PacketTable:
    """The ten packets of the usual stream, the last one lost."""
    lost = np.arange(10) == 9
    return PacketTable(
        is_one_way=True,
        index=np.arange(10),
        sent=np.arange(10) * 20_000_000,
        delay=np.where(lost, 0, 20_000_000),
        tos=np.where(lost, -1, 46 << 2),
        ttl=np.where(lost, -1, 64),
        flags=lost * int(PacketFlag.LOST),
    )


def test_a_receipt_means_that_it_is_on_the_disk(ours, spool: Spool) -> None:
    """Before anything reached the store."""
    last = ours.report().round_id
    reports = [ours.report(round_id=last - 60 * n) for n in range(3)]
    assert record(ours, *reports).accepted == 3
    assert spool.depth().items == 3


def test_a_round_without_a_stream_is_kept_with_its_reason(ours, flusher: Flusher) -> None:
    """A failed measurement is a result, too, and has no MOS."""
    record(ours, ours.report(stream=None, error=RoundError.NO_CONSENT, error_detail="Nobody answered."))
    flusher.flush()
    [result] = ours.rounds.page(ours.access, ours.test.test_id).results
    assert (result.report.stream, result.report.error) == (None, RoundError.NO_CONSENT)
    assert result.score.mos_cq is None
    assert result.score.reason


def test_bad_reports_are_rejected_one_by_one(ours, spool: Spool) -> None:
    """The good ones beside them are kept; the receipt says which are not, and why."""
    receipt = record(
        ours,
        ours.report(test_id=99),
        ours.report(),
        ours.report(codec="opus"),
        ours.report(round_id=ours.report().round_id + 1),
        ours.report(target_agent_id=ours.source.agent_id),
        ours.report(target_agent_id=10**30),
    )
    assert receipt.accepted == spool.depth().items == 1
    assert [each.index for each in receipt.rejected] == [0, 2, 3, 4, 5]
    assert "codec must be one of g711" in receipt.rejected[1].message


def test_only_a_source_reports_of_its_test(ours, theirs, spool: Spool) -> None:
    """Neither the target nor an agent of another workspace can."""
    for agent in (ours.target, theirs.source):
        receipt = record(ours, ours.report(), agent=agent)
        assert (receipt.accepted, len(receipt.rejected)) == (0, 1)
    assert spool.depth().items == 0


def test_the_target_reports_the_reverse_direction_and_only_it(ours, flusher: Flusher) -> None:
    """The source may report only its own; each direction is asked for by itself."""
    back = ours.report(target_agent_id=ours.source.agent_id, is_reverse=True)
    assert record(ours, back, agent=ours.source).accepted == 0
    assert record(ours, back, ours.report(), agent=ours.target).accepted == 1
    assert record(ours, ours.report(packets=pack_packets(packet_table()))).accepted == 1
    flusher.flush()

    def found(*, is_reverse: bool) -> list[tuple[int, int]]:
        results = ours.rounds.page(ours.access, ours.test.test_id, is_reverse=is_reverse).results
        return [(each.source_agent_id, each.report.target_agent_id) for each in results]

    assert found(is_reverse=False) == [(ours.source.agent_id, ours.target.agent_id)]
    assert found(is_reverse=True) == [(ours.target.agent_id, ours.source.agent_id)]


def test_the_target_is_of_the_same_workspace(ours, theirs) -> None:
    """A report cannot name somebody else's agent."""
    assert record(ours, ours.report(target_agent_id=theirs.target.agent_id)).accepted == 0


def test_an_upload_has_a_limit(ours) -> None:
    """A batch that is too large is refused as a whole."""
    with pytest.raises(Invalid):
        record(ours, *[ours.report()] * (UPLOAD_MAX + 1))


def test_nothing_is_acknowledged_when_the_spool_is_closed(ours, spool: Spool) -> None:
    """The agent is told to come again."""
    spool.close()
    with pytest.raises(Unavailable):
        record(ours, ours.report())


def test_a_repeated_report_takes_the_place_of_the_first(ours, flusher: Flusher) -> None:
    """However often an agent uploads a round, it counts once."""
    for _ in range(3):
        record(ours, ours.report())
        flusher.flush()
    assert len(ours.rounds.page(ours.access, ours.test.test_id).results) == 1


@pytest.mark.parametrize(
    ("mean", "bound", "reason"),
    [
        (-0.0005, None, ""),
        (-0.002, None, "The one-way delay is unknown."),
        (-0.002, 0.003, ""),
        (-0.002, 0.0001, "The one-way delay is unknown."),
    ],
)
def test_a_delay_below_zero_is_scored_only_within_the_error_of_the_clocks(
    ours, flusher: Flusher, mean: float, bound: float | None, reason: str
) -> None:
    """Beyond it the delay is unknown, and so is the MOS."""
    recorder = StreamRecorder(jitter_buffer=0.04)
    recorder.sent(0, 10**9)
    recorder.received(0, 10**9 + round(mean * 1e9))
    record(ours, ours.report(stream=recorder.summary(), health=SenderHealth(clock_error_bound=bound)))
    flusher.flush()
    [result] = ours.rounds.page(ours.access, ours.test.test_id).results
    assert result.report.stream.one_way_delay_mean == pytest.approx(mean)
    assert result.score.reason == reason
    assert (result.score.mos_cq is None) == bool(reason)


@pytest.fixture
def three_rounds(ours, flusher: Flusher) -> list[int]:
    """Three rounds in a row; their ids."""
    last = ours.report().round_id
    reports = [ours.report(round_id=last - step) for step in (120, 60, 0)]
    record(ours, *reports)
    flusher.flush()
    return [report.round_id for report in reports]


def test_without_a_window_the_last_round_is_shown(ours, three_rounds: list[int]) -> None:
    """It alone."""
    results = ours.rounds.page(ours.access, ours.test.test_id).results
    assert [result.report.round_id for result in results] == three_rounds[-1:]


def test_a_window_includes_both_its_ends(ours, three_rounds: list[int]) -> None:
    """An open end reaches as far as there is data; an end beyond all times finds what there is."""

    def ids(start: int | None, end: int | None) -> list[int]:
        window = RoundWindow(start=start, end=end)
        return [
            each.report.round_id for each in ours.rounds.page(ours.access, ours.test.test_id, window).results
        ]

    first, second, third = three_rounds
    assert ids(None, None) == [first, second, third]
    assert ids(first, second) == [first, second]
    assert ids(second, None) == [second, third]
    assert ids(None, second - 1) == [first]
    assert ids(-(10**30), 10**30) == [first, second, third]
    assert ids(third, first) == []


def test_a_test_without_rounds_has_none(ours) -> None:
    """An empty list, not an error."""
    assert ours.rounds.page(ours.access, ours.test.test_id).results == []


def test_rounds_of_other_workspaces_do_not_exist(ours, theirs, three_rounds: list[int]) -> None:
    """Nor do those of a test that does not."""
    for test_id in (ours.test.test_id, 99, 10**30):
        with pytest.raises(NotFound):
            theirs.rounds.page(theirs.access, test_id)
    assert theirs.rounds.page(theirs.access, theirs.test.test_id).results == []


def test_a_restart_loses_nothing(ours, directory, store: Store, spool: Spool, tmp_path: Path) -> None:
    """What was acknowledged before reaches the store after it."""
    record(ours, ours.report())
    spool.close()
    with Spool(tmp_path / "spool.db", max_bytes=1_000_000, when_full="refuse") as reopened:
        flusher = flush_rounds(reopened, store, set_aside=tmp_path / "set-aside")
        assert flusher.flush()
        assert reopened.depth().items == 0
        again = Rounds(directory, store, reopened)
        assert len(again.page(ours.access, ours.test.test_id).results) == 1
