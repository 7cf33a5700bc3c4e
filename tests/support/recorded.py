"""Streams that a recorder made of packet times, in the shape in which agents report them."""

import json
import random

import msgspec
import numpy as np

from sonde.model.packets import PacketFlag, PacketTable, pack_packets
from sonde.rtp.recorder import StreamRecorder

PACKETS = 250


def recorded(seed: int) -> dict:
    """A stream with losses and varying delays, and what happened to each of its packets."""
    chance = random.Random(seed)
    recorder, rows = StreamRecorder(jitter_buffer=0.04), []
    for index in range(PACKETS):
        recorder.sent(index, index * 20_000_000)
    for index in range(PACKETS):
        delay = 20_000_000 + int(chance.expovariate(1 / 12_000_000))
        is_lost = chance.random() < 0.03
        if not is_lost:
            recorder.received(index, index * 20_000_000 + delay, tos=46 << 2, ttl=57)
        rows.append((index, index * 20_000_000, delay, 184, 57, PacketFlag.LOST if is_lost else 0))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    names = ("index", "sent", "delay", "tos", "ttl", "flags")
    table = PacketTable(is_one_way=True, **dict(zip(names, columns, strict=True)))
    parts = {"stream": recorder.summary(), "packets": pack_packets(table)}
    health = {
        "clock_method": "two-way",
        "clock_error_bound": 0.01,
        "priority": "realtime",
        "timestamp_source": "kernel",
        "agent_drops": 2,
        "agent_drops_of": "stream",
        "target_version": "0.1.0",
    }
    return json.loads(msgspec.json.encode(parts)) | {"health": health}
