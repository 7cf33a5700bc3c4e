"""Every type of issue, with the detectors that find it; `docs/issues.md` explains each to users."""

from typing import Final

from sonde.webrtc.issues import audio, capacity, changes, coding, connection, device, network, video
from sonde.webrtc.issues.detector import Detector

DETECTORS: Final[tuple[Detector, ...]] = (
    *network.DETECTORS,
    *capacity.DETECTORS,
    *audio.DETECTORS,
    *video.DETECTORS,
    *coding.DETECTORS,
    *device.DETECTORS,
    *connection.DETECTORS,
    *changes.DETECTORS,
)
"""One or more for each type, by family."""

TYPES: Final[tuple[str, ...]] = tuple(dict.fromkeys(detector.type for detector in DETECTORS))
"""Every type, once."""
