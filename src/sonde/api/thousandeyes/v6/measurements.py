"""How measured rounds look in version 6; pure."""

from collections.abc import Iterable, Mapping

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
from sonde.model.rounds import RoundOutcome
from sonde.model.voice_tests import VoiceTest
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name


def results_document(
    test: VoiceTest,
    outcomes: Iterable[RoundOutcome],
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
            metrics=[metrics_row(each, agents.get(each.source_agent_id), base) for each in outcomes],
            test=test_document(test, agents.get(test.settings.target_agent_id), base),
        ),
        from_=UNSET if asked is None else show_moment(asked.start),
        to=UNSET if asked is None else show_moment(asked.end),
    )


def metrics_row(outcome: RoundOutcome, agent: Agent | None, base: str) -> MetricsRow:
    """Show one stream of one round; what was not measured is left out and `errorDetail` says why.

    Args:
        outcome: the facts and their score.
        agent: the sender; None when nothing is known of it.
        base: this server's public address without a final slash.
    """
    return MetricsRow(
        agent_id=outcome.source_agent_id,
        agent_name=agent_name(agent, outcome.source_agent_id),
        codec_max_mos=round(outcome.codec_max_mos, 2),
        codec_name=codec(outcome.codec).name,
        country_id="" if agent is None else agent.country_id,
        date=show_moment(outcome.started_at),
        discards=shown(outcome.discard_ratio, to_percent),
        dscp=UNSET if outcome.dscp_received is None else outcome.dscp_received,
        dscp_name=shown(outcome.dscp_received, dscp_name),
        error_detail=error_detail(outcome) or UNSET,
        latency=shown(outcome.one_way_delay_mean, to_cut_milliseconds),
        loss=shown(outcome.loss_ratio, to_percent),
        mos=shown(outcome.mos_cq, to_six_decimals),
        pdv=shown(outcome.pdv_mean, _to_short_milliseconds),
        permalink=permalink(outcome, base),
        round_id=outcome.round_id,
        server_ip=outcome.target_address or UNSET,
    )


def _to_short_milliseconds(seconds: float) -> int | float:
    return whole_if_possible(to_milliseconds(seconds))
