"""The server, put together: the one place that names what is behind each service."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from litestar import Litestar

from sonde.api.app import create_app
from sonde.api.health import OK, Health, SpoolHealth, judge
from sonde.api.thousandeyes.choices import Choices
from sonde.api.use_cases import UseCases
from sonde.api.videosdk.choices import Choices as VideoSdkChoices
from sonde.directory import Directory
from sonde.model.errors import SondeError
from sonde.model.session_news import Vendor
from sonde.opening import open_directory
from sonde.services.accounts import Accounts
from sonde.services.active_sessions import ActiveSessions
from sonde.services.agents import Agents
from sonde.services.attended_sessions import AttendedSessions
from sonde.services.call_report_tokens import CallReportTokens
from sonde.services.call_reports import CallReports
from sonde.services.call_search import CallSearch
from sonde.services.callstats_messages import CallstatsMessages
from sonde.services.chats import Chats
from sonde.services.clock import utc_now
from sonde.services.conclusions import Conclusions
from sonde.services.downloads import Downloads
from sonde.services.enrolments import Enrolments
from sonde.services.evaluations import CONCLUDED_EVERY, Evaluations
from sonde.services.flusher import Flusher, flush_rounds
from sonde.services.imports import Imports
from sonde.services.ingest_health import IngestHealth
from sonde.services.instant_tests import InstantTests
from sonde.services.live_changes import LiveChanges
from sonde.services.lockout import Lockout
from sonde.services.measured_calls import MeasuredCalls
from sonde.services.meetings import Meetings
from sonde.services.peer_reports import PeerReports
from sonde.services.places import Places
from sonde.services.presets import Presets
from sonde.services.quality_windows import QualityWindows
from sonde.services.rate_limits import RateLimit
from sonde.services.repeating import Repeating
from sonde.services.report_flushing import flush_reports
from sonde.services.reporting import Reporting
from sonde.services.reports import Reports
from sonde.services.results import Results
from sonde.services.rounds import Rounds
from sonde.services.samples import Samples
from sonde.services.session_pages import SessionPages
from sonde.services.session_sweeper import SWEPT_EVERY, SessionSweeper
from sonde.services.sessions import Sessions
from sonde.services.signing import Signing
from sonde.services.summaries import Summaries
from sonde.services.summarising import Summariser
from sonde.services.summary_endpoint import SummaryEndpoint
from sonde.services.talk_telling import TOLD_EVERY, TalkTeller
from sonde.services.transcripts import Transcripts
from sonde.services.usage import Usage
from sonde.services.vendor_keys import VendorKeys
from sonde.services.vendor_sessions import VendorSessions
from sonde.services.videosdk_keys import VideoSdkKeys
from sonde.services.videosdk_posts import VideoSdkPosts
from sonde.services.voice_tests import VoiceTests
from sonde.services.webhook_courier import WebhookCourier
from sonde.services.webhooks import Webhooks
from sonde.services.workspaces import Workspaces
from sonde.settings import Settings
from sonde.spool import Spool
from sonde.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that is open.

    Attributes:
        app: answers HTTP.
        use_cases: the same that `app` calls, for whoever runs in this process.
        is_empty: nobody was let in yet.
    """

    app: Litestar
    use_cases: UseCases
    is_empty: bool


@contextmanager
def open_server(settings: Settings, *, own_url: str = "") -> Iterator[Server]:
    """Open everything, and close it in the order in which data flows: spool, then store, then directory.

    Open it in the main thread and do not fork afterwards; the embedded store demands both.

    Args:
        settings: what an administrator chose.
        own_url: where it will listen, for addresses in what nobody asked for; `public_url` goes before it.

    Raises:
        SondeError: the data folder or a database cannot be used, or another process has it.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(open_directory(settings))
        store = stack.enter_context(Store(settings.effective_store_dsn))
        spool = stack.enter_context(
            Spool(settings.spool_file, max_bytes=settings.spool_max_bytes, when_full="refuse")
        )
        reports = stack.enter_context(
            Spool(settings.report_spool_file, max_bytes=settings.spool_max_bytes, when_full="refuse")
        )
        places = stack.enter_context(closing(Places(*settings.files_of_places)))
        changes = LiveChanges()
        sessions = Sessions(directory, utc_now, places)
        flushers = (
            flush_rounds(spool, store, set_aside=settings.set_aside_folder),
            flush_reports(
                reports, store, see=sessions.saw, changes=changes, set_aside=settings.set_aside_folder
            ),
        )
        evaluations = Evaluations(directory, store, utc_now)
        sweeper = SessionSweeper(directory, utc_now, sessions.last_seen)
        reporting = Reporting(directory, utc_now)
        downloads = Downloads(directory, utc_now, public_url=settings.public_url, own_url=own_url)
        signing = Signing(directory, utc_now)
        vendor_keys = VendorKeys(
            {
                Vendor.REALTIMEKIT: settings.realtimekit_events_key_file,
                Vendor.VIDEOSDK: settings.videosdk_events_key_file,
            }
        )
        summaries = Summaries(directory, downloads, utc_now)
        teller = TalkTeller(directory, downloads, summaries, utc_now)
        active = ActiveSessions(directory, sessions, utc_now)
        workers = (
            *flushers,
            Repeating("concluder", evaluations.conclude_quiet, every=CONCLUDED_EVERY),
            Repeating("session_sweeper", sweeper.sweep, every=SWEPT_EVERY),
            WebhookCourier(directory, signing, utc_now, allowed=settings.webhook_networks),
            Summariser(directory, summaries, endpoint=_summary_endpoint(settings), now=utc_now),
            Repeating("talk_teller", teller.tell, every=TOLD_EVERY),
        )
        for worker in workers:
            worker.start()
            stack.callback(worker.close)
        taken = Reports(reports, utc_now)
        use_cases = UseCases(
            accounts=Accounts(directory, utc_now),
            workspaces=Workspaces(directory, utc_now),
            agents=Agents(directory, utc_now),
            voice_tests=VoiceTests(directory, utc_now),
            instant_tests=InstantTests(directory, utc_now),
            rounds=Rounds(directory, store, spool, utc_now, page_rows=settings.page_rows),
            results=Results(directory, store),
            meetings=Meetings(directory, utc_now),
            attended_sessions=AttendedSessions(directory, sessions, active, utc_now),
            quality_windows=QualityWindows(
                evaluations, store, keeps_fault=settings.videosdk_keeps_score_fault
            ),
            videosdk_keys=VideoSdkKeys(directory, utc_now),
            enrolments=Enrolments(directory, reporting, utc_now),
            presets=Presets(directory, utc_now),
            active_sessions=active,
            usage=Usage(directory, utc_now),
            webhooks=Webhooks(directory, utc_now, allowed=settings.webhook_networks),
            signing=signing,
            vendor_sessions=VendorSessions(directory, vendor_keys, utc_now),
            request_limit=RateLimit(settings.requests_per_minute, utc_now),
            instant_limit=RateLimit(settings.instant_tests_per_minute, utc_now),
            reporting=reporting,
            sessions=sessions,
            session_pages=SessionPages(directory, utc_now),
            peer_reports=PeerReports(directory, store, utc_now),
            call_search=CallSearch(directory, store, sessions=sessions, evaluations=evaluations),
            reports=taken,
            call_report_tokens=CallReportTokens(directory, utc_now),
            call_reports=CallReports(taken, store),
            measured_calls=MeasuredCalls(directory, store, utc_now),
            callstats_messages=CallstatsMessages(taken),
            places=places,
            videosdk_posts=VideoSdkPosts(taken),
            samples=Samples(directory, store),
            conclusions=Conclusions(evaluations, store),
            imports=Imports(reports, store, sessions=sessions, evaluations=evaluations, now=utc_now),
            ingest_health=IngestHealth(store, utc_now),
            chats=Chats(directory, downloads, utc_now),
            transcripts=Transcripts(directory, downloads, utc_now),
            summaries=summaries,
            downloads=downloads,
            changes=changes,
            report_limit=RateLimit(settings.reports_per_minute, utc_now),
            lockout=Lockout(utc_now),
            now=utc_now,
        )
        yield Server(
            app=create_app(
                use_cases,
                check_health=lambda: check_health(store, (spool, reports), flushers),
                thousandeyes=Choices(
                    public_url=settings.public_url,
                    default_format=settings.thousandeyes_default_format,
                    serves_voice_metrics=settings.thousandeyes_voice_metrics,
                ),
                videosdk=VideoSdkChoices(
                    public_url=settings.public_url,
                    accepts_bearer=settings.videosdk_accepts_bearer,
                    not_found_status=settings.videosdk_not_found_status,
                ),
            ),
            use_cases=use_cases,
            is_empty=_is_empty(directory),
        )


def _summary_endpoint(settings: Settings) -> SummaryEndpoint | None:
    if not settings.summary_url:
        return None
    return SummaryEndpoint(settings.summary_url, model=settings.summary_model, key=settings.summary_api_key)


def check_health(store: Store, spools: tuple[Spool, Spool], flushers: Iterable[Flusher[Any]]) -> Health:
    """Look at each part; one that fails says how.

    Args:
        store: of the measurements.
        spools: of agents' results, and of clients' reports.
        flushers: of both.
    """
    results, reports = spools
    return judge(
        store=_look_at_store(store),
        flusher=next((flusher.failure for flusher in flushers if flusher.failure), OK),
        spool=_look_at_spool(results),
        reports=_look_at_spool(reports),
    )


def _look_at_store(store: Store) -> str:
    try:
        store.query("SELECT 1", {})
    except SondeError as error:
        return error.message
    return OK


def _look_at_spool(spool: Spool) -> SpoolHealth | None:
    try:
        depth = spool.depth()
    except SondeError:
        return None
    return SpoolHealth(items=depth.items, bytes=depth.bytes, oldest_age=depth.oldest_age)


def _is_empty(directory: Directory) -> bool:
    with directory.read() as tx:
        return not tx.workspaces.all()
