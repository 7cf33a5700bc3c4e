"""How measured rounds look in version 7; pure."""

import msgspec
from msgspec import UNSET

from sonde.api.thousandeyes.names import agent_name, error_detail, permalink
from sonde.api.thousandeyes.units import (
    show_iso_moment,
    to_cut_milliseconds,
    to_percent,
    to_rounded_milliseconds,
    to_six_decimals,
)
from sonde.api.thousandeyes.v7.schema import AppLinks, Link, ResultAgent, ResultRow
from sonde.api.thousandeyes.wire import shown
from sonde.model.agents import Agent
from sonde.model.rounds import RoundResult
from sonde.model.voice_tests import round_end
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name
from sonde.rtp.summary import StreamSummary


def result_row(result: RoundResult, agent: Agent | None, base: str) -> ResultRow:
    """Show one stream of one round; what was not measured is left out and `errorDetail` says why.

    Args:
        result: the facts and their score.
        agent: the sender; None when nothing is known of it.
        base: this server's public address without a final slash.
    """
    report, score = result.report, result.score
    row = ResultRow(
        agent=ResultAgent(
            agent_id=str(result.source_agent_id),
            agent_name=agent_name(agent, result.source_agent_id),
            country_id="" if agent is None else agent.country_id,
            location="" if agent is None else agent.location,
        ),
        codec_max_mos=round(score.codec_max_mos, 2),
        codec_name=codec(report.codec).name,
        date=show_iso_moment(report.started_at),
        end_time=round_end(report.round_id, report.interval, report.duration),
        error_detail=error_detail(result) or UNSET,
        links=AppLinks(app_link=Link(href=permalink(result, base))),
        mos=shown(score.mos_cq, to_six_decimals),
        round_id=report.round_id,
        server_ip=report.target_address or UNSET,
        start_time=report.round_id,
    )
    return row if report.stream is None else _with_stream(row, report.stream)


def _with_stream(row: ResultRow, stream: StreamSummary) -> ResultRow:
    """Fill in what the target saw of the stream."""
    return msgspec.structs.replace(
        row,
        discards=shown(stream.discard_ratio, to_percent),
        dscp=shown(stream.dscp_received, str),
        dscp_name=shown(stream.dscp_received, dscp_name),
        latency=shown(stream.one_way_delay_mean, to_cut_milliseconds),
        loss=shown(stream.loss_ratio, to_percent),
        pdv=shown(stream.pdv_mean, to_rounded_milliseconds),
    )
