"""The ten codecs a voice test can imitate: how their packets look and how well they bear loss.

Only the size and rhythm of the packets is imitated, never the sound. Frame sizes and the ceilings of the
MOS follow the ThousandEyes RTP stream test, on the narrowband scale for wideband codecs too: they are what
`te-g107` scores with. Ie is the value that gives the ceiling; where no Bpl has been published the choice is
ours, and `source` says so. For the same codecs on their own scales see `sonde.quality.coding`.
"""

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import msgspec

from sonde.quality.emodel import EmodelInputs, rate
from sonde.quality.mos import r_to_mos


class Codec(msgspec.Struct, frozen=True, kw_only=True):
    """One codec with its packetization.

    Attributes:
        slug: stable name for settings and storage.
        name: name for people, in the spelling ThousandEyes users know.
        payload_type: RTP payload type; 96 and above are our choice, as RFC 3551 leaves them to the parties.
        clock_rate: RTP clock, Hz; 8000 for G.722, as RFC 3551 has it.
        frame_duration: seconds of sound in one frame.
        frame_bytes: bytes of one frame on average; not always whole.
        frames_per_packet: frames sent together.
        ie: equipment impairment factor, points of R.
        bpl: packet-loss robustness factor of G.113.
        source: where `ie` and `bpl` come from.
    """

    slug: str
    name: str
    payload_type: int
    clock_rate: int
    frame_duration: float
    frame_bytes: float
    frames_per_packet: int
    ie: float
    bpl: float
    source: str

    @property
    def packet_interval(self) -> float:
        """Seconds of sound in one packet, hence between two packets."""
        return self.frame_duration * self.frames_per_packet

    @property
    def packets_per_second(self) -> float:
        """Packets sent in a second."""
        return 1 / self.packet_interval

    @property
    def payload_bytes(self) -> int:
        """Bytes of RTP payload in one packet, rounded up to whole bytes."""
        return math.ceil(self.frame_bytes * self.frames_per_packet)

    @property
    def timestamp_step(self) -> int:
        """Ticks of the RTP clock from one packet to the next."""
        return round(self.clock_rate * self.packet_interval)

    @property
    def max_mos(self) -> float:
        """MOS on a perfect network, unrounded: no loss, no delay (G.107 defaults otherwise)."""
        return _ceiling(self.ie)


class UnknownCodec(ValueError):
    """There is no codec of that slug."""


@cache
def _ceiling(ie: float) -> float:
    return r_to_mos(rate(EmodelInputs(ie=ie)).r)


_BPL_OURS = (
    "No Bpl published: 10.0 is ours, the lowest value G.113 Table I.4 gives for a codec that conceals losses "
    "in 20 ms packets (GSM-EFR)."
)
_WIDEBAND_IE = "is the wideband-scale value, used on the narrowband scale because it gives the known ceiling"

_ALL = (
    Codec(
        slug="g711", name="G.711 @ 64 Kbps", payload_type=0, clock_rate=8000,
        frame_duration=0.010, frame_bytes=80, frames_per_packet=2, ie=0.0, bpl=25.1,
        source="Ie G.113 Appendix I; Bpl G.113 Table I.4, with packet-loss concealment (4.3 without).",
    ),
    Codec(
        slug="g722.1-24", name="G.722.1 @ 24 Kbps", payload_type=112, clock_rate=16000,
        frame_duration=0.020, frame_bytes=60, frames_per_packet=1, ie=19.0, bpl=10.0,
        source=f"Ie {_WIDEBAND_IE} 3.79. {_BPL_OURS}",
    ),
    Codec(
        slug="g722.1-32", name="G.722.1 @ 32 Kbps", payload_type=113, clock_rate=16000,
        frame_duration=0.020, frame_bytes=80, frames_per_packet=1, ie=13.0, bpl=10.0,
        source=f"Ie {_WIDEBAND_IE} 4.03. {_BPL_OURS}",
    ),
    Codec(
        slug="g726-32", name="G.726 @ 32 Kbps", payload_type=116, clock_rate=8000,
        frame_duration=0.005, frame_bytes=20, frames_per_packet=4, ie=12.0, bpl=10.0,
        source=f"Ie from the known ceiling 4.07; G.113 has 7. {_BPL_OURS}",
    ),
    Codec(
        slug="g723.1", name="G.723.1 @ 6.4 Kbps", payload_type=4, clock_rate=8000,
        frame_duration=0.030, frame_bytes=24, frames_per_packet=1, ie=15.0, bpl=16.1,
        source="Ie G.113 Appendix I, 6.3 kbit/s; Bpl G.113 Table I.4, with voice activity detection.",
    ),
    Codec(
        slug="g729a", name="G.729a @ 8 Kbps", payload_type=18, clock_rate=8000,
        frame_duration=0.010, frame_bytes=10, frames_per_packet=2, ie=11.0, bpl=19.0,
        source="Ie G.113 Appendix I; Bpl G.113 Table I.4; both with voice activity detection.",
    ),
    Codec(
        slug="rtaudio-45-wb", name="RTAudio @ 45 Kbps (WB)", payload_type=114, clock_rate=16000,
        frame_duration=0.020, frame_bytes=112.5, frames_per_packet=1, ie=11.0, bpl=10.0,
        source=f"Ie from the known ceiling 4.10; proprietary codec, none published. {_BPL_OURS}",
    ),
    Codec(
        slug="rtaudio-27.8", name="RTAudio @ 27.8 Kbps", payload_type=115, clock_rate=8000,
        frame_duration=0.020, frame_bytes=69.5, frames_per_packet=1, ie=36.0, bpl=10.0,
        source=f"Ie from the known ceiling 2.95; proprietary codec, none published. {_BPL_OURS}",
    ),
    Codec(
        slug="silk-36-wb", name="SILK @ 36 Kbps (WB)", payload_type=104, clock_rate=16000,
        frame_duration=0.020, frame_bytes=90, frames_per_packet=1, ie=-0.6, bpl=19.5,
        source=(
            "Ie from the known ceiling 4.42, above that of G.711 and hence below 0; none published. "
            "No Bpl published: 19.5 is ours, measured by Alahmadi (2021) for wideband Opus at 13 kbit/s, "
            "which codes with SILK."
        ),
    ),
    Codec(
        slug="g722-64", name="G.722 @ 64 Kbps (WB)", payload_type=9, clock_rate=8000,
        frame_duration=0.020, frame_bytes=160, frames_per_packet=1, ie=13.0, bpl=10.0,
        source=(
            "No ceiling known: Ie is ours, the wideband-scale value 13, as the other wideband codecs of the "
            f"family are scored. {_BPL_OURS}"
        ),
    ),
)  # fmt: skip

CODECS: Mapping[str, Codec] = MappingProxyType({each.slug: each for each in _ALL})
"""Every codec by slug."""


def codec(slug: str) -> Codec:
    """Return the codec of that slug.

    Raises:
        UnknownCodec: there is none; the message lists those there are.
    """
    try:
        return CODECS[slug]
    except KeyError:
        raise UnknownCodec(f"no codec is called {slug!r}; known are {', '.join(CODECS)}") from None
