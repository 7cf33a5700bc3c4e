"""Who is in a session: a participant is a person, a peer is one connection of that person."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from sonde.model.sessions import ViewType

_PEERS = uuid5(NAMESPACE_URL, "urn:sonde:peer")
_EVENTS = uuid5(NAMESPACE_URL, "urn:sonde:peer-event")


class LeaveReason(StrEnum):
    """How a peer left."""

    LEFT = "left"
    """It said so, or the application did."""

    TIME_OUT = "time_out"
    """It was not heard of any more; it left at the time of its last sample. Late reports bring it back."""

    REMOVED = "removed"
    """The application put it out of the session, for good."""

    SESSION_ENDED = "session_ended"
    """Somebody ended the session for everyone."""

    @property
    def is_final(self) -> bool:
        """Whether it holds whatever later reports say."""
        return self in {LeaveReason.REMOVED, LeaveReason.SESSION_ENDED}


class PeerEventKind(StrEnum):
    """What happened to a peer as a whole."""

    CREATED = "created"
    JOINING = "joining"
    JOINED = "joined"
    LEAVING = "leaving"


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a meeting, the same one in all of its sessions.

    Attributes:
        participant_id: UUID in lower case.
        custom_id: the application's own id of the person, unique in the meeting; None for somebody of whom
            nothing is known but one connection.
        name: shown to people; may be empty.
        preset: name of the set of permissions that the application gave them; may be empty.
        view_type: of their peers that do not say otherwise.
        picture: address of an image of them; may be empty.
        removed_at: when the application took them off the list of those enrolled; None while they are on it.
            The sessions they were in know them still.
    """

    participant_id: str
    workspace_id: int
    meeting_id: str
    custom_id: str | None
    name: str
    preset: str
    view_type: ViewType
    created_at: datetime
    updated_at: datetime
    picture: str = ""
    removed_at: datetime | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer runs on. Empty texts and None: not known.

    Attributes:
        browser, browser_version: family and major and minor number, such as `Firefox` and `144.0`.
        engine: what renders the pages: `Blink`, `Gecko` or `WebKit`.
        os, os_version: the system, such as `Android` and `16`.
        model: of a phone or tablet.
        is_mobile: it is a phone or tablet.
        sdk, sdk_version: the program that reports, such as `sonde-collector`.
        user_agent: what most of this was read from.
        cpus: logical processors.
        network: what the browser takes its network for, such as `4g` (Network Information API).
        webgl: the browser draws with the graphics processor.
    """

    browser: str = ""
    browser_version: str = ""
    engine: str = ""
    os: str = ""
    os_version: str = ""
    model: str = ""
    is_mobile: bool | None = None
    sdk: str = ""
    sdk_version: str = ""
    user_agent: str = ""
    cpus: int | None = None
    network: str = ""
    webgl: bool | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a peer is, as far as databases of addresses know. Empty texts and None: not known.

    Attributes:
        address: its address without the part that names one subscriber: two octets of IPv4, 32 bits of IPv6.
        country: ISO 3166-1 alpha-2.
        region, city: English names.
        timezone: of the IANA database, such as `Africa/Cairo`.
        asn: number of the autonomous system that the address belongs to.
        organization: who runs that.
    """

    address: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    timezone: str = ""
    asn: int | None = None
    organization: str = ""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a participant: a tab, a rejoin, a call leg.

    Attributes:
        peer_id: what its measurements are kept under; see `peer_id_of`.
        labels: what the application says of the connection.
        created_at: the first that is known of it.
        connected_at: when its media began to flow; None when nobody said.
        last_seen_at: its latest sample, some seconds coarse while it is there.
        heard_at: when the server last heard of it, by the server's clock and as coarse.
        has_reported: it sent reports; otherwise only the application spoke of it.
        left_at: None while it is there.
    """

    peer_id: str
    workspace_id: int
    session_id: str
    participant: Participant
    view_type: ViewType
    device: Device
    place: Place
    labels: dict[str, str]
    created_at: datetime
    connected_at: datetime | None
    last_seen_at: datetime
    heard_at: datetime
    has_reported: bool
    left_at: datetime | None
    leave_reason: LeaveReason | None

    @property
    def joined_at(self) -> datetime:
        """When it was connected, or first heard of where nobody said."""
        return self.connected_at or self.created_at

    def until(self, now: datetime) -> datetime:
        """When it left, or else until when it is known to have been there."""
        return self.left_at or (self.last_seen_at if self.has_reported else now)


class PeerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a peer as a whole.

    Attributes:
        event_id: UUID; the same for the same event however often it is asked for.
        kind: what happened.
        at: when.
        minutes: what the peer had used up by then.
    """

    event_id: str
    kind: PeerEventKind
    at: datetime
    minutes: float


def peer_id_of(key: str) -> str:
    """The id of the peer that a client names so: its UUID, or one made from any other name.

    It needs no look-up, so that measurements can be stored by whoever receives them.
    """
    try:
        return str(UUID(key))
    except ValueError:
        return str(uuid5(_PEERS, key))


def peer_events(peer: Peer) -> list[PeerEvent]:
    """What happened to a peer, in order.

    Made from what is kept of it, so that late news move an event and never double one.
    """
    happened = [
        (PeerEventKind.CREATED, peer.created_at),
        (PeerEventKind.JOINING, peer.created_at),
        (PeerEventKind.JOINED, peer.joined_at),
    ]
    if peer.left_at is not None:
        happened.append((PeerEventKind.LEAVING, peer.left_at))
    return [
        PeerEvent(
            event_id=str(uuid5(_EVENTS, f"{peer.workspace_id}/{peer.peer_id}/{kind}")),
            kind=kind,
            at=at,
            minutes=max((at - peer.joined_at) / timedelta(minutes=1), 0.0),
        )
        for kind, at in happened
    ]
