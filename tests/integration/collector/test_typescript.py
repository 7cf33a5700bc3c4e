"""The browser's collector, tested by Node's own test runner."""

import pytest
from node import COLLECTOR, run_node

pytestmark = pytest.mark.integration


def test_the_tests_in_typescript_pass():
    """Every test beside the sources passes, and there are some."""
    files = sorted(str(path.relative_to(COLLECTOR)) for path in COLLECTOR.glob("tests/*.test.ts"))
    done = run_node("--test", "--test-reporter=spec", *files)
    assert files
    assert done.returncode == 0, done.stdout + done.stderr
