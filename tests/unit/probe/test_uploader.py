"""How results are put together for the way to the server."""

import itertools

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sonde.api.ingest.router import MAX_BODY
from sonde.model.control import ResultsUpload
from sonde.model.rounds import RoundReport
from sonde.probe.packet_trace import trace_packets
from sonde.probe.uploader import BATCH, UPLOAD_BYTES, _split
from sonde.rtp.recorder import Arrivals, Departures, summarise


@given(sizes=st.lists(st.integers(0, 2 * UPLOAD_BYTES), min_size=1, max_size=12))
def test_every_result_goes_once_and_in_order(sizes: list[int]) -> None:
    """As many together as fit; one that does not fit goes alone."""
    content = memoryview(bytes(2 * UPLOAD_BYTES))
    items = [content[:size] for size in sizes]
    uploads = list(_split(items))
    assert [item for upload in uploads for item in upload] == items
    assert all(sum(map(len, upload)) <= UPLOAD_BYTES or len(upload) == 1 for upload in uploads)
    for upload, following in itertools.pairwise(uploads):
        assert sum(map(len, upload)) + len(following[0]) > UPLOAD_BYTES


def longest_report() -> RoundReport:
    """A minute of packets whose stamps are as irregular as they come."""
    chance, packets = np.random.default_rng(1), 3000
    index = np.arange(packets)
    sent_at = 10**18 + np.cumsum(chance.integers(10**7, 3 * 10**7, packets))
    received_at = sent_at + chance.integers(0, 10**9, packets)
    departures = Departures(index=index, sent_at=sent_at)
    arrivals = Arrivals(
        index=index,
        received_at=received_at,
        tos=chance.integers(0, 256, packets),
        ttl=chance.integers(0, 256, packets),
    )
    return RoundReport(
        test_id=1,
        round_id=0,
        target_agent_id=2,
        interval=120,
        duration=60,
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=1.0,
        stream=summarise(departures, arrivals, jitter_buffer=0.04, clock_offset=0),
        packets=trace_packets(departures, arrivals, jitter_buffer=0.04, clock_offset=0),
    )


def test_a_server_takes_every_upload() -> None:
    """Even a whole batch of the longest streams over the worst of networks."""
    report = longest_report()
    uploads = list(_split([msgspec.msgpack.encode(report)] * BATCH))
    assert len(uploads) > 1
    for upload in uploads:
        body = msgspec.json.encode(ResultsUpload(results=(report,) * len(upload)))
        assert len(body) < MAX_BODY
