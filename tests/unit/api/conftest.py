"""The ThousandEyes API over a real directory, with a clock that tests set and nothing measured."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints
from xml.etree import ElementTree as ET

import msgspec
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from litestar import Litestar
from litestar.testing import TestClient

from sonde.api.app import create_app
from sonde.api.health import judge
from sonde.api.thousandeyes.choices import Choices
from sonde.api.use_cases import UseCases
from sonde.directory import Directory
from sonde.services.accounts import Accounts
from sonde.services.active_sessions import ActiveSessions
from sonde.services.agents import Agents
from sonde.services.attended_sessions import AttendedSessions
from sonde.services.call_report_tokens import CallReportTokens
from sonde.services.call_reports import CallReports
from sonde.services.call_search import CallSearch
from sonde.services.callstats_messages import CallstatsMessages
from sonde.services.chats import Chats
from sonde.services.conclusions import Conclusions
from sonde.services.downloads import Downloads
from sonde.services.enrolments import Enrolments
from sonde.services.evaluations import Evaluations
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
from sonde.services.vendor_keys import VendorKeys
from sonde.services.vendor_sessions import VendorSessions
from sonde.services.videosdk_keys import VideoSdkKeys
from sonde.services.videosdk_posts import VideoSdkPosts
from sonde.services.voice_tests import VoiceTests
from sonde.services.webhooks import Webhooks
from sonde.services.workspaces import Workspaces


@dataclass
class SetClock:
    """Stands still until it is moved."""

    moment: datetime = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The moment it was moved to."""
        return self.moment

    def advance(self, **step: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**step)


def build(use_cases: UseCases, **choices: object) -> Litestar:
    """An application with these choices."""
    return create_app(
        use_cases,
        check_health=lambda: judge(store="", flusher="", spool=None, reports=None),
        thousandeyes=Choices(public_url="https://sonde.example.org", **choices),
    )


class Standing:
    """One application for tests that follow each other: to build it costs more than all they ask of it."""

    def __init__(self) -> None:
        self._built: tuple[UseCases, Litestar] | None = None

    def build(self, use_cases: UseCases) -> Litestar:
        """The application, which from now on knows these use cases alone."""
        known, app = self._built = self._built or (use_cases, build(use_cases))
        for field in fields(UseCases):
            # The application has hold of the objects themselves; what they are made of is exchanged.
            getattr(known, field.name).__dict__ = getattr(use_cases, field.name).__dict__
        return app


@dataclass(frozen=True)
class Facade:
    """The API, and who may call it. Results cannot be asked for: there is no store behind it."""

    clock: SetClock
    use_cases: UseCases
    admin: str
    built: Callable[[UseCases], Litestar]
    portal: BlockingPortal

    def client(self, **choices: object) -> TestClient[Litestar]:
        """A client of the API with these choices."""
        return self._client_of(build(self.use_cases, **choices))

    @cached_property
    def usual_client(self) -> TestClient[Litestar]:
        """One with the usual choices."""
        return self._client_of(self.built(self.use_cases))

    def _client_of(self, app: Litestar) -> TestClient[Litestar]:
        client = TestClient(app, raise_server_exceptions=False)
        client.blocking_portal = self.portal
        return client

    def ask(self, method: str, path: str, token: str = "", *, client=None, **options):
        """Send a request, as the administrator unless told otherwise."""
        headers = {"Authorization": f"Bearer {token or self.admin}", **options.pop("headers", {})}
        return (client or self.usual_client).request(
            method, f"/thousandeyes{path}", headers=headers, follow_redirects=False, **options
        )


@dataclass(frozen=True)
class Beginning:
    """What the tests of the API have in common, made once.

    Attributes:
        file: a directory in which Ada administers Home, and nothing else is.
        admin: her token.
        portal: to the loop in which all requests are answered; one for each costs more than most answers.
    """

    file: Path
    admin: str
    portal: BlockingPortal


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beginning]:
    """What each test starts from."""
    file = tmp_path_factory.mktemp("directory") / "beginning.db"
    directory = Directory(f"sqlite:///{file}")
    made = Accounts(directory, SetClock()).bootstrap("Acme", "Home", email="ada@example.com", name="Ada")
    directory.close()
    with start_blocking_portal() as portal:
        yield Beginning(file=file, admin=made.token, portal=portal)


@contextmanager
def opening(
    directory: Directory, beginning: Beginning, standing: Standing
) -> Iterator[Callable[..., Facade]]:
    """Makes the API over a directory in which Ada has begun, once, with limits of its own."""
    clock = SetClock()

    def make(*, requests: int = 240, instants: int = 24) -> Facade:
        accounts = Accounts(directory, clock)
        sessions, evaluations = Sessions(directory, clock), Evaluations(directory, None, clock)
        downloads, reporting = Downloads(directory, clock), Reporting(directory, clock)
        active = ActiveSessions(directory, sessions, clock)
        use_cases = UseCases(
            accounts=accounts,
            workspaces=Workspaces(directory, clock),
            enrolments=Enrolments(directory, reporting, clock),
            presets=Presets(directory, clock),
            active_sessions=active,
            usage=Usage(directory, clock),
            agents=Agents(directory, clock),
            voice_tests=VoiceTests(directory, clock),
            instant_tests=InstantTests(directory, clock),
            rounds=Rounds(directory, None, None, clock),
            sessions=sessions,
            session_pages=SessionPages(directory, clock),
            peer_reports=PeerReports(directory, None, clock),
            call_search=CallSearch(directory, None, sessions=sessions, evaluations=evaluations),
            reporting=reporting,
            reports=Reports(None, clock),
            call_report_tokens=CallReportTokens(directory, clock),
            call_reports=CallReports(Reports(None, clock), None),
            measured_calls=MeasuredCalls(directory, None, clock),
            callstats_messages=CallstatsMessages(Reports(None, clock)),
            places=Places(),
            videosdk_posts=VideoSdkPosts(Reports(None, clock)),
            samples=Samples(directory, None),
            conclusions=Conclusions(evaluations, None),
            imports=Imports(None, None, sessions=None, evaluations=None, now=clock),
            ingest_health=IngestHealth(None, clock),
            chats=Chats(directory, downloads, clock),
            transcripts=Transcripts(directory, downloads),
            summaries=Summaries(directory, downloads, clock),
            downloads=downloads,
            changes=LiveChanges(),
            report_limit=RateLimit(requests, clock),
            results=Results(directory, None),
            meetings=Meetings(directory, clock),
            attended_sessions=AttendedSessions(directory, sessions, active, clock),
            quality_windows=QualityWindows(evaluations, None),
            videosdk_keys=VideoSdkKeys(directory, clock),
            webhooks=Webhooks(directory, clock),
            signing=Signing(directory, clock),
            vendor_sessions=VendorSessions(directory, VendorKeys({}), clock),
            request_limit=RateLimit(requests, clock),
            instant_limit=RateLimit(instants, clock),
            lockout=Lockout(clock),
            now=clock,
        )
        return Facade(
            clock=clock,
            use_cases=use_cases,
            admin=beginning.admin,
            built=standing.build,
            portal=beginning.portal,
        )

    yield make
    directory.close()


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Directory]:
    """A directory and its file. What it has compiled, it has for all tests; what it knows is in the file."""
    file = tmp_path_factory.mktemp("directory") / "directory.db"
    return file, Directory(f"sqlite:///{file}")


@pytest.fixture(scope="session")
def standing() -> Standing:
    """The application behind every API that belongs to one test."""
    return Standing()


@pytest.fixture(scope="session")
def shared_standing() -> Standing:
    """The application behind every API that tests of a module share."""
    return Standing()


@pytest.fixture
def make_facade(
    opened: tuple[Path, Directory], beginning: Beginning, standing: Standing
) -> Iterator[Callable[..., Facade]]:
    """An API that belongs to one test."""
    file, directory = opened
    directory.close()
    shutil.copy(beginning.file, file)
    with opening(directory, beginning, standing) as make:
        yield make
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.fixture(scope="module")
def facade(
    tmp_path_factory: pytest.TempPathFactory, beginning: Beginning, shared_standing: Standing
) -> Iterator[Facade]:
    """An API with the usual limits that tests share which change nothing about it."""
    file = shutil.copy(beginning.file, tmp_path_factory.mktemp("facade") / "directory.db")
    with opening(Directory(f"sqlite:///{file}"), beginning, shared_standing) as make:
        yield make()


@pytest.fixture(scope="session")
def read_xml() -> Callable[[bytes, type], Any]:
    """Reads an answer back, led by the types of its schema alone."""

    def read(body: bytes, kind: type) -> Any:
        return msgspec.convert(_value(ET.fromstring(body), kind), kind, strict=False)

    return read


def _value(element: ET.Element, kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        fields = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
        return {
            theirs: _field(element.findall(theirs), hints[ours])
            for ours, theirs in fields
            if element.find(theirs) is not None
        }
    return element.text or ""


def _field(elements: list[ET.Element], kind: Any) -> Any:
    if get_origin(kind) is list:
        [item] = get_args(kind)
        is_empty = len(elements) == 1 and not len(elements[0]) and not elements[0].text
        return [] if is_empty else [_value(each, item) for each in elements]
    if get_origin(kind) is Union or get_origin(kind) is type(int | str):
        known = [each for each in get_args(kind) if each is not msgspec.UnsetType]
        return _field(elements, known[0])
    [element] = elements
    return _value(element, kind)
