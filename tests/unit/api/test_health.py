"""What `/healthz` concludes from the parts."""

import pytest

from sonde.api.health import OK, SpoolHealth, judge

SPOOL = SpoolHealth(items=3, bytes=900, oldest_age=0.2)


def test_a_server_whose_parts_work_is_ok():
    """Results that wait for the store are normal."""
    assert judge(store=OK, flusher=OK, spool=SPOOL, reports=SPOOL).status == OK


@pytest.mark.parametrize(
    "parts",
    [
        {"store": "gone"},
        {"flusher": "stuck"},
        {"spool": None},
        {"reports": None},
    ],
)
def test_one_broken_part_is_enough(parts):
    """A server that cannot take, keep or find results is failing."""
    working = {"store": OK, "flusher": OK, "spool": SPOOL, "reports": SPOOL}
    assert judge(**{**working, **parts}).status == "failing"
