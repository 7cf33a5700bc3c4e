"""A call in a headless browser: two connections in one page, with the collector, over a bad network."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]

FLAGS = (
    "--no-sandbox",  # CI is root
    "--use-fake-device-for-media-stream=fps=30",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)

PAGE = """<!doctype html><script>%s</script><script>
async function call(options) {
  window.collector = new Sonde.Collector(options);
  collector.wrap();
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  for (const track of media.getTracks()) for (const pc of [a, b]) pc.addTrack(track, media);
  a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate);
  b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate);
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  window.connections = [a, b];
}
</script>"""


class BrowserPage:
    """A page and its network.

    Args:
        page: of the browser.
        address: of the page.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self._address = address
        self._tools = page.context.new_cdp_session(page)
        self._tools.send("Network.enable")
        # Emulation acts on a call only if there was some before the call began, in the same session.
        self.impair()

    def impair(self, *, loss: float = 0, delay: float = 0.001, offline: bool = False) -> None:
        """Makes the network bad: ratio lost and seconds of delay whenever the page sends or receives."""
        self._tools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": offline,
                "latency": delay * 1000,
                "packetLoss": loss * 100,
                "packetQueueLength": 0,
                "downloadThroughput": -1,
                "uploadThroughput": -1,
            },
        )

    def wait(self, seconds: float) -> None:
        """Lets the call go on."""
        self.page.wait_for_timeout(seconds * 1000)

    def leave(self) -> None:
        """The person leaves, once the server has everything."""
        self.page.evaluate("() => collector.stop()")


class BrowserCall(BrowserPage):
    """A page with both ends of a call, which can be reloaded."""

    def begin(self, **options) -> None:
        """Loads the page anew and connects; options are the collector's."""
        self.page.goto(self._address)
        self.page.evaluate("options => call(options)", options)


@contextmanager
def open_call() -> Iterator[BrowserCall]:
    """A page with both ends of a call."""
    with open_pages(PAGE) as open_page:
        yield BrowserCall(*open_page())


@contextmanager
def open_pages(html: str, **context: Any) -> Iterator[Callable[[], tuple[Page, str]]]:
    """Builds the collector if need be and starts Debian's Chromium; gives what opens a page there.

    Args:
        html: of the page, with %s where the collector shall be.
        context: options of the browser's context.
    """
    subprocess.run([ROOT / "tools/collector"], check=True)
    script = (ROOT / "collector/dist/sonde-collector.js").read_text()
    errors: list[str] = []

    def open_page() -> tuple[Page, str]:
        page = browser.new_context(**context).new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page, address

    with _served(html % script) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield open_page
        browser.close()
        assert errors == []


@contextmanager
def _served(page: str) -> Iterator[str]:
    """A web server with one page. On localhost, since cameras need a secure origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
