"""What holds for every test: in CI nothing is skipped without a reason that stands here."""

import gc
import os

import pytest
import structlog
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code. Where a change is judged, the
# same examples are tried each time, so that it passes or fails by itself; elsewhere new ones are looked for.
settings.register_profile(
    "sonde",
    deadline=None,
    max_examples=30,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sonde")

ACCEPTED_SKIPS = {
    "SONDE_TEST_RTP_SAMPLES": "the samples belong to another project and are not part of this one",
    "SONDE_TEST_WEBRTC_DUMPS": "the dumps belong to other projects and are not part of this one",
    "SONDE_TEST_THOUSANDEYES_OPENAPI": "the document is the vendor's and is not part of this project",
}
"""Words in the reason of a skip, and why CI may do without the test."""


@pytest.fixture(autouse=True)
def fresh_logs():
    """A test that sets up the log writes to a stream that is closed after it; the next must not."""
    yield
    structlog.reset_defaults()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Tells the collector of garbage that none of the thousands of tests goes before the end.

    To look through them for what might, over and over, takes a fourteenth of the run.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        gc.enable()


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    """Names the skips that CI does not accept."""
    for report in _unaccepted(terminalreporter):
        terminalreporter.write_line(f"skipped without an accepted reason: {report.nodeid}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """Fails the run for them."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == pytest.ExitCode.OK and reporter and _unaccepted(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unaccepted(reporter):
    if not os.environ.get("CI"):
        return []
    skipped = reporter.stats.get("skipped", [])
    return [report for report in skipped if not any(word in str(report.longrepr) for word in ACCEPTED_SKIPS)]
