"""What every source becomes: snapshots of a connection's streams and transports, flat and typed.

A field that bears the name of a member of W3C webrtc-stats, in snake case, means what that member means.
Counters run from the start of the stream and are never differences, but for those that begin with `recent_`.
Units are SI, times that end in `_at` are nanoseconds since the Unix epoch by the client's clock. None means
that this browser did not report it; it never means 0.
"""

from typing import Literal, TypeAlias

import msgspec

Direction: TypeAlias = Literal["send", "recv"]
Kind: TypeAlias = Literal["audio", "video"]
Source: TypeAlias = Literal["microphone", "camera", "screen"]


# There are thousands at once, of scalars alone: the garbage collector has nothing to find in them.
class StreamSample(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a peer's statistics say of one RTP stream at one time.

    The medium's source, its playout and the other side's RTCP report are folded in.

    Attributes:
        stream_id: names the stream within its peer; opaque. Another SSRC under the same id is a restart.
        direction, kind: whether the peer sends or receives it; sound or pictures.
        source: where the medium comes from. Unless something says `screen`, sound counts as the
            microphone's and pictures as the camera's.
        ssrc, rtx_ssrc, fec_ssrc: identifiers of its packets, of those sent again and of those that correct
            errors (RFC 3550).
        mid, rid: media section of the SDP, and the simulcast layer.
        encoding_index: place of the layer among the sender's encodings.
        track: id of the track sent or received.
        label: what the application calls the stream.
        remote_peer, remote_stream: whose stream this is and what they call it, when the application says so.
        transport_id: the transport that carries it.
        codec: name of the encoding without the kind, such as `opus` or `VP8`.
        codec_fmtp: its parameters as in SDP.
        payload_type, clock_rate, channels: of its packets, as in SDP.
        scalability_mode: temporal and spatial layers, such as `L1T3`.
        active: the layer is being sent.
        packets_sent, bytes_sent, header_bytes_sent: with those sent again; bytes are payload, and headers are
            counted for themselves.
        retransmitted_packets_sent, retransmitted_bytes_sent: sent again.
        recent_packets, recent_packets_lost, recent_bitrate: since the client looked at its statistics before,
            which need not be the sample before: packets sent or received, lost on their way, and bit/s of
            payload. Of clients that have no running counters of these.
        packets_sent_with_ect1, packets_received_with_ect1, packets_received_with_ce: by their ECN mark.
        total_packet_send_delay: time packets waited to be sent, summed.
        target_bitrate: what the encoder aims at.
        bytes_received, header_bytes_received: payload, and headers for themselves.
        retransmitted_packets_received, retransmitted_bytes_received: arrived as retransmissions.
        packets_lost: by sequence numbers (RFC 3550 6.4.1); duplicates may make it fall below 0.
        packets_discarded: came too late or too early to be played.
        packets_reported_as_lost, packets_reported_as_lost_but_recovered: in feedback to the sender; and
            those of them that came after all.
        fec_packets_received, fec_bytes_received, fec_packets_discarded: of error correction.
        jitter: variation of arrival (RFC 3550 6.4.1).
        last_packet_received_at: when the latest packet arrived.
        nack_count, fir_count, pli_count: requests for packets and for whole pictures: received for a stream
            sent, sent for a stream received.
        jitter_buffer_delay, jitter_buffer_target_delay, jitter_buffer_minimum_delay: time that samples or
            frames spent in the de-jitter buffer, what it aimed at and the least the network allows; each
            summed over all that were emitted.
        jitter_buffer_emitted_count: samples or frames that left the buffer.
        jitter_buffer_flushes: how often it was emptied because it was full.
        total_processing_delay: from arrival to decoded, summed over samples or frames.
        packets_received: of video it counts retransmissions and padding too.
        audio_level, total_audio_energy, total_samples_duration: of a stream sent, its source's.
        total_samples_received: of sound played or to be played, the concealed ones too.
        concealed_samples, silent_concealed_samples, concealment_events: made up because packets were missing;
            those of them that are silence; and how often it began.
        interruption_count, total_interruption_duration: gaps in the sound that are long enough to be heard.
        inserted_samples_for_deceleration, removed_samples_for_acceleration: sound stretched and shortened.
        total_samples_decoded, samples_decoded_with_silence, samples_decoded_with_concealment: what the
            decoder gave; as silence; made up by it.
        echo_return_loss, echo_return_loss_enhancement: of the echo canceller.
        synthesized_samples_events, synthesized_samples_duration: sound the playout path had to make up.
        total_playout_delay: from the playout path to the loudspeaker, summed over samples.
        power_efficient: the encoder or decoder is hardware.
        codec_implementation: name of the encoder or decoder.
        estimated_playout_at: capture time of what is played now, by the sender's clock.
        playout_samples_count, playout_samples_duration: of the playout path, W3C's totalSamplesCount and
            totalSamplesDuration of `media-playout`.
        frame_width, frame_height, frames_per_second: of the latest pictures encoded or decoded.
        frames_received, frames_decoded, frames_rendered, frames_dropped: pictures on their way to the screen.
        key_frames_decoded, key_frames_encoded: those that need no other picture.
        frames_assembled_from_multiple_packets, total_assembly_time: pictures that came in several packets,
            and the time from first packet to last, summed.
        total_decode_time, total_encode_time: spent on decoding or encoding, summed over pictures.
        total_inter_frame_delay, total_squared_inter_frame_delay: between pictures shown; the sum, and the
            sum of squares.
        freeze_count, total_freezes_duration: how often and how long the picture stood still.
        pause_count, total_pauses_duration: the same of standstills so long that they count as a pause.
        total_corruption_probability, total_squared_corruption_probability, corruption_measurements: how
            likely pictures were damaged: the sum, the sum of squares, and the number of measurements.
        qp_sum: quantiser of each picture, summed; its range is the codec's.
        frames_encoded, frames_sent, huge_frames_sent: pictures on their way out; huge is 2.5 times the mean.
        total_encoded_bytes_target: what the encoder was meant to use, summed over pictures.
        quality_limitation_reason: `none`, `cpu`, `bandwidth` or `other`.
        quality_limitation_duration_none, quality_limitation_duration_cpu,
            quality_limitation_duration_bandwidth, quality_limitation_duration_other: time under each.
        quality_limitation_resolution_changes: how often a limit changed the size of the picture.
        source_width, source_height, source_frames, source_frames_per_second: what the camera or screen
            gives to the encoder.
        configured_frames_per_second, configured_height: what was asked of the camera.
        render_width, render_height: size in which the application shows the video, in physical pixels.
        track_enabled: the person has not muted it.
        track_muted: the system gives no medium, or nothing arrives.
        track_ended: it gives nothing more.
        device_id, device_label: the microphone or camera.
        echo_cancellation, noise_suppression, auto_gain_control: what is done to its sound.
        remote_at: when the other side's report arrived; the same report is seen in many samples. All
            that begin with `remote_`, and the round trips, are of that time.
        remote_sent_at: when it was sent, by the other side's clock.
        remote_packets_lost, remote_packets_received, remote_packets_discarded, remote_jitter,
            remote_fraction_lost, remote_nack_count: what the other side received of a stream sent.
        remote_packets_sent, remote_bytes_sent, remote_total_packet_send_delay: what the other side says it
            sent of a stream received.
        remote_reports: how many such reports there were.
        round_trip_time: by RTCP; not the candidate pair's.
        total_round_trip_time, round_trip_time_measurements: the sum of all of them, and how many there were.
    """

    # Which stream.
    stream_id: str
    direction: Direction
    kind: Kind
    source: Source | None = None
    ssrc: int | None = None
    rtx_ssrc: int | None = None
    fec_ssrc: int | None = None
    mid: str | None = None
    rid: str | None = None
    encoding_index: int | None = None
    track: str | None = None
    label: str | None = None
    remote_peer: str | None = None
    remote_stream: str | None = None
    transport_id: str | None = None

    # How it is encoded.
    codec: str | None = None
    codec_fmtp: str | None = None
    payload_type: int | None = None
    clock_rate: int | None = None
    channels: int | None = None
    codec_implementation: str | None = None
    power_efficient: bool | None = None
    scalability_mode: str | None = None

    # Packets and bytes, both directions.
    packets_sent: int | None = None
    bytes_sent: int | None = None
    header_bytes_sent: int | None = None
    retransmitted_packets_sent: int | None = None
    retransmitted_bytes_sent: int | None = None
    packets_sent_with_ect1: int | None = None
    total_packet_send_delay: float | None = None
    target_bitrate: float | None = None
    active: bool | None = None
    packets_received: int | None = None
    bytes_received: int | None = None
    header_bytes_received: int | None = None
    retransmitted_packets_received: int | None = None
    retransmitted_bytes_received: int | None = None
    packets_received_with_ect1: int | None = None
    packets_received_with_ce: int | None = None
    packets_lost: int | None = None
    packets_discarded: int | None = None
    packets_reported_as_lost: int | None = None
    packets_reported_as_lost_but_recovered: int | None = None
    fec_packets_received: int | None = None
    fec_bytes_received: int | None = None
    fec_packets_discarded: int | None = None
    jitter: float | None = None
    last_packet_received_at: int | None = None
    nack_count: int | None = None
    fir_count: int | None = None
    pli_count: int | None = None

    # Since the client's look before, where it does not count them from the start.
    recent_packets: int | None = None
    recent_packets_lost: int | None = None
    recent_bitrate: float | None = None

    # The de-jitter buffer.
    jitter_buffer_delay: float | None = None
    jitter_buffer_target_delay: float | None = None
    jitter_buffer_minimum_delay: float | None = None
    jitter_buffer_emitted_count: int | None = None
    jitter_buffer_flushes: int | None = None
    total_processing_delay: float | None = None
    estimated_playout_at: int | None = None

    # Sound.
    audio_level: float | None = None
    total_audio_energy: float | None = None
    total_samples_duration: float | None = None
    total_samples_received: int | None = None
    concealed_samples: int | None = None
    silent_concealed_samples: int | None = None
    concealment_events: int | None = None
    interruption_count: int | None = None
    total_interruption_duration: float | None = None
    inserted_samples_for_deceleration: int | None = None
    removed_samples_for_acceleration: int | None = None
    total_samples_decoded: int | None = None
    samples_decoded_with_silence: int | None = None
    samples_decoded_with_concealment: int | None = None
    echo_return_loss: float | None = None
    echo_return_loss_enhancement: float | None = None
    synthesized_samples_events: int | None = None
    synthesized_samples_duration: float | None = None
    total_playout_delay: float | None = None
    playout_samples_count: int | None = None
    playout_samples_duration: float | None = None

    # Pictures.
    frame_width: int | None = None
    frame_height: int | None = None
    frames_per_second: float | None = None
    frames_received: int | None = None
    frames_decoded: int | None = None
    key_frames_decoded: int | None = None
    frames_rendered: int | None = None
    frames_dropped: int | None = None
    frames_assembled_from_multiple_packets: int | None = None
    total_assembly_time: float | None = None
    total_decode_time: float | None = None
    total_inter_frame_delay: float | None = None
    total_squared_inter_frame_delay: float | None = None
    freeze_count: int | None = None
    total_freezes_duration: float | None = None
    pause_count: int | None = None
    total_pauses_duration: float | None = None
    total_corruption_probability: float | None = None
    total_squared_corruption_probability: float | None = None
    corruption_measurements: int | None = None
    qp_sum: int | None = None
    frames_encoded: int | None = None
    frames_sent: int | None = None
    key_frames_encoded: int | None = None
    huge_frames_sent: int | None = None
    total_encode_time: float | None = None
    total_encoded_bytes_target: int | None = None
    quality_limitation_reason: str | None = None
    quality_limitation_duration_none: float | None = None
    quality_limitation_duration_cpu: float | None = None
    quality_limitation_duration_bandwidth: float | None = None
    quality_limitation_duration_other: float | None = None
    quality_limitation_resolution_changes: int | None = None
    source_width: int | None = None
    source_height: int | None = None
    source_frames: int | None = None
    source_frames_per_second: float | None = None
    configured_frames_per_second: float | None = None
    configured_height: int | None = None
    render_width: int | None = None
    render_height: int | None = None

    # The track and its device, as the application sees them.
    track_enabled: bool | None = None
    track_muted: bool | None = None
    track_ended: bool | None = None
    device_id: str | None = None
    device_label: str | None = None
    echo_cancellation: bool | None = None
    noise_suppression: bool | None = None
    auto_gain_control: bool | None = None

    # What the other side says by RTCP.
    remote_at: int | None = None
    remote_sent_at: int | None = None
    remote_packets_lost: int | None = None
    remote_packets_received: int | None = None
    remote_packets_discarded: int | None = None
    remote_jitter: float | None = None
    remote_fraction_lost: float | None = None
    remote_nack_count: int | None = None
    remote_packets_sent: int | None = None
    remote_bytes_sent: int | None = None
    remote_total_packet_send_delay: float | None = None
    remote_reports: int | None = None
    round_trip_time: float | None = None
    total_round_trip_time: float | None = None
    round_trip_time_measurements: int | None = None


class TransportSample(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a peer's statistics say of one transport at one time, with the candidate pair in use.

    Attributes:
        transport_id: names the transport within its peer; opaque.
        candidate_pair_id: the pair in use, opaque; None while there is none. What follows up to the
            candidates is the pair's; `pair_` marks what the transport itself counts too.
        current_round_trip_time: by STUN, to the next hop, which often is a server; seconds.
        available_outgoing_bitrate: what the congestion control lets be sent, bit/s.
        local_protocol, remote_protocol: `udp` or `tcp`.
        local_relay_protocol: how the TURN server is spoken to: `udp`, `tcp` or `tls`.
        local_network_type: such as `wifi`, `ethernet` or `cellular`.
    """

    transport_id: str
    bytes_sent: int | None = None
    bytes_received: int | None = None
    packets_sent: int | None = None
    packets_received: int | None = None
    ice_role: str | None = None
    ice_state: str | None = None
    dtls_state: str | None = None
    dtls_role: str | None = None
    dtls_cipher: str | None = None
    srtp_cipher: str | None = None
    tls_version: str | None = None
    selected_candidate_pair_changes: int | None = None

    candidate_pair_id: str | None = None
    pair_state: str | None = None
    nominated: bool | None = None
    writable: bool | None = None
    pair_bytes_sent: int | None = None
    pair_bytes_received: int | None = None
    pair_packets_sent: int | None = None
    pair_packets_received: int | None = None
    bytes_discarded_on_send: int | None = None
    packets_discarded_on_send: int | None = None
    last_packet_sent_at: int | None = None
    last_packet_received_at: int | None = None
    current_round_trip_time: float | None = None
    total_round_trip_time: float | None = None
    available_outgoing_bitrate: float | None = None
    available_incoming_bitrate: float | None = None
    requests_sent: int | None = None
    requests_received: int | None = None
    responses_sent: int | None = None
    responses_received: int | None = None
    consent_requests_sent: int | None = None

    local_candidate_id: str | None = None
    local_candidate_type: str | None = None
    local_address: str | None = None
    local_port: int | None = None
    local_protocol: str | None = None
    local_tcp_type: str | None = None
    local_relay_protocol: str | None = None
    local_related_address: str | None = None
    local_related_port: int | None = None
    local_url: str | None = None
    local_network_type: str | None = None
    remote_candidate_id: str | None = None
    remote_candidate_type: str | None = None
    remote_address: str | None = None
    remote_port: int | None = None
    remote_protocol: str | None = None
    remote_tcp_type: str | None = None
    remote_related_address: str | None = None
    remote_related_port: int | None = None
    remote_url: str | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One call of getStats on one connection.

    Attributes:
        at: when, nanoseconds since the epoch by the client's clock.
        number: of the snapshot within its peer, counted by the client from 0; None when it does not count.
        streams, transports: in the order reported, each id once.
    """

    at: int
    number: int | None = None
    streams: tuple[StreamSample, ...] = ()
    transports: tuple[TransportSample, ...] = ()
