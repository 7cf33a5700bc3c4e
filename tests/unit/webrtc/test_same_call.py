"""One call, recorded four ways at once: all readers give the same samples; what a form lacks is listed."""

from collections.abc import Iterator

import pytest
from known_calls import DATA, recording_in

from sonde.webrtc.event import EventKind
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.recording import Notes, Recording
from sonde.webrtc.sample import StreamSample, TransportSample

CALL = "video-loss5-jitter30-AtoB"

BEYOND_GETSTATS = {"jitter_buffer_flushes", "interruption_count", "total_interruption_duration"}
"""What the browser's own recorders have and the page's getStats has not."""

LACKING_IN_INTERNALS = {"round_trip_time"}
"""Of streams received: it was missing now and then, and a series with gaps cannot be placed."""

MASKED_BY_RTCSTATS = {"local_address", "local_related_address", "remote_address"}
"""The rtcstats server hides the last part of addresses."""

LACKING_IN_RTCSTATS = {"writable"}
"""The rtcstats client drops it."""

RENUMBERED_BY_RTCSTATS = {
    "stream_id", "transport_id", "candidate_pair_id", "local_candidate_id", "remote_candidate_id",
}  # fmt: skip
"""The rtcstats client numbers all objects anew."""

STEADY = {
    "direction", "kind", "source", "ssrc", "rtx_ssrc", "mid", "rid", "encoding_index", "track", "codec",
    "codec_fmtp", "payload_type", "clock_rate", "channels", "codec_implementation", "power_efficient",
    "scalability_mode", "ice_role", "ice_state", "dtls_state", "dtls_role", "dtls_cipher", "srtp_cipher",
    "tls_version", "local_candidate_type", "local_port", "local_protocol", "local_related_port",
    "local_network_type", "remote_candidate_type", "remote_port", "remote_protocol", "nominated",
    "selected_candidate_pair_changes",
}  # fmt: skip
"""Fields that did not change in this call once it was set up."""


def recording(form: str) -> Recording:
    return recording_in(DATA / "labelled" / f"{CALL}.{form}.gz")


@pytest.fixture(scope="module")
def page() -> Recording:
    """What the page wrote down of its own getStats."""
    return recording("getstats.jsonl")


def differences(page: Recording, other: Recording) -> Iterator[tuple[str, object, object]]:
    """Field, the page's value and the other's, wherever they differ in reports of the same instant."""
    compared = 0
    for own, theirs in zip(page.peers, other.peers, strict=True):
        by_time = {snapshot.at: snapshot for snapshot in own.snapshots}
        for snapshot in theirs.snapshots:
            if snapshot.at in by_time:
                compared += 1
                yield from _differences(by_time[snapshot.at].streams, snapshot.streams)
                yield from _differences(by_time[snapshot.at].transports, snapshot.transports)
    assert compared > 100


def _differences(own, theirs) -> Iterator[tuple[str, object, object]]:
    for one, other in zip(sorted(own, key=_key), sorted(theirs, key=_key), strict=True):
        for field in one.__struct_fields__:
            if getattr(one, field) != getattr(other, field):
                yield field, getattr(one, field), getattr(other, field)


def _key(sample: StreamSample | TransportSample) -> str:
    return sample.stream_id if isinstance(sample, StreamSample) else sample.transport_id


def test_chromes_own_export_says_what_the_page_saw_and_a_little_more(page):
    """Report by report, all fields are equal but those that the page is not told."""
    other = recording("chrome-rtcstats_dump.jsonl")
    assert (other.format, other.notes) == ("chrome-rtcstats", Notes())
    found = set(differences(page, other))
    assert {field for field, _, _ in found} == BEYOND_GETSTATS
    assert {own for _, own, _ in found} == {None}


def test_webrtc_internals_says_what_the_page_saw_but_for_a_series_with_gaps(page):
    """Report by report, what is not equal is missing, and the notes say what and why."""
    other = recording("webrtc_internals_dump.json")
    assert other.format == "webrtc-internals"
    assert other.notes.skipped == {
        "remote-outbound-rtp.roundTripTime: expected a series without gaps in the middle": 2
    }
    found = list(differences(page, other))
    assert {field for field, own, _ in found if own is None} == BEYOND_GETSTATS
    missing = [(field, theirs) for field, own, theirs in found if own is not None]
    assert set(missing) == {(field, None) for field in LACKING_IN_INTERNALS}


def test_rtcstats_asked_at_other_times_and_saw_the_same_call(page):
    """Each counter lies between those of the page's reports before and after; what is steady is equal."""
    other = recording("rtcstats-server-v3.jsonl")
    assert (other.format, other.notes) == ("rtcstats-v3", Notes())
    brackets = 0
    for own, theirs in zip(page.peers, other.peers, strict=True):
        reports = sorted([*own.snapshots, *theirs.snapshots], key=lambda snapshot: snapshot.at)
        for before, report, after in zip(reports, reports[1:], reports[2:], strict=False):
            if report in theirs.snapshots and {before, after} <= set(own.snapshots):
                brackets += 1
                _check_between(before.streams, report.streams, after.streams)
                _check_between(before.transports, report.transports, after.transports)
    assert brackets > 50


def _check_between(before, report, after) -> None:
    """Compare by SSRC, as rtcstats has other ids."""
    earlier, later = ({_ssrc(each): each for each in samples} for samples in (before, after))
    for sample in report:
        one, two = earlier.get(_ssrc(sample)), later.get(_ssrc(sample))
        if one is None or two is None:
            continue
        for field in set(sample.__struct_fields__) - RENUMBERED_BY_RTCSTATS - MASKED_BY_RTCSTATS:
            _check_field(field, getattr(one, field), getattr(sample, field), getattr(two, field))


def _ssrc(sample: StreamSample | TransportSample) -> int | None:
    return sample.ssrc if isinstance(sample, StreamSample) else None


def _check_field(field, before, value, after) -> None:
    if field in LACKING_IN_RTCSTATS:
        assert value is None
    elif field in STEADY and before == after:
        assert value == before, field
    elif field.startswith(COUNTERS) and None not in {before, after} and before <= after:
        assert before <= value <= after, field
    elif before is None and after is None and field != "round_trip_time":  # which comes and goes
        assert value is None, field


COUNTERS = (
    "packets_sent", "packets_received", "packets_discarded", "bytes_",
    "header_", "retransmitted_", "fec_", "nack_", "fir_", "pli_", "jitter_buffer_",
    "total_", "concealed_", "concealment_", "silent_", "inserted_", "removed_", "synthesized_", "playout_",
    "frames_received", "frames_decoded", "frames_encoded", "frames_sent", "frames_assembled", "key_frames",
    "freeze_count", "pause_count", "qp_sum", "quality_limitation_duration",
    "remote_at", "remote_sent_at", "remote_packets_sent", "remote_bytes_sent", "remote_reports",
    "pair_bytes", "pair_packets", "requests_", "responses_", "last_packet_", "round_trip_time_measurements",
)  # fmt: skip
"""Beginnings of the names of fields that only grow."""


@pytest.mark.parametrize(
    "form", ["webrtc_internals_dump.json", "chrome-rtcstats_dump.jsonl", "rtcstats-server-v3.jsonl"]
)
def test_events_are_the_same_in_all_forms(form):
    """How the connections came about is told alike, but for the details that only some keep."""
    other = recording(form)
    assert "HeadlessChrome" in other.user_agent or form.startswith("chrome-")
    for peer in other.peers:
        states = [each.value for each in peer.events if each.kind is EventKind.CONNECTION_STATE]
        assert states[:2] == ["connecting", "connected"]
        [description] = [each for each in peer.events if each.kind is EventKind.LOCAL_DESCRIPTION]
        assert description.detail.startswith("v=0\r\n")
        assert description.detail.count("\r\nm=") == 2
        assert "a=fingerprint" in description.detail
        received = [each for each in peer.events if each.kind is EventKind.TRACK_RECEIVED]
        tracks = {each.track for each in peer.snapshots[-1].streams if each.direction == "recv"}
        assert {each.track for each in received} == tracks
    granted = [each for each in other.events if each.kind is EventKind.MEDIA_GRANTED]
    assert [each.value for each in granted] == ["audio", "video"]
    assert granted[1].detail == "fake_device_0"


@pytest.mark.parametrize("form", ["webrtc_internals_dump.json", "chrome-rtcstats_dump.jsonl"])
def test_intervals_are_the_same_to_the_last_digit(page, form):
    """Between reports of the same instants, every number that the form can carry is that of the page."""
    lacking = BEYOND_GETSTATS | LACKING_IN_INTERNALS
    compared = 0
    for own, theirs in zip(page.peers, recording(form).peers, strict=True):
        by_span = {(each.stream_id, each.start, each.end): each for each in _intervals(own)}
        for each in _intervals(theirs):
            one = by_span.get((each.stream_id, each.start, each.end))
            if one is None:
                continue
            compared += 1
            for field in set(each.__struct_fields__) - lacking - {"missing"}:
                assert getattr(one, field) == getattr(each, field), field
    assert compared > 400


def _intervals(peer):
    return [each for stream in peer_intervals(peer.snapshots).streams for each in stream.intervals]
