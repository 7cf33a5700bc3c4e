"""One getStats report: what each browser says, and nothing that it does not say."""

import gzip
import json
from pathlib import Path

import pytest

from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.w3c import MOST_STREAMS, read_report
from sonde.webrtc.recording import LegacyStatistics, MalformedRecording, Notes

AT = 1_700_000_000_000
NANOSECONDS = 1_000_000
RECORDED = Path(__file__).parents[2] / "data/webrtc/chromium-getstats.json.gz"
SCENARIOS = json.loads(gzip.decompress(RECORDED.read_bytes()))["scenarios"]


def read(*objects, heard_at=None):
    """The snapshot of a report of these objects, all stamped alike, and the notes on it."""
    notebook = Notebook()
    stamped = [{"timestamp": AT, **each} for each in objects]
    return read_report(stamped, notebook, heard_at=heard_at), notebook.notes()


def inbound(**members):
    return {"type": "inbound-rtp", "id": "I1", "kind": "video", "ssrc": 7, **members}


def outbound(**members):
    return {"type": "outbound-rtp", "id": "O1", "kind": "video", "ssrc": 8, **members}


def pair(key, **members):
    return {"type": "candidate-pair", "id": key, "transportId": "T", "state": "succeeded", **members}


def stream(snapshot):
    [only] = snapshot.streams
    return only


def transport(snapshot):
    [only] = snapshot.transports
    return only


def chromium(scenario, side):
    notebook = Notebook()
    snapshot = read_report(SCENARIOS[scenario]["last_sample"][side], notebook)
    assert notebook.notes() == Notes()
    return snapshot


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("side", ["a", "b"])
def test_everything_that_chromium_reports_has_its_place(scenario, side):
    """No member of a real report is unknown, and none of another type than expected."""
    assert chromium(scenario, side).streams


def test_a_received_stream_has_its_counters_codec_and_playout():
    """All objects that belong to a stream are folded into its sample."""
    snapshot = chromium("clean", "a")
    [sound] = [each for each in snapshot.streams if (each.direction, each.kind) == ("recv", "audio")]
    assert (sound.codec, sound.clock_rate, sound.source, sound.mid) == ("opus", 48000, "microphone", "0")
    assert sound.packets_received > 0
    assert sound.jitter_buffer_emitted_count > 0
    assert sound.playout_samples_count > 0
    assert sound.remote_packets_sent > 0


def test_a_sent_stream_has_its_source_and_the_report_on_it():
    """What feeds a stream and what the other side says of it belong to its sample."""
    snapshot = chromium("loss5_delay100", "a")
    [picture] = [each for each in snapshot.streams if (each.direction, each.kind) == ("send", "video")]
    assert (picture.source_width, picture.source_height) == (640, 480)
    assert picture.round_trip_time == pytest.approx(0.2, abs=0.05)
    assert picture.remote_packets_lost > 0
    assert picture.remote_at < snapshot.at
    assert picture.quality_limitation_duration_none is not None


def test_what_a_browser_does_not_report_is_none():
    """Chromium never reports available incoming bitrate, nor rendered frames: None, not 0."""
    snapshot = chromium("clean", "a")
    assert transport(snapshot).available_incoming_bitrate is None
    assert transport(snapshot).available_outgoing_bitrate > 0
    assert {each.frames_rendered for each in snapshot.streams} == {None}


def test_video_retransmissions_are_told_from_packets():
    """The packets received of video count retransmissions; they are there to be taken out."""
    snapshot = chromium("loss20_delay50", "b")
    [picture] = [each for each in snapshot.streams if (each.direction, each.kind) == ("recv", "video")]
    assert 0 < picture.retransmitted_packets_received < picture.packets_received


def test_only_the_named_pair_counts_of_several_nominated():
    """Two pairs are nominated; the transport says which one carries the media."""
    snapshot, _ = read(
        {"type": "transport", "id": "T", "selectedCandidatePairId": "P2", "dtlsState": "connected"},
        pair("P1", nominated=True, bytesSent=9000, currentRoundTripTime=0.5),
        pair("P2", nominated=True, bytesSent=10, currentRoundTripTime=0.04, remoteCandidateId="R"),
        {"type": "remote-candidate", "id": "R", "candidateType": "relay", "ip": "192.0.2.9", "port": 9},
    )
    used = transport(snapshot)
    assert (used.candidate_pair_id, used.current_round_trip_time) == ("P2", 0.04)
    assert (used.remote_candidate_type, used.remote_address, used.remote_port) == ("relay", "192.0.2.9", 9)
    assert used.dtls_state == "connected"


def test_firefox_marks_the_pair_and_may_have_no_transport():
    """Without a transport object there is one for each transportId, with the pair marked as selected."""
    snapshot, _ = read(
        pair("P1", nominated=True, selected=False, bytesSent=9),
        pair("P2", nominated=True, selected=True, bytesSent=1),
    )
    assert (transport(snapshot).transport_id, transport(snapshot).candidate_pair_id) == ("T", "P2")


def test_a_transport_that_names_no_pair_has_the_nominated_one_that_carried_most():
    """As older Safari does it."""
    snapshot, _ = read(
        {"type": "transport", "id": "T"},
        pair("P1", nominated=True, bytesSent=5, bytesReceived=5),
        pair("P2", nominated=True, bytesSent=50),
        pair("P3", nominated=False, bytesSent=500),
    )
    assert transport(snapshot).candidate_pair_id == "P2"


def test_no_pair_is_in_use_before_one_is_nominated():
    """Then the transport has no pair, instead of one that was only tried."""
    snapshot, _ = read({"type": "transport", "id": "T"}, pair("P1", nominated=False))
    assert transport(snapshot).candidate_pair_id is None


def test_playout_counts_from_1900():
    """The only time that does; all times become nanoseconds since 1970."""
    snapshot, _ = read(
        inbound(estimatedPlayoutTimestamp=AT + 2_208_988_800_000, lastPacketReceivedTimestamp=AT + 5)
    )
    assert stream(snapshot).estimated_playout_at == AT * NANOSECONDS
    assert stream(snapshot).last_packet_received_at == (AT + 5) * NANOSECONDS


def test_a_time_of_zero_is_never():
    """Browsers write 0 for a packet that has not come."""
    snapshot, notes = read(inbound(lastPacketReceivedTimestamp=0))
    assert stream(snapshot).last_packet_received_at is None
    assert notes == Notes()


def test_the_other_sides_report_has_its_own_time_and_may_lack_the_round_trip():
    """It is older than the snapshot, and is there before a round trip was measured."""
    report = {
        "type": "remote-inbound-rtp",
        "id": "R",
        "localId": "O1",
        "timestamp": AT - 6000,
        "packetsLost": -1,
    }
    snapshot, _ = read(outbound(), report)
    sent = stream(snapshot)
    assert snapshot.at == AT * NANOSECONDS
    assert sent.remote_at == (AT - 6000) * NANOSECONDS
    assert (sent.remote_packets_lost, sent.round_trip_time) == (-1, None)


@pytest.mark.parametrize("link", [{"localId": "O1"}, {"ssrc": 8}, {}])
def test_reports_are_found_from_either_end(link):
    """By the id that the report names, by the id that the stream names, or by the SSRC."""
    report = {"type": "remote-inbound-rtp", "id": "R", "roundTripTime": 0.1, **link}
    named = outbound() if link else outbound(remoteId="R")
    snapshot, _ = read(named, report)
    assert stream(snapshot).round_trip_time == 0.1


def test_old_firefox_marks_reports_as_remote():
    """Before version 66 they had the type of a stream."""
    snapshot, _ = read(outbound(), inbound(isRemote=True, ssrc=8, packetsLost=3))
    assert stream(snapshot).remote_packets_lost == 3


def test_screens_are_told_by_their_content():
    """Only a shared screen has a contentType; that is all that distinguishes it."""
    sources = [each.source for each in chromium("screenshare", "a").streams if each.kind == "video"]
    assert sorted(sources) == ["camera", "screen"]


def test_simulcast_layers_are_streams_of_their_own():
    """Each rid with its own SSRC and report; a refused layer is there without a size."""
    layers = [each for each in chromium("simulcast", "a").streams if each.rid]
    assert {(each.rid, each.encoding_index, each.frame_height) for each in layers} == {
        ("q", 0, 180),
        ("h", 1, 360),
        ("f", 2, 720),
    }
    refused, _ = read(outbound(rid="q", active=False))
    assert (stream(refused).active, stream(refused).frame_height) == (False, None)


def test_a_page_that_captures_nothing_is_not_told_the_decoder():
    """Chromium hides the implementation from it."""
    snapshot = chromium("recvonly_peer", "b")
    assert {each.codec_implementation for each in snapshot.streams} == {None}


def test_older_browsers_keep_values_with_the_track():
    """They are taken from there, unless the stream has them too."""
    track = {"type": "track", "id": "K", "framesDropped": 4, "freezeCount": 2, "framesReceived": 9}
    snapshot, notes = read(inbound(trackId="K", framesReceived=10), track)
    received = stream(snapshot)
    assert (received.frames_dropped, received.freeze_count, received.frames_received) == (4, 2, 10)
    assert notes == Notes()


def test_the_only_source_of_a_kind_needs_no_reference():
    """Firefox does not say which source feeds a stream; with two of a kind it stays open."""
    camera = {"type": "media-source", "id": "S1", "kind": "video", "frames": 30}
    snapshot, _ = read(outbound(), camera)
    assert stream(snapshot).source_frames == 30
    snapshot, _ = read(outbound(), camera, {**camera, "id": "S2"})
    assert stream(snapshot).source_frames is None


def test_a_value_of_the_wrong_type_costs_only_itself():
    """It is counted under its name, and what is beside it is kept."""
    snapshot, notes = read(
        inbound(packetsReceived="7", jitter=float("nan"), nackCount=-1, packetsLost=3, mid=0)
    )
    received = stream(snapshot)
    assert (received.packets_received, received.jitter, received.nack_count) == (None, None, None)
    assert (received.packets_lost, received.mid) == (3, "0")
    assert notes.skipped == {
        "inbound-rtp.packetsReceived: expected a count": 1,
        "inbound-rtp.jitter: expected a number from 0 on": 1,
        "inbound-rtp.nackCount: expected a count": 1,
    }


def test_unknown_members_and_types_are_counted():
    """What browsers add is seen, without being lost in silence or breaking anything."""
    _, notes = read(inbound(shinyCount=1), {"type": "novelty", "id": "N"})
    assert notes.unknown == {"inbound-rtp.shinyCount": 1, "novelty": 1}


def test_a_stream_of_no_kind_is_left_out():
    """A stream that is neither audio nor video by its own words or its codec's."""
    snapshot, notes = read(inbound(kind="smell"), inbound(id="I2", kind=None, mediaType="audio"))
    assert [each.stream_id for each in snapshot.streams] == ["I2"]
    assert notes.skipped == {"inbound-rtp.kind: expected audio or video": 1}


@pytest.mark.parametrize("form", [list, dict, "pairs"])
def test_reports_come_as_lists_maps_and_pairs(form):
    """As `[...report.values()]`, as a map from id to object, and as `[...report]`."""
    stats = {"timestamp": AT, **inbound()}
    forms = {list: [stats], dict: {"I1": stats}, "pairs": [["I1", stats]]}
    assert [each.stream_id for each in read_report(forms[form], Notebook()).streams] == ["I1"]


def test_the_recorders_clock_counts_where_the_browsers_is_days_off():
    """A stamp that is more than a day from when the report was heard is no time."""
    heard = (AT + 90_000_000) * NANOSECONDS
    assert read(inbound(), heard_at=heard)[0].at == heard
    assert read(inbound(), heard_at=(AT + 500) * NANOSECONDS)[0].at == AT * NANOSECONDS


def test_a_report_without_a_time_needs_one_from_its_recorder():
    """Nothing is invented."""
    with pytest.raises(MalformedRecording, match="timestamp: expected milliseconds since 1970"):
        read(inbound(timestamp=None))
    assert read(inbound(timestamp=None), heard_at=5)[0].at == 5


@pytest.mark.parametrize("kind", ["googTrack", "ssrc", "VideoBwe", "googCandidatePair"])
def test_statistics_from_before_the_standard_are_refused(kind):
    """With a sentence that says what they are."""
    with pytest.raises(LegacyStatistics, match="standard statistics, not the goog"):
        read({"type": kind, "id": "x"})


def test_ten_thousand_streams_are_cut_off():
    """The first ones are kept and the rest is counted."""
    snapshot, notes = read(*(inbound(id=f"I{number}") for number in range(10_000)))
    assert len(snapshot.streams) == MOST_STREAMS
    assert notes.skipped == {f"streams: expected at most {MOST_STREAMS}": 10_000 - MOST_STREAMS}


def test_texts_of_megabytes_are_left_out():
    """A name that long is none."""
    snapshot, notes = read(inbound(trackIdentifier="x" * 1_000_000, framesDecoded=1))
    assert (stream(snapshot).track, stream(snapshot).frames_decoded) == (None, 1)
    assert notes.skipped == {"inbound-rtp.trackIdentifier: expected a text of at most 1024 characters": 1}
