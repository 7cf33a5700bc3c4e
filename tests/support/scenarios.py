"""Streams of every kind, made by chance from a seed; what became of each packet is known by construction."""

import numpy as np
from captures import MICROSECOND, MILLISECOND, SECOND, START, Packet, Scenario

DELAY = 40 * MILLISECOND


def make(
    name: str,
    *,
    count: int = 1000,
    clock_rate: int = 8000,
    interval: int = 20 * MILLISECOND,
    sequence: int = 1000,
    timestamp: int = 16000,
    payload_type: int = 0,
    delays=None,
    lost=None,
    copies=None,
    media=None,
    skew: float = 0.0,
    payload: int = 160,
    ssrc: int = 0x11223344,
) -> Scenario:
    """One stream.

    Delays and media times are nanoseconds by packet, constant and even when not given; `lost` says whether
    each packet got lost, `copies` are pairs of a packet and the delay of a further copy, and `skew` is how
    much slower the sender's clock runs.
    """
    media = np.arange(count) * interval if media is None else np.asarray(media)
    delays = np.full(count, DELAY) if delays is None else np.asarray(delays, dtype=np.int64)
    lost = np.zeros(count, dtype=bool) if lost is None else np.asarray(lost, dtype=bool)
    drifted = np.rint(media * (1 + skew)).astype(np.int64)
    arrivals = [(int(drifted[i] + delays[i]), i) for i in range(count) if not lost[i]]
    arrivals += [(int(drifted[i] + delay), i) for i, delay in copies or []]
    arrivals = sorted((arrival // MICROSECOND * MICROSECOND, i) for arrival, i in arrivals)
    packets = [
        Packet(
            arrival=START + arrival,
            sequence=(sequence + i) % 65536,
            timestamp=(timestamp + round(int(media[i]) * clock_rate / SECOND)) % (1 << 32),
            payload_type=payload_type,
            marker=i == 0 or int(media[i] - media[i - 1]) > interval,
            payload=bytes(payload),
            ssrc=ssrc,
        )
        for arrival, i in arrivals
    ]
    return Scenario(
        name=name,
        packets=packets,
        indexes=[i for _, i in arrivals],
        sent=count,
        clock_rate=clock_rate,
        packet_interval=interval / SECOND,
        media=media.tolist(),
        drift=skew,
    )


def gilbert(count: int, p: float, q: float, chance: np.random.Generator) -> np.ndarray:
    """Losses of a two-state chain; the first and the last packet arrive."""
    lost, state = np.zeros(count, dtype=bool), False
    for i in range(1, count - 1):
        state = chance.random() < (1 - q if state else p)
        lost[i] = state
    return lost


def talk_spurts(count: int, interval: int, chance: np.random.Generator) -> np.ndarray:
    """Media time with pauses of some seconds, as silence suppression makes them."""
    pauses = np.where(chance.random(count) < 0.01, chance.integers(50, 200, count), 0)
    pauses[0] = 0
    return (np.arange(count) + np.cumsum(pauses)) * interval


def scenarios() -> list[Scenario]:
    """One of each kind."""
    chance = np.random.default_rng(7)
    normal = (DELAY + np.abs(chance.normal(8, 4, 1500)) * MILLISECOND).astype(np.int64)
    spread = DELAY + chance.integers(0, 60, 1000) * MILLISECOND
    mixed = DELAY + (chance.exponential(5, 2000) * MILLISECOND).astype(np.int64)
    copies = [(i, DELAY + 3 * MILLISECOND) for i in range(100, 900, 90)]
    return [
        make("reordering", delays=spread),
        make("gilbert", count=3000, lost=gilbert(3000, 0.02, 0.3, chance)),
        make("timestamp wrap", timestamp=(1 << 32) - 50_000, lost=gilbert(1000, 0.03, 0.9, chance)),
        make("sequence wrap", sequence=65_000, lost=gilbert(1000, 0.03, 0.5, chance), copies=copies),
        make("gaussian jitter", count=1500, delays=normal),
        make("opus", clock_rate=48000, payload_type=111, count=1500, delays=normal, payload=80),
        make("silence suppression", media=talk_spurts(1000, 20 * MILLISECOND, chance)),
        make("mixed", count=2000, delays=mixed, lost=gilbert(2000, 0.02, 0.5, chance), copies=copies),
        make("30 ms packets", interval=30 * MILLISECOND, payload_type=18, payload=30, delays=spread),
    ]
