from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from sonde.directory.tables import UtcDateTime

DIALECT = sqlite.dialect()


def test_a_moment_of_any_zone_is_kept_in_utc() -> None:
    """What is stored is the same moment, in UTC."""
    noon_in_delhi = datetime(2026, 1, 2, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    kept = UtcDateTime().process_bind_param(noon_in_delhi, DIALECT)
    assert kept == noon_in_delhi
    assert kept is not None
    assert (kept.tzinfo, kept.hour) == (UTC, 6)


def test_a_moment_without_a_zone_is_refused() -> None:
    """Nobody knows what such a moment means."""
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 2), DIALECT)  # noqa: DTZ001 - the point of the test


def test_a_moment_read_without_a_zone_was_kept_in_utc() -> None:
    """SQLite gives no zone back."""
    read = UtcDateTime().process_result_value(datetime(2026, 1, 2), DIALECT)  # noqa: DTZ001 - as SQLite gives it
    assert read == datetime(2026, 1, 2, tzinfo=UTC)
