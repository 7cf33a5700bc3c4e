"""The map is the land: links lead somewhere, rooms and modules that are named exist."""

import re
import tomllib

import pytest

ROOMS = (
    r"(?:quality|rtp|model|spool|probe|impair|capture|store|directory|services|api|client|demo|wiring|cli)"
)


def anchors(text: str) -> set[str]:
    """What headings can be linked by, as code hosts make it from their words."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere(page):
    """Each relative link names a file that is there, and a heading in it."""
    for link in re.findall(r"\]\((?!https?://)([^)]+)\)", page.prose):
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


@pytest.fixture
def architecture(find_page):
    """The page that draws the map."""
    return find_page("ARCHITECTURE.md")


def test_the_rooms_are_those_that_exist(architecture, root):
    """The map has every folder of the source and no other."""
    drawn = re.findall(r"^  (\w+)/", architecture.blocks("")[0], re.MULTILINE)
    there = [path.parent.name for path in (root / "src/sonde").glob("*/__init__.py")]
    assert sorted(drawn) == sorted(there)


def test_the_import_rule_is_the_one_that_is_checked(architecture, root):
    """The order of the rooms is the one import-linter enforces."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    [contract] = [each for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    drawn = [sorted(line.split(" | ")) for line in architecture.blocks("")[1].splitlines()]
    enforced = [
        sorted(room.removeprefix("sonde.") for room in layer.split(" | ")) for layer in contract["layers"]
    ]
    assert drawn == enforced


def test_named_modules_exist(page, root):
    """A module or folder that a sentence names is where it says."""
    for name in re.findall(rf"`(?:src/sonde/)?({ROOMS}/[\w/]*(?:\.py)?)`", page.prose):
        path = root / "src/sonde" / name
        assert path.exists() or path.with_suffix(".py").exists(), name
