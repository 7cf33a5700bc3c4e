"""What redundancy leaves of loss: repeated packets (RED, RFC 2198) and parity packets (FEC, RFC 5109).

The formulas say what to expect of a network whose loss is known; `recover` and `recover_by_parity` say it
of the packets of one stream. What a packet's later copies save costs delay: as many packet intervals as it
has generations, or as the parity group is long.
"""

import numpy as np

from sonde.rtp.bursts import Outcomes


def residual_random_loss(loss_ratio: float, *, generations: int) -> float:
    """Loss that repetition leaves of random loss: a packet and all its copies must be lost.

    Args:
        loss_ratio: of packets, 0 to 1.
        generations: how many earlier packets each packet repeats (RFC 2198), 0 or more. Each adds a packet
            interval of delay when it is used.
    """
    return float(loss_ratio ** (generations + 1))


def residual_bursty_loss(*, p: float, q: float, generations: int) -> float:
    """Loss that repetition leaves of a two-state chain, in which copies next to a loss are likely lost too.

    Args:
        p: odds that a loss follows a received packet, 0 to 1.
        q: odds that a received packet follows a loss, 0 to 1; not 0 when `p` is 0.
        generations: how many earlier packets each packet repeats (RFC 2198), 0 or more.
    """
    return float(p / (p + q) * (1 - q) ** generations)


def residual_parity_loss(loss_ratio: float, *, group: int) -> float:
    """Loss that one parity packet for each group leaves of random loss.

    A lost packet comes back when all others of its group and their parity packet arrive.

    Args:
        loss_ratio: of packets, parity packets alike, 0 to 1.
        group: packets that one parity packet protects, at least 1.
    """
    return float(loss_ratio * (1 - (1 - loss_ratio) ** group))


def recover(outcomes: Outcomes, *, generations: int) -> Outcomes:
    """What could be played had each packet repeated the `generations` packets before it."""
    playable = outcomes.copy()
    for step in range(1, min(generations, len(outcomes) - 1) + 1):
        playable[:-step] |= outcomes[step:]
    return playable


def recover_by_parity(outcomes: Outcomes, parity: Outcomes, *, group: int) -> Outcomes:
    """What could be played with one parity packet (exclusive or) for each group of packets.

    Args:
        outcomes: of the packets of the stream; the last group may be shorter.
        parity: of the parity packet of each group.
        group: packets in a group, at least 1.

    Raises:
        ValueError: there is not one parity packet for each group.
    """
    number = np.arange(len(outcomes)) // group
    missing = np.bincount(number, weights=~outcomes, minlength=-(-len(outcomes) // group))
    if len(parity) != len(missing):
        raise ValueError(f"{len(parity)} parity packets for {len(missing)} groups")
    repaired: Outcomes = outcomes | (parity & (missing == 1))[number]
    return repaired
