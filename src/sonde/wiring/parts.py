"""What a server keeps open, and the services that others are made of."""

from contextlib import ExitStack, closing
from dataclasses import dataclass

from sonde.directory import Directory
from sonde.opening import open_directory
from sonde.services.active_sessions import ActiveSessions
from sonde.services.clock import utc_now
from sonde.services.downloads import Downloads
from sonde.services.evaluations import Evaluations
from sonde.services.live_changes import LiveChanges
from sonde.services.places import Places
from sonde.services.reporting import Reporting
from sonde.services.reports import Reports
from sonde.services.sessions import Sessions
from sonde.services.signing import Signing
from sonde.services.summaries import Summaries
from sonde.settings import Settings
from sonde.spool import Spool
from sonde.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is open.

    Attributes:
        directory: people, tests and sessions.
        store: measurements.
        results: where agents' results wait for the store.
        reports: where clients' reports do.
        places: where addresses are.
    """

    directory: Directory
    store: Store
    results: Spool
    reports: Spool
    places: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The services that more than one other needs, or that have a state which all must see."""

    changes: LiveChanges
    sessions: Sessions
    active: ActiveSessions
    evaluations: Evaluations
    reporting: Reporting
    reports: Reports
    downloads: Downloads
    signing: Signing
    summaries: Summaries


def open_parts(settings: Settings, stack: ExitStack) -> Parts:
    """Open everything; the stack closes it.

    Raises:
        SondeError: the data folder or a database cannot be used, or another process has it.
    """
    size = settings.spool_max_bytes
    return Parts(
        directory=stack.enter_context(open_directory(settings)),
        store=stack.enter_context(Store(settings.effective_store_dsn)),
        results=stack.enter_context(Spool(settings.spool_file, max_bytes=size, when_full="refuse")),
        reports=stack.enter_context(Spool(settings.report_spool_file, max_bytes=size, when_full="refuse")),
        places=stack.enter_context(closing(Places(*settings.files_of_places))),
    )


def make_shared(settings: Settings, parts: Parts, *, own_url: str) -> Shared:
    """Make the services that others are made of."""
    sessions = Sessions(parts.directory, utc_now, parts.places)
    downloads = Downloads(parts.directory, utc_now, public_url=settings.public_url, own_url=own_url)
    return Shared(
        changes=LiveChanges(),
        sessions=sessions,
        active=ActiveSessions(parts.directory, sessions, utc_now),
        evaluations=Evaluations(parts.directory, parts.store, utc_now),
        reporting=Reporting(parts.directory, utc_now),
        reports=Reports(parts.reports, utc_now),
        downloads=downloads,
        signing=Signing(parts.directory, utc_now),
        summaries=Summaries(parts.directory, downloads, utc_now),
    )
