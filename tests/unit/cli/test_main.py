import subprocess
import sys

import pytest

from sonde import __version__
from sonde.cli.main import main

SLOW = {
    "asyncio",
    "numpy",
    "msgspec",
    "rich",
    "litestar",
    "sqlalchemy",
    "httpx2",
    "structlog",
    "multiprocessing",
}
"""What only some commands need."""


def modules_of(words: list[str]) -> set[str]:
    """What a command line has imported when it ends."""
    code = (
        "import atexit, sys; atexit.register(lambda: print('modules', *sys.modules)); import sonde.__main__"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command line in this process; exit code, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sonde", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code or 0, *capsys.readouterr()

    return run


@pytest.mark.parametrize("words", [["--help"], ["probe", "--help"], ["probe"]], ids=" ".join)
def test_what_is_slow_to_import_is_left_for_later(words) -> None:
    """Help and refusals come at once, because nothing heavy is imported for them."""
    assert SLOW & modules_of(words) == set()


def test_the_version_is_the_release(run) -> None:
    """And nothing else, so that scripts can use it."""
    assert run("version") == (0, f"{__version__}\n", "")


def test_an_error_is_a_sentence_and_a_hint(run) -> None:
    """On standard error, with 2 as exit code."""
    code, out, err = run("probe", "127.0.0.1", "--key", "k", "--duration", "5")
    assert (code, out) == (2, "")
    assert err.startswith("sonde: --duration: '5' is no time; write a number and ")


@pytest.mark.parametrize("setting", [None, "SONDE_KEY"])
def test_bytes_that_are_no_text_are_refused(run, monkeypatch, setting) -> None:
    """In an argument as in a variable, and before anything is done with them."""
    if setting:
        monkeypatch.setenv(setting, "\udcff")
    code, out, err = run("probe", "host" if setting else "\udcff")
    assert (code, out) == (2, "")
    assert err == "sonde: '\\udcff' is not text in UTF-8.\n  hint: Retype it.\n"


def test_developers_can_see_where_an_error_comes_from(monkeypatch) -> None:
    """With SONDE_DEBUG set the exception is not turned into a sentence."""
    monkeypatch.setenv("SONDE_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["sonde", "impair", "--listen", "x", "--to", "y"])
    with pytest.raises(Exception, match="'x' is no address"):
        main()
