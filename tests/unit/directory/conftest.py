"""A fresh directory for each test, on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde.directory import Directory


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    opened = Directory(f"sqlite:///{tmp_path / 'directory.db'}")
    yield opened
    opened.close()
