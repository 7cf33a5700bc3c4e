"""The documents, and the ways to look into them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_FENCED = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class Page:
    """One Markdown document."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text("utf-8")
        self.prose = _FENCED.sub("", self.text)

    def __repr__(self) -> str:
        return self.name

    def blocks(self, *kinds: str) -> list[str]:
        """The code blocks of some languages; the empty one names blocks without a language."""
        return [found["body"] for found in _FENCED.finditer(self.text) if found["kind"] in kinds]

    def section(self, heading: str) -> str:
        """The text from the second-level heading that begins so to the next one."""
        [body] = re.findall(
            rf"^## {re.escape(heading)}.*?\n(.*?)(?=^## |\Z)", self.text, re.MULTILINE | re.DOTALL
        )
        return body


def rows(text: str) -> list[list[str]]:
    """The rows of all tables in a text, cell by cell, without the headings."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rules = [number for number, line in enumerate(lines) if re.fullmatch(r"\|[-| ]+\|", line)]
    headings = {number - 1 for number in rules}
    found = [line for number, line in enumerate(lines) if number not in headings.union(rules)]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in found]


def first_names(text: str) -> list[str]:
    """The names in backticks in the first cells of all tables in a text."""
    return [name for row in rows(text) for name in re.findall(r"`(\w+)`", row[0])]


@pytest.fixture(scope="session")
def read_rows():
    """See `rows`."""
    return rows


@pytest.fixture(scope="session")
def read_first_names():
    """See `first_names`."""
    return first_names


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def pages() -> list[Page]:
    """Every document."""
    return [Page(path) for path in PAGES]


@pytest.fixture(params=PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def page(request) -> Page:
    """Each document in turn."""
    return Page(request.param)


@pytest.fixture(scope="session")
def find_page(pages):
    """A function that finds a document by its path from the project's folder."""
    return {page.name: page for page in pages}.__getitem__
