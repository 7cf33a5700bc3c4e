"""Capture files made in bulk, for the benchmark of `sonde analyze`."""

import struct
from pathlib import Path

import numpy as np

RECORD = np.dtype(
    [
        ("seconds", "<u4"), ("microseconds", "<u4"), ("captured", "<u4"), ("length", "<u4"),
        ("ethernet", "V12"), ("ethertype", ">u2"),
        ("ip_version", "u1"), ("tos", "u1"), ("ip_length", ">u2"), ("ip_rest", "V5"), ("protocol", "u1"),
        ("checksum", ">u2"), ("source", ">u4"), ("destination", ">u4"),
        ("source_port", ">u2"), ("destination_port", ">u2"), ("udp_length", ">u2"), ("udp_checksum", ">u2"),
        ("version", "u1"), ("payload_type", "u1"), ("sequence", ">u2"), ("timestamp", ">u4"), ("ssrc", ">u4"),
        ("payload", "V160"),
    ]
)  # fmt: skip
"""One captured G.711 packet of 20 ms with its record header."""

START = 1_700_000_000
HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
FRAME = RECORD.itemsize - 16


def write_capture(path: Path, *, packets: int, streams: int, seed: int = 1) -> int:
    """Write interleaved streams with 2 % loss, jitter and some reordering; returns the packets written."""
    chance = np.random.default_rng(seed)
    written, place = 0, 0
    with path.open("wb") as file:
        file.write(HEADER)
        while written < packets:
            places = np.arange(place, place + max(1, 50_000 // streams))
            batch = _batch(places, streams, chance)[: packets - written]
            file.write(batch.tobytes())
            written += len(batch)
            place = int(places[-1]) + 1
    return written


def _batch(places: np.ndarray, streams: int, chance: np.random.Generator) -> np.ndarray:
    """Some packets of every stream, in the order they arrived."""
    place, stream = (grid.ravel() for grid in np.meshgrid(places, np.arange(streams), indexing="ij"))
    kept = chance.random(len(place)) > 0.02
    place, stream = place[kept], stream[kept]
    arrival = place * 20_000 + stream * 17 % 20_000 + chance.exponential(2_000, len(place)).astype(np.int64)
    order = np.argsort(arrival, kind="stable")
    place, stream, arrival = place[order], stream[order], arrival[order]
    rows = np.zeros(len(place), dtype=RECORD)
    rows["seconds"], rows["microseconds"] = START + arrival // 1_000_000, arrival % 1_000_000
    rows["captured"] = rows["length"] = FRAME
    rows["ethertype"], rows["ip_version"], rows["tos"], rows["protocol"] = 0x0800, 0x45, 184, 17
    rows["ip_length"], rows["udp_length"] = FRAME - 14, FRAME - 34
    rows["source"], rows["destination"] = 0xC0000201 + stream // 1000, 0xC6336401
    rows["source_port"], rows["destination_port"] = 10_000 + stream % 1000 * 2, 40_000
    rows["version"], rows["sequence"], rows["ssrc"] = 0x80, (place + stream * 100) % 65536, 1000 + stream
    rows["timestamp"] = place * 160 % (1 << 32)
    return rows
