"""A peer report on the wire, under the vendor's names. Pure.

Rows name what a stream did since the row before; a cumulative object says what all rows of a class come to,
and is empty where there are none.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from sonde.api.realtimekit.people_shapes import PeerEventItem
from sonde.api.realtimekit.schema import Query, about

Number = float | None


class ReportQuery(Query, frozen=True, kw_only=True):
    """What a peer report takes."""

    filters: Annotated[
        str,
        about(
            "Show these parts only: one of `device_info`, `ip_information`, `precall_network_information`, "
            "`events` and `quality_stats`, or several with commas between. Without it, all."
        ),
    ] = ""
    include_peer_events: Annotated[bool, about("Show when the connection came and went.")] = False


class ConsumerRow(msgspec.Struct, frozen=True, gc=False):
    """A stream received; seconds, and counts since the row before."""

    timestamp: str
    consumer_id: str
    producer_id: str | None
    peer_id: str | None
    mid: str | None
    ssrc: int | None
    bytes_received: int | None
    packets_received: int | None
    packets_lost: int | None
    jitter: Number
    jitter_buffer_delay: Number
    jitter_buffer_emitted_count: int | None
    mos_quality: Annotated[float, about("0 to 1; no opinion score.")]


class AudioConsumerRow(ConsumerRow, frozen=True, gc=False):
    """Sound received."""

    concealment_events: int | None


class VideoConsumerRow(ConsumerRow, frozen=True, gc=False):
    """Pictures received."""

    frame_width: int | None
    frame_height: int | None
    frames_per_second: Number
    frames_decoded: int | None
    key_frames_decoded: int | None
    frames_dropped: int | None
    fir_count: int | None


class AudioProducerRow(msgspec.Struct, frozen=True, gc=False):
    """Sound sent; loss, jitter and round trip as the other side reported them."""

    timestamp: str
    producer_id: str
    mid: str | None
    ssrc: int | None
    bytes_sent: int | None
    packets_sent: int | None
    packets_lost: int | None
    jitter: Number
    rtt: Annotated[Number, about("Seconds.")]
    mos_quality: Annotated[float, about("0 to 1; no opinion score.")]


class LimitationDurations(msgspec.Struct, frozen=True, gc=False):
    """Seconds since the row before, by what limited the encoder."""

    none: Number
    cpu: Number
    bandwidth: Number
    other: Number


class VideoProducerRow(AudioProducerRow, frozen=True, gc=False):
    """Pictures sent: counts of all simulcast layers, the picture of the largest one."""

    frame_width: int | None
    frame_height: int | None
    frames_per_second: Number
    frames_encoded: int | None
    key_frames_encoded: int | None
    fir_count: int | None
    pli_count: int | None
    quality_limitation_reason: Literal["none", "cpu", "bandwidth", "other"] | None
    quality_limitation_durations: LimitationDurations
    quality_limitation_resolution_changes: int | None


class PacketLoss(msgspec.Struct, frozen=True, kw_only=True):
    """Mean loss in percent, and shares of rows at or above so many percent."""

    avg: float
    of_5: float = msgspec.field(name="5_or_greater_event_fraction")
    of_10: float = msgspec.field(name="10_or_greater_event_fraction")
    of_25: float = msgspec.field(name="25_or_greater_event_fraction")
    of_50: float = msgspec.field(name="50_or_greater_event_fraction")


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Mean in milliseconds, and shares of rows at or above so many."""

    avg: float
    of_100: float = msgspec.field(name="100ms_or_greater_event_fraction")
    of_250: float = msgspec.field(name="250ms_or_greater_event_fraction")
    of_500: float = msgspec.field(name="500ms_or_greater_event_fraction")


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Mean, and what so many percent of the rows do not exceed."""

    avg: float
    p50: float
    p75: float
    p90: float


class ConsumerIssues(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of rows with each flag of the score."""

    lag_fraction: Number
    no_video_fraction: Number
    poor_resolution_fraction: Number


class ProducerIssues(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of rows with each flag of the score, and that ended under each limit."""

    no_video_fraction: Number
    poor_resolution_fraction: Number
    bandwidth_quality_limitation_fraction: Number
    cpu_quality_limitation_fraction: Number
    quality_limitation_fraction: Number


class AudioConsumerCumulative(msgspec.Struct, frozen=True, kw_only=True):
    """Sound received on the whole."""

    packet_loss: PacketLoss | UnsetType | None = UNSET
    jitter_buffer_delay: Latency | UnsetType | None = UNSET
    quality_mos: Percentiles | UnsetType | None = UNSET


class VideoConsumerCumulative(AudioConsumerCumulative, frozen=True, kw_only=True):
    """Pictures received on the whole."""

    frame_width: Percentiles | UnsetType | None = UNSET
    frame_per_second: Percentiles | UnsetType | None = UNSET
    key_frames_decoded_fraction: Number | UnsetType = UNSET
    issues: ConsumerIssues | UnsetType = UNSET


class AudioProducerCumulative(msgspec.Struct, frozen=True, kw_only=True):
    """Sound sent on the whole."""

    packet_loss: PacketLoss | UnsetType | None = UNSET
    rtt: Latency | UnsetType | None = UNSET
    quality_mos: Percentiles | UnsetType | None = UNSET


class VideoProducerCumulative(AudioProducerCumulative, frozen=True, kw_only=True):
    """Pictures sent on the whole."""

    frame_width: Percentiles | UnsetType | None = UNSET
    frame_per_second: Percentiles | UnsetType | None = UNSET
    key_frames_encoded_fraction: Number | UnsetType = UNSET
    high_negative_feedback_fraction: Number | UnsetType = UNSET
    issues: ProducerIssues | UnsetType = UNSET


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Every class of streams: its rows, and what they come to."""

    audio_consumer: list[AudioConsumerRow]
    audio_consumer_cumulative: AudioConsumerCumulative
    audio_producer: list[AudioProducerRow]
    audio_producer_cumulative: AudioProducerCumulative
    screenshare_audio_consumer: list[AudioConsumerRow]
    screenshare_audio_consumer_cumulative: AudioConsumerCumulative
    screenshare_audio_producer: list[AudioProducerRow]
    screenshare_audio_producer_cumulative: AudioProducerCumulative
    screenshare_video_consumer: list[VideoConsumerRow]
    screenshare_video_consumer_cumulative: VideoConsumerCumulative
    screenshare_video_producer: list[VideoProducerRow]
    screenshare_video_producer_cumulative: VideoProducerCumulative
    video_consumer: list[VideoConsumerRow]
    video_consumer_cumulative: VideoConsumerCumulative
    video_producer: list[VideoProducerRow]
    video_producer_cumulative: VideoProducerCumulative


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A microphone, camera or loudspeaker."""

    device_id: str | None
    kind: str
    label: str | None


class DevicesUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """Devices that came and went."""

    timestamp: str
    added: list[Device]
    removed: list[Device]


class SelectedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that was taken into use."""

    timestamp: str
    device: Device


class BrowserMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What renders the application's page."""

    browser: str | None
    browser_version: str | None
    engine: str | None
    user_agent: str | None
    webgl_support: bool | None


class DeviceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the application runs on."""

    cpus: Number
    is_mobile: bool | None
    os: str | None
    os_version: str | None


class CandidatePair(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate pair that a transport used last: running counters, seconds and bit/s."""

    nominated: bool | None
    current_round_trip_time: Number
    total_round_trip_time: Number
    available_outgoing_bitrate: Number
    available_incoming_bitrate: Number
    bytes_sent: int | None
    bytes_received: int | None
    packets_sent: int | None
    packets_received: int | None
    bytes_discarded_on_send: int | None
    packets_discarded_on_send: int | None
    last_packet_sent_timestamp: Annotated[Number, about("Milliseconds since 1970.")]
    last_packet_received_timestamp: Annotated[Number, about("Milliseconds since 1970.")]
    local_candidate_id: str | None
    local_candidate_type: str | None
    local_candidate_address: str | None
    local_candidate_port: int | None
    local_candidate_protocol: str | None
    local_candidate_url: str | None
    local_candidate_network_type: str | None
    local_candidate_related_address: str | None
    local_candidate_related_port: int | None
    remote_candidate_id: str | None
    remote_candidate_type: str | None
    remote_candidate_address: str | None
    remote_candidate_port: int | None
    remote_candidate_protocol: str | None
    remote_candidate_url: str | None


class CandidatePairs(msgspec.Struct, frozen=True, kw_only=True):
    """The pairs of connections that had media in each direction."""

    producing_transport: list[CandidatePair]
    consuming_transport: list[CandidatePair]


class EventItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened."""

    name: str
    timestamp: str
    metadata: dict[str, str | float | bool | None]


class AsnInformation(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs the network that the client is in."""

    asn: str | None
    name: str | None
    domain: str | None
    route: str | None
    type: str | None


class IPInformation(msgspec.Struct, frozen=True, kw_only=True):
    """Where the client is; its address without the part that names one subscriber."""

    ipv4: str | None
    city: str | None
    region: str | None
    country: str | None
    timezone: str | None
    org: str | None
    asn: AsnInformation


class NativeMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The encoders that were used last."""

    audio_encoder: str | None
    video_encoder: str | None


class PcMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What was known of the network before the call, or how the connection was described."""

    timestamp: str
    effective_network_type: str | None
    reflexive_connectivity: bool | None
    relay_connectivity: bool | None
    turn_connectivity: bool | None
    sdp: list[str] | None


class ReportMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """All beside quality."""

    audio_devices_updates: list[DevicesUpdate] | UnsetType = UNSET
    browser_metadata: BrowserMetadata | UnsetType = UNSET
    candidate_pairs: CandidatePairs | UnsetType = UNSET
    device_info: DeviceInfo | UnsetType = UNSET
    events: list[EventItem] | UnsetType = UNSET
    ip_information: IPInformation | UnsetType = UNSET
    native_metadata: NativeMetadata | UnsetType = UNSET
    pc_metadata: list[PcMetadata] | UnsetType = UNSET
    room_view_type: str | UnsetType = UNSET
    sdk_name: str | UnsetType | None = UNSET
    sdk_type: str | UnsetType | None = UNSET
    sdk_version: str | UnsetType | None = UNSET
    selected_device_updates: list[SelectedDevice] | UnsetType = UNSET
    speaker_devices_updates: list[DevicesUpdate] | UnsetType = UNSET
    video_devices_updates: list[DevicesUpdate] | UnsetType = UNSET


class PeerReportItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer report says."""

    metadata: ReportMetadata | UnsetType = UNSET
    quality: Quality | UnsetType = UNSET


class ReportedParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """A connection with its report."""

    id: str
    user_id: str
    custom_participant_id: str | None
    display_name: str
    role: Annotated[str, about("Name of the preset.")]
    session_id: str
    joined_at: str
    left_at: str | None
    duration: Annotated[float, about("Minutes.")]
    created_at: str
    updated_at: str
    peer_events: list[PeerEventItem] | UnsetType = UNSET
    peer_report: PeerReportItem


class ReportedData(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the peer report."""

    participant: ReportedParticipant
