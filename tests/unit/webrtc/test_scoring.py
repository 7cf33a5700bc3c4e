import pytest
from calls import Call, Weather
from tracks import SECOND, START, peer, track

from sonde.webrtc.interval import Flag
from sonde.webrtc.scoring import Ends, score_stream, scores_over_time
from sonde.webrtc.tracks import PeerIntervals


def always(**numbers):
    """These numbers in every second of a minute."""
    return dict.fromkeys(range(60), numbers)


def scored(direction, kind, *, far=None, others=(), **more):
    """The scores of a stream of hand-made seconds."""
    stream = track(direction, kind, **more)
    return score_stream(stream, Ends(peer=peer(stream, *others).intervals, far=far))


def test_five_seconds_make_a_score():
    """The first four seconds have a reason instead; each later one is scored with the four before it."""
    scores = scored("recv", "audio", seconds=8)
    assert [each.score.mos is None for each in scores] == [True] * 4 + [False] * 4
    assert "less than 5 s" in scores[0].score.reason
    assert scores[5].window_start == START + 1 * SECOND


def test_unsettled_intervals_are_left_out():
    """A start or gap ends the seconds that count together."""
    scores = scored("recv", "audio", seconds=12, bad={6: {"flags": (Flag.GAP,)}})
    assert [each.score.mos is None for each in scores] == [True] * 4 + [False] * 2 + [True] * 5 + [False]


def test_a_codec_change_begins_anew():
    """Seconds of two codecs are never scored together, and their scores never averaged."""
    scores = scored("recv", "audio", seconds=20, bad={second: {"codec": "PCMU"} for second in range(10, 20)})
    assert {each.score.scale for each in scores} == {"fullband", "narrowband", None}
    assert scores[12].score.mos is None
    assert [average.scale for average in scores_over_time(scores)] == ["fullband", "narrowband"]


def test_concealment_lowers_the_score_when_it_happens():
    """The score falls with the concealment and comes back within the window after it."""
    bad = {"audible_concealment_ratio": 0.06, "concealment_events": 3}
    scores = scored("recv", "audio", seconds=30, bad=dict.fromkeys(range(10, 15), bad))
    mos = [each.score.mos for each in scores]
    assert mos[9] == mos[19] == max(mos[4:])
    assert mos[14] == min(mos[4:]) < 3.5


def test_the_senders_target_is_the_bit_rate():
    """Silence needs few bits: the sender's target counts, and without it never less than full band needs."""
    few = always(bitrate=2_000.0)
    alone = scored("recv", "audio", bad=few)[-1].score
    linked = scored("recv", "audio", bad=few, far=track("send", "audio"))[-1].score
    assert 3.5 < alone.mos < linked.mos
    assert linked.mos == scored("recv", "audio")[-1].score.mos


def test_the_round_trip_is_found_elsewhere():
    """A stream without one takes that of another stream of its connection, else STUN's, else has no score."""
    blind = always(round_trip_time=None)
    other = track("send", "audio")
    by_other = scored("recv", "audio", bad=blind, others=[other])[-1].score
    assert by_other.mos == scored("recv", "audio")[-1].score.mos
    assert "round-trip" in scored("recv", "audio", bad=blind)[-1].score.reason


def test_a_muted_sender_is_not_scored():
    """What nobody says cannot sound bad."""
    muted = track("send", "audio", bad=always(track_enabled=False))
    assert "muted" in scored("recv", "audio", far=muted)[-1].score.reason


def test_a_sender_is_scored_by_reports():
    """Sound sent is scored from the other side's loss, and says what it cannot know."""
    lost = always(remote_packets_lost=2.0, remote_loss_ratio=0.04)
    score = scored("send", "audio", bad=lost)[-1].score
    assert score.mos < scored("send", "audio")[-1].score.mos
    assert any("buffer is unknown" in note for note in score.notes)


def test_a_report_counts_until_the_next_one():
    """Reports on sound come every five seconds; a bad one lowers the score for these five and no longer."""
    none = {"remote_packets_lost": None, "remote_packets_expected": None, "remote_loss_ratio": None}
    reports = {second: none for second in range(30) if second % 5 != 4}
    reports[9] = {"remote_packets_lost": 40.0, "remote_packets_expected": 250, "remote_loss_ratio": 0.16}
    mos = [each.score.mos for each in scored("send", "audio", seconds=30, bad=reports)]
    assert {second for second in range(4, 30) if mos[second] < max(mos[4:])} == set(range(9, 14))


def test_pictures_against_the_senders_camera():
    """Size and frame rate are held against what the camera gives where nobody says how it is shown.

    Of a sender with layers, somebody chose the one that fits.
    """
    small = always(frame_width=640, frame_height=360, render_width=None, render_height=None)
    far = track("send", "video")
    assert scored("recv", "video", bad=small, far=far)[-1].score.points["resolution"] == pytest.approx(0.6)
    layered = track("send", "video", bad=always(layers=3))
    for unknown in (None, layered):
        score = scored("recv", "video", bad=small, far=unknown)[-1].score
        assert score.points["resolution"] == 0


def test_a_whole_call():
    """Both ends of a clean call score well all the time; 5 % loss costs the receiver more than a point."""
    ann, bob = Call(a_to_b=[(20, 45, Weather(loss=0.05))]).peers()
    tracks = {stream.stream_id: stream for stream in (*ann.intervals.streams, *bob.intervals.streams)}
    good = score_stream(tracks["I101"], Ends(peer=ann.intervals, far=tracks["O101"]))
    bad = score_stream(tracks["I1"], Ends(peer=bob.intervals, far=tracks["O1"]))
    (fine,), (lossy,) = scores_over_time(good), scores_over_time(bad)
    assert fine.mos_worst > 4.2
    assert lossy.mos_worst < fine.mos_worst - 1
    assert lossy.worst < lossy.mean


def test_a_stream_without_intervals():
    """Nothing to score is nothing scored."""
    assert score_stream(track("recv", "audio", seconds=0), Ends(peer=PeerIntervals())) == ()
    assert scores_over_time(()) == ()
