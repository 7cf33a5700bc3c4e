"""Every use case with what is behind it."""

from sonde.api.use_cases import UseCases
from sonde.model.session_news import Vendor
from sonde.services.accounts import Accounts
from sonde.services.agents import Agents
from sonde.services.attended_sessions import AttendedSessions
from sonde.services.call_report_tokens import CallReportTokens
from sonde.services.call_reports import CallReports
from sonde.services.call_search import CallSearch
from sonde.services.callstats_messages import CallstatsMessages
from sonde.services.chats import Chats
from sonde.services.clock import utc_now
from sonde.services.conclusions import Conclusions
from sonde.services.enrolments import Enrolments
from sonde.services.imports import Imports
from sonde.services.ingest_health import IngestHealth
from sonde.services.instant_tests import InstantTests
from sonde.services.lockout import Lockout
from sonde.services.measured_calls import MeasuredCalls
from sonde.services.meetings import Meetings
from sonde.services.peer_reports import PeerReports
from sonde.services.presets import Presets
from sonde.services.quality_windows import QualityWindows
from sonde.services.rate_limits import RateLimit
from sonde.services.results import Results
from sonde.services.rounds import Rounds
from sonde.services.samples import Samples
from sonde.services.session_pages import SessionPages
from sonde.services.transcripts import Transcripts
from sonde.services.usage import Usage
from sonde.services.vendor_keys import VendorKeys
from sonde.services.vendor_sessions import VendorSessions
from sonde.services.videosdk_keys import VideoSdkKeys
from sonde.services.videosdk_posts import VideoSdkPosts
from sonde.services.voice_tests import VoiceTests
from sonde.services.webhooks import Webhooks
from sonde.services.workspaces import Workspaces
from sonde.settings import Settings
from sonde.wiring.parts import Parts, Shared


def make_use_cases(settings: Settings, parts: Parts, shared: Shared) -> UseCases:
    """Make all that the API calls."""
    directory, store = parts.directory, parts.store
    sessions, evaluations = shared.sessions, shared.evaluations
    return UseCases(
        accounts=Accounts(directory, utc_now),
        workspaces=Workspaces(directory, utc_now),
        agents=Agents(directory, utc_now),
        voice_tests=VoiceTests(directory, utc_now),
        instant_tests=InstantTests(directory, utc_now),
        rounds=Rounds(directory, store, parts.results, utc_now, page_rows=settings.page_rows),
        results=Results(directory, store),
        meetings=Meetings(directory, utc_now),
        attended_sessions=AttendedSessions(directory, sessions, shared.active, utc_now),
        quality_windows=QualityWindows(evaluations, store, keeps_fault=settings.videosdk_keeps_score_fault),
        videosdk_keys=VideoSdkKeys(directory, utc_now),
        enrolments=Enrolments(directory, shared.reporting, utc_now),
        presets=Presets(directory, utc_now),
        active_sessions=shared.active,
        usage=Usage(directory, utc_now),
        webhooks=Webhooks(directory, utc_now, allowed=settings.webhook_networks),
        signing=shared.signing,
        vendor_sessions=VendorSessions(directory, _vendor_keys(settings), utc_now),
        request_limit=RateLimit(settings.requests_per_minute, utc_now),
        instant_limit=RateLimit(settings.instant_tests_per_minute, utc_now),
        reporting=shared.reporting,
        sessions=sessions,
        session_pages=SessionPages(directory, utc_now),
        peer_reports=PeerReports(directory, store, utc_now),
        call_search=CallSearch(directory, store, sessions=sessions, evaluations=evaluations),
        reports=shared.reports,
        call_report_tokens=CallReportTokens(directory, utc_now),
        call_reports=CallReports(shared.reports, store),
        measured_calls=MeasuredCalls(directory, store, utc_now),
        callstats_messages=CallstatsMessages(shared.reports),
        places=parts.places,
        videosdk_posts=VideoSdkPosts(shared.reports),
        samples=Samples(directory, store),
        conclusions=Conclusions(evaluations, store),
        imports=Imports(parts.reports, store, sessions=sessions, evaluations=evaluations, now=utc_now),
        ingest_health=IngestHealth(store, utc_now),
        chats=Chats(directory, shared.downloads, utc_now),
        transcripts=Transcripts(directory, shared.downloads, utc_now),
        summaries=shared.summaries,
        downloads=shared.downloads,
        changes=shared.changes,
        report_limit=RateLimit(settings.reports_per_minute, utc_now),
        lockout=Lockout(utc_now),
        now=utc_now,
    )


def _vendor_keys(settings: Settings) -> VendorKeys:
    return VendorKeys(
        {
            Vendor.REALTIMEKIT: settings.realtimekit_events_key_file,
            Vendor.VIDEOSDK: settings.videosdk_events_key_file,
        }
    )
