from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, literal, select
from sqlalchemy.dialects import postgresql

from sonde.directory.call_tables import MeetingRow
from sonde.directory.containing import Containing

TEXTS = st.text(st.sampled_from("aAbBäÄßİ%_/\\'"), max_size=6)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@given(text=TEXTS, words=TEXTS)
def test_words_are_found_as_they_are(connection: Connection, text: str, words: str) -> None:
    """Signs of SQL mean themselves, and capital letters of ASCII are the same as small ones."""
    found = connection.scalar(select(Containing(literal(text), words)))
    assert found == (_small(words) in _small(text))


def _small(text: str) -> str:
    return text.encode().lower().decode()


def test_postgresql_is_told_to_ignore_capital_letters() -> None:
    """Its LIKE does not by itself."""
    asked = str(Containing(MeetingRow.title, "50%").compile(dialect=postgresql.dialect()))
    assert asked.startswith("meetings.title ILIKE ")
    assert asked.endswith(" ESCAPE '/'")
