"""How measured rounds look in version 7; pure."""

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
from sonde.model.rounds import RoundOutcome
from sonde.model.voice_tests import round_end
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name


def result_row(outcome: RoundOutcome, agent: Agent | None, base: str) -> ResultRow:
    """Show one stream of one round; what was not measured is left out and `errorDetail` says why.

    Args:
        outcome: the facts and their score.
        agent: the sender; None when nothing is known of it.
        base: this server's public address without a final slash.
    """
    return ResultRow(
        agent=ResultAgent(
            agent_id=str(outcome.source_agent_id),
            agent_name=agent_name(agent, outcome.source_agent_id),
            country_id="" if agent is None else agent.country_id,
            location="" if agent is None else agent.location,
        ),
        codec_max_mos=round(outcome.codec_max_mos, 2),
        codec_name=codec(outcome.codec).name,
        date=show_iso_moment(outcome.started_at),
        discards=shown(outcome.discard_ratio, to_percent),
        dscp=shown(outcome.dscp_received, str),
        dscp_name=shown(outcome.dscp_received, dscp_name),
        end_time=round_end(outcome.round_id, outcome.interval, outcome.duration),
        error_detail=error_detail(outcome) or UNSET,
        latency=shown(outcome.one_way_delay_mean, to_cut_milliseconds),
        links=AppLinks(app_link=Link(href=permalink(outcome, base))),
        loss=shown(outcome.loss_ratio, to_percent),
        mos=shown(outcome.mos_cq, to_six_decimals),
        pdv=shown(outcome.pdv_mean, to_rounded_milliseconds),
        round_id=outcome.round_id,
        server_ip=outcome.target_address or UNSET,
        start_time=outcome.round_id,
    )
