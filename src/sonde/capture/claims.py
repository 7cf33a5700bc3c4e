"""What the ends of a stream said of it themselves, in RTCP that the capture holds.

Plain RTCP is not authenticated, and it counts in its own way. So it is shown beside what was measured and
never mixed with it.
"""

from typing import Final

import msgspec

from sonde.capture.datagrams import Datagram
from sonde.rtp import rtcp
from sonde.rtp.rtcp_reports import ReceiverReport, ReportBlock, SenderReport
from sonde.rtp.rtcp_xr import UNAVAILABLE, ExtendedReport, VoipMetrics
from sonde.rtp.wire import MalformedPacket

MOST_CLAIMS: Final = 8192


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The last that a receiver reported of a stream (RFC 3550 section 6.4.1, RFC 3611 section 4.7).

    Attributes:
        reports: how many reports were seen.
        packets_lost: since its beginning, duplicates subtracted.
        jitter_ticks: interarrival jitter, ticks of the RTP clock.
        jitter: the same in seconds; None when the clock is unknown.
        mos_lq, mos_cq: as the receiver judged it; None when it did not say.
    """

    reports: int = 0
    packets_lost: int = 0
    jitter_ticks: int = 0
    jitter: float | None = None
    mos_lq: float | None = None
    mos_cq: float | None = None


class Claims:
    """What was reported so far, by the SSRC it is about."""

    def __init__(self) -> None:
        self._claims: dict[int, Claim] = {}

    def learn(self, datagram: Datagram) -> None:
        """Read a datagram that looks like RTCP; one that is not, or is encrypted, says nothing."""
        try:
            packets = rtcp.parse_compound(datagram.content)
        except MalformedPacket:
            return
        for packet in packets:
            if isinstance(packet, SenderReport | ReceiverReport):
                for block in packet.reports:
                    self._report(block)
            elif isinstance(packet, ExtendedReport):
                for metrics in packet.blocks:
                    if isinstance(metrics, VoipMetrics):
                        self._judge(metrics)

    def _report(self, block: ReportBlock) -> None:
        claim = self._of(block.ssrc)
        self._keep(
            block.ssrc,
            msgspec.structs.replace(
                claim, reports=claim.reports + 1, packets_lost=block.packets_lost, jitter_ticks=block.jitter
            ),
        )

    def _judge(self, metrics: VoipMetrics) -> None:
        mos_lq, mos_cq = (
            None if score == UNAVAILABLE else score / 10 for score in (metrics.mos_lq, metrics.mos_cq)
        )
        self._keep(
            metrics.ssrc, msgspec.structs.replace(self._of(metrics.ssrc), mos_lq=mos_lq, mos_cq=mos_cq)
        )

    def _of(self, ssrc: int) -> Claim:
        return self._claims.get(ssrc, Claim())

    def _keep(self, ssrc: int, claim: Claim) -> None:
        if ssrc in self._claims or len(self._claims) < MOST_CLAIMS:
            self._claims[ssrc] = claim

    def about(self, ssrc: int, clock_rate: int) -> Claim | None:
        """What was reported of a stream; None when nothing was."""
        claim = self._claims.get(ssrc)
        if claim is None or not clock_rate:
            return claim
        return msgspec.structs.replace(claim, jitter=claim.jitter_ticks / clock_rate)
