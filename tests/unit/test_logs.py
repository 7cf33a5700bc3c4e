"""How log lines look, and what they must not hold."""

import json
import logging

import pytest
import structlog

from sonde.logs import set_up_logs


@pytest.fixture(autouse=True)
def own_configuration():
    """Leave the log of the other tests as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def fail_with(secret: str) -> None:
    """Fail while a secret is at hand."""
    token = secret
    raise RuntimeError(f"failed with {len(token)} characters")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_trace_holds_no_local_variables(capsys, form):
    """What a function knew when it failed may be somebody's token."""
    set_up_logs(form=form)
    # A trace quotes lines of source, so the secret itself must stand in none of them.
    secret = "snd_pat_" + "hunter2" * 3
    try:
        fail_with(secret)
    except RuntimeError:
        structlog.get_logger().exception("request.failed", incident="1f")
        logging.getLogger("library").exception("it failed")
    written = capsys.readouterr().err
    assert written.count("failed with 29 characters") >= 2
    assert "fail_with" in written
    assert secret not in written


def test_json_lines_have_the_event_and_its_values(capsys):
    """One object per line, with level and time."""
    set_up_logs(form="json")
    structlog.get_logger().info("round.finished", test_id=7)
    logging.getLogger("library").warning("careful")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["test_id"], ours["level"]) == ("round.finished", 7, "info")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["logger"]) == ("careful", "library")


def test_less_serious_lines_are_left_out(capsys):
    """Only lines of the chosen level and above are written."""
    set_up_logs(form="json", level="warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]
