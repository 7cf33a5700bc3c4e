"""`sonde import`: dump files of calls for a server."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sonde.model.errors import Invalid, SondeError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpx2 import Client, Response

TIMEOUT = 120.0
"""Seconds that the server may take to read a file."""

SETTLING = 60.0
"""Seconds within which a server that works has stored what it acknowledged."""


def import_files(
    files: Annotated[list[Path], typer.Argument(help="Dumps of any kind that `sonde analyze` reads.")],
    server: Annotated[str, typer.Option(help="URL of the server.")] = "http://127.0.0.1:8700",
    token: Annotated[
        str, typer.Option(help="API token of an administrator.", envvar="SONDE_TOKEN", show_envvar=True)
    ] = "",
    meeting: Annotated[
        str, typer.Option(help="Meeting that all the files are of. [default: the name of each file]")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send files of client statistics to a server; again, and nothing is doubled."""
    from httpx2 import Client

    from sonde.cli.progress import file_progress

    done: dict[str, Any] = {}
    headers = {"Authorization": f"Bearer {token}"}
    with Client(base_url=f"{server.rstrip('/')}/v1/imports", headers=headers, timeout=TIMEOUT) as client:
        for path in files:
            with file_progress(path, quiet=as_json) as advance:
                done[str(path)] = _import(client, path, meeting, advance)
            if not as_json:
                print(_sentence(path, done[str(path)]))
    if as_json:
        print(json.dumps(done))


def _import(client: "Client", path: Path, meeting: str, advance: "Callable[[int], None]") -> Any:
    """Send one file and have it read; the server's answer."""
    file_id, sent, pieces = _file_id(path), 0, 0
    for piece in _pieces(path):
        _ask(client, "PUT", f"/{file_id}/pieces/{pieces}", content=piece)
        pieces += 1
        sent += len(piece)
        advance(sent)
    if not pieces:
        raise Invalid(f"{path} is empty.")
    wanted = {"name": path.name[-255:], "pieces": pieces, "meeting": meeting}
    return _read(client, f"/{file_id}", wanted)


def _read(client: "Client", path: str, wanted: dict[str, Any]) -> Any:
    """Ask until all pieces are stored, which takes the server a moment."""
    import time

    deadline = time.monotonic() + SETTLING
    while True:
        try:
            return _ask(client, "POST", path, json=wanted).json()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _ask(client: "Client", method: str, path: str, **options: Any) -> "Response":
    """One request.

    Raises:
        Unavailable: the server is not there, or cannot do it yet.
        Invalid: it refuses for good.
    """
    from httpx2 import HTTPError

    try:
        response = client.request(method, path, **options)
    except HTTPError as error:
        raise Unavailable(
            f"{client.base_url} does not answer: {error}.", hint="Is it running? Choose it with --server."
        ) from error
    if response.is_success:
        return response
    raise _refusal(response)


def _refusal(response: "Response") -> SondeError:
    try:
        error = response.json()["error"]
        message, hint = str(error["message"]), str(error["hint"])
    except (ValueError, KeyError, TypeError):
        message, hint = f"The server answered {response.status_code}.", ""
    kind = Unavailable if response.status_code in {409, 429, 503} else Invalid
    return kind(message, hint=hint)


def _pieces(path: Path) -> "Iterator[bytes]":
    """The file in pieces that the server takes.

    Raises:
        Invalid: it cannot be read, or is too large.
    """
    from sonde.model.imports import PIECE_MAX, PIECES_MAX

    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > PIECE_MAX * PIECES_MAX:
                raise Invalid(f"{path} is larger than {PIECE_MAX * PIECES_MAX} bytes.", hint="Compress it.")
            while piece := file.read(PIECE_MAX):
                yield piece
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def _file_id(path: Path) -> str:
    """Made from the content, so that the same file has the same id wherever it lies.

    Raises:
        Invalid: it cannot be read.
    """
    import hashlib
    import uuid

    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, digest.hexdigest()))


def _sentence(path: Path, answer: Any) -> str:
    samples = sum(peer["samples"] for peer in answer["peers"])
    left_out = sum(answer["skipped"].values())
    text = f"{path.name}: {answer['format']}, {len(answer['peers'])} peers, {samples} samples"
    return f"{text}, {left_out} values left out" if left_out else text
