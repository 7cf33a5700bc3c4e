"""Two machines, no server: `sonde listen` and `sonde probe` as people and programs meet them."""

import csv
import json
import shlex
import signal
import socket

import pytest

from sonde.impair.config import RelayConfig
from sonde.impair.impairment import Impairment
from sonde.impair.process import RelayProcess

pytestmark = pytest.mark.integration

KEY = "a secret that people agreed on"
HOST = "127.0.0.1"
SHORT = ("--duration", "1s")


@pytest.fixture
def listening(start):
    """A listener for programs, and its port."""
    process = start("listen", "--bind", HOST, "--port", 0, "--key", KEY, "--json")
    return process, json.loads(process.stdout.readline())["port"]


@pytest.fixture
def probe(run, listening):
    """Probes the listener for a second, or whatever else `--port` among the words names."""
    _, port = listening
    return lambda *words: run("probe", HOST, "--port", port, "--key", KEY, *SHORT, *words)


@pytest.fixture
def lossy_port(listening):
    """A port from which every fifth RTP packet does not reach the listener."""
    _, port = listening
    config = RelayConfig(
        listen=(HOST, 0), target=(HOST, port), forward=Impairment(loss=0.2), spare_control=True
    )
    with RelayProcess(config) as relay:
        yield relay.listening.port


def test_people_get_a_table_with_units(probe) -> None:
    """Each number of the one second has its name and its unit, and nothing disturbs the table."""
    done = probe("--codec", "g729a", "--dscp", "AF41", "--jitter-buffer", "60ms")
    assert (done.returncode, done.stderr) == (0, "")
    table = dict(
        (cell.strip() for cell in line.strip("\u2502\n").split("\u2502"))
        for line in done.stdout.splitlines()
        if line.count("\u2502") == 3
    )
    assert "G.729a" in done.stdout.splitlines()[0]
    assert table["packets"] == "50 of 50 received"
    assert table["lost"] == "0 (0.00 %)"
    assert table["discarded"].endswith("by a 60 ms de-jitter buffer")
    assert table["MOS-CQ (te-g107)"].endswith("narrowband scale")
    assert table["MOS-CQ (sonde-g107)"].endswith("narrowband scale")
    assert "ms min / mean / max (same-clock" in table["one-way delay"]
    assert table["PDV p50 / p99 / max"].endswith(" ms")
    assert table["jitter (RFC 3550)"].endswith(" ms")
    assert table["DSCP sent -> received"] == "AF41 (DSCP 34) -> AF41 (DSCP 34)"


def test_programs_get_one_object_in_si_units(probe) -> None:
    """Standard output is the report with its score and nothing else."""
    done = probe("--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert (report["error"], report["codec"], report["duration"], report["dscp"]) == (None, "g711", 1, 46)
    assert report["jitter_buffer"] == 0.04
    assert (report["stream"]["packets_sent"], report["stream"]["loss_ratio"]) == (50, 0.0)
    assert 0 < report["stream"]["one_way_delay_mean"] < 1
    for score in (report["score"], report["sonde_score"]):
        assert 1 <= score["mos_low"] <= score["mos_cq"] <= score["mos_high"] <= score["codec_max_mos"]
        assert sum(score["attribution"]["mos_points"].values()) == pytest.approx(4.5 - score["mos_cq"])


def test_packets_go_into_a_file(probe, lossy_port, tmp_path) -> None:
    """A line for each, which together are what the summary counts; SI units and nothing for what was lost."""
    file = tmp_path / "packets.csv"
    done = probe("--json", "--port", lossy_port, "--packets", file)
    stream = json.loads(done.stdout)["stream"]
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["index"]) for row in rows] == list(range(50))
    lost = [row for row in rows if row["lost"] == "1"]
    assert len(lost) == stream["packets_lost"] > 0
    assert {row["one_way_delay"] + row["tos"] + row["ttl"] for row in lost} == {""}
    delays = [float(row["one_way_delay"]) for row in rows if row["lost"] == row["untimed"] == "0"]
    assert max(delays) == pytest.approx(stream["one_way_delay_max"], abs=1e-9)
    assert {row["tos"] for row in rows if row["lost"] == "0"} == {"184"}
    assert float(rows[0]["sent"]) == 0.0


def test_a_file_that_cannot_be_written_is_explained(probe, tmp_path) -> None:
    """After the measurement, whose result is still shown."""
    done = probe("--json", "--packets", tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] is None
    assert done.stderr.startswith(f"sonde: {tmp_path} cannot be written")


@pytest.mark.parametrize(("limit", "code"), [("4.9", 1), ("1", 0)])
def test_a_low_mos_decides_the_exit_code(probe, limit, code) -> None:
    """No codec reaches 4.9 on the narrowband scale, and everything measured has 1."""
    done = probe("--json", "--fail-under-mos", limit)
    assert done.returncode == code
    assert json.loads(done.stdout)["score"]["mos_cq"] < 4.9


@pytest.mark.parametrize(("limit", "code"), [("1%", 1), ("90%", 0)])
def test_loss_decides_the_exit_code(probe, lossy_port, limit, code) -> None:
    """On a way that loses 20 % of the packets."""
    done = probe("--json", "--port", lossy_port, "--fail-over-loss", limit)
    assert done.returncode == code
    assert 0.01 < json.loads(done.stdout)["stream"]["loss_ratio"] < 0.9


def test_nobody_listening_is_not_measured(run) -> None:
    """The exit code differs from bad quality, nothing is made up, and a threshold changes nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        done = run("probe", HOST, "--port", silent.getsockname()[1], "--key", KEY, "--fail-under-mos", 4)
    assert (done.returncode, done.stderr) == (3, "")
    assert "not measured" in done.stdout
    assert "0.000 ms" not in done.stdout


def test_what_was_not_measured_has_no_file(run, tmp_path) -> None:
    """Standard error says so; an empty file would look like a stream without packets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        place = ("--port", silent.getsockname()[1], "--packets", tmp_path / "packets.csv")
        done = run("probe", HOST, *place, "--key", KEY)
    assert done.returncode == 3
    assert "nothing is known of single packets" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_key_is_not_measured(probe, listening) -> None:
    """The target stays silent, and the source says what may be the matter."""
    done = probe("--key", "another secret", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert (report["stream"], report["score"]["mos_cq"]) == (None, None)
    assert report["error"]
    assert report["error_detail"]


@pytest.mark.parametrize("key", [None, 'it\'s a "secret" $HOME -x'], ids=["made up", "given"])
def test_the_printed_command_works_as_it_stands(start, run, key) -> None:
    """Address, port and key are right, whatever the shell thinks of the key."""
    chosen = [] if key is None else ["--key", key]
    process = start("listen", "--bind", HOST, "--port", 0, *chosen)
    [words] = [
        shlex.split(line)
        for line in (process.stdout.readline() for _ in range(3))
        if line.strip().startswith("sonde ")
    ]
    assert key in {None, words[-1]}
    assert len(words[-1]) >= 16
    assert run(*words[1:], *SHORT, "--json").returncode == 0


def test_a_listener_on_all_addresses_names_one_that_leads_to_it(start, run) -> None:
    """0.0.0.0 would mean nothing on the other machine."""
    process = start("listen", "--port", 0)
    words = shlex.split([process.stdout.readline() for _ in range(3)][-1])
    assert words[:2] == ["sonde", "probe"]
    assert words[2] != "0.0.0.0"
    assert run(*words[1:], *SHORT, "--json").returncode == 0


def test_a_listener_tells_programs_what_it_took(listening, probe) -> None:
    """First how to reach it, then a line whenever its counts have changed."""
    process, _ = listening
    assert probe("--json").returncode == 0
    counts = json.loads(process.stdout.readline())
    while counts["accepted"] == 0 or counts["streams"] > 0:
        counts = json.loads(process.stdout.readline())
    assert counts["accepted"] == 1


def test_a_listener_tells_people_what_it_took(start, run) -> None:
    """In a sentence with the count of what was met with silence."""
    process = start("listen", "--bind", HOST, "--port", 0, "--key", KEY)
    words = shlex.split([process.stdout.readline() for _ in range(3)][-1])
    assert run(*words[1:], *SHORT, "--key", "another").returncode == 3
    line = ""
    while "unknown key" not in line.replace("_", " "):
        line = process.stdout.readline()
    assert "taken so far 0" in line


def test_a_taken_port_is_explained(listening, run) -> None:
    """The sentence names the port and what to do."""
    _, port = listening
    done = run("listen", "--bind", HOST, "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"sonde: cannot listen on {HOST} port {port} (UDP)" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_stopped_listener_leaves_nothing(listening, family, wait_until, number, code) -> None:
    """A signal ends it in good order; however it ends, the port is free and no process is left."""
    children, is_alive = family
    process, port = listening
    left = children(process)
    assert left
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (code, "")
    wait_until(lambda: not any(map(is_alive, left)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind((HOST, port))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_a_stopped_probe_leaves_nothing(listening, start, family, wait_until, number, code) -> None:
    """In the middle of a stream as well; the exit code says that it was a signal."""
    children, is_alive = family
    listener, port = listening
    process = start("probe", HOST, "--port", port, "--key", KEY, "--duration", "60s")
    while json.loads(listener.stdout.readline()).get("streams") != 1:
        pass
    left = children(process)
    assert left
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in errors
    wait_until(lambda: not any(map(is_alive, left)))
