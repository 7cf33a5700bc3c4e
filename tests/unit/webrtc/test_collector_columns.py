"""Statistics objects in columns become the reports they were."""

import pytest
from collector_ticks import reports_of
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.dialects.collector_columns import MEMBERS_MAX, OBJECTS_MAX, VALUES_MAX, Columns
from sonde.webrtc.dialects.notes import Notebook

AT = [1_000_000, 2_000_000, 3_000_000]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


def entry(**values):
    return {"id": "IT1", "type": "inbound-rtp", "values": values}


def reports(*stats, at=AT):
    return list(reports_of(Columns(stats, len(at), Notebook()), at))


def skipped(*stats):
    notebook = Notebook()
    Columns(stats, len(AT), notebook)
    return sum(notebook.notes().skipped.values())


def test_scalars_hold_for_all_ticks():
    """A member written once is in every report; objects without a time have that of the tick."""
    assert reports(entry(ssrc=7, kind="audio", active=True))[2] == [
        {
            "timestamp": 3000.0,
            "id": "IT1",
            "type": "inbound-rtp",
            "ssrc": 7,
            "kind": "audio",
            "active": True,
        }
    ]


def test_numbers_in_lists_are_differences():
    """Counters, counters that fall, and gauges are summed to what they were."""
    found = [report["packetsReceived"] for [report] in reports(entry(packetsReceived=[100, 50, -150]))]
    assert found == [100, 150, 0]


def test_sums_of_decimals_are_exact():
    """A sum of decimals is the very number that was measured, not one beside it."""
    found = [report["jitter"] for [report] in reports(entry(jitter=[0.1, 0.2, 0.000001]))]
    assert found == [0.1, 0.3, 0.300001]


def test_null_is_a_member_that_was_not_there():
    """A member that comes late or goes away is missing then; differences go on from its last number."""
    found = [report.get("jitter") for [report] in reports(entry(jitter=[5, None, 1]))]
    assert found == [5, None, 6]
    assert "jitter" not in reports(entry(jitter=[None, 5, 1]))[0][0]


def test_words_in_lists_are_values():
    """A word that changes is written at every tick."""
    found = [report["state"] for [report] in reports(entry(state=["new", "checking", "new"]))]
    assert found == ["new", "checking", "new"]


def test_an_object_is_there_for_its_ticks_only():
    """From and to say when an object was there, and its lists are as long."""
    late = {**entry(packetsSent=[5, 5]), "from": 1}
    early = {**entry(packetsSent=1), "to": 1}
    assert [[each["packetsSent"] for each in report] for report in reports(early, late)] == [[1], [5], [10]]


def test_dots_are_members_of_members():
    """What was an object becomes one again."""
    values = {"qualityLimitationDurations.cpu": [1, 1, 1], "qualityLimitationDurations.none": 4}
    found = reports(entry(**values))
    assert found[1][0]["qualityLimitationDurations"] == {"cpu": 2, "none": 4}


@pytest.mark.parametrize(
    "value",
    [[1, 2], [1, 2, 3, 4], {"a": 1}, [1, [2], 3], None, 2**54, [2**53, 1, 1], [1, 1e300, 1], "x" * 1001],
)
def test_a_value_without_sense_costs_only_itself(value):
    """Lists of another length, nested things and numbers out of range are left out and counted."""
    stats = entry(jitter=value, ssrc=7)
    assert skipped(stats) == 1
    assert reports(stats)[0][0]["ssrc"] == 7
    assert "jitter" not in reports(stats)[0][0]


@pytest.mark.parametrize(
    "change", [{"id": 5}, {"type": ""}, {"values": []}, {"from": 3}, {"from": -1}, {"to": 4}, {"to": True}]
)
def test_an_object_without_sense_costs_only_itself(change):
    """An object that cannot be placed is left out and counted; the others stay."""
    assert skipped({**entry(ssrc=1), **change}) == 1
    assert len(reports({**entry(ssrc=1), **change}, entry(ssrc=2))[0]) == 1


def test_little_bytes_cannot_become_many_values():
    """What a batch becomes is bounded, however little of it was sent."""
    assert skipped(*[entry(ssrc=1)] * (OBJECTS_MAX + 5)) == 5
    assert skipped(entry(**{str(number): 0 for number in range(MEMBERS_MAX + 1)})) == 1
    wide = entry(**{str(number): 0 for number in range(MEMBERS_MAX)})
    assert len(reports(*[wide] * 600, at=AT * 10)[0]) == VALUES_MAX // (MEMBERS_MAX * 30)


@given(st.lists(json_values, max_size=5))
def test_no_json_is_too_strange(stats):
    """Whatever the objects are, what makes sense comes back and the rest is counted."""
    columns = Columns(stats, len(AT), Notebook())
    assert sum(map(len, reports_of(columns, AT))) <= 3 * len(stats)
