import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sonde.cli.impair import impair
from sonde.impair.log import read_log
from sonde.model.errors import Invalid, Unavailable

pytestmark = pytest.mark.integration

COMMAND = [sys.executable, "-c", "import typer; from sonde.cli.impair import impair; typer.run(impair)"]
ADDRESSES = ["--listen", "127.0.0.1:0", "--to", "127.0.0.1:9"]


@pytest.fixture
def invoke():
    """Runs the command in this process."""
    app = typer.Typer()
    app.command()(impair)
    return lambda *words: CliRunner().invoke(app, words, env={"COLUMNS": "300"})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--loss", "2"], "--loss: '2' is no ratio; write 2% or 0.02"),
        (["--reverse-delay", "30"], "--reverse-delay: '30' is no time"),
        (["--jitter", "11s"], "--jitter: jitter must be from 0 to 10 seconds"),
        (["--reverse-reorder-delay", "1h"], "--reverse-reorder-delay: reorder_delay must be"),
        (["--dscp", "64"], "--dscp: a DSCP must be between 0 and 63"),
        (["--forward", "loss=2"], "--forward: loss: '2' is no ratio"),
        (["--reverse", "rate=5bit"], "--reverse: rate: rate must be from 8000"),
        (["--forward", "noise=2"], "--forward: 'noise=2' is not understood"),
        (["--forward", "loss=2%", "--loss", "3%"], "--loss: --forward says loss as well."),
        (["--bridge", "a,b"], "--bridge: takes the place of --listen and --to."),
        (["--for", "0"], "--for: a run must last longer than nothing."),
        (["--to", "localhost"], "--to: 'localhost' is no address; write host:port"),
        (["--seed", str(2**64)], "seed must be from 0 to"),
    ],
)
def test_wrong_words_name_their_option(invoke, words, sentence) -> None:
    """The refusal names the option and says what to write instead."""
    error = invoke(*ADDRESSES, *words).exception
    assert isinstance(error, Invalid)
    assert error.message.startswith(sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "--listen is missing."),
        (["--listen", "127.0.0.1:0"], "--to is missing."),
        (["--bridge", "veth0"], "--bridge: 'veth0' are not two interfaces"),
        (["--bridge", "veth0,veth0"], "--bridge: 'veth0,veth0' are not two interfaces"),
    ],
)
def test_a_path_has_two_ends(invoke, words, sentence) -> None:
    """Whoever leaves out an end, or says one twice, hears which."""
    error = invoke(*words).exception
    assert isinstance(error, Invalid)
    assert error.message.startswith(sentence)


def test_what_cannot_be_done_is_said(invoke, target, tmp_path: Path) -> None:
    """A taken port and a log that cannot be written are refused as what is not possible now."""
    taken = invoke("--listen", f"127.0.0.1:{target.address[1]}", "--to", "127.0.0.1:9")
    unwritable = invoke(*ADDRESSES, "--log", str(tmp_path / "nowhere" / "log"))
    assert [type(result.exception) for result in (taken, unwritable)] == [Unavailable, Unavailable]


def test_real_time_priority_is_taken_or_refused_with_a_hint(tmp_path: Path) -> None:
    """Whoever may not have it hears so at once, before anything is listened to."""
    words = [sys.executable, "-m", "sonde", "impair", *ADDRESSES, "--realtime", "--json"]
    weakened = ["setpriv", "--bounding-set", "-sys_nice", *words]
    done = subprocess.run(weakened, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sonde: Real-time priority is not allowed here: ")
    assert "CAP_SYS_NICE" in done.stderr


def test_people_get_an_address_and_counts(invoke) -> None:
    """Without --json the first line has the address and the last one the counts."""
    result = invoke(*ADDRESSES, "--for", "1ms")
    first, last = result.stdout.splitlines()
    assert first.startswith("listening on 127.0.0.1:")
    assert "there: nothing   back: nothing" in last


@pytest.mark.parametrize("stopping", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_programs_get_the_port_first_and_the_counts_last(
    client, target, rtp, tmp_path: Path, stopping
) -> None:
    """The whole command: options in both directions, the log, and an orderly end by a signal."""
    log = tmp_path / "relay.jsonl"
    words = ["--listen", "127.0.0.1:0", "--to", f"127.0.0.1:{target.address[1]}", "--json", "--log", str(log)]
    words += ["--duplicate", "100%", "--dscp", "CS1", "--forward", "delay=1ms", "--reverse", "loss=1.0"]
    command = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, text=True)
    with command:
        assert command.stdout is not None
        ready = json.loads(command.stdout.readline())
        client.send(rtp(1), (ready["host"], ready["port"]), tos=185)
        (first, tos, upstream), (second, _, _) = target.receive(), target.receive()
        assert (first, second, tos) == (rtp(1), rtp(1), 8 << 2 | 1)
        target.send(rtp(2), upstream)
        command.send_signal(stopping)
        summary = json.loads(command.stdout.readline())
    assert command.returncode == 0
    assert (summary["forward"]["sent"], summary["forward"]["duplicated"]) == (1, 1)
    assert next(read_log(log)).sequence == 1
    assert client.is_silent()
