"""Snapshots of one connection made intervals of its transports, by the candidate pair in use.

Several pairs can be nominated at a time; the sample names the selected one only, and another pair's counters
have nothing to do with its.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from sonde.webrtc.continuity import path_goes_on
from sonde.webrtc.difference import Difference, NotMeasured, Number
from sonde.webrtc.interval import Absence, Flag, TransportInterval
from sonde.webrtc.measures import Measure, bits_per_second, gauge, mean, measure_all, rise
from sonde.webrtc.sample import Snapshot, TransportSample
from sonde.webrtc.timeline import apart, shortest_gap, transport_lines

_AS_IN_THE_SAMPLE: Final = (
    *("transport_id", "candidate_pair_id", "ice_state", "dtls_state"),
    *("local_candidate_type", "remote_candidate_type", "local_protocol", "local_relay_protocol"),
    "local_network_type",
)


def transport_intervals(snapshots: Sequence[Snapshot]) -> dict[str, tuple[TransportInterval, ...]]:
    """All intervals of all transports of one connection, by their ids.

    Args:
        snapshots: of this connection, in any order, with repeats.
    """
    return {name: _line_intervals(dict(line)) for name, line in transport_lines(snapshots).items()}


def _line_intervals(line: dict[int, TransportSample]) -> tuple[TransportInterval, ...]:
    times = apart(line)
    gap = shortest_gap(times)
    return tuple(
        _interval((start, line[start]), (end, line[end]), is_gap=end - start > gap)
        for start, end in pairwise(times)
    )


def _interval(
    before: tuple[int, TransportSample], after: tuple[int, TransportSample], *, is_gap: bool
) -> TransportInterval:
    (start, earlier), (end, later) = before, after
    goes_on = path_goes_on(earlier, later)
    stays = goes_on and earlier.candidate_pair_id == later.candidate_pair_id
    pair = [(earlier, later)]
    numbers, missing = measure_all(
        (Difference(start, end, pairs=pair if stays else [], last=later), _OF_THE_PAIR),
        (Difference(start, end, pairs=pair if goes_on else [], last=later), _OF_THE_TRANSPORT),
    )
    if "path_switches" not in numbers:
        numbers["path_switches"] = int(earlier.candidate_pair_id != later.candidate_pair_id)
    return TransportInterval(
        start=start,
        end=end,
        flags=(*((Flag.GAP,) if is_gap else ()), *(() if goes_on else (Flag.RESET,))),
        missing={name: reason for name, reason in missing.items() if name not in numbers},
        **{name: getattr(later, name) for name in _AS_IN_THE_SAMPLE},
        **numbers,  # type: ignore[arg-type]  # the tables name fields of numbers only
    )


def round_trip_time(difference: Difference) -> Number:
    """Mean of the answers in the interval; the last one's where none are counted or the pair is new."""
    try:
        return mean("total_round_trip_time", "responses_received")(difference)
    except NotMeasured as error:
        if error.reason is Absence.NOTHING_TO_DIVIDE:
            raise
        return difference.gauge("current_round_trip_time")


_OF_THE_PAIR: Final[dict[str, Measure]] = {
    "bytes_sent": rise("pair_bytes_sent"),
    "bytes_received": rise("pair_bytes_received"),
    "packets_sent": rise("pair_packets_sent"),
    "packets_received": rise("pair_packets_received"),
    "send_bitrate": bits_per_second("pair_bytes_sent"),
    "receive_bitrate": bits_per_second("pair_bytes_received"),
    "round_trip_time": round_trip_time,
    "available_outgoing_bitrate": gauge("available_outgoing_bitrate"),
    "available_incoming_bitrate": gauge("available_incoming_bitrate"),
    "packets_discarded": rise("packets_discarded_on_send"),
}

_OF_THE_TRANSPORT: Final[dict[str, Measure]] = {
    "bytes_sent": rise("bytes_sent"),
    "bytes_received": rise("bytes_received"),
    "packets_sent": rise("packets_sent"),
    "packets_received": rise("packets_received"),
    "send_bitrate": bits_per_second("bytes_sent"),
    "receive_bitrate": bits_per_second("bytes_received"),
    "path_switches": rise("selected_candidate_pair_changes"),
}
"""Where a client has them, they outlast the pair; what it counts by pair only is taken from there."""
