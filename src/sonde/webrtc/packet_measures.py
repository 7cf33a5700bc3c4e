"""What became of packets: traffic, losses, the de-jitter buffer, and what the other side reported."""

from typing import Final

from sonde.webrtc.difference import Difference, NotMeasured, divide
from sonde.webrtc.interval import Absence
from sonde.webrtc.measures import Measure, bits_per_second, gauge, mean, rate, recent_or, rise, share


def packets_lost(difference: Difference) -> int:
    """RFC 3550: lost, less the late ones that came after all. A fall by more than came is no such thing."""
    if (recent := difference.recent("recent_packets_lost")) is not None:
        return int(recent)
    lost = difference.change("packets_lost")
    if -lost > difference.rise("packets_received"):
        raise NotMeasured(Absence.COUNTER_FELL)
    return int(lost)


def packets_expected(difference: Difference) -> int:
    """Media packets; `packets_received` of video counts those sent again and padding too."""
    if (recent := difference.recent("recent_packets")) is not None:
        return max(packets_lost(difference) + int(recent), 0)
    again = difference.rise_or_zero("retransmitted_packets_received")
    return max(packets_lost(difference) + int(difference.rise("packets_received") - again), 0)


def loss_ratio(difference: Difference) -> float:
    """Lost of expected."""
    return min(divide(max(packets_lost(difference), 0), packets_expected(difference)), 1.0)


def round_trip_time(difference: Difference) -> float:
    """Mean of the measurements in the interval; the last report's where measurements are not counted."""
    try:
        return mean("total_round_trip_time", "round_trip_time_measurements")(difference)
    except NotMeasured:
        return _of_reports(difference, [report.round_trip_time for report in difference.reports])


def remote_jitter(difference: Difference) -> float:
    """The last report's; of simulcast, the largest."""
    return _of_reports(difference, [report.jitter for report in difference.reports])


def remote_packets_lost(difference: Difference) -> float:
    """Of all layers that had a report."""
    return _sum_of_reports(difference, [report.packets_lost for report in difference.reports])


def remote_packets_expected(difference: Difference) -> float:
    """Of all layers that had a report."""
    return _sum_of_reports(difference, [report.packets_expected for report in difference.reports])


def remote_loss_ratio(difference: Difference) -> float:
    """Of one report its own; of several layers, lost of expected."""
    if len(difference.reports) == 1:
        return _of_reports(difference, [difference.reports[0].loss_ratio])
    lost, expected = remote_packets_lost(difference), remote_packets_expected(difference)
    return min(divide(lost, expected), 1.0)


def _of_reports(difference: Difference, values: list[float | None]) -> float:
    known = [value for value in values if value is not None]
    if known:
        return max(known)
    raise NotMeasured(Absence.NOT_REPORTED if difference.reports else Absence.NO_NEW_REPORT)


def _sum_of_reports(difference: Difference, values: list[int | None]) -> int:
    known = [value for value in values if value is not None]
    if known:
        return sum(known)
    raise NotMeasured(Absence.NOT_REPORTED if difference.reports else Absence.NO_NEW_REPORT)


FEEDBACK: Final[dict[str, Measure]] = {
    "nack_rate": rate("nack_count"),
    "pli_rate": rate("pli_count"),
    "fir_rate": rate("fir_count"),
}
"""Asked for by receivers of video; of sound only NACK, where it is negotiated."""

SENT: Final[dict[str, Measure]] = {
    "packets": rise("packets_sent"),
    "bytes": rise("bytes_sent"),
    "bitrate": recent_or("recent_bitrate", bits_per_second("bytes_sent")),
    "packet_rate": rate("packets_sent"),
    "retransmitted_packets": lambda difference: difference.rise_or_zero("retransmitted_packets_sent"),
    "send_delay": mean("total_packet_send_delay", "packets_sent"),
    "remote_packets_lost": remote_packets_lost,
    "remote_packets_expected": remote_packets_expected,
    "remote_loss_ratio": remote_loss_ratio,
    "remote_jitter": remote_jitter,
    "round_trip_time": round_trip_time,
}

RECEIVED: Final[dict[str, Measure]] = {
    "packets": rise("packets_received"),
    "bytes": rise("bytes_received"),
    "bitrate": recent_or("recent_bitrate", bits_per_second("bytes_received")),
    "packet_rate": rate("packets_received"),
    "retransmitted_packets": lambda difference: difference.rise_or_zero("retransmitted_packets_received"),
    "packets_lost": packets_lost,
    "packets_expected": packets_expected,
    "loss_ratio": loss_ratio,
    "packets_discarded": rise("packets_discarded"),
    "discard_ratio": share("packets_discarded", "packets_received"),
    "fec_packets": rise("fec_packets_received"),
    "jitter": gauge("jitter"),
    "jitter_buffer_delay": mean("jitter_buffer_delay", "jitter_buffer_emitted_count"),
    "jitter_buffer_target": mean("jitter_buffer_target_delay", "jitter_buffer_emitted_count"),
    "jitter_buffer_minimum": mean("jitter_buffer_minimum_delay", "jitter_buffer_emitted_count"),
    "jitter_buffer_flushes": rise("jitter_buffer_flushes"),
    "round_trip_time": round_trip_time,
}
