"""Tables of the reference pages list what the code has: all of it, and nothing else."""

import pytest

from sonde.api.thousandeyes.v6.schema import MetricsRow
from sonde.capture.claims import Claim
from sonde.capture.report import BurstsByAppendix, CaptureReport, Changes, Percentiles, StreamReport
from sonde.capture.scoring import StreamMos
from sonde.model.packets import PacketTrace
from sonde.model.rounds import RoundError, RoundReport, RoundResult, SenderHealth
from sonde.probe.frames import SYNCS_PER_SECOND
from sonde.probe.limits import Limits
from sonde.quality.attribution import Attribution
from sonde.quality.averages import OverTime
from sonde.quality.call_score import CallScore
from sonde.quality.codecs import CODECS
from sonde.quality.coding import coding_of
from sonde.quality.emodel import Rating
from sonde.quality.qs_audio import AudioHeard
from sonde.quality.qs_video import VideoSeen
from sonde.quality.voice import VoiceScore, score_sonde
from sonde.rtp.delay import PdvHistogram
from sonde.rtp.summary import StreamSummary
from sonde.webrtc.call_report import CallIssue, CallPath, CallPeer, CallReport, CallSession, CallVerdict
from sonde.webrtc.distributions import ClassDistribution, MosDistribution
from sonde.webrtc.interval import Absence, Flag, StreamInterval, TransportInterval
from sonde.webrtc.spread import Spread
from sonde.webrtc.stream_report import CallMos, CallStream

RTP_HEADER = 12
UDP_AND_IPV4 = 28
CLOCK_EXCHANGES = SYNCS_PER_SECOND
"""A second."""


@pytest.fixture
def metrics(find_page):
    """The page that explains every number."""
    return find_page("docs/metrics.md")


@pytest.mark.parametrize(
    "struct",
    [
        RoundReport,
        SenderHealth,
        StreamSummary,
        PacketTrace,
        PdvHistogram,
        RoundResult,
        VoiceScore,
        Attribution,
        Rating,
        StreamReport,
        Percentiles,
        Changes,
        BurstsByAppendix,
        StreamMos,
        Claim,
        CaptureReport,
    ],
)
def test_every_field_is_explained(metrics, read_first_names, struct):
    """The section of a struct has each of its fields once, and no field that is not there."""
    names = read_first_names(metrics.section(f"`{struct.__name__}`"))
    assert sorted(names) == sorted(struct.__struct_fields__)


@pytest.mark.parametrize(
    "struct", [StreamInterval, TransportInterval, ClassDistribution, Spread, MosDistribution]
)
def test_every_number_of_an_interval_is_explained(find_page, read_first_names, struct):
    """The same of intervals and what they come to, on their own page."""
    names = read_first_names(find_page("docs/intervals.md").section(f"`{struct.__name__}`"))
    assert sorted(names) == sorted(struct.__struct_fields__)


@pytest.mark.parametrize(
    "struct", [CallReport, CallVerdict, CallIssue, CallSession, CallPeer, CallPath, CallStream, CallMos]
)
def test_every_field_of_a_report_on_calls_is_explained(find_page, read_first_names, struct):
    """What `sonde analyze --json` prints of dumps, on the page of the command."""
    names = read_first_names(find_page("docs/analyze.md").section(f"`{struct.__name__}`"))
    assert sorted(names) == sorted(struct.__struct_fields__)


@pytest.mark.parametrize("struct", [CallScore, OverTime, AudioHeard, VideoSeen])
def test_every_field_of_a_score_of_a_call_is_explained(find_page, read_first_names, struct):
    """What the scores of calls say and what they are made from, on their own page."""
    names = read_first_names(find_page("docs/scores.md").section(f"`{struct.__name__}`"))
    assert sorted(names) == sorted(struct.__struct_fields__)


def test_every_flag_and_absence_of_an_interval_is_explained(find_page, read_rows):
    """Each word that an interval can have beside its numbers."""
    page = find_page("docs/intervals.md")
    assert [row[0].strip("`") for row in read_rows(page.section("Flags"))] == list(Flag)
    assert [row[0] for row in read_rows(page.section("Why a number is missing"))] == list(Absence)


def test_every_round_error_is_explained(metrics, read_rows):
    """Each code has a cause, what is left of the numbers, and something to do."""
    explained = read_rows(metrics.section("`RoundError`"))
    assert sorted(code.strip("`") for code, *_ in explained) == sorted(RoundError)
    assert all(all(row) for row in explained)


def test_every_name_of_the_thousandeyes_api_is_mapped(metrics, read_first_names):
    """Each field of a result there has its origin here."""
    names = read_first_names(metrics.section("Names in the ThousandEyes API"))
    assert sorted(names) == sorted(MetricsRow.__struct_encode_fields__)


def test_the_codecs_are_as_computed(metrics, read_rows):
    """Sizes, rhythm, Ie, Bpl and ceiling in the table are those that streams are sent and scored with."""
    assert read_rows(metrics.section("Codecs")) == [
        [
            f"`{codec.slug}`",
            codec.name,
            str(codec.payload_type),
            str(codec.clock_rate),
            f"{1000 * codec.packet_interval:g}",
            str(codec.payload_bytes),
            f"{codec.ie:g}",
            f"{codec.bpl:g}",
            f"{codec.max_mos:.2f}",
            codec.source,
        ]
        for codec in CODECS.values()
    ]


def test_the_codecs_of_sonde_g107_are_as_computed(metrics, read_rows):
    """Scale, Ie, Bpl, look-ahead and ceiling in the table are those that streams are scored with."""

    def row(codec):
        coding = coding_of(codec)
        value = coding.value
        score = score_sonde(
            coding=coding, one_way_delay=0.0, jitter_buffer=0.0, loss_ratio=0.0, discard_ratio=0.0
        )
        return [
            f"`{codec.slug}`",
            score.scale,
            f"{value.ie:g}",
            "\N{EN DASH}" if value.bpl is None else f"{value.bpl:g}",
            f"{1000 * value.look_ahead:g}",
            f"{score.codec_max_mos:.2f}",
            value.source,
        ]

    tables = read_rows(metrics.section("The model sonde-g107"))
    assert [each for each in tables if len(each) == 7] == [row(codec) for codec in CODECS.values()]


def test_the_bandwidth_is_as_computed(find_page, read_rows):
    """What network people plan with follows from the codecs."""

    def row(codec):
        size = RTP_HEADER + codec.payload_bytes
        kilobits = 8 * (size + UDP_AND_IPV4) / 1000
        return [
            f"`{codec.slug}`",
            str(size),
            f"{codec.packets_per_second:.3g}",
            f"{kilobits * codec.packets_per_second:.1f}",
            f"{kilobits * CLOCK_EXCHANGES:.1f}",
        ]

    table = read_rows(find_page("docs/probe.md").section("Size and bandwidth"))
    assert table == [row(codec) for codec in CODECS.values()]


def test_the_limits_of_a_target_are_those_in_force(find_page, read_rows):
    """The values in the table are the defaults of every target."""
    limits = Limits()
    assert [value for _, value in read_rows(find_page("docs/probe.md").section("Limits"))] == [
        f"{limits.streams}",
        f"{limits.streams_per_key}",
        f"{limits.duration:g} s",
        f"{limits.packet_size} bytes",
        f"{limits.packets_per_second:,.0f} per second",
    ]
