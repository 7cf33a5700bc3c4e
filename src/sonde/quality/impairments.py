"""The equations of ITU-T G.107 (06/2015), narrowband, one function each.

Every function takes single values or arrays. Symbols and units are those of the Recommendation, so that
the two can be read side by side: levels and loudness ratings in dB, delays in ms, loss in percent,
impairments in points of R. Arguments are not checked here; `sonde.quality.emodel` does that once.
"""

import numpy as np

from sonde.quality.arrays import Number


def sending_room_noise(*, ps: Number, slr: Number, rlr: Number, ds: Number) -> Number:
    """Nos, clause 7.2: room noise at the sending side, in dBm0p."""
    return ps - slr - ds - 100 + 0.004 * (ps - (slr + rlr) - ds - 14) ** 2


def receiving_room_noise(*, pr: Number, lstr: Number, rlr: Number) -> Number:
    """Nor, clause 7.2: room noise at the receiving side, with the part that comes in as sidetone."""
    pre = pr + 10 * np.log10(1 + 10 ** ((10 - lstr) / 10))
    nor: Number = rlr - 121 + pre + 0.008 * (pre - 35) ** 2
    return nor


def power_sum(*levels: Number) -> Number:
    """Add noise powers that are given as levels in dB."""
    total: Number = 10 * np.log10(sum(10 ** (level / 10) for level in levels))
    return total


def loudness(*, slr: Number, rlr: Number, no: Number) -> Number:
    """Iolr, clause 7.3: what a too loud connection costs."""
    x = (slr + rlr + 0.2 * (64 + no - rlr)) / 8
    return 20 * (_knee(x, 8) - x)


def sidetone(*, stmr: Number, telr: Number, t: Number) -> Number:
    """Ist, clause 7.3: what an unsuitable sidetone costs."""
    stmro = -10 * np.log10(10 ** (-stmr / 10) + np.exp(-t / 4) * 10 ** (-telr / 10))
    return (
        12 * _knee((stmro - 13) / 6, 8)
        - 28 * _knee((stmro + 1) / 19.4, 35)
        - 13 * _knee((stmro - 3) / 33, 13)
        + 29
    )


def quantization(*, ro: Number, qdu: Number) -> Number:
    """Iq, clause 7.3: what `qdu` units of quantizing distortion cost."""
    q = 37 - 15 * np.log10(qdu)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y = (ro - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    iq: Number = 15 * np.log10(1 + 10**y + 10**z)
    return iq


def talker_echo(*, roe: Number, ist: Number, stmr: Number, telr: Number, t: Number) -> Number:
    """Idte, clause 7.4: hearing oneself `t` ms later.

    An echo that comes within 1 ms counts as sidetone and costs nothing here. A loud sidetone (STMR below
    9 dB) masks the echo, a faint one (above 20 dB) lets it stand out.
    """
    terv = telr - 40 * np.log10((1 + t / 10) / (1 + t / 150)) + 6 * np.exp(-0.3 * t**2)
    masked = np.where(stmr < 9, terv + ist / 2, terv)
    half = (roe - (80 + 2.5 * (masked - 14))) / 2
    echo = (half + np.sqrt(half**2 + 100) - 1) * (1 - np.exp(-t))
    echo = np.where(t < 1, 0.0, echo)
    idte: Number = np.where(stmr > 20, np.sqrt(echo**2 + ist**2), echo)
    return idte


def listener_echo(*, ro: Number, wepl: Number, tr: Number) -> Number:
    """Idle, clause 7.4: hearing the other side twice, `tr` ms apart."""
    half = (ro - 10.5 * (wepl + 7) * (tr + 1) ** -0.25) / 2
    idle: Number = half + np.sqrt(half**2 + 169)
    return idle


def absolute_delay(*, ta: Number, s_t: Number = 1.0, m_t: Number = 100.0) -> Number:
    """Idd, clause 7.4: the loss of conversation that a one-way delay of `ta` ms brings, echo or not.

    Args:
        ta: absolute one-way delay, mouth to ear.
        s_t: how sharply people react; 1 is the default class of delay sensitivity.
        m_t: delay up to which they notice nothing, in ms.
    """
    x = np.log2(np.maximum(ta / m_t, 1.0))
    return 25 * (_knee(x, 6 * s_t) - 3 * _knee(x / 3, 6 * s_t) + 2)


def equipment(*, ie: Number, bpl: Number, ppl: Number, burst_r: Number = 1.0) -> Number:
    """Ie,eff, clause 7.5: what the codec costs at `ppl` percent of packet loss.

    Args:
        ie: cost of the codec without loss.
        bpl: how robust it is; the larger the better it conceals.
        ppl: packets lost or discarded, percent of those sent.
        burst_r: burst ratio, 1 for random loss.
    """
    return ie + (95 - ie) * ppl / (ppl / burst_r + bpl)


def burst_ratio(*, p: float, q: float) -> float:
    """BurstR, clause 7.5, of a two-state loss process: 1 for random loss, more when losses cluster.

    Args:
        p: probability that a packet is lost after one that arrived.
        q: probability that a packet arrives after one that was lost.

    Raises:
        ValueError: a probability is out of range, or both are 0 so that the state never changes.
    """
    for name, probability in (("p", p), ("q", q)):
        if not 0 <= probability <= 1:
            raise ValueError(f"{name} must be between 0 and 1, not {probability:g}")
    if p + q == 0:
        raise ValueError("p and q must not both be 0")
    return 1 / (p + q)


def _knee(x: Number, sharpness: Number) -> Number:
    """Go smoothly from 1 (small x) to x (large x), the curve that G.107 uses for every threshold."""
    curve: Number = (1 + x**sharpness) ** (1 / sharpness)
    return curve
