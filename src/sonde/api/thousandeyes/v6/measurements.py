"""How measured rounds look in version 6; pure."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import UNSET

from sonde.api.thousandeyes.names import agent_name, error_detail, permalink
from sonde.api.thousandeyes.timerange import TimeRange
from sonde.api.thousandeyes.units import (
    show_moment,
    to_cut_milliseconds,
    to_milliseconds,
    to_percent,
    to_six_decimals,
    whole_if_possible,
)
from sonde.api.thousandeyes.v6.mapping import test_document
from sonde.api.thousandeyes.v6.schema import MetricsRow, Pages, Voice, VoiceResults
from sonde.api.thousandeyes.wire import shown
from sonde.model.agents import Agent
from sonde.model.rounds import RoundResult
from sonde.model.voice_tests import VoiceTest
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name
from sonde.rtp.summary import StreamSummary


def results_document(
    test: VoiceTest,
    results: Iterable[RoundResult],
    *,
    agents: Mapping[int, Agent],
    base: str,
    pages: Pages,
    asked: TimeRange | None,
) -> VoiceResults:
    """Show a test and the rounds that were asked for."""
    return VoiceResults(
        pages=pages,
        voice=Voice(
            metrics=[metrics_row(result, agents.get(result.source_agent_id), base) for result in results],
            test=test_document(test, agents.get(test.settings.target_agent_id), base),
        ),
        from_=UNSET if asked is None else show_moment(asked.start),
        to=UNSET if asked is None else show_moment(asked.end),
    )


def metrics_row(result: RoundResult, agent: Agent | None, base: str) -> MetricsRow:
    """Show one stream of one round; what was not measured is left out and `errorDetail` says why.

    Args:
        result: the facts and their score.
        agent: the sender; None when nothing is known of it.
        base: this server's public address without a final slash.
    """
    report, score = result.report, result.score
    row = MetricsRow(
        agent_id=result.source_agent_id,
        agent_name=agent_name(agent, result.source_agent_id),
        codec_max_mos=round(score.codec_max_mos, 2),
        codec_name=codec(report.codec).name,
        country_id="" if agent is None else agent.country_id,
        date=show_moment(report.started_at),
        permalink=permalink(result, base),
        round_id=report.round_id,
        error_detail=error_detail(result) or UNSET,
        mos=shown(score.mos_cq, to_six_decimals),
        server_ip=report.target_address or UNSET,
    )
    return row if report.stream is None else _with_stream(row, report.stream)


def _with_stream(row: MetricsRow, stream: StreamSummary) -> MetricsRow:
    """Fill in what the target saw of the stream."""
    return msgspec.structs.replace(
        row,
        discards=shown(stream.discard_ratio, to_percent),
        dscp=UNSET if stream.dscp_received is None else stream.dscp_received,
        dscp_name=shown(stream.dscp_received, dscp_name),
        latency=shown(stream.one_way_delay_mean, to_cut_milliseconds),
        loss=shown(stream.loss_ratio, to_percent),
        pdv=shown(stream.pdv_mean, _to_short_milliseconds),
    )


def _to_short_milliseconds(seconds: float) -> int | float:
    return whole_if_possible(to_milliseconds(seconds))
