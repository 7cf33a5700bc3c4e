"""`sonde demo` as a newcomer meets it."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(180)]

SONDE = [sys.executable, "-m", "sonde"]


def start_demo(*options, tmp):
    """The demo as a child, with its temporary folders under `tmp`."""
    return subprocess.Popen(
        [*SONDE, "demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp), "COLUMNS": "200"},
        start_new_session=True,
    )


def read_until(process, pattern):
    """Everything the demo prints up to a line that matches."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if re.search(pattern, line):
            return lines
    pytest.fail(f"the demo ended without {pattern!r}:\n{''.join(lines)}")


def processes_of(tmp):
    """Command lines of all processes that mention a folder."""
    return [folder.name for folder in Path("/proc").glob("[0-9]*") if str(tmp) in environment_of(folder)]


def environment_of(folder):
    """The environment of a process, empty when it is gone or a zombie."""
    try:
        return (folder / "environ").read_text(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def demo(tmp_path, free_port):
    """A running demo with its port; stopped hard if a test leaves it running."""
    port = free_port()
    process = start_demo("--port", str(port), tmp=tmp_path)
    yield process, port
    process.kill()
    process.wait()
    process.stdout.close()


def still_running(tmp):
    """What is left of its processes once those that are ending had a quarter of a minute to be gone."""
    for _ in range(150):
        if not processes_of(tmp):
            break
        time.sleep(0.1)
    return processes_of(tmp)


def test_the_demo_is_full_within_a_minute_and_leaves_nothing(demo, tmp_path):
    """Measured rounds appear, the printed commands work as they stand, and Ctrl-C removes everything."""
    process, port = demo
    lines = read_until(process, r"Bern to Oslo, G.711 .*MOS \d\.\d\d .*latency +\d+ ms")
    curls = [line.strip() for line in lines if line.strip().startswith("curl ")]
    assert len(curls) == 2
    answers = [json.loads(subprocess.check_output([*shlex.split(curl), "-sS"])) for curl in curls]
    assert 1 <= answers[0]["voice"]["metrics"][0]["mos"] <= 4.5
    assert {agent["agentName"] for agent in answers[1]["agents"]} == {"Bern", "Oslo"}
    assert list(tmp_path.iterdir())

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert list(tmp_path.iterdir()) == []
    assert still_running(tmp_path) == []
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))


def test_a_killed_demo_takes_its_processes_along(demo, tmp_path):
    """Even kill -9 of the demo leaves no server, agent or relay running."""
    process, _ = demo
    read_until(process, r"Sonde runs at")
    process.kill()
    process.wait()
    assert still_running(tmp_path) == []


def test_a_taken_port_gets_a_sentence(tmp_path, free_port):
    """The message names the port and what to do; no traceback."""
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = start_demo("--port", str(port), tmp=tmp_path)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in said
    assert "--port" in said
    assert "Traceback" not in said


def test_a_folder_in_use_gets_a_sentence(tmp_path, free_port):
    """A folder with data is neither mixed up with the demo's nor deleted."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "mine").write_text("precious")
    process = start_demo("--port", str(free_port()), "--data-dir", str(folder), tmp=tmp_path)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "already holds data" in said
    assert "--data-dir" in said
    assert "Traceback" not in said
    assert (folder / "mine").read_text() == "precious"
