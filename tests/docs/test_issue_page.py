"""The page on issues explains what the catalogue has: all of it, as it is, and nothing else."""

import re

import pytest

from sonde.webrtc.issues import audio, capacity, changes, coding, connection, device, network, video
from sonde.webrtc.issues.catalogue import DETECTORS
from sonde.webrtc.issues.detector import StreamDetector
from sonde.webrtc.issues.issue import Cause, Issue
from sonde.webrtc.issues.verdict import Grade

FAMILIES = {
    "Network": network,
    "Capacity": capacity,
    "Sound": audio,
    "Pictures": video,
    "Coding": coding,
    "Devices": device,
    "Connection": connection,
    "Changes": changes,
}


@pytest.fixture
def issues(find_page):
    """The page that explains every issue."""
    return find_page("docs/issues.md")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_type_is_explained(issues, read_rows, family):
    """The table of a family has each of its types once, with a meaning, a condition and something to do."""
    rows = read_rows(issues.section(family))
    names = [row[0].strip("`") for row in rows]
    assert names == list(dict.fromkeys(detector.type for detector in FAMILIES[family].DETECTORS))
    assert all(all(row) and len(row) == 6 for row in rows)


def test_no_family_is_missing():
    """The families of the page are all detectors there are."""
    detectors = [detector for family in FAMILIES.values() for detector in family.DETECTORS]
    assert sorted(each.type for each in detectors) == sorted(each.type for each in DETECTORS)


def row_of(issues, read_rows, name):
    """The row of a type."""
    (row,) = (
        row for family in FAMILIES for row in read_rows(issues.section(family)) if row[0] == f"`{name}`"
    )
    return row


@pytest.mark.parametrize(
    "detector",
    [each for each in DETECTORS if isinstance(each, StreamDetector)],
    ids=lambda detector: f"{detector.type}-{detector.measure}",
)
def test_conditions_are_those_of_the_detector(issues, read_rows, detector):
    """The condition names the measure and the seconds of each rule, and the severity is what can come out."""
    _, _, condition, severity, *_ = row_of(issues, read_rows, detector.type)
    assert f"`{detector.measure}`" in condition
    critical = any(rule.critical is not None for rule in detector.rules)
    assert severity == (f"{detector.severity}, critical" if critical else detector.severity)
    for rule in detector.rules:
        assert re.search(rf"\b{rule.of:g} s", condition), rule


def test_every_field_is_explained(issues, read_first_names):
    """What an issue says has a row for each field."""
    explained = read_first_names(issues.section("What an issue says"))
    assert sorted(explained) == sorted(Issue.__struct_fields__)


def test_every_cause_and_grade_is_explained(issues, read_first_names):
    """Each word that can come out."""
    assert read_first_names(issues.section("Causes")) == list(Cause)
    assert read_first_names(issues.section("The verdict")) == list(Grade)
