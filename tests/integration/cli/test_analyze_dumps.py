"""`sonde analyze` on dumps of client statistics: what was done to a call is found, and nothing else."""

import gzip
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

pytestmark = pytest.mark.integration

DATA = Path(__file__).parents[2] / "data" / "webrtc"
LABELLED = DATA / "labelled"
CAPTURE = Path(__file__).parents[2] / "data" / "vectors" / "pcap" / "10_delay_spikes.pcap"
FORMATS = (
    "getstats.jsonl",
    "webrtc_internals_dump.json",
    "chrome-rtcstats_dump.jsonl",
    "rtcstats-server-v3.jsonl",
)


def sonde(*words: object, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Runs the command to its end; no traceback may come out of it."""
    done = subprocess.run(
        [sys.executable, "-m", "sonde", "analyze", *map(str, words)],
        input=stdin,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    return done


@cache
def report(*words: object, stdin: bytes | None = None) -> dict[str, Any]:
    done = sonde(*words, "--json", stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def labels(call: dict[str, Any]) -> list[str]:
    """A and B, whatever the format calls them: in the order in which they were made."""
    return [peer["label"] for session in call["sessions"] for peer in session["peers"]]


def found(call: dict[str, Any], *types: str) -> set[tuple[str, str | None]]:
    """Who has issues of these types (A or B), and in which direction."""
    a, b = labels(call)
    names = {a: "A", b: "B"}
    return {(names[each["peer"]], each["direction"]) for each in call["issues"] if each["type"] in types}


def streams(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for session in call["sessions"] for peer in session["peers"] for each in peer["streams"]]


@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_call_has_no_issue(form: str):
    """Whatever it was recorded with, nothing is wrong, and the verdict says so."""
    call = report(LABELLED / f"video-clean.{form}.gz")
    assert call["issues"] == []
    assert call["verdict"]["grade"] == "good"
    assert len(streams(call)) == 8
    assert {each["loss_ratio"] for each in streams(call)} == {0.0}


@pytest.mark.parametrize("form", FORMATS)
def test_loss_is_found_where_it_was_made(form: str):
    """5 % and jitter from A to B in seconds 20 to 45: at B received, at A sent, in these seconds."""
    call = report(LABELLED / f"video-loss5-jitter30-AtoB.{form}.gz")
    assert found(call, "packet_loss_in") == {("B", "recv")}
    assert found(call, "packet_loss_out") == {("A", "send")}
    assert found(call, "audio_concealment") == {("B", "recv")}
    assert {(each["peer"], each["direction"]) for each in call["issues"]}.isdisjoint(
        {(labels(call)[0], "recv"), (labels(call)[1], "send")}
    )
    for each in call["issues"]:
        assert 15 <= each["start_s"] < each["end_s"] <= 50, each
    assert call["verdict"]["grade"] in {"poor", "bad"}


@pytest.mark.parametrize("form", FORMATS)
def test_delay_is_found_without_loss(form: str):
    """150 ms and some each way from second 15: round trips at both, conversation worse, no loss."""
    call = report(LABELLED / f"audio-pcmu-delay300-both.{form}.gz")
    assert found(call, "rtt_high") == {("A", None), ("B", None)}
    assert not found(call, "packet_loss_in", "packet_loss_out", "audio_concealment")
    for each in call["issues"]:
        assert each["start_s"] >= 10, each
    for each in streams(call):
        assert each["loss_ratio"] == 0
        assert each["mos"]["worst_10s"] < each["mos"]["value"] < 4.3


def test_a_brown_out_is_found_in_its_seconds():
    """10 % and 80 ms both ways from second 8 to 16, in a series that nobody labelled."""
    call = report(DATA / "chromium-getstats-series-brownout.jsonl.gz")
    assert found(call, "packet_loss_in") == {("A", "recv"), ("B", "recv")}
    for each in call["issues"]:
        if each["type"].startswith("packet_loss"):
            # What the sender is told comes with reports of up to five seconds.
            latest = 19 if each["direction"] == "recv" else 22
            assert 5 <= each["start_s"] < each["end_s"] <= latest, each


def test_each_number_of_a_stream_is_there():
    """The JSON has what programs look for: both ends, SI units, a MOS with its interval, times twice."""
    call = report(LABELLED / "video-loss5-jitter30-AtoB.getstats.jsonl.gz")
    assert labels(call) == ["A", "B"]
    [sound] = (
        each
        for each in streams(call)
        if each["direction"] == "recv" and each["mos"]["value"] < 4.2 and each["kind"] == "audio"
    )
    assert (sound["source"], sound["codec"]) == ("microphone", "opus")
    assert 0.01 < sound["loss_ratio"] < 0.03
    assert 0 < sound["jitter"] < 0.03
    assert 0.04 < sound["round_trip_time"] < 0.1
    assert sound["mos"]["low"] < sound["mos"]["value"] < sound["mos"]["high"]
    assert (sound["mos"]["scale"], sound["mos"]["model"]) == ("fullband", "qs-audio")
    assert len(sound["other_ends"]) == 1
    for each in call["issues"]:
        assert set(each) >= {"type", "severity", "cause", "peer", "stream", "direction", "evidence"}
        assert each["start"] < each["end"]
        assert each["start"].endswith("Z")


def split(path: Path, folder: Path) -> list[Path]:
    """A recording of both ends as two files, one for each end, as two people would have them."""
    lines = gzip.decompress(path.read_bytes()).splitlines()
    parts = []
    for name in "AB":
        part = folder / f"{name}.jsonl"
        part.write_bytes(b"\n".join(line for line in lines if json.loads(line)["pc"] == name))
        parts.append(part)
    return parts


def test_two_files_of_one_call_are_one_session(tmp_path: Path):
    """Each end's own file: one session, the same issues as from the file that has both."""
    whole = LABELLED / "video-loss5-jitter30-AtoB.getstats.jsonl.gz"
    apart, together = report(*split(whole, tmp_path)), report(whole)
    assert len(apart["sessions"]) == 1
    assert labels(apart) == ["A", "B"]
    assert apart["issues"] == together["issues"]


def test_files_of_two_calls_are_two_sessions():
    """Calls that have nothing to do with each other stay apart; the worse one gives the verdict."""
    both = report(
        LABELLED / "video-clean.getstats.jsonl.gz", LABELLED / "audio-pcmu-delay300-both.getstats.jsonl.gz"
    )
    assert [len(session["peers"]) for session in both["sessions"]] == [2, 2]
    grades = [session["verdict"]["grade"] for session in both["sessions"]]
    assert grades[0] == "good"
    assert both["verdict"]["grade"] == grades[1] != "good"


def test_people_get_verdict_issues_and_streams_in_this_order():
    """On standard output only, with units."""
    path = LABELLED / "video-loss5-jitter30-AtoB.getstats.jsonl.gz"
    done = sonde(path)
    text = done.stdout.decode()
    assert done.stderr == b""
    assert text.startswith(report(path)["verdict"]["sentence"][:60])
    places = [text.index(word) for word in ("severity", "packets_lost 56", "Session:", "kbit/s")]
    assert places == sorted(places)


def test_standard_input_is_a_file_too():
    """A dump can be piped in, gzip or not."""
    packed = (LABELLED / "video-clean.getstats.jsonl.gz").read_bytes()
    piped, plain = report("-", stdin=packed), report("-", stdin=gzip.decompress(packed))
    assert piped == plain
    assert piped["formats"] == {"standard input": "getstats-series"}


@pytest.mark.parametrize(
    "path", [LABELLED / "video-clean.getstats.jsonl.gz", CAPTURE], ids=["dump", "capture"]
)
def test_a_named_pipe_is_a_file_too(path: Path, tmp_path: Path):
    """What can be read only once, as from `<(...)` of a shell, is opened only once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    feeder = Thread(target=pipe.write_bytes, args=(path.read_bytes(),))
    feeder.start()
    piped = json.loads(sonde(pipe, "--json").stdout)
    feeder.join()
    assert piped.get("streams") or len(streams(piped)) == 8


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.json"], "The file nowhere.json cannot be read: No such file or directory."),
        ([CAPTURE, LABELLED / "video-clean.getstats.jsonl.gz"], "is a capture, which is analysed by itself."),
        ([LABELLED / "video-clean.getstats.jsonl.gz", "--codec", "opus"], "--codec is for captures"),
        ([__file__], "is no capture, and no statistics that can be read"),
        (["/dev/null"], "is no capture, and no statistics that can be read"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(words: list[object], sentence: str):
    """With 2 as exit code."""
    done = sonde(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert sentence in done.stderr.decode()


def test_statistics_of_no_stream_have_their_own_exit_code():
    """3: the file was read, but says nothing of any stream."""
    record = {
        "t": 1_700_000_000_000,
        "pc": "A",
        "report": [{"id": "P", "type": "peer-connection", "timestamp": 1_700_000_000_000}],
    }
    done = sonde("-", "--json", stdin=json.dumps(record).encode())
    assert done.returncode == 3
    assert json.loads(done.stdout)["verdict"]["grade"] == "unknown"


FETCHED = "SONDE_TEST_WEBRTC_DUMPS"


@pytest.mark.skipif(FETCHED not in os.environ, reason=f"{FETCHED} names no folder")
def test_dumps_of_others_are_read_or_refused_in_a_sentence():
    """Real calls of Chrome, Firefox and Safari, and what is no dump: streams or a sentence, never a crash."""
    ends = {}
    for path in sorted(Path(os.environ[FETCHED]).glob("*-*/**/*.json*")):
        done = sonde(path, "--json")
        ends[path.name] = done.returncode
        assert done.returncode in {0, 2, 3}
        assert (done.returncode == 2) == bool(done.stderr)
    assert sum(code == 0 for code in ends.values()) >= 7
