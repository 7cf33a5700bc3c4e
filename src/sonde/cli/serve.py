"""`sonde serve`: the API and the data behind it."""

import gc
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.model.errors import Invalid, SondeError, Unavailable

if TYPE_CHECKING:
    from litestar import Litestar

    from sonde.settings import Settings

GRACE = 3
"""Seconds that requests have to end when the server is asked to stop."""

BACKLOG = 2048
"""Connections that may wait to be accepted."""

YOUNG_OBJECTS = 20_000
"""Objects made until the garbage collector looks for cycles among them. With Python's 700 it takes a tenth of
the CPU of reading reports, which are thousands of objects each and have no cycles."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one. [default: 8700]")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of all that the server keeps.")] = None,
) -> None:
    """Run the server. Settings that are not options are in docs/settings.md."""
    from sonde.logs import set_up_logs
    from sonde.settings import load_settings

    settings = load_settings(host=host, port=port, data_dir=data_dir)
    set_up_logs(form=settings.log_format, level=settings.log_level)
    _check_certificate(settings)
    with listening_socket(settings.host, settings.port) as listener:
        _serve(settings, listener)


@contextmanager
def listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port, before anything slower is opened.

    Raises:
        Unavailable: something else has it.
        Invalid: there is no such address here, or it may not be used.
    """
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.create_server(
            address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=host == "::"
        )
    except UnicodeError as error:
        raise Invalid(
            f"{host!r} is no host name and no address.", hint="Choose another with --host."
        ) from error
    except OSError as error:
        raise _explain(error, host, port) from error
    with listener:
        yield listener


def _check_certificate(settings: "Settings") -> None:
    """Refuse files that TLS cannot use before anything is opened; uvicorn would only notice at the end."""
    import ssl

    if settings.tls_cert_file is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert_file, settings.tls_key_file)
    except OSError as error:
        raise Invalid(
            f"The certificate {settings.tls_cert_file} and its key {settings.tls_key_file} cannot be used: "
            f"{error.strerror or error}.",
            hint="Both must be readable PEM files that belong together.",
            field="tls_cert_file",
        ) from error


def _serve(settings: "Settings", listener: socket.socket) -> None:
    _require_server_extra()
    from sonde.wiring import open_server

    url = _url(settings, listener)
    with open_server(settings, own_url=url) as server:
        print(f"Sonde is at {url}", flush=True)
        if server.is_empty:
            print(
                "Nobody can use it yet. Make the first workspace and its token with:\n"
                "  sonde admin init --organization NAME --workspace NAME --email ADDRESS --name NAME"
                f" --data-dir {shlex.quote(str(settings.data_dir))}",
                flush=True,
            )
        _answer(server.app, settings, listener)


def _answer(app: "Litestar", settings: "Settings", listener: socket.socket) -> None:
    """Answer requests until a signal asks to stop."""
    import uvicorn

    from sonde.api.ingest.intake import MAX_BODY

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_BODY,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=settings.tls_cert_file,
        ssl_keyfile=settings.tls_key_file,
        timeout_graceful_shutdown=GRACE,
    )
    with _outliving_signals():
        spare_what_stays()
        uvicorn.Server(config).run(sockets=[listener])


def spare_what_stays() -> None:
    """Keep the garbage collector from what lives as long as the server; looking through it delays answers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


@contextmanager
def _outliving_signals() -> Iterator[None]:
    """Let the process live on after the signal that stopped uvicorn, which raises it once more at its end.

    What was opened could not be closed otherwise. Whoever is too impatient for that sends another one.
    """
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _url(settings: "Settings", listener: socket.socket) -> str:
    scheme = "https" if settings.tls_cert_file else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listener.getsockname()[1]}"


def _require_server_extra() -> None:
    from importlib.util import find_spec

    if find_spec("litestar") is None or find_spec("chdb") is None:
        raise Unavailable(
            "The server is not part of this installation.",
            hint="Install it with: pip install 'sonde[server]'",
        )


def _explain(error: OSError, host: str, port: int) -> SondeError:
    import errno

    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            f"Port {port} on {host} is in use.",
            hint="Stop the program that has it, or choose another with --port.",
        )
    return Invalid(
        f"Cannot listen on {host}, port {port}: {error.strerror}.",
        hint="Choose others with --host and --port.",
    )
