"""What a batch of reports says of the peer that sent it, as ingest hands it over."""

from datetime import datetime

import msgspec

from sonde.model.sessions import ViewType


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of the machine under it; fields as in `sonde.model.peers.Device`."""

    cpus: int | None = None
    is_mobile: bool | None = None
    network: str = ""
    webgl: bool | None = None


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A peer was there. Sightings may come twice, late and in any order.

    Attributes:
        peer_id: from `sonde.model.peers.peer_id_of`.
        first_at, last_at: its earliest and latest sample or event in the batch, by its own clock.
        connected_at: when its media began to flow, if the batch says so.
        has_left: the batch says that the connection was closed, at `last_at`.
        meeting: id of a meeting, or the application's own name of one; it is made when there is none.
        participant_id: the participant that a token names; None without a token.
        custom_id: the application's id of the person; None when it does not say.
        name, preset, view_type: what the client says of the person. A token's participant wins over them.
        user_agent: the browser's.
        sdk, sdk_version: what the reporting program says it is.
        machine: what it says of what it runs on.
        address: where the batch came from.
        labels: what the application says of the connection.
    """

    workspace_id: int
    peer_id: str
    first_at: datetime
    last_at: datetime
    meeting: str
    connected_at: datetime | None = None
    has_left: bool = False
    participant_id: str | None = None
    custom_id: str | None = None
    name: str = ""
    preset: str = ""
    view_type: ViewType | None = None
    user_agent: str = ""
    sdk: str = ""
    sdk_version: str = ""
    machine: Machine = Machine()
    address: str = ""
    labels: dict[str, str] = {}


class SeenPeer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sighted peer belongs. A peer never changes its session."""

    peer_id: str
    session_id: str
    meeting_id: str
    participant_id: str


class ReportingClient(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever may report: the holder of a client key, of a participant's token, or of a call report's.

    Attributes:
        organization_id: whose rate limits count.
        source_id: the key or token, such as `client-key/7`, `participant-token/7` or `call-report-token/7`,
            for the books of ingest.
        meeting_id, participant_id: what a participant's token is limited to; None with any other.
        person_id: for whom a call report's token was made; None with any other.
    """

    workspace_id: int
    organization_id: int
    source_id: str
    meeting_id: str | None = None
    participant_id: str | None = None
    person_id: int | None = None


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a workspace's client key after its making."""

    key_id: int
    prefix: str
    label: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


class CallReportToken(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a token for call reports after its making.

    Attributes:
        token_id: its number.
        prefix: the beginning of its secret.
        email: of the person it was made for.
        label: what it is for.
    """

    token_id: int
    prefix: str
    email: str
    label: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a payload came from.

    Attributes:
        client: whose key or token it came with.
        address: of the sender.
        received_at: nanoseconds since the epoch.
    """

    client: ReportingClient
    address: str
    received_at: int
