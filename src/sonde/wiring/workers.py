"""What a server does by itself, each in a thread of its own."""

from typing import Protocol

from sonde.model.reports import Report
from sonde.model.rounds import RoundResult
from sonde.services.clock import utc_now
from sonde.services.evaluations import CONCLUDED_EVERY
from sonde.services.flusher import Flusher, flush_rounds
from sonde.services.repeating import Repeating
from sonde.services.report_flushing import flush_reports
from sonde.services.session_sweeper import SWEPT_EVERY, SessionSweeper
from sonde.services.summarising import Summariser
from sonde.services.summary_endpoint import SummaryEndpoint
from sonde.services.talk_telling import TOLD_EVERY, TalkTeller
from sonde.services.webhook_courier import WebhookCourier
from sonde.settings import Settings
from sonde.wiring.parts import Parts, Shared


class Worker(Protocol):
    """Something that goes on until it is closed."""

    def start(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End what is under way, and stop."""


def make_flushers(
    settings: Settings, parts: Parts, shared: Shared
) -> tuple[Flusher[RoundResult], Flusher[Report]]:
    """Make what empties the spools into the store."""
    aside = settings.set_aside_folder
    return (
        flush_rounds(parts.results, parts.store, set_aside=aside),
        flush_reports(
            parts.reports, parts.store, see=shared.sessions.saw, changes=shared.changes, set_aside=aside
        ),
    )


def make_others(settings: Settings, parts: Parts, shared: Shared) -> tuple[Worker, ...]:
    """Make what concludes calls, ends sessions, sends webhooks, and makes and tells of summaries."""
    directory, summaries = parts.directory, shared.summaries
    sweeper = SessionSweeper(directory, utc_now, shared.sessions.last_seen)
    teller = TalkTeller(directory, shared.downloads, summaries, utc_now)
    return (
        Repeating("concluder", shared.evaluations.conclude_quiet, every=CONCLUDED_EVERY),
        Repeating("session_sweeper", sweeper.sweep, every=SWEPT_EVERY),
        WebhookCourier(directory, shared.signing, utc_now, allowed=settings.webhook_networks),
        Summariser(directory, summaries, endpoint=_summary_endpoint(settings), now=utc_now),
        Repeating("talk_teller", teller.tell, every=TOLD_EVERY),
    )


def _summary_endpoint(settings: Settings) -> SummaryEndpoint | None:
    if not settings.summary_url:
        return None
    return SummaryEndpoint(settings.summary_url, model=settings.summary_model, key=settings.summary_api_key)
