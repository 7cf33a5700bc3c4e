"""The whole server, opened and closed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from litestar import Litestar

from sonde.api.app import create_app
from sonde.api.health import Health
from sonde.api.thousandeyes.choices import Choices
from sonde.api.use_cases import UseCases
from sonde.api.videosdk.choices import Choices as VideoSdkChoices
from sonde.directory import Directory
from sonde.settings import Settings
from sonde.wiring.health import check_health
from sonde.wiring.parts import make_shared, open_parts
from sonde.wiring.use_cases import make_use_cases
from sonde.wiring.workers import Worker, make_flushers, make_others


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
        parts = open_parts(settings, stack)
        shared = make_shared(settings, parts, own_url=own_url)
        flushers = make_flushers(settings, parts, shared)
        workers: tuple[Worker, ...] = (*flushers, *make_others(settings, parts, shared))
        for worker in workers:
            worker.start()
            stack.callback(worker.close)
        use_cases = make_use_cases(settings, parts, shared)
        yield Server(
            app=_make_app(settings, use_cases, lambda: check_health(parts, flushers)),
            use_cases=use_cases,
            is_empty=_is_empty(parts.directory),
        )


def _make_app(settings: Settings, use_cases: UseCases, check: Callable[[], Health]) -> Litestar:
    return create_app(
        use_cases,
        check_health=check,
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
    )


def _is_empty(directory: Directory) -> bool:
    with directory.read() as tx:
        return not tx.workspaces.all()
