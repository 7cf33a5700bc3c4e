"""From a peer report of ours to the vendor's: all beside quality, and which parts are shown. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from msgspec import UNSET

from sonde.api.realtimekit import report_shapes as shapes
from sonde.api.realtimekit.event_names import show_named_events
from sonde.api.realtimekit.people_mapping import show_events
from sonde.api.realtimekit.quality_mapping import show_quality
from sonde.api.realtimekit.units import epoch_milliseconds, show_duration, show_instant, show_moment
from sonde.model.errors import Invalid
from sonde.model.peer_reports import PeerMetadata, PeerReport, UsedPath
from sonde.model.peers import Device, Peer, Place
from sonde.model.sessions import ViewType
from sonde.webrtc.device_changes import DeviceChange, MediaDevice

QUALITY: Final = "quality_stats"

FILTERS: Final[Mapping[str, frozenset[str]]] = {
    "device_info": frozenset(
        {
            *("device_info", "browser_metadata", "native_metadata", "room_view_type"),
            *("sdk_name", "sdk_type", "sdk_version", "selected_device_updates"),
            *("audio_devices_updates", "video_devices_updates", "speaker_devices_updates"),
        }
    ),
    "ip_information": frozenset({"ip_information"}),
    "precall_network_information": frozenset({"pc_metadata"}),
    "events": frozenset({"events"}),
    QUALITY: frozenset({"candidate_pairs"}),
}
"""The members of the metadata that each filter keeps; that of quality keeps the quality, too."""

DEVICES: Final[Mapping[str, str]] = {
    "audio_devices_updates": "audioinput",
    "video_devices_updates": "videoinput",
    "speaker_devices_updates": "audiooutput",
}

ROOM_VIEWS: Final[Mapping[ViewType, str]] = {
    ViewType.GROUP_CALL: "groupCall",
    ViewType.WEBINAR: "webinar",
    ViewType.AUDIO_ROOM: "audioRoom",
    ViewType.LIVESTREAM: "livestream",
    ViewType.CHAT: "chat",
}

PAIR: Final[Mapping[str, str]] = {
    "bytes_sent": "pair_bytes_sent",
    "bytes_received": "pair_bytes_received",
    "packets_sent": "pair_packets_sent",
    "packets_received": "pair_packets_received",
    "local_candidate_address": "local_address",
    "local_candidate_port": "local_port",
    "local_candidate_protocol": "local_protocol",
    "local_candidate_url": "local_url",
    "local_candidate_network_type": "local_network_type",
    "local_candidate_related_address": "local_related_address",
    "local_candidate_related_port": "local_related_port",
    "remote_candidate_address": "remote_address",
    "remote_candidate_port": "remote_port",
    "remote_candidate_protocol": "remote_protocol",
    "remote_candidate_url": "remote_url",
}
"""Our names of those fields of a candidate pair that we call otherwise."""


def read_filters(text: str) -> frozenset[str]:
    """The filters that are meant: one, several with commas between, or all.

    Raises:
        Invalid: there is no such filter.
    """
    chosen = frozenset(each.strip() for each in text.split(",") if each.strip())
    unknown = chosen.difference(FILTERS)
    if unknown:
        raise Invalid(
            f"There is no filter {min(unknown)[:40]!r}.",
            hint=f"There are: {', '.join(FILTERS)}.",
            field="filters",
        )
    return chosen or frozenset(FILTERS)


def show_report(report: PeerReport, chosen: Collection[str], *, with_events: bool) -> shapes.ReportedData:
    """A connection with the chosen parts of its report."""
    peer = report.peer
    kept = {name for each in chosen for name in FILTERS[each]}
    metadata = {name: value for name, value in _metadata(peer, report.metadata).items() if name in kept}
    return shapes.ReportedData(
        participant=shapes.ReportedParticipant(
            id=peer.peer_id,
            user_id=peer.participant.participant_id,
            custom_participant_id=peer.participant.custom_id,
            display_name=peer.participant.name,
            role=peer.participant.preset,
            session_id=peer.session_id,
            joined_at=show_moment(peer.joined_at),
            left_at=show_moment(peer.left_at) if peer.left_at else None,
            duration=show_duration(peer.joined_at, report.until),
            created_at=show_moment(peer.created_at),
            updated_at=show_moment(peer.last_seen_at),
            peer_events=show_events([peer]) if with_events else UNSET,
            peer_report=shapes.PeerReportItem(
                metadata=shapes.ReportMetadata(**metadata) if metadata else UNSET,
                quality=show_quality(report) if QUALITY in chosen else UNSET,
            ),
        )
    )


def _metadata(peer: Peer, found: PeerMetadata) -> dict[str, Any]:
    device = peer.device
    return {
        **{name: _device_updates(found.device_changes, kind) for name, kind in DEVICES.items()},
        "browser_metadata": shapes.BrowserMetadata(
            browser=device.browser or None,
            browser_version=device.browser_version or None,
            engine=device.engine or None,
            user_agent=device.user_agent or None,
            webgl_support=device.webgl,
        ),
        "candidate_pairs": shapes.CandidatePairs(
            producing_transport=[_pair(path) for path in found.paths if "send" in path.directions],
            consuming_transport=[_pair(path) for path in found.paths if "recv" in path.directions],
        ),
        "device_info": shapes.DeviceInfo(
            cpus=device.cpus,
            is_mobile=device.is_mobile,
            os=device.os or None,
            os_version=device.os_version or None,
        ),
        "events": show_named_events(found.events, found.tracks),
        "ip_information": _ip_information(peer.place),
        "native_metadata": shapes.NativeMetadata(
            audio_encoder=found.encoders.get("audio"), video_encoder=found.encoders.get("video")
        ),
        "pc_metadata": _pc_metadata(found),
        "room_view_type": ROOM_VIEWS[peer.view_type],
        "sdk_name": device.sdk or None,
        "sdk_type": _sdk_type(device),
        "sdk_version": device.sdk_version or None,
        "selected_device_updates": [
            shapes.SelectedDevice(timestamp=show_instant(each.at), device=_device(each.device))
            for each in found.device_choices
        ],
    }


def _sdk_type(device: Device) -> str | None:
    """`web` for what runs in a browser, or else the system, as far as it is known."""
    return "web" if device.browser else device.os.lower() or None


def _device_updates(changes: Iterable[DeviceChange], kind: str) -> list[shapes.DevicesUpdate]:
    return [
        shapes.DevicesUpdate(
            timestamp=show_instant(each.at),
            added=[_device(device) for device in each.added],
            removed=[_device(device) for device in each.removed],
        )
        for each in changes
        if each.kind == kind
    ]


def _device(device: MediaDevice) -> shapes.Device:
    return shapes.Device(device_id=device.device_id or None, kind=device.kind, label=device.label or None)


def _pair(path: UsedPath) -> shapes.CandidatePair:
    sample = path.sample
    special: dict[str, Any] = {
        "last_packet_sent_timestamp": epoch_milliseconds(sample.last_packet_sent_at),
        "last_packet_received_timestamp": epoch_milliseconds(sample.last_packet_received_at),
        # To a relay the way begins with the relay's protocol.
        "local_candidate_protocol": sample.local_relay_protocol or sample.local_protocol,
    }
    plain = {
        name: getattr(sample, PAIR.get(name, name))
        for name in shapes.CandidatePair.__struct_fields__
        if name not in special
    }
    return shapes.CandidatePair(**plain, **special)


def _ip_information(place: Place) -> shapes.IPInformation:
    return shapes.IPInformation(
        ipv4=place.address if "." in place.address else None,
        city=place.city or None,
        region=place.region or None,
        country=place.country or None,
        timezone=place.timezone or None,
        org=place.organization or None,
        asn=shapes.AsnInformation(
            asn=None if place.asn is None else f"AS{place.asn}",
            name=place.organization or None,
            domain=None,
            route=None,
            type=None,
        ),
    )


def _pc_metadata(found: PeerMetadata) -> list[shapes.PcMetadata]:
    checks = [
        shapes.PcMetadata(
            timestamp=show_instant(each.at),
            effective_network_type=each.effective_type or None,
            reflexive_connectivity=each.has_reflexive,
            relay_connectivity=each.has_relay,
            turn_connectivity=each.has_any,
            sdp=None,
        )
        for each in found.network_checks
    ]
    descriptions = [
        shapes.PcMetadata(
            timestamp=show_instant(event.at),
            effective_network_type=None,
            reflexive_connectivity=None,
            relay_connectivity=None,
            turn_connectivity=None,
            sdp=[event.detail],
        )
        for event in found.descriptions
    ]
    return [*checks, *descriptions]
