"""The whole product against a relay that keeps a log of every packet: the log is the truth."""

import time
from collections import defaultdict
from statistics import fmean

import msgspec
import pytest

from sonde.demo.scenario import BERN, OSLO, DemoTest
from sonde.demo.world import HOST, World
from sonde.impair.config import RelayConfig
from sonde.impair.impairment import Impairment
from sonde.impair.log import Outcome, PacketRecord
from sonde.impair.plan import Direction, Kind
from sonde.model.rounds import RoundResult, Verdicts, score_report
from sonde.quality.codecs import codec
from sonde.quality.voice import score_voice
from sonde.store import Store
from sonde.store.rounds import RoundSpan, select_rounds

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

IMPAIRMENT = Impairment(loss=0.02, delay=0.030, dscp=8)
TESTS = (
    DemoTest(name="G.711", source=BERN, target=OSLO, codec_id=0, dscp_id=46),
    DemoTest(name="G.723.1", source=BERN, target=OSLO, codec_id=4, dscp_id=34),
    DemoTest(name="G.729a", source=OSLO, target=BERN, codec_id=5, dscp_id=46),
)


class Truth(msgspec.Struct):
    """What the relay did to one stream."""

    sent: int
    lost: int
    duplicated: int
    delay: float
    tos_out: set[int]


def _wait_for_room():
    """Two streams of one pair follow each other; both must fit into what is left of the minute's round."""
    left = 60 - time.time() % 60
    if left < 30:
        time.sleep(left)


@pytest.fixture(scope="module")
def measured(tmp_path_factory, free_port):
    """One round of each test: rows of the API, stored results, and the relays' logs."""
    folder = tmp_path_factory.mktemp("truth")

    def road(number, port):
        return RelayConfig(
            listen=(HOST, 0),
            target=(HOST, port),
            forward=IMPAIRMENT,
            reverse=Impairment(delay=0.010),
            seed=number,
            log=folder / f"relay{number}.jsonl",
        )

    rows = []
    with World(folder / "data", free_port(), tests=TESTS, road=road) as world:
        world.start_server()
        world.start_agents()
        _wait_for_room()
        world.create_tests()
        while {row["testName"] for row in rows} != {test.name for test in TESTS}:
            rows += world.new_rounds()
        test_ids = {name: test_id for test_id, name in world.test_ids.items()}
    with Store(f"chdb://{folder / 'data' / 'store'}") as store:
        results = [_stored(store, test_ids[row["testName"]], row) for row in rows]
    assert [result.report.error_detail for result in results if result.report.error] == []
    return [(row, result, _truth(folder, result)) for row, result in zip(rows, results, strict=True)]


def _stored(store, test_id, row) -> RoundResult:
    span = RoundSpan(workspace_id=1, test_id=test_id, start=row["roundId"], end=row["roundId"])
    (result,) = select_rounds(store, span, limit=2)
    return result


def _truth(folder, result) -> Truth:
    """What the target's relay logged of the stream that began when this one did."""
    streams = defaultdict(list)
    for log in folder.glob("relay*.jsonl"):
        for line in log.read_bytes().splitlines():
            record = msgspec.json.decode(line, type=PacketRecord)
            if (record.kind, record.direction) == (Kind.RTP, Direction.FORWARD):
                streams[log, record.ssrc].append(record)
    begin = result.report.started_at * 1e9
    return _fold(min(streams.values(), key=lambda records: abs(records[0].received_at - begin)))


def _fold(records) -> Truth:
    sent = [record for record in records if record.outcome is Outcome.SENT]
    return Truth(
        sent=len(records),
        lost=sum(record.outcome is Outcome.LOST for record in records),
        duplicated=sum(len(record.sent_at) - 1 for record in sent),
        delay=fmean(record.sent_at[0] - record.received_at for record in sent) / 1e9,
        tos_out={record.tos_out for record in sent},
    )


def test_loss_equals_the_log_exactly(measured):
    """Every lost packet and no other is lost; the percentage of the API says the same."""
    for row, result, truth in measured:
        stream = result.report.stream
        assert (stream.packets_sent, stream.packets_lost) == (truth.sent, truth.lost)
        assert stream.packets_received == truth.sent - truth.lost
        assert row["loss"] == pytest.approx(100 * truth.lost / truth.sent, abs=1e-6)
    assert sum(truth.lost for _, _, truth in measured) > 0


def test_delay_is_within_a_millisecond_of_the_log(measured):
    """One-way delay is that of the way there, not half of a lopsided round trip."""
    for row, result, truth in measured:
        assert result.report.stream.one_way_delay_mean == pytest.approx(truth.delay, abs=0.001)
        assert row["latency"] == int(1000 * result.report.stream.one_way_delay_mean)


def test_the_received_mark_is_the_rewritten_one(measured):
    """The relay writes CS1, and CS1 is what every row and every packet shows."""
    for row, result, truth in measured:
        assert truth.tos_out == {8 << 2}
        assert result.report.stream.dscp_counts == {8: result.report.stream.packets_received}
        assert (row["dscp"], row["dscpName"]) == (8, "CS1 (DSCP 8)")


def test_the_score_is_the_model_on_what_was_measured(measured):
    """MOS in the API equals the E-model fed with the stored numbers."""
    for row, result, _ in measured:
        report = result.report
        score = score_voice(
            codec=codec(report.codec),
            one_way_delay=report.stream.one_way_delay_mean,
            jitter_buffer=report.jitter_buffer,
            loss_ratio=report.stream.loss_ratio,
            discard_ratio=report.stream.discard_ratio,
        )
        assert (result.score.mos_cq, result.score.components) == (score.mos_cq, score.components)
        assert score_report(report) == Verdicts(score=result.score, sonde_score=result.sonde_score)
        assert row["mos"] == pytest.approx(score.mos_cq, abs=1e-6)
        assert row["codecMaxMos"] == round(score.codec_max_mos, 2)


def test_rows_say_how_they_were_measured(measured):
    """Kernel stamps, one clock proven, nothing dropped by the agent itself."""
    for _, result, _ in measured:
        health = result.report.health
        assert (health.timestamp_source, health.clock_method) == ("kernel", "same-clock")
        assert (health.agent_drops, health.forged_packets, health.send_errors) == (0, 0, 0)
