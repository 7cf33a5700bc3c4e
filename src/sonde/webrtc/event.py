"""What happened to a connection beside its statistics, in a closed list of words."""

from enum import StrEnum

import msgspec


class EventKind(StrEnum):
    """What a client can say has happened. A closed list; `PeerEvent.value` and `detail` say more."""

    CREATED = "created"
    """The connection was made; the detail is its configuration."""

    CLOSED = "closed"
    """The application closed the connection."""

    SIGNALING_STATE = "signaling_state"
    """The value is an RTCSignalingState, such as `stable`."""

    ICE_GATHERING_STATE = "ice_gathering_state"
    """The value is an RTCIceGatheringState, such as `complete`."""

    ICE_CONNECTION_STATE = "ice_connection_state"
    """The value is an RTCIceConnectionState, such as `disconnected`."""

    CONNECTION_STATE = "connection_state"
    """The value is an RTCPeerConnectionState, such as `failed`."""

    NEGOTIATION_NEEDED = "negotiation_needed"
    """The connection asked for an offer and answer."""

    OFFER_CREATED = "offer_created"
    """The detail is the session description."""

    ANSWER_CREATED = "answer_created"
    """The detail is the session description."""

    LOCAL_DESCRIPTION = "local_description"
    """It was set; the value is its type, `offer`, `answer`, `pranswer` or `rollback`, the detail its SDP."""

    REMOTE_DESCRIPTION = "remote_description"
    """It was set; value and detail as of the local one."""

    LOCAL_CANDIDATE = "local_candidate"
    """The agent found a candidate; the value is empty after the last one."""

    REMOTE_CANDIDATE = "remote_candidate"
    """The application handed over a candidate of the other side."""

    CANDIDATE_ERROR = "candidate_error"
    """A STUN or TURN server could not be used; the value is the error code."""

    ICE_RESTART = "ice_restart"
    """The application asked for new credentials and paths."""

    TRANSCEIVER = "transceiver"
    """A transceiver was added or changed; the value is `added` or `modified`."""

    TRACK_ADDED = "track_added"
    """The application gave a track to be sent; the value is `audio` or `video`."""

    TRACK_REMOVED = "track_removed"
    """The application took a sent track back."""

    TRACK_REPLACED = "track_replaced"
    """Another track is sent in the place of one."""

    TRACK_RECEIVED = "track_received"
    """The other side's track was announced; the value is `audio` or `video`."""

    TRACK_ENDED = "track_ended"
    """A track gives nothing more, such as when a device is unplugged."""

    TRACK_MUTED = "track_muted"
    """The source of a track gives nothing for the moment: the system silenced it, or nothing arrives."""

    TRACK_UNMUTED = "track_unmuted"
    """The source of a track gives something again."""

    TRACK_ENABLED = "track_enabled"
    """The application lets a track be heard or seen."""

    TRACK_DISABLED = "track_disabled"
    """The application silenced or blackened a track: the person muted."""

    MEDIA_REQUESTED = "media_requested"
    """getUserMedia was called; the value names what was asked for: `audio`, `video` or `audio video`."""

    MEDIA_GRANTED = "media_granted"
    """It gave a track: the value is its kind, the track its id, the detail its label. One event for each."""

    MEDIA_REFUSED = "media_refused"
    """It failed; the value is the error's name, such as `NotAllowedError`."""

    DISPLAY_REQUESTED = "display_requested"
    """getDisplayMedia was called; value as of `media_requested`."""

    DISPLAY_GRANTED = "display_granted"
    """It gave a track; value, track and detail as of `media_granted`."""

    DISPLAY_REFUSED = "display_refused"
    """It failed; value as of `media_refused`."""

    DEVICES_CHANGED = "devices_changed"
    """A device was plugged in or out; the detail lists what there is, of the value's kind if there is one."""

    DEVICE_SELECTED = "device_selected"
    """Another device is in use; the value is its kind, the detail its label or the device as JSON."""

    PAGE_VISIBLE = "page_visible"
    """The call's page came to the front."""

    PAGE_HIDDEN = "page_hidden"
    """The call's page went to the background."""

    PAGE_UNLOADED = "page_unloaded"
    """The call's page went away."""

    NETWORK_CHANGED = "network_changed"
    """The client's own network changed; the value is its type, such as `wifi`, or `offline`."""

    LIMITED = "limited"
    """The client says that something limits what it sends: `bandwidth`, `cpu` or `congestion`."""

    UNLIMITED = "unlimited"
    """The same limit is gone."""

    DATA_CHANNEL = "data_channel"
    """A data channel was made or announced; the value is its label."""

    JOINED = "joined"
    """The person entered the session."""

    LEFT = "left"
    """The person left the session."""

    DOMINANT_SPEAKER = "dominant_speaker"
    """Somebody else speaks loudest; the value is the peer."""

    CALL_FAILED = "call_failed"
    """A method of the connection failed; the value is the method, the detail the error."""

    APPLICATION = "application"
    """The application's own word; the value is its name."""


class PeerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at one time.

    Attributes:
        at: nanoseconds since the epoch, by the client's clock.
        kind: what happened.
        value: the short word that goes with it, as the kind says; empty when there is none.
        detail: the long text that goes with it, such as a session description; empty when there is none.
        track: id of the track it is about; None when it is about none.
    """

    at: int
    kind: EventKind
    value: str = ""
    detail: str = ""
    track: str | None = None
