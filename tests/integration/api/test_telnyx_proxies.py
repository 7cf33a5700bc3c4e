"""The proxies of docs/telnyx.md: reports go to Sonde, and signalling goes on as before."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from uuid import uuid4

import httpx2
import pytest
from telnyx_bodies import javascript
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs" / "telnyx.md"
TOKEN = "snd_callreport_..."  # as it stands in the page
DEADLINE = 30.0
LIMIT = 2 * 1024 * 1024


def recipe(language: str) -> str:
    """The block of the page in a language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return found


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command: list[str | Path], port: int, **options) -> Iterator[None]:
    """A proxy that listens when this is entered."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    try:
        deadline = time.monotonic() + DEADLINE
        while True:
            assert process.poll() is None, process.stdout.read()
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE)


@contextmanager
def nginx(folder: Path, port: int, fill: Callable[[str], str]) -> Iterator[None]:
    """Debian's nginx with the recipe, without TLS and on our port."""
    server = re.sub(r"^ *(ssl_certificate|server_name).*\n", "", fill(recipe("nginx")), flags=re.MULTILINE)
    server = server.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        # Root's workers would be somebody else's, who may not write into the folder.
        f"daemon off; user root; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {folders}\n{server} }}\n"
    )
    with running(["/usr/sbin/nginx", "-c", folder / "nginx.conf", "-p", folder, "-e", "stderr"], port):
        yield


@contextmanager
def caddy(folder: Path, port: int, fill: Callable[[str], str]) -> Iterator[None]:
    """Debian's Caddy with the recipe, without TLS and on our port."""
    site = fill(recipe("caddyfile")).replace("rtc.example.org", f"http://127.0.0.1:{port}", 1)
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n}}\n{site}")
    command = ["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    with running(command, port, env=environment):
        yield


@pytest.fixture(scope="module")
def signalling() -> Iterator[int]:
    """The port of what stands for Telnyx' signalling: it says where a socket came in, and is an echo."""

    def talk(connection: ServerConnection) -> None:
        request = connection.request
        seen = {"path": request.path, "host": request.headers["Host"]}
        connection.send(json.dumps(seen))
        for message in connection:
            connection.send(message)

    with serve(talk, "127.0.0.1", 0) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


@pytest.fixture(scope="module")
def token(world) -> str:
    """The token that the proxy puts into every upload."""
    wanted = {"label": "proxy", "email": "ann@ours.example"}
    return world.ask("POST", "/v1/call-report-tokens", json=wanted).json()["secret"]


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(request, world, signalling, token, tmp_path_factory) -> Iterator[str]:
    """Host and port of a proxy as the page describes it."""
    port = free_port()

    def fill(text: str) -> str:
        for theirs, ours in (
            ("http://127.0.0.1:8700", world.url),
            ("127.0.0.1:8700", world.url.removeprefix("http://")),
            ("https://rtc.telnyx.com", f"http://127.0.0.1:{signalling}"),
            (TOKEN, token),
        ):
            text = text.replace(theirs, ours)
        return text

    with request.param(tmp_path_factory.mktemp("proxy"), port, fill):
        yield f"127.0.0.1:{port}"


def test_reports_go_to_sonde(world, proxy):
    """With the proxy's token in place of the one that signalling gave."""
    body = javascript()
    call_id = body["summary"]["callId"]
    headers = {"x-call-report-id": "what-telnyx-gave", "x-call-id": call_id, "x-voice-sdk-id": "VSDK1"}
    taken = httpx2.post(f"http://{proxy}/call_report", json=body, headers=headers)
    assert taken.status_code == 200, taken.text
    path = f"/telnyx/v2/voice_sdk_call_reports/{call_id}"
    world.wait_for(lambda: world.ask("GET", path).status_code, lambda status: status == 200)
    [report] = world.ask("GET", path).json()
    assert report["voice_sdk_id"] == "VSDK1"
    assert report["stats"] == body["stats"]


def test_browsers_may_ask_first_and_read_refusals(proxy):
    """The preflight passes, and so does the reason why a report is too large."""
    origin = {"origin": "https://app.example"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "x-call-report-id"}
    preflight = httpx2.request("OPTIONS", f"http://{proxy}/call_report", headers=origin | asked)
    assert preflight.headers.get_list("access-control-allow-origin") == ["*"]
    assert "x-call-report-id" in preflight.headers["access-control-allow-headers"]
    body = b'{"a":"' + b"x" * LIMIT + b'"}'
    large = httpx2.post(
        f"http://{proxy}/call_report", content=body, headers={**origin, "x-call-id": str(uuid4())}
    )
    assert large.status_code == 413
    assert large.headers["access-control-allow-origin"] == "*"


def test_recordings_are_passed_over(proxy):
    """Nothing of them goes to Telnyx, nor is kept."""
    assert httpx2.post(f"http://{proxy}/call_recording", json={}).status_code == 204


def test_signalling_goes_on_as_before(proxy):
    """A socket is opened where the SDK asks for it, on the host that Telnyx knows, and both sides talk."""
    with connect(f"ws://{proxy}/?region=eu") as socket_:
        seen = json.loads(socket_.recv())
        assert seen == {"path": "/?region=eu", "host": "rtc.telnyx.com"}
        for message in ("hello", b"\x00\x01", "x" * 100_000):
            socket_.send(message)
            assert socket_.recv() == message
