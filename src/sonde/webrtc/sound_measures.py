"""What became of sound: concealment, stretching, levels, playout."""

from math import sqrt
from typing import Final

from sonde.webrtc.difference import Difference, NotMeasured, divide, finite
from sonde.webrtc.measures import Measure, gauge, mean, rate, rise, share


def audible_share(difference: Difference) -> float:
    """Made up samples that were not silence, of all. Clients that do not tell silence have none."""
    concealed = difference.rise("concealed_samples") - difference.rise_or_zero("silent_concealed_samples")
    return min(divide(max(concealed, 0), difference.rise("total_samples_received")), 1.0)


def samples_duration(difference: Difference) -> float:
    """By the samples' own clock; the interval's length where there is none."""
    try:
        return finite(float(difference.rise("total_samples_duration")))
    except NotMeasured:
        return difference.duration


def concealed_duration(difference: Difference) -> float:
    """Seconds of audible concealment."""
    return audible_share(difference) * samples_duration(difference)


def stretch_ratio(difference: Difference) -> float:
    """Samples inserted or removed, of all."""
    moved = difference.rise("inserted_samples_for_deceleration") + difference.rise(
        "removed_samples_for_acceleration"
    )
    return min(divide(moved, difference.rise("total_samples_received")), 1.0)


def audio_rms(difference: Difference) -> float:
    """W3C webrtc-stats, totalAudioEnergy: the root of energy over duration."""
    energy, duration = difference.rise("total_audio_energy"), difference.rise("total_samples_duration")
    return min(sqrt(divide(energy, duration)), 1.0)


LEVELS: Final[dict[str, Measure]] = {
    "audio_level": gauge("audio_level"),
    "audio_rms": audio_rms,
}

SOUND_SENT: Final[dict[str, Measure]] = {
    **LEVELS,
    "echo_return_loss": gauge("echo_return_loss"),
    "echo_return_loss_enhancement": gauge("echo_return_loss_enhancement"),
}

SOUND_RECEIVED: Final[dict[str, Measure]] = {
    **LEVELS,
    "samples": rise("total_samples_received"),
    "samples_duration": samples_duration,
    "concealment_ratio": share("concealed_samples", "total_samples_received"),
    "audible_concealment_ratio": audible_share,
    "concealed_duration": concealed_duration,
    "concealment_events": rise("concealment_events"),
    "concealment_event_rate": rate("concealment_events"),
    "stretch_ratio": stretch_ratio,
    "processing_delay": mean("total_processing_delay", "jitter_buffer_emitted_count"),
    "synthesized_playout": rise("synthesized_samples_duration"),
    "synthesized_playout_events": rise("synthesized_samples_events"),
    "playout_delay": mean("total_playout_delay", "playout_samples_count"),
}
