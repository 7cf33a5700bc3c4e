"""How fast a finished stream becomes its summary, and a datagram an RTP packet.

The floor of parsing is the unpacking of the fixed header alone; that of a summary is one sort of the
delays, which percentiles need.
"""

from collections.abc import Callable
from struct import Struct

import numpy as np
from report import cpu_per_call, options, show
from samples import make_stream

from sonde.rtp.packet import RtpPacket, build, parse
from sonde.rtp.recorder import Arrivals, Departures, StreamRecorder, summarise

STREAMS = (250, 500, 3000)
PAYLOAD = 160
_HEADER = Struct("!BBHII")


def main() -> None:
    """Measure and report."""
    asked = options("CPU time of summaries and of RTP packets", rounds=7).parse_args()
    packet = RtpPacket(payload_type=0, sequence_number=7, timestamp=160, ssrc=1, payload=bytes(PAYLOAD))
    data = build(packet)
    cases: dict[str, Callable[[], object]] = {
        "unpack the fixed header": lambda: _HEADER.unpack_from(data),
        "parse": lambda: parse(data),
        "build": lambda: build(packet),
    }
    packets = dict.fromkeys(cases, 1)
    for count in STREAMS:
        for name, work in _stream_cases(count).items():
            packets[f"{name}, {count} packets"] = count
            cases[f"{name}, {count} packets"] = work
    rows = [
        {
            "what": name,
            "cpu_us": tuple(1e6 * seconds for seconds in taken),
            "cpu_us_per_packet": 1e6 * taken[0] / packets[name],
        }
        for name, taken in cpu_per_call(cases, asked.rounds).items()
    ]
    show("RTP: packets and summaries", rows, as_json=asked.json)


def _stream_cases(packets: int) -> dict[str, Callable[[], object]]:
    departures, arrivals = make_stream(packets)
    delays = arrivals.received_at - departures.sent_at[arrivals.index]
    return {
        "sort the delays": lambda: np.sort(delays),
        "summarise": lambda: summarise(departures, arrivals, jitter_buffer=0.04, clock_offset=0),
        "StreamRecorder": lambda: _record(departures, arrivals),
    }


def _record(departures: Departures, arrivals: Arrivals) -> object:
    """The same stream one packet at a time."""
    recorder = StreamRecorder(jitter_buffer=0.04)
    for index, sent_at in zip(departures.index.tolist(), departures.sent_at.tolist(), strict=True):
        recorder.sent(index, sent_at)
    for index, received_at in zip(arrivals.index.tolist(), arrivals.received_at.tolist(), strict=True):
        recorder.received(index, received_at, tos=184, ttl=57)
    return recorder.summary()


if __name__ == "__main__":
    main()
