"""Samples as the tables that peer reports are made of."""

from collections.abc import Iterable

from sonde.webrtc.sample import StreamSample, TransportSample
from sonde.webrtc.sample_table import SampleTable


def table_of(line: Iterable[tuple[int, StreamSample | TransportSample]]) -> SampleTable:
    """Samples with their times in columns, without the fields that none of them has."""
    samples = dict(line)
    return SampleTable.of(samples, next(iter(samples.values())).__struct_fields__)
