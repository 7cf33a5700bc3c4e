"""Which codec a stream is taken for, and how that is known."""

from dataclasses import replace

import pytest
from captures import MILLISECOND, START, Flow, frames, write_pcap
from scenarios import make

from sonde.capture.codec_option import read_codecs
from sonde.quality.codecs import CODECS
from sonde.quality.registry import VALUES

INVITE = """INVITE sip:bob@example.com SIP/2.0\r
Via: SIP/2.0/UDP 192.0.2.1:5060\r
Content-Type: application/sdp\r
\r
v=0\r
o=- 1 1 IN IP4 192.0.2.1\r
s=-\r
c=IN IP4 {address}\r
t=0 0\r
m=audio {port} RTP/AVP 0 97 101\r
a=rtpmap:97 {codec}\r
a=rtpmap:101 telephone-event/8000\r
a=ptime:20\r
"""


@pytest.fixture
def analyse_call(analyse, tmp_path):
    """A function that analyses a stream of payload type 97 after a SIP message."""

    def analyse_call(message, *codecs, packets=None):
        packets = packets or make("call", payload_type=97, clock_rate=16000, payload=33, count=250).packets
        signalling = Flow(source_port=5060, destination_port=5060).frame(message.encode())
        records = [(START, signalling), *frames(packets)]
        [stream] = analyse(write_pcap(tmp_path / "a", records), *codecs)["streams"]
        return stream

    return analyse_call


def invite(address="192.0.2.2", port=40000, codec="AMR-WB/16000"):
    """A message that describes a medium."""
    return INVITE.format(address=address, port=port, codec=codec)


@pytest.mark.parametrize(
    ("address", "port"), [("192.0.2.2", 40000), ("192.0.2.1", 41000), ("10.0.0.7", 40000)]
)
def test_descriptions_are_heeded(address, port, analyse_call):
    """By where the stream goes, by where it comes from, and by its port behind an address translator."""
    stream = analyse_call(invite(address, port))
    assert (stream["codec"], stream["clock_rate"], stream["codec_source"]) == ("AMR-WB", 16000, "sdp")
    assert stream["mos"]["codec_value"] == "amr-wb-12.65"
    assert stream["mos"]["scale"] == "wideband"


def test_a_description_elsewhere_is_none_of_ours(analyse_call):
    """The clock is read off the timestamps then, and the codec stays unknown."""
    stream = analyse_call(invite(port=50000))
    assert (stream["codec"], stream["clock_rate"], stream["codec_source"]) == (None, 16000, "guessed")
    assert stream["mos"]["reason"] == "The codec is unknown; --codec can name it."


@pytest.mark.parametrize("codec", ["AMR-WB/0", "AMR-WB/999999", "AMR-WB", "\x00/8000"])
def test_impossible_descriptions_are_ignored(codec, analyse_call):
    """A clock of zero or of anything beyond use would only do harm."""
    assert analyse_call(invite(codec=codec))["codec_source"] == "guessed"


def test_the_user_knows_best(analyse_call):
    """What is said on the command line counts more than a description."""
    stream = analyse_call(invite(), "amr-wb-23.05")
    assert (stream["codec"], stream["codec_source"]) == ("AMR-WB", "option")
    assert stream["mos"]["codec_value"] == "amr-wb-23.05"


def test_a_codec_can_be_named_for_one_payload_type(analyse, tmp_path):
    """The others are taken for what they are."""
    opus = make("opus", clock_rate=48000, payload_type=96, payload=60, ssrc=9).packets
    records = sorted([*frames(opus), *frames(make("call").packets)])
    both = analyse(write_pcap(tmp_path / "a", records), "96=opus-swb-vbr-31")["streams"]
    assert {(stream["codec"], stream["codec_source"]) for stream in both} == {
        ("OPUS", "option"),
        ("PCMU", "payload type"),
    }


@pytest.mark.parametrize(
    ("payload_type", "clock_rate", "codec"),
    [(0, 8000, "PCMU"), (8, 8000, "PCMA"), (9, 8000, "G722"), (34, 90000, "H263")],
)
def test_static_payload_types_are_known(payload_type, clock_rate, codec, analyse_packets):
    """Those of RFC 3551."""
    packets = make("call", payload_type=payload_type, clock_rate=clock_rate, count=100).packets
    [stream] = analyse_packets(packets)["streams"]
    assert (stream["codec"], stream["clock_rate"], stream["codec_source"]) == (
        codec,
        clock_rate,
        "payload type",
    )


@pytest.mark.parametrize("clock_rate", [8000, 11025, 16000, 24000, 32000, 44100, 48000, 90000])
def test_clocks_are_read_off_the_timestamps(clock_rate, analyse_packets):
    """With jitter of some milliseconds, within two seconds."""
    delays = [40 * MILLISECOND + i * 7 % 11 * MILLISECOND for i in range(100)]
    packets = make("call", payload_type=100, clock_rate=clock_rate, count=100, delays=delays).packets
    [stream] = analyse_packets(packets)["streams"]
    assert (stream["clock_rate"], stream["codec_source"]) == (clock_rate, "guessed")


def test_an_unknown_clock_measures_nothing_that_needs_it(analyse_packets):
    """Timestamps that run with no clock in use leave delays unmeasured, with the reason, and counts whole."""
    packets = [
        replace(packet, timestamp=i * 20, payload_type=100) for i, packet in enumerate(make("odd").packets)
    ]
    [stream] = analyse_packets(packets)["streams"]
    assert (stream["clock_rate"], stream["codec_source"]) == (None, "unknown")
    assert [stream[name] for name in ("jitter", "pdv", "ipdv", "discards", "discard_ratio")] == [None] * 5
    assert stream["not_measured"].startswith("The RTP clock is unknown")
    assert (stream["packets_received"], stream["packet_interval"]) == (1000, pytest.approx(0.02))


def test_guesses_say_that_they_are(analyse_packets):
    """A stream with the clock of Opus is scored as Opus, with a note."""
    packets = make("opus", clock_rate=48000, payload_type=111, payload=60).packets
    [stream] = analyse_packets(packets)["streams"]
    assert (stream["codec"], stream["codec_source"]) == ("OPUS", "guessed")
    assert stream["mos"]["notes"][0].startswith("The codec is guessed")


def test_video_is_measured_and_not_scored(analyse_packets):
    """There is no model for it here."""
    [stream] = analyse_packets(make("video", payload_type=96, clock_rate=90000).packets)["streams"]
    assert (stream["mos"]["value"], stream["mos"]["reason"]) == (None, "Video is not scored.")
    assert stream["jitter"] == 0


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("g711", ("", "PCMU", 8000)),
        ("G729A", ("g729a-vad", "G729", 8000)),
        ("g722.1-24", ("g722.1-24", "G7221", 16000)),
        ("opus", ("", "OPUS", 48000)),
        ("pcma", ("", "PCMA", 8000)),
        ("evs-swb-13.2", ("evs-swb-13.2", "EVS", 16000)),
        ("gsm-fr", ("gsm-fr", "GSM", 8000)),
    ],
)
def test_codecs_have_the_names_they_have_elsewhere(text, codec):
    """Those of voice tests, of SDP, and of the published values."""
    found = read_codecs([text]).everywhere
    assert (found.slug, found.format.name, found.format.clock_rate) == codec


@pytest.mark.parametrize(
    "texts", [["nonesuch"], ["128=opus"], ["x=opus"], ["opus", "g711"], ["8=opus", "8=g711"], [""]]
)
def test_what_names_no_codec_is_refused(texts):
    """As is what names two for the same streams."""
    with pytest.raises(ValueError, match=r"codec|payload type"):
        read_codecs(texts)


def test_every_codec_can_be_named():
    """Each one of voice tests and each published value."""
    for slug in {*CODECS, *(value.slug for value in VALUES)} - {
        "is-641",
        "is-54",
        "is-96",
        "is-127",
        "pdc-6.7",
    }:
        assert read_codecs([slug]).everywhere.format.clock_rate
