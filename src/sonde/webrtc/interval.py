"""What happened to a stream, and to a transport, between two looks at them: rates, ratios and flags.

Everything is SI: seconds, bit/s, Hz, ratios from 0 to 1. A number that could not be had is None, and
`StreamInterval.missing` says why; it is never 0 for that.
"""

from enum import StrEnum

import msgspec

from sonde.webrtc.sample import Direction, Kind, Source

NANOSECONDS = 1_000_000_000


class Flag(StrEnum):
    """What to know before judging an interval."""

    START = "start"
    """It begins within 2 s after media began to flow, or began to flow again: buffers fill, rates climb."""

    RESET = "reset"
    """The counters started again within it, or another SSRC took over; differences are not to be had."""

    GAP = "gap"
    """Samples are missing: it is longer than 6 s and than two usual intervals of the stream."""

    LAYER_CHANGE = "layer_change"
    """The picture got another size within it, or another number of simulcast layers was sent."""


class Absence(StrEnum):
    """Why a number is None."""

    NOT_REPORTED = "not reported by this client"
    NOTHING_TO_DIVIDE = "nothing passed that it could be a share of"
    RESET = "the counters started again"
    COUNTER_FELL = "the counter fell"
    NO_NEW_REPORT = "no new report of the other side"
    OUT_OF_RANGE = "out of range"


class StreamInterval(msgspec.Struct, frozen=True, kw_only=True):
    """One stream between two samples; of simulcast, all layers together.

    Attributes:
        stream_id: of the stream; of simulcast, that of its lowest layer.
        ssrc, codec, codec_fmtp, clock_rate, track, mid, label, source: as the later sample has them. Of
            simulcast, these and all that is not a sum are those of the largest active layer.
        layers: simulcast layers that were active at the end; 1 for a stream without simulcast.
        start, end: times of the two samples, nanoseconds since the epoch.
        flags: in order of the alphabet.
        missing: why a number is None, by name; only of numbers that streams of this direction and kind have.

        packets, bytes: sent or received in the interval, with retransmissions; bytes of payload only.
        bitrate: of these bytes, bit/s.
        packet_rate: of these packets, 1/s.
        retransmitted_packets: of these, those sent again; 0 where a client names none.
        target_bitrate: what the encoder aims at; of simulcast, the sum of all active layers.
        active: the encoding is to be sent.
        send_delay: mean time a packet waited before it was sent.
        nack_rate, pli_rate, fir_rate: such requests per second, received by a sender, sent by a receiver.

        packets_lost: RFC 3550 section 6.4.1: negative when late packets arrived that had been counted.
        packets_expected: media packets that should have arrived: lost and received without retransmissions.
        loss_ratio: lost of expected, never below 0.
        packets_discarded, discard_ratio: arrived too late or too early for the buffer; of those received.
        fec_packets: packets with redundancy that arrived.
        jitter: RFC 3550, at the end.
        jitter_buffer_delay, jitter_buffer_target, jitter_buffer_minimum: mean over what left the buffer.
        jitter_buffer_flushes: how often the buffer was emptied.
        processing_delay: mean from arrival to decoded, of a frame or a sample.

        remote_start, remote_end: what time the other side's report is about, by its arrival; the start is
            None for the first one.
        remote_packets_lost, remote_packets_expected: what the other side missed of a stream sent.
        remote_loss_ratio, remote_jitter: of the same report. Each report counts in one interval only.
        round_trip_time: by RTCP; mean of the measurements in the interval.

        samples: sound samples played, with those made up.
        samples_duration: the time they cover.
        concealment_ratio: samples made up because their packets were missing, of all.
        audible_concealment_ratio: the same without those in silence: what G.107 calls Ppl.
        concealed_duration: seconds made up, audible ones only.
        concealment_events, concealment_event_rate: runs of made up samples, and per second.
        stretch_ratio: samples inserted or removed to change the buffer's depth, of all.
        audio_level: 0 to 1 of full scale, at the end.
        audio_rms: root mean square over the interval, 0 to 1 of full scale.
        synthesized_playout, synthesized_playout_events: seconds the playout device had to invent, and runs.
        playout_delay: mean time a sample waited in the playout path.
        echo_return_loss, echo_return_loss_enhancement: dB, at the end.

        frames: decoded or encoded.
        frame_rate: of these, 1/s.
        frames_received, frames_rendered, frames_dropped: what their names say.
        drop_ratio: frames dropped of those received.
        render_backlog: frames received in all that were neither shown nor dropped, at the end.
        key_frames, huge_frames: of the frames; huge ones are above 2.5 times the mean size.
        frame_width, frame_height: at the end.
        source_width, source_height, source_frame_rate: what the camera or screen gives.
        configured_frame_rate, configured_height, render_width, render_height: as in the sample.
        frame_interval, frame_interval_deviation: mean and standard deviation of the time between frames.
        freezes, freeze_duration, freeze_ratio: freezes that ended, their seconds, their share of the time.
        pauses, pause_duration: the same of pauses, which are above 5 s.
        qp: mean quantiser of the frames, on the scale of the codec.
        decode_time, encode_time, assembly_time: mean of a frame.
        corruption: mean probability that a frame was damaged.
        quality_limitation_reason: at the end.
        limited_by_none, limited_by_cpu, limited_by_bandwidth, limited_by_other: shares of the time.
        resolution_changes: made because of such limits.

        track_enabled, track_muted, track_ended, power_efficient, codec_implementation: at the end.
        device_id: of the device the track comes from.
    """

    stream_id: str
    direction: Direction
    kind: Kind
    source: Source | None = None
    ssrc: int | None = None
    mid: str | None = None
    track: str | None = None
    label: str | None = None
    codec: str | None = None
    codec_fmtp: str | None = None
    clock_rate: int | None = None
    layers: int = 1
    start: int
    end: int
    flags: tuple[Flag, ...] = ()
    missing: dict[str, Absence] = {}

    packets: int | None = None
    bytes: int | None = None
    bitrate: float | None = None
    packet_rate: float | None = None
    retransmitted_packets: int | None = None
    target_bitrate: float | None = None
    active: bool | None = None
    send_delay: float | None = None
    nack_rate: float | None = None
    pli_rate: float | None = None
    fir_rate: float | None = None

    packets_lost: int | None = None
    packets_expected: int | None = None
    loss_ratio: float | None = None
    packets_discarded: int | None = None
    discard_ratio: float | None = None
    fec_packets: int | None = None
    jitter: float | None = None
    jitter_buffer_delay: float | None = None
    jitter_buffer_target: float | None = None
    jitter_buffer_minimum: float | None = None
    jitter_buffer_flushes: int | None = None
    processing_delay: float | None = None

    remote_start: int | None = None
    remote_end: int | None = None
    remote_packets_lost: float | None = None
    remote_packets_expected: int | None = None
    remote_loss_ratio: float | None = None
    remote_jitter: float | None = None
    round_trip_time: float | None = None

    samples: int | None = None
    samples_duration: float | None = None
    concealment_ratio: float | None = None
    audible_concealment_ratio: float | None = None
    concealed_duration: float | None = None
    concealment_events: int | None = None
    concealment_event_rate: float | None = None
    stretch_ratio: float | None = None
    audio_level: float | None = None
    audio_rms: float | None = None
    synthesized_playout: float | None = None
    synthesized_playout_events: int | None = None
    playout_delay: float | None = None
    echo_return_loss: float | None = None
    echo_return_loss_enhancement: float | None = None

    frames: int | None = None
    frame_rate: float | None = None
    frames_received: int | None = None
    frames_rendered: int | None = None
    frames_dropped: int | None = None
    drop_ratio: float | None = None
    render_backlog: int | None = None
    key_frames: int | None = None
    huge_frames: int | None = None
    frame_width: int | None = None
    frame_height: int | None = None
    source_width: int | None = None
    source_height: int | None = None
    source_frame_rate: float | None = None
    configured_frame_rate: float | None = None
    configured_height: int | None = None
    render_width: int | None = None
    render_height: int | None = None
    frame_interval: float | None = None
    frame_interval_deviation: float | None = None
    freezes: int | None = None
    freeze_duration: float | None = None
    freeze_ratio: float | None = None
    pauses: int | None = None
    pause_duration: float | None = None
    qp: float | None = None
    decode_time: float | None = None
    encode_time: float | None = None
    assembly_time: float | None = None
    corruption: float | None = None
    quality_limitation_reason: str | None = None
    limited_by_none: float | None = None
    limited_by_cpu: float | None = None
    limited_by_bandwidth: float | None = None
    limited_by_other: float | None = None
    resolution_changes: int | None = None

    track_enabled: bool | None = None
    track_muted: bool | None = None
    track_ended: bool | None = None
    power_efficient: bool | None = None
    codec_implementation: str | None = None
    device_id: str | None = None

    @property
    def duration(self) -> float:
        """Seconds; above 0."""
        return (self.end - self.start) / NANOSECONDS


class TransportInterval(msgspec.Struct, frozen=True, kw_only=True):
    """One transport between two samples, by the candidate pair in use.

    Attributes:
        transport_id: of the transport.
        start, end: times of the two samples, nanoseconds since the epoch.
        flags: in order of the alphabet.
        missing: why a number is None, by name.
        candidate_pair_id: the pair in use at the end.
        path_switches: how often another pair came into use.
        bytes_sent, bytes_received, packets_sent, packets_received: by the transport, headers of RTP included.
        send_bitrate, receive_bitrate: of these bytes, bit/s.
        round_trip_time: by STUN, to the next hop; mean of the answers in the interval.
        available_outgoing_bitrate, available_incoming_bitrate: bit/s, at the end.
        packets_discarded: could not be sent.
        ice_state, dtls_state: at the end.
        local_candidate_type, remote_candidate_type: `host`, `srflx`, `prflx` or `relay`.
        local_protocol, local_relay_protocol, local_network_type: as in the sample.
    """

    transport_id: str
    start: int
    end: int
    flags: tuple[Flag, ...] = ()
    missing: dict[str, Absence] = {}
    candidate_pair_id: str | None = None
    path_switches: int | None = None
    bytes_sent: int | None = None
    bytes_received: int | None = None
    packets_sent: int | None = None
    packets_received: int | None = None
    send_bitrate: float | None = None
    receive_bitrate: float | None = None
    round_trip_time: float | None = None
    available_outgoing_bitrate: float | None = None
    available_incoming_bitrate: float | None = None
    packets_discarded: int | None = None
    ice_state: str | None = None
    dtls_state: str | None = None
    local_candidate_type: str | None = None
    remote_candidate_type: str | None = None
    local_protocol: str | None = None
    local_relay_protocol: str | None = None
    local_network_type: str | None = None

    @property
    def duration(self) -> float:
        """Seconds; above 0."""
        return (self.end - self.start) / NANOSECONDS
