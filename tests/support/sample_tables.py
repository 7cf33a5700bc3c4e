"""Samples as the tables that peer reports are made of."""

from collections.abc import Iterable

import msgspec

from sonde.webrtc.sample import StreamSample, TransportSample
from sonde.webrtc.sample_table import SampleTable


def table_of(line: Iterable[tuple[int, StreamSample | TransportSample]]) -> SampleTable:
    """Samples with their times in columns, without the fields that none of them has."""
    times, samples = zip(*line, strict=True)
    columns = {
        name: [getattr(sample, name) for sample in samples]
        for name in (field.name for field in msgspec.structs.fields(samples[0]))
    }
    return SampleTable(times, {name: each for name, each in columns.items() if set(each) != {None}})
