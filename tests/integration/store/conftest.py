from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde.store import Store


@pytest.fixture
def dsn(tmp_path: Path) -> str:
    """An embedded store of the test's own."""
    return f"chdb://{tmp_path}/telemetry"


@pytest.fixture
def store(dsn: str) -> Iterator[Store]:
    """An open, empty store."""
    with Store(dsn) as opened:
        yield opened
