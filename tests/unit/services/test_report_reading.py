"""Batches read into rows and sightings: what is kept, what is left out, and that nothing else happens."""

import json

import msgspec
import pytest
from client_batches import make_batch
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.errors import Invalid
from sonde.model.sightings import Machine, Place, ReportingClient
from sonde.services.report_reading import read_payload, take_report
from sonde.services.report_sightings import merged
from sonde.services.report_times import CLOCK_REASON, moment_of
from sonde.services.reports import pack_report, unpack_report
from sonde.store.reports import LAYOUT
from sonde.store.sample_rows import samples_in
from sonde.webrtc.dialects.collector import batch_decoder

NOW = 1_795_211_191_000_000
"""Microseconds since the epoch."""

PEER = "6f0c2b9e-3c64-4d51-9f0e-0a5a5a0d7c11"
CLIENT = ReportingClient(workspace_id=3, organization_id=1, source_id="client-key/7")
REPORT = [
    {"id": "IT1", "type": "inbound-rtp", "kind": "audio", "ssrc": 5, "packetsReceived": 50, "jitter": 0.004},
    {"id": "T1", "type": "transport", "bytesSent": 900, "newMember": 1},
]


def take(client=CLIENT, **changes):
    """What is acknowledged of a batch of two ticks, with changes."""
    batch = make_batch([REPORT, REPORT], [NOW, NOW + 10**6], peer=PEER, first=40, **changes)
    payload = json.dumps(batch).encode()
    place = Place(client=client, address="192.0.2.1", received_at=NOW * 1000)
    return take_report(batch_decoder.decode(payload), payload, place)


def read(**changes):
    """The same on its way to the store."""
    return unpack_report(pack_report(take(**changes)))


def test_each_stream_and_transport_of_a_batch_is_a_row():
    """It stands for all ticks, with the numbers that the client gave them."""
    report = read()
    assert (report.snapshots, report.number, report.dialect) == (2, 40, "collector 1")
    assert [row[:5] for row in report.streams] == [
        [3, PEER, "1", [40, 41], [NOW * 1000, (NOW + 10**6) * 1000]]
    ]
    assert [samples_in(row) for row in (*report.streams, *report.transports)] == [2, 2]
    assert any("newMember" in name for name in report.unknown)


def test_a_batch_says_who_was_there_and_when():
    """A token's meeting and participant come before what the client says."""
    said = {"meeting": "weekly", "participant": {"id": "u-1", "name": "Ann"}, "labels": {"a": "b"}}
    sighting = read(**said).sighting
    assert (sighting.meeting, sighting.custom_id, sighting.name) == ("weekly", "u-1", "Ann")
    assert (sighting.last_at - sighting.first_at).total_seconds() == 1
    token = msgspec.structs.replace(CLIENT, meeting_id="m", participant_id="p")
    sighting = read(client=token, **said).sighting
    assert (sighting.meeting, sighting.participant_id) == ("m", "p")
    assert read().sighting.meeting == PEER


def test_a_batch_says_what_the_client_runs_on():
    """Its own word, which browsers do not put into their user agents."""
    device = {"cpus": 8, "network": "4g", "mobile": True}
    assert read(device=device).sighting.machine == Machine(cpus=8, network="4g", is_mobile=True)
    assert read().sighting.machine == Machine()
    with pytest.raises(Invalid) as caught:
        read(device={"network": "4\x00g"})
    assert caught.value.field == "device.network"


def test_goodbyes_and_connections_are_seen():
    """Only a goodbye behind which nothing comes is one."""
    early = {"at": NOW + 1, "kind": "connection_state", "value": "connected", "connection": "1"}
    bye = {"at": NOW + 10**6 + 5, "kind": "page_unloaded"}
    assert read(events=[early, bye]).sighting.has_left
    assert read(events=[early, bye]).sighting.connected_at is not None
    assert not read(events=[{**bye, "at": NOW + 10}]).sighting.has_left


def test_what_is_acknowledged_is_what_will_be_read():
    """As many ticks, of the same times by the server's clock, and the same events."""
    events = [{"at": NOW + 7, "kind": "page_unloaded"}, {"at": "no"}]
    taken = take(events=events, clock_offset=1500)
    whole = unpack_report(pack_report(taken))
    assert (taken.snapshots, taken.dialect, taken.layout) == (2, "collector 1", "")
    assert (whole.snapshots, whole.dialect, whole.layout) == (2, "collector 1", LAYOUT)
    assert taken.skipped == whole.skipped
    assert sum(taken.skipped.values()) == 1
    assert (taken.sighting, moment_of(whole.streams[0][4][0])) == (whole.sighting, whole.sighting.first_at)


def test_what_is_wrong_in_statistics_is_counted_when_they_are_read():
    """Which is on the way to the store; the books of ingest have it, and the receipt does not wait for it."""
    batch = make_batch([REPORT, REPORT], [NOW, NOW + 10**6], peer=PEER)
    batch["connections"][0]["stats"].append({"id": "x", "type": "inbound-rtp", "values": {"kind": "smell"}})
    taken = take(connections=batch["connections"])
    assert taken.skipped == {}
    assert unpack_report(pack_report(taken)).skipped == {"inbound-rtp.kind: expected audio or video": 2}


def test_times_that_are_days_off_are_left_out_and_counted():
    """A client's clock may be years off; its numbers would begin sessions of other years."""
    far = make_batch([REPORT, REPORT], [NOW - 3 * 86_400 * 10**6, NOW - 10**15], peer=PEER)
    report = read(connections=far["connections"])
    assert (report.snapshots, report.skipped[CLOCK_REASON], report.sighting) == (0, 2, None)


def test_a_wrong_name_is_refused_by_the_batch_s_word_for_it():
    """Before it is acknowledged, since no session could take it."""
    with pytest.raises(Invalid) as caught:
        read(participant={"id": "a\nb"})
    assert caught.value.field == "participant.id"


def test_too_many_objects_are_refused():
    """What they would unpack to is bounded."""
    batch = make_batch([REPORT], [NOW], peer=PEER)
    batch["connections"] = [{"key": "1", "first": 0, "at": [NOW] + [0] * 999, "stats": [{}] * 61}]
    payload = json.dumps(batch).encode()
    place = Place(client=CLIENT, address="", received_at=NOW * 1000)
    with pytest.raises(Invalid) as caught:
        take_report(batch_decoder.decode(payload), payload, place)
    assert caught.value.field == "connections"


def test_what_waited_during_an_upgrade_gets_new_rows():
    """A report of another layout is read again from its payload, and is the same."""
    report = read()
    old = msgspec.structs.replace(report, layout="older", streams=[], transports=[])
    assert unpack_report(pack_report(old)) == report
    assert unpack_report(pack_report(report)).layout == LAYOUT
    assert read_payload(report).streams == report.streams


def test_sightings_of_a_peer_become_one_in_any_order():
    """The earliest and latest times, and what the latest one says."""
    first = read(participant={"name": "An"}).sighting
    later = msgspec.structs.replace(
        first, last_at=first.last_at.replace(year=2027), name="Ann", has_left=True
    )
    other = msgspec.structs.replace(first, workspace_id=4)
    assert merged([first, later, other]) == merged([later, first, other])
    assert [(each.name, each.has_left) for each in merged([first, later, other])] == [
        ("Ann", True),
        ("An", False),
    ]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(stats=st.lists(anything, max_size=4), events=st.lists(anything, max_size=3), values=anything)
def test_any_json_in_a_batch_is_read_or_refused(stats, events, values):
    """No exception but ours comes out, and every row has a value for each column."""
    batch = make_batch([REPORT], [NOW], peer=PEER, events=events)
    batch["connections"][0]["stats"] += [*stats, {"id": "x", "type": "inbound-rtp", "values": values}]
    payload = msgspec.json.encode(batch)
    place = Place(client=CLIENT, address="", received_at=NOW * 1000)
    report = unpack_report(pack_report(take_report(batch_decoder.decode(payload), payload, place)))
    assert report.payload == payload
