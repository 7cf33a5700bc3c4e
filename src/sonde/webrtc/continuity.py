"""Whether the counters of a later sample go on from those of an earlier one."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sonde.webrtc.sample import StreamSample, TransportSample

_NEVER_FALL = (
    "packets_sent",
    "bytes_sent",
    "header_bytes_sent",
    "packets_received",
    "bytes_received",
    "header_bytes_received",
    "total_samples_received",
    "jitter_buffer_emitted_count",
    "frames_decoded",
    "frames_encoded",
)
"""When one of these falls, the stream began again; any other that falls makes its own number None only."""

_PATH_NEVER_FALLS = ("bytes_sent", "bytes_received", "packets_sent", "packets_received")


def goes_on(earlier: StreamSample, later: StreamSample) -> bool:
    """False after a restart: another SSRC, or a counter below what it was."""
    if earlier.ssrc is not None and later.ssrc is not None and earlier.ssrc != later.ssrc:
        return False
    return not any(_fell(earlier, later, name) for name in _NEVER_FALL)


def restarts_in(column: Callable[[str], npt.NDArray[np.float64]]) -> list[int]:
    """The places in a line of samples that do not go on from the one before them.

    Args:
        column: gives the values of a number over the line, NaN where it is not known.
    """
    ssrc = column("ssrc")
    begins = (np.diff(ssrc) != 0) & ~np.isnan(ssrc[1:]) & ~np.isnan(ssrc[:-1])
    for name in _NEVER_FALL:
        begins |= np.diff(column(name)) < 0
    restarts: list[int] = (np.flatnonzero(begins) + 1).tolist()
    return restarts


def path_goes_on(earlier: TransportSample, later: TransportSample) -> bool:
    """False when a transport's counter is below what it was."""
    return not any(_fell(earlier, later, name) for name in _PATH_NEVER_FALLS)


def _fell(earlier: StreamSample | TransportSample, later: StreamSample | TransportSample, name: str) -> bool:
    before, after = getattr(earlier, name), getattr(later, name)
    return before is not None and after is not None and after < before
