"""What became of pictures: frames, their size and rate, freezes, coding, limits of the encoder."""

from math import sqrt
from typing import Final

from sonde.webrtc.difference import Difference, NotMeasured, divide, finite
from sonde.webrtc.interval import Absence
from sonde.webrtc.measures import Measure, gauge, mean, rise, share, share_of_time


def frame_rate(frames: str) -> Measure:
    """Frames per second by their counter, or what the client says where it counts none."""

    def measure(difference: Difference) -> float:
        try:
            return finite(difference.rise(frames) / difference.duration)
        except NotMeasured as error:
            if error.reason is not Absence.NOT_REPORTED:
                raise
            return finite(float(difference.gauge("frames_per_second")))

    return measure


def source_frame_rate(difference: Difference) -> float:
    """What the camera gives, by its counter, or what the client says where it counts none."""
    try:
        return finite(difference.rise("source_frames") / difference.duration)
    except NotMeasured:
        return finite(float(difference.gauge("source_frames_per_second")))


def frame_interval_deviation(difference: Difference) -> float:
    """W3C webrtc-stats, totalSquaredInterFrameDelay: the standard deviation."""
    frames = difference.rise("frames_decoded")
    middle = divide(difference.rise("total_inter_frame_delay"), frames)
    square = divide(difference.rise("total_squared_inter_frame_delay"), frames)
    return sqrt(max(square - middle**2, 0.0))


def render_backlog(difference: Difference) -> int:
    """Frames received that were neither shown nor dropped."""
    waiting = difference.gauge("frames_received") - difference.gauge("frames_rendered")
    return max(int(waiting - (getattr(difference.last, "frames_dropped", 0) or 0)), 0)


SIZE: Final[dict[str, Measure]] = {
    "frame_width": gauge("frame_width"),
    "frame_height": gauge("frame_height"),
}

PICTURES_SENT: Final[dict[str, Measure]] = {
    **SIZE,
    "frames": rise("frames_encoded"),
    "frame_rate": frame_rate("frames_encoded"),
    "key_frames": rise("key_frames_encoded"),
    "huge_frames": rise("huge_frames_sent"),
    "source_width": gauge("source_width"),
    "source_height": gauge("source_height"),
    "source_frame_rate": source_frame_rate,
    "qp": mean("qp_sum", "frames_encoded"),
    "encode_time": mean("total_encode_time", "frames_encoded"),
    "limited_by_none": share_of_time("quality_limitation_duration_none"),
    "limited_by_cpu": share_of_time("quality_limitation_duration_cpu"),
    "limited_by_bandwidth": share_of_time("quality_limitation_duration_bandwidth"),
    "limited_by_other": share_of_time("quality_limitation_duration_other"),
    "resolution_changes": rise("quality_limitation_resolution_changes"),
}

PICTURES_RECEIVED: Final[dict[str, Measure]] = {
    **SIZE,
    "frames": rise("frames_decoded"),
    "frame_rate": frame_rate("frames_decoded"),
    "key_frames": rise("key_frames_decoded"),
    "frames_received": rise("frames_received"),
    "frames_rendered": rise("frames_rendered"),
    "frames_dropped": rise("frames_dropped"),
    "drop_ratio": share("frames_dropped", "frames_received"),
    "render_backlog": render_backlog,
    "frame_interval": mean("total_inter_frame_delay", "frames_decoded"),
    "frame_interval_deviation": frame_interval_deviation,
    "freezes": rise("freeze_count"),
    "freeze_duration": rise("total_freezes_duration"),
    "freeze_ratio": share_of_time("total_freezes_duration"),
    "pauses": rise("pause_count"),
    "pause_duration": rise("total_pauses_duration"),
    "qp": mean("qp_sum", "frames_decoded"),
    "decode_time": mean("total_decode_time", "frames_decoded"),
    "assembly_time": mean("total_assembly_time", "frames_assembled_from_multiple_packets"),
    "processing_delay": mean("total_processing_delay", "frames_decoded"),
    "corruption": mean("total_corruption_probability", "corruption_measurements"),
}
