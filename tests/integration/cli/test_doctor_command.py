"""`sonde doctor` on machines that lack something: each lack is real, and found where it is."""

import asyncio
import http.server
import json
import re
import socket
import subprocess
import threading
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest

from sonde.probe import frames
from sonde.probe.clock_state import clock_reader
from sonde.probe.doctor.server import check_server
from sonde.probe.limits import Limits
from sonde.probe.sockets import RECEIVE_BUFFER

pytestmark = pytest.mark.integration

WITHOUT_PRIVILEGES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
PAGE = Path(__file__).parents[3] / "docs/doctor.md"
FAMILIES = ("ipv4", "ipv6")


@pytest.fixture
def examine(run):
    """The exit code of `sonde doctor --json`, its whole answer, and its findings by name."""

    def examine(*words, under=()):
        done = run("doctor", "--json", *words, under=under)
        assert done.stderr == ""
        diagnosis = json.loads(done.stdout)
        return done.returncode, diagnosis, {each["check"]: each for each in diagnosis["findings"]}

    return examine


def in_own_network(script: str) -> tuple[str, ...]:
    """Runs a command in a network namespace of its own that a script has set up."""
    return ("unshare", "--net", "sh", "-ec", f'{script}\nexec "$@"', "sh")


def documented() -> set[str]:
    """The names of all checks, as the page has them."""
    both, once = re.findall(r"^\| check .*?(?=\n\n)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names = re.compile(r"^\| `(\w+)`", re.MULTILINE)
    return {f"{family}.{name}" for family in FAMILIES for name in names.findall(both)} | set(
        names.findall(once)
    )


@pytest.fixture(scope="module")
def poor(run, start_once, tmp_path_factory):
    """What the doctor says of a machine that grants no privilege, no priority and few files."""
    folder = tmp_path_factory.mktemp("poor")
    process = start_once("serve", "--port", 0, "--data-dir", folder / "data")
    url = process.stdout.readline().split()[-1]
    under = ("prlimit", "--nofile=256", "--rtprio=0", *WITHOUT_PRIVILEGES)
    done = run("doctor", "--json", "--state-dir", folder, "--server", url, under=under)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.fixture
def findings(poor):
    """The same by the names of the checks."""
    return {each["check"]: each for each in poor["findings"]}


def test_every_check_is_made_and_documented(poor, findings) -> None:
    """None needs a privilege, and the page has each of them and no other."""
    assert set(findings) == documented()
    assert poor["verdict"] == "degraded"
    assert poor["labels"]["timestamp_source"] == "kernel"
    assert findings["server"]["verdict"] == "ok"
    assert findings["state_folder"]["facts"]["bytes_free"] > 0


@pytest.mark.parametrize(("family", "address"), [("ipv4", "127.0.0.1"), ("ipv6", "::1")])
def test_what_the_kernel_tells_is_what_was_done(findings, family, address) -> None:
    """Drops, marks, TTLs, who answered, and each packet of a stream."""

    def facts(name: str) -> dict:
        return findings[f"{family}.{name}"]["facts"]

    assert facts("socket_overflow")["drops_told"] == facts("socket_overflow")["packets_dropped"] > 0
    assert facts("error_queue")["offender"] == address
    assert (facts("stream")["packets_sent"], facts("stream")["packets_lost"]) == (50, 0)
    assert facts("stream")["clock_answers"] == facts("stream")["clock_questions"] > 0
    assert facts("dscp_sent")["dscp_set"] == facts("dscp_received")["dscp_received"] == 46
    assert facts("ttl_sent")["ttl_received"] == 7
    assert facts("ttl_received")["ttl"] == int(Path("/proc/sys/net/ipv4/ip_default_ttl").read_text())


def test_the_buffer_is_what_the_system_grants(findings) -> None:
    """Without privileges no more than net.core.rmem_max; below what is asked it comes with advice."""
    most = int(Path("/proc/sys/net/core/rmem_max").read_text())
    finding = findings["ipv4.receive_buffer"]
    assert finding["facts"]["bytes_granted"] == min(most, RECEIVE_BUFFER)
    assert bool(finding["advice"]) == (finding["verdict"] == "degraded") == (most < RECEIVE_BUFFER)


def test_a_missing_priority_is_told(findings) -> None:
    """With the ways to get it."""
    finding = findings["real_time_priority"]
    assert (finding["verdict"], finding["facts"]["permitted"]) == ("degraded", False)
    assert any("LimitRTPRIO" in advice for advice in finding["advice"])


def test_a_priority_that_is_granted_is_found(examine) -> None:
    """As another program that takes it finds."""
    granted = subprocess.run(["chrt", "--fifo", "10", "true"], check=False, capture_output=True)
    _, _, found = examine()
    assert found["real_time_priority"]["facts"]["permitted"] == (granted.returncode == 0)


def test_few_open_files_are_told(findings) -> None:
    """How many streams that leaves, and the number to ask for."""
    finding = findings["open_files"]
    assert (finding["verdict"], finding["facts"]["soft"]) == ("degraded", 256)
    assert "192 streams" in finding["meaning"]
    assert f"ulimit -n {Limits().streams + 64}" in finding["advice"]


def test_the_clock_is_as_the_kernel_says(findings) -> None:
    """Synchronised or not, with the error it claims, and how it ran meanwhile."""
    reading, finding = clock_reader()(), findings["clock_synchronised"]
    is_synchronised = reading.error_max is not None
    assert finding["facts"]["synchronised"] == is_synchronised
    assert (finding["verdict"] == "ok") == is_synchronised
    assert (finding["facts"]["max_error"] is not None) == is_synchronised
    assert findings["clock_runs_evenly"]["facts"].keys() == {"step", "rate"}


def test_a_machine_without_loopback_cannot_measure(examine) -> None:
    """That is a failure, and no stream is made up for it."""
    code, diagnosis, found = examine(under=in_own_network(""))
    assert (code, diagnosis["verdict"], diagnosis["labels"]) == (1, "failed", {})
    assert found["ipv4.loopback"]["verdict"] == "failed"
    assert not any(name.endswith(".stream") for name in found)


def test_a_machine_without_ipv6_measures_ipv4(examine) -> None:
    """One finding says what cannot be measured; the rest is as ever."""
    script = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set lo up"
    code, _, found = examine(under=in_own_network(script))
    assert (code, found["ipv6.loopback"]["verdict"]) == (0, "degraded")
    assert [name for name in found if name.startswith("ipv6.")] == ["ipv6.loopback"]
    assert found["ipv4.stream"]["facts"]["packets_lost"] == 0


def test_a_rule_that_remarks_packets_is_found(examine) -> None:
    """The machine itself rewrites EF, so what results say of the path would be wrong."""
    script = (
        "ip link set lo up; nft add table ip remark;"
        "nft 'add chain ip remark out { type filter hook output priority 0; }';"
        "nft add rule ip remark out meta l4proto udp ip dscp set cs1"
    )
    code, _, found = examine(under=in_own_network(script))
    finding = found["ipv4.dscp_received"]
    assert (code, finding["verdict"], finding["facts"]["dscp_received"]) == (0, "degraded", 8)
    assert found["ipv6.dscp_received"]["verdict"] == "ok"


def test_a_filter_that_eats_answers_to_clock_questions_is_found(examine) -> None:
    """Every packet arrives, and what the receiver says of its clock does not."""
    script = (
        "ip link set lo up; nft add table ip eater;"
        "nft 'add chain ip eater out { type filter hook output priority 0; }';"
        f"nft add rule ip eater out meta l4proto udp @th,64,8 {frames.TIME} drop"
    )
    code, _, found = examine(under=in_own_network(script))
    finding = found["ipv4.stream"]
    assert (code, finding["verdict"], finding["facts"]["packets_lost"]) == (0, "degraded", 0)
    assert finding["facts"]["clock_answers"] == 0 < finding["facts"]["clock_questions"]
    assert "clock questions" in finding["meaning"]
    assert found["ipv6.stream"]["facts"]["clock_answers"] > 0


def test_a_firewall_on_loopback_fails(examine) -> None:
    """UDP that is sent and never arrives is no silence about a check but a failure."""
    script = (
        "ip link set lo up; nft add table ip wall;"
        "nft 'add chain ip wall in { type filter hook input priority 0; }';"
        "nft add rule ip wall in meta l4proto udp drop"
    )
    code, _, found = examine(under=in_own_network(script))
    assert (code, found["ipv4.loopback"]["verdict"]) == (1, "failed")
    assert found["ipv6.stream"]["verdict"] != "failed"


@pytest.mark.parametrize("folder", ["/proc/sonde", "/dev/null/sonde"])
def test_a_folder_that_cannot_be_used_fails(examine, folder) -> None:
    """Results could not wait there for a server that is away."""
    code, _, found = examine("--state-dir", folder)
    assert (code, found["state_folder"]["verdict"]) == (1, "failed")
    assert any("--state-dir" in advice for advice in found["state_folder"]["advice"])


def test_a_folder_that_is_to_be_made_is_not_made(examine, tmp_path) -> None:
    """It is judged by where it would be."""
    code, _, found = examine("--state-dir", tmp_path / "a" / "b")
    assert (code, found["state_folder"]["facts"]["folder"]) == (0, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@contextmanager
def answering(body: bytes, ahead: float):
    """The URL of a web server with a clock that is ahead of ours."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(200)
            self.send_header("Date", formatdate(time() + ahead, usegmt=True))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Says nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("ahead", "verdict"), [(0, "ok"), (-20, "degraded"), (400, "failed")])
def test_the_server_s_clock_is_compared_with_ours(ahead, verdict) -> None:
    """To half a second; minutes apart nothing would be taken from this agent."""
    with answering(b'{"status": "ok"}', ahead) as url:
        finding = asyncio.run(check_server(url))
    assert finding.verdict == verdict
    assert finding.facts["clock_difference"] == pytest.approx(ahead, abs=1.5)


@pytest.mark.parametrize(("body", "verdict"), [(b'{"status": "failing"}', "degraded"), (b"<html>", "failed")])
def test_what_answers_must_be_a_server_that_is_well(body, verdict) -> None:
    """One with a trouble is degraded, another web server is none."""
    with answering(body, 0) as url:
        assert asyncio.run(check_server(url)).verdict == verdict


def test_a_server_that_is_not_there_fails(examine) -> None:
    """The exit code says so, and the finding what the system said."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, _, found = examine("--server", f"http://127.0.0.1:{port}")
    assert (code, found["server"]["verdict"]) == (1, "failed")
    assert "cannot be reached" in found["server"]["seen"]


def test_people_read_what_to_do(run) -> None:
    """Every check has a line, and what is not well a sentence and its commands."""
    done = run("doctor", under=("prlimit", "--nofile=256"))
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in done.stdout.splitlines() if line.startswith("\u2502")]
    assert any("open_files" in line and "degraded" in line and "256 may be open" in line for line in lines)
    assert "open_files: At most about 192 streams" in done.stdout
    assert "    ulimit -n 2064\n" in done.stdout
    assert "timestamp_source kernel" in done.stdout


def test_a_wrong_url_is_wrong_usage(run) -> None:
    """Before anything is tried."""
    done = run("doctor", "--server", "sonde.example.org")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sonde: --server: ")
