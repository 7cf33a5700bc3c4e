"""The E-model: what a telephone connection is worth, from 23 numbers about it (ITU-T G.107, narrowband).

    R = Ro - Is - Idte - Idle - Idd - Ie,eff + A                                    (clause 7.1)

`rate` answers for one connection, `rate_arrays` for a whole column of them with the same arithmetic.
The parameters keep the symbols and units of the Recommendation (ms, percent, dB); callers that measure
in seconds and ratios convert at their own door, as `sonde.quality.voice` does.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np

from sonde.quality import impairments
from sonde.quality.arrays import HUGE, FloatArray, Number, checked

VALIDATED_PPL = 20.0
"""Percent of packet loss up to which the Recommendation has been validated."""

VALIDATED_TA = 500.0
"""Absolute delay in ms up to which the Recommendation has been validated."""

T = TypeVar("T")


class EmodelInputs(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of G.107 clause 7.7, at their defaults unless told otherwise.

    Each may be a single value or, for `rate_arrays`, an array.

    Attributes:
        slr, rlr: send and receive loudness rating, dB.
        stmr: sidetone masking rating, dB, at least 0.
        lstr: listener sidetone rating, dB; None means STMR + Dr, the relation the Recommendation fixes.
        ds, dr: D-value of the telephone at the sending and receiving side, dB.
        telr: talker echo loudness rating, dB, at least 0.
        wepl: weighted echo path loss, dB, at least 0.
        t: mean one-way delay of the echo path, ms.
        tr: round-trip delay in the four-wire loop, ms.
        ta: absolute one-way delay, mouth to ear, ms.
        qdu: quantizing distortion units, above 0.
        ie: equipment impairment factor of the codec, at most 95; below 0 for one better than G.711.
        bpl: packet-loss robustness factor of the codec, above 0.
        ppl: packet-loss probability, percent, late packets included.
        burst_r: burst ratio, at least 1.
        nc: circuit noise at the 0 dBr point, dBm0p.
        nfor: noise floor at the receiving side, dBmp.
        ps, pr: room noise at the sending and receiving side, dB(A).
        a: advantage factor; 0 when the purpose is to measure.
        s_t, m_t: delay sensitivity and the delay that nobody notices (ms); default class 1 and 100.
    """

    slr: Number = 8.0
    rlr: Number = 2.0
    stmr: Number = 15.0
    lstr: Number | None = None
    ds: Number = 3.0
    dr: Number = 3.0
    telr: Number = 65.0
    wepl: Number = 110.0
    t: Number = 0.0
    tr: Number = 0.0
    ta: Number = 0.0
    qdu: Number = 1.0
    ie: Number = 0.0
    bpl: Number = 4.3
    ppl: Number = 0.0
    burst_r: Number = 1.0
    nc: Number = -70.0
    nfor: Number = -64.0
    ps: Number = 35.0
    pr: Number = 35.0
    a: Number = 0.0
    s_t: Number = 1.0
    m_t: Number = 100.0


class Rating(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The rating and where each point of it went: r = ro - is_ - idte - idle - idd - ie_eff + a.

    Attributes:
        ro: basic signal-to-noise ratio, what there is to lose.
        is_: impairments simultaneous with speech: loudness, sidetone, quantizing.
        idte: talker echo.
        idle: listener echo.
        idd: absolute delay.
        ie_eff: codec and packet loss.
        a: advantage factor.
        r: the exact sum; below 0 for a hopeless connection, which the MOS scale takes as 0.
    """

    ro: T
    is_: T
    idte: T
    idle: T
    idd: T
    ie_eff: T
    a: T
    r: T


# Wider than any telephone and narrow enough that no equation overflows.
_DECIBELS = (-200.0, 200.0)
_LOSSES = (0.0, 200.0)
_DELAYS = (0.0, HUGE)
_LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **dict.fromkeys(("slr", "rlr", "lstr", "ds", "dr", "nc", "nfor", "ps", "pr"), _DECIBELS),
        **dict.fromkeys(("stmr", "telr", "wepl"), _LOSSES),
        **dict.fromkeys(("t", "tr", "ta"), _DELAYS),
        "qdu": (1e-3, 1e3),
        "ie": (-95.0, 95.0),
        "bpl": (1e-3, 1e6),
        "ppl": (0.0, 100.0),
        "burst_r": (1.0, 1e6),
        "a": (0.0, 100.0),
        "s_t": (0.1, 10.0),
        "m_t": (1.0, 1e6),
    }
)


def rate(inputs: EmodelInputs) -> Rating[float]:
    """Rate one connection.

    Args:
        inputs: single values only.

    Returns:
        The rating with its components. Loss above `VALIDATED_PPL` and delay above `VALIDATED_TA` are
        computed by the same equations; nobody has validated them there.

    Raises:
        ValueError: a parameter is NaN, infinite or impossible; the message begins with its name.
        TypeError: a parameter is an array.
    """
    return Rating(**{name: float(value) for name, value in _components(inputs).items()})


def rate_arrays(inputs: EmodelInputs) -> Rating[FloatArray]:
    """Rate many connections at once.

    Args:
        inputs: arrays and single values, which broadcast against each other.

    Returns:
        As `rate`, every component an array of the common shape, for reading only.

    Raises:
        ValueError: as `rate`, or the shapes do not broadcast.
    """
    components = _components(inputs)
    arrays = np.broadcast_arrays(*components.values())
    return Rating(**dict(zip(components, arrays, strict=True)))


def _components(inputs: EmodelInputs) -> dict[str, Number]:
    p = _checked(inputs)
    lstr = p.stmr + p.dr if p.lstr is None else p.lstr
    # Only absurdly long delays overflow, and there infinity is the right limit of the terms concerned.
    with np.errstate(over="ignore"):
        no = impairments.power_sum(
            p.nc,
            impairments.sending_room_noise(ps=p.ps, slr=p.slr, rlr=p.rlr, ds=p.ds),
            impairments.receiving_room_noise(pr=p.pr, lstr=lstr, rlr=p.rlr),
            p.nfor + p.rlr,
        )
        ro = 15 - 1.5 * (p.slr + no)
        roe = -1.5 * (no - p.rlr)
        ist = impairments.sidetone(stmr=p.stmr, telr=p.telr, t=p.t)
        iolr = impairments.loudness(slr=p.slr, rlr=p.rlr, no=no)
        is_ = iolr + ist + impairments.quantization(ro=ro, qdu=p.qdu)
        idte = impairments.talker_echo(roe=roe, ist=ist, stmr=p.stmr, telr=p.telr, t=p.t)
        idle = impairments.listener_echo(ro=ro, wepl=p.wepl, tr=p.tr)
        idd = impairments.absolute_delay(ta=p.ta, s_t=p.s_t, m_t=p.m_t)
        ie_eff = impairments.equipment(ie=p.ie, bpl=p.bpl, ppl=p.ppl, burst_r=p.burst_r)
    r = ro - is_ - idte - idle - idd - ie_eff + p.a
    return {
        "ro": ro, "is_": is_, "idte": idte, "idle": idle, "idd": idd, "ie_eff": ie_eff, "a": p.a, "r": r,
    }  # fmt: skip


def _checked(inputs: EmodelInputs) -> EmodelInputs:
    given: dict[str, Any] = msgspec.structs.asdict(inputs)
    arrays = {
        name: checked(name, value, *_LIMITS[name]) for name, value in given.items() if value is not None
    }
    return EmodelInputs(**arrays)
