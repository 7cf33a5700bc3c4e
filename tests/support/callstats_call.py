"""A call in a headless browser, of which RealtimeKit's real statistics client reports over HTTPS."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser_call import ROOT, BrowserPage, open_pages
from node import COLLECTOR, NODE, install

CLIENT = Path(__file__).with_name("callstats_client")
DOCUMENT = ROOT / "docs/realtimekit-ingest.md"
DEADLINE = 30.0


class CallstatsCall(BrowserPage):
    """Two people in one page, with a collector beside their clients if wanted."""

    def begin(self, hosts: dict[str, str], people: list[dict[str, str]], **options: Any) -> list[dict]:
        """Connects them; answers the peers with what each produces and consumes."""
        self.page.goto(self._address)
        about = {"hosts": hosts, "people": people, **options}
        return self.page.evaluate("about => call(about)", about)

    def mute(self, index: int) -> None:
        """Somebody silences their microphone."""
        self.page.evaluate("index => mute(index)", index)

    def leave(self) -> None:
        """Both leave."""
        self.page.evaluate("() => leave()")

    def failures(self) -> list[str]:
        """What the clients logged as errors."""
        return self.page.evaluate("() => failures()")


@contextmanager
def open_callstats_call() -> Iterator[CallstatsCall]:
    """A page with the client as its registry has it, bundled by the collector's own tool."""
    install(CLIENT)
    # The bundler comes with what builds the collector.
    subprocess.run([ROOT / "tools/collector"], check=True)
    command = [COLLECTOR / "node_modules/.bin/esbuild", "call.js", "--bundle", "--format=iife"]
    environment = {"PATH": f"{NODE.parent}:/usr/bin:/bin"}
    script = subprocess.run(
        command, cwd=CLIENT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    page = f"<!doctype html><script>%s</script><script>{script.replace('%', '%%')}</script>"
    with open_pages(page, ignore_https_errors=True) as open_page:
        yield CallstatsCall(*open_page())


@contextmanager
def https_hosts(folder: Path, server: str) -> Iterator[dict[str, str]]:
    """The document's proxy, with names of this machine and a certificate of its own; gives its hosts.

    Args:
        folder: for what the proxy keeps.
        server: host and port of Sonde.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    [recipe] = re.findall(r"^```caddyfile\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    sites = recipe.replace("127.0.0.1:8700", server)
    sites = re.sub(r"([\w-]+)\.example\.org", rf"https://\1.localhost:{port}", sites)
    options = "admin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tlocal_certs"
    (folder / "Caddyfile").write_text(f"{{\n\t{options}\n}}\n{sites}")
    command = ["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    with (folder / "caddy.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        deadline = time.monotonic() + DEADLINE
        while not _listens(port):
            assert process.poll() is None, (folder / "caddy.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        names = {"daCollector": "da-collector", "location": "location", "locationLegacy": "location-legacy"}
        yield {ours: f"{host}.localhost:{port}" for ours, host in names.items()}
    finally:
        process.terminate()
        process.wait(timeout=DEADLINE)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
