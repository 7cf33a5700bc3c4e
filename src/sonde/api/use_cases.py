"""The services that handlers call, in one bundle."""

from dataclasses import dataclass

from sonde.services.accounts import Accounts
from sonde.services.active_sessions import ActiveSessions
from sonde.services.agents import Agents
from sonde.services.attended_sessions import AttendedSessions
from sonde.services.call_report_tokens import CallReportTokens
from sonde.services.call_reports import CallReports
from sonde.services.call_search import CallSearch
from sonde.services.callstats_messages import CallstatsMessages
from sonde.services.chats import Chats
from sonde.services.clock import Clock
from sonde.services.conclusions import Conclusions
from sonde.services.downloads import Downloads
from sonde.services.enrolments import Enrolments
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
from sonde.services.reporting import Reporting
from sonde.services.reports import Reports
from sonde.services.results import Results
from sonde.services.rounds import Rounds
from sonde.services.samples import Samples
from sonde.services.session_pages import SessionPages
from sonde.services.sessions import Sessions
from sonde.services.signing import Signing
from sonde.services.summaries import Summaries
from sonde.services.transcripts import Transcripts
from sonde.services.usage import Usage
from sonde.services.vendor_sessions import VendorSessions
from sonde.services.videosdk_keys import VideoSdkKeys
from sonde.services.videosdk_posts import VideoSdkPosts
from sonde.services.voice_tests import VoiceTests
from sonde.services.webhooks import Webhooks
from sonde.services.workspaces import Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What the APIs may do.

    Attributes:
        request_limit, instant_limit: how often organizations may ask anything, and ask agents to measure now.
        report_limit: how often clients may report with each key.
        lockout: the addresses that showed wrong credentials.
        now: the current time in UTC; handlers ask it instead of the system's clock.
    """

    accounts: Accounts
    workspaces: Workspaces
    agents: Agents
    voice_tests: VoiceTests
    instant_tests: InstantTests
    rounds: Rounds
    sessions: Sessions
    session_pages: SessionPages
    peer_reports: PeerReports
    call_search: CallSearch
    reporting: Reporting
    reports: Reports
    call_report_tokens: CallReportTokens
    call_reports: CallReports
    measured_calls: MeasuredCalls
    callstats_messages: CallstatsMessages
    places: Places
    videosdk_posts: VideoSdkPosts
    samples: Samples
    conclusions: Conclusions
    imports: Imports
    ingest_health: IngestHealth
    chats: Chats
    transcripts: Transcripts
    summaries: Summaries
    downloads: Downloads
    changes: LiveChanges
    results: Results
    meetings: Meetings
    attended_sessions: AttendedSessions
    quality_windows: QualityWindows
    videosdk_keys: VideoSdkKeys
    enrolments: Enrolments
    presets: Presets
    active_sessions: ActiveSessions
    usage: Usage
    webhooks: Webhooks
    signing: Signing
    vendor_sessions: VendorSessions
    request_limit: RateLimit
    report_limit: RateLimit
    instant_limit: RateLimit
    lockout: Lockout
    now: Clock
