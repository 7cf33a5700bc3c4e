"""The numbers of a scenario by the plainest possible arithmetic, from what is known of each packet."""

import math
from itertools import pairwise

DEPTHS = (0, 20, 40, 60, 80, 100)


def nearest_rank(values, share):
    """The smallest value that a share of the values does not exceed."""
    return sorted(values)[math.ceil(share * len(values) - 1e-9) - 1]


def percentiles(values):
    """Percentiles and mean in seconds of values in nanoseconds."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}
    found = {name: nearest_rank(values, share) / 1e9 for name, share in shares.items()}
    return {**found, "mean": sum(values) / len(values) / 1e9}


def first_copies(scenario):
    """Packets that arrived, in the order of their first copies."""
    first = {}
    for packet, index in zip(scenario.packets, scenario.indexes, strict=True):
        first.setdefault(index, packet)
    return first


def delays(scenario):
    """Delay from media time of each first copy by packet, nanoseconds."""
    return {index: packet.arrival - scenario.media[index] for index, packet in first_copies(scenario).items()}


def reordered(scenario):
    """First copies that came after one sent later."""
    highest, count = -1, 0
    for index in first_copies(scenario):
        count += index < highest
        highest = max(highest, index)
    return count


def jitter(scenario):
    """RFC 3550 section 6.4.1 over all copies, seconds."""
    value, last = 0.0, None
    for packet, index in zip(scenario.packets, scenario.indexes, strict=True):
        transit = packet.arrival - scenario.media[index]
        if last is not None:
            value += (abs(transit - last) - value) / 16
        last = transit
    return value / 1e9


def outcomes(scenario):
    """Whether each packet arrived, from the first to the last that did."""
    arrived = first_copies(scenario)
    return [index in arrived for index in range(min(arrived), max(arrived) + 1)]


def bursts(received, interval):
    """Densities and durations by the definition of RFC 3611 with Gmin 16."""
    groups, current = [], []
    for place, outcome in enumerate(received):
        if outcome:
            continue
        if current and place - current[-1] - 1 >= 16:
            groups.append(current)
            current = []
        current.append(place)
    found = [group for group in [*groups, current] if len(group) > 1]
    inside = set()
    for group in found:
        inside.update(range(group[0], group[-1] + 1))
    gaps = sum(place not in inside and (place == 0 or place - 1 in inside) for place in range(len(received)))
    lost_inside = sum(len(group) for group in found)
    lost = len(received) - sum(received)
    outside = len(received) - len(inside)
    return {
        "burst_density": lost_inside / len(inside) if inside else 0.0,
        "gap_density": (lost - lost_inside) / outside if outside else 0.0,
        "burst_duration": len(inside) * interval / len(found) if found else 0.0,
        "gap_duration": outside * interval / gaps if gaps else 0.0,
    }


def burst_ratio(received):
    """Mean run of losses over what chance would make."""
    lost = len(received) - sum(received)
    runs = sum(not received[i] and received[i - 1] for i in range(1, len(received))) + (not received[0])
    return lost / runs * (1 - lost / len(received)) if lost else 1.0


def expectation(scenario):
    """All fields of a stream's report that follow from what is known."""
    received = outcomes(scenario)
    by_packet = delays(scenario)
    in_order = [by_packet[index] for index in sorted(by_packet)]
    least = min(in_order)
    pdv = [delay - least for delay in in_order]
    ipdv = [after - before for before, after in pairwise(in_order)]
    anchor = by_packet[scenario.indexes[0]]
    arrivals, unique = len(scenario.packets), len(by_packet)
    return {
        "packets_expected": len(received),
        "packets_received": unique,
        "packets_lost": len(received) - unique,
        "packets_lost_rfc3550": len(received) - arrivals,
        "packets_duplicated": arrivals - unique,
        "packets_reordered": reordered(scenario),
        "jitter": jitter(scenario),
        "pdv": {**percentiles(pdv), "max": max(pdv) / 1e9},
        "ipdv": {
            **percentiles([abs(change) for change in ipdv]), "min": min(ipdv) / 1e9, "max": max(ipdv) / 1e9
        },
        **bursts(received, scenario.packet_interval),
        "burst_ratio": burst_ratio(received),
        "discards": {
            f"{depth / 1000:g}": sum(delay - anchor > depth * 1_000_000 for delay in in_order)
            for depth in DEPTHS
        },
        "discards_minimum_anchor": {
            f"{depth / 1000:g}": sum(value > depth * 1_000_000 for value in pdv) for depth in DEPTHS
        },
    }  # fmt: skip
