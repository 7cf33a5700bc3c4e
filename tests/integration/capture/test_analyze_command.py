"""The command: what it prints, how it ends, and that a large file does not fill the memory."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from captures import frames, write_pcap
from scenarios import make

pytestmark = pytest.mark.integration

SPIKES = Path(__file__).parents[2] / "data" / "vectors" / "pcap" / "10_delay_spikes.pcap"
MEGABYTE = 1 << 20
LARGE = 150 * MEGABYTE
BOUND = 140 * MEGABYTE
"""Of resident memory, interpreter and libraries included."""

MEASURE = """
import re, runpy, sys
from pathlib import Path
try:
    runpy.run_module("sonde", run_name="__main__", alter_sys=True)
finally:
    print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
"""The kernel's own mark of this process; getrusage would inherit that of the process that started it."""


def test_people_get_a_line_for_each_stream_and_its_details(run):
    """With units, on standard output only."""
    done = run(SPIKES)
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "500 packets in 10.0 s, 1 RTP stream" in text
    assert "192.0.2.1:41018" in text
    assert "481 at 0 ms" not in text  # that is the first-packet anchor, which only programs get
    assert "10 at 40 ms" in text
    assert done.stderr == b""


def test_programs_get_one_object(run):
    """As a file and from standard input, with the wanted depth among the others."""
    by_name = json.loads(run(SPIKES, "--json", "--jitter-buffer", "50ms").stdout)
    by_pipe = json.loads(run("-", "--json", "--jitter-buffer", "50ms", stdin=SPIKES.read_bytes()).stdout)
    assert by_name["streams"] == by_pipe["streams"]
    assert list(by_name["streams"][0]["discards"]) == ["0", "0.02", "0.04", "0.05", "0.06", "0.08", "0.1"]
    assert by_name["streams"][0]["mos"]["jitter_buffer"] == 0.05


def test_delay_is_assumed_only_when_said(streams):
    """A longer network lowers the score, and the assumption stands beside it."""
    [near], [far] = streams(SPIKES), streams(SPIKES, "--one-way-delay", "250ms")
    assert (near["mos"]["assumed_one_way_delay"], far["mos"]["assumed_one_way_delay"]) == (0, 0.25)
    assert far["mos"]["value"] < near["mos"]["value"] - 0.3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.pcap"], "sonde: The file nowhere.pcap cannot be read: No such file or directory."),
        (["."], "sonde: The file . cannot be read: Is a directory."),
        ([__file__], "is no capture, and no statistics that can be read"),
        ([SPIKES, "--codec", "nonesuch"], "sonde: --codec: no codec is called 'nonesuch'"),
        ([SPIKES, "--jitter-buffer", "40"], "sonde: --jitter-buffer: '40' is no time"),
        (
            [SPIKES, "--jitter-buffer", "2s"],
            "sonde: --jitter-buffer: a de-jitter buffer is from 0 to 1s deep",
        ),
        ([SPIKES, "--one-way-delay", "9s"], "sonde: --one-way-delay: the delay of a network is from 0 to 1s"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(words, sentence, run):
    """With 2 as exit code."""
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert sentence in done.stderr.decode()


def test_a_capture_without_streams_has_its_own_exit_code(run, tmp_path):
    """3, so that scripts can tell it from a bad file."""
    path = write_pcap(tmp_path / "a", [(0, bytes(60))])
    done = run(path)
    assert done.returncode == 3
    assert b"1 packets in 0.0 s, no RTP stream" in done.stdout


def test_a_large_file_needs_little_memory(tmp_path):
    """The same few packets over and over, renumbered: only the bound on memory is looked at, not the time."""
    path = tmp_path / "large.pcap"
    write_large(path)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, "analyze", str(path), "--json"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    report = json.loads(done.stdout)
    assert path.stat().st_size > LARGE
    assert 1024 * int(done.stderr) < BOUND
    assert report["packets"] == sum(stream["packets_received"] for stream in report["streams"])
    assert {stream["packets_lost"] for stream in report["streams"]} == {0}


def write_large(path):
    """Forty streams of large packets, each of which goes on and on."""
    [(_, frame)] = frames(make("one", count=1, payload=1200).packets)
    before, after = frame[:44], frame[54:]
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for place in range(LARGE // len(frame) // 40 + 1):
            micros = place * 20_000
            stamp = struct.pack(
                "<IIII", 1_700_000_000 + micros // 10**6, micros % 10**6, len(frame), len(frame)
            )
            for ssrc in range(40):
                fields = struct.pack("!HII", place % 65536, place * 160 % 2**32, ssrc)
                file.write(stamp + before + fields + after)
