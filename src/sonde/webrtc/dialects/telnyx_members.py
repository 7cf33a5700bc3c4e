"""Which part of a Telnyx call report becomes which field, and in which unit it comes.

The names are those of W3C webrtc-stats with a few of Telnyx's own; the units are not: `jitterAvg` is in
milliseconds from every SDK, and so is the far side's jitter, except that Flutter's is in seconds.
"""

from typing import Final

from sonde.webrtc.dialects.members import (
    CODEC,
    LOCAL_CANDIDATE,
    NO_PLACE,
    PAIR,
    PLAYED,
    RECEIVED,
    RECEPTION_REPORT,
    REMOTE_CANDIDATE,
    SENDER_REPORT,
    SENT,
    SOURCE,
    TRANSPORT,
    Member,
    Members,
)
from sonde.webrtc.dialects.values import AMOUNT, COUNT, FLAG, TEXT, Reader, is_number


def _read_milliseconds(value: object) -> float:
    if not is_number(value) or value < 0:
        raise ValueError("milliseconds")
    return value / 1000


MILLISECONDS: Final = Reader("milliseconds from 0 on", _read_milliseconds)
"""Becomes seconds."""

OUTBOUND: Final[Members] = {
    **{
        name: SENT[name]
        for name in (
            *("packetsSent", "bytesSent", "headerBytesSent", "nackCount", "targetBitrate", "active"),
            *("retransmittedPacketsSent", "retransmittedBytesSent", "totalPacketSendDelay"),
        )
    },
    "audioLevelAvg": Member("audio_level", AMOUNT),
    "bitrateAvg": NO_PLACE,
    "codec": NO_PLACE,
    "localTrack": NO_PLACE,
    "mediaSource": NO_PLACE,
}
"""Of `audio.outbound`. Bit rates are worked out from the bytes: some SDKs divide by a wrong time."""

INBOUND: Final[Members] = {
    **{
        name: RECEIVED[name]
        for name in (
            *("packetsReceived", "bytesReceived", "headerBytesReceived", "packetsLost", "packetsDiscarded"),
            *("fecPacketsReceived", "fecPacketsDiscarded", "nackCount"),
            *("jitterBufferDelay", "jitterBufferTargetDelay", "jitterBufferMinimumDelay"),
            *("jitterBufferEmittedCount", "totalSamplesReceived", "concealedSamples", "concealmentEvents"),
            *("totalSamplesDecoded", "samplesDecodedWithSilence", "samplesDecodedWithConcealment"),
            *("totalAudioEnergy", "totalSamplesDuration"),
        )
    },
    "jitterAvg": Member("jitter", MILLISECONDS),
    "audioLevelAvg": Member("audio_level", AMOUNT),
    "bitrateAvg": NO_PLACE,
    "codec": NO_PLACE,
}
"""Of `audio.inbound`."""

CODEC_USED: Final[Members] = {**CODEC, "codecId": NO_PLACE}
"""Of `codec` in either."""

MICROPHONE: Final[Members] = SOURCE
"""Of `audio.outbound.mediaSource`."""

TRACK: Final[Members] = {
    "id": Member("track", TEXT),
    "label": Member("device_label", TEXT),
    "enabled": Member("track_enabled", FLAG),
    "muted": Member("track_muted", FLAG),
    **dict.fromkeys(("readyState", "contentHint", "settings", "kind"), NO_PLACE),
}
"""Of `audio.outbound.localTrack`."""

TRACK_SETTINGS: Final[Members] = {
    "deviceId": Member("device_id", TEXT),
    "echoCancellation": Member("echo_cancellation", FLAG),
    "noiseSuppression": Member("noise_suppression", FLAG),
    "autoGainControl": Member("auto_gain_control", FLAG),
}
"""Of its `settings`; whatever else an SDK copies into them has no place."""

PLAYOUT: Final[Members] = {
    **PLAYED,
    "synthesizedSamples": Member("synthesized_samples_events", COUNT),
    "synthesizedDuration": Member("synthesized_samples_duration", AMOUNT),
    "totalSampleCount": Member("playout_samples_count", COUNT),
}
"""Of `mediaPlayout`, with Flutter's names beside the standard's."""

FAR_RECEPTION: Final[Members] = {
    **RECEPTION_REPORT,
    "jitter": Member("remote_jitter", MILLISECONDS),
    "roundTripTimeAvg": NO_PLACE,
}
"""Of `remoteRtcp.inbound`: the far side's report on our outbound stream."""

FLUTTER_FAR_RECEPTION: Final[Members] = {**FAR_RECEPTION, "jitter": RECEPTION_REPORT["jitter"]}
"""The same from Flutter, whose jitter is in seconds."""

FAR_SENDING: Final[Members] = {**SENDER_REPORT, "reportsCount": Member("remote_reports", COUNT)}
"""Of `remoteRtcp.outbound`: the far side's report on our inbound stream."""

PATH: Final[Members] = {
    **{name: TRANSPORT[name] for name in ("packetsSent", "packetsReceived", "bytesSent", "bytesReceived")},
    "currentRoundTripTime": PAIR["currentRoundTripTime"],
    "roundTripTimeAvg": PAIR["currentRoundTripTime"],
    "roundTripTimeSource": NO_PLACE,
}
"""Of `connection`. The mean of an interval stands after its last value and so wins over it."""

ANDROIDS_ROUND_TRIP: Final[Members] = {"roundTripTimeAvg": RECEPTION_REPORT["roundTripTime"]}
"""Of `connection` from Android, where it is RTCP's."""

CHOSEN_PAIR: Final[Members] = {
    **PAIR,
    "id": Member("candidate_pair_id", TEXT),
    "localCandidateId": Member("local_candidate_id", TEXT),
    "remoteCandidateId": Member("remote_candidate_id", TEXT),
    "local": NO_PLACE,
    "remote": NO_PLACE,
}
"""Of `ice`."""

CANDIDATES: Final[dict[str, Members]] = {"local": LOCAL_CANDIDATE, "remote": REMOTE_CANDIDATE}
"""Of `ice.local` and `ice.remote`."""

ICE_TRANSPORT: Final[Members] = TRANSPORT
"""Of `transport`."""
