"""What webhooks say: the events of Cloudflare RealtimeKit, in its words and its camel case.

There is one form for all receivers, so that one that was written for the vendor needs no change.
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from sonde.directory.directory import Transaction
from sonde.model.peers import Peer
from sonde.model.people import Workspace
from sonde.model.sessions import EndReason, Meeting, Session
from sonde.model.webhooks import EventKind, SessionEvent
from sonde.services.downloads import Link

_REASONS: Final = {
    EndReason.REQUEST: "HOST_ENDED_MEETING",
    EndReason.EMPTY: "ALL_PARTICIPANTS_LEFT",
}
_FILES: Final = {EventKind.TRANSCRIPT: "transcript", EventKind.SUMMARY: "summary"}


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is about, as it is kept.

    Attributes:
        peer: of an event about one.
    """

    workspace: Workspace
    meeting: Meeting
    session: Session
    peer: Peer | None


def read_scene(tx: Transaction, event: SessionEvent) -> Scene | None:
    """What an event is about; None when that is not kept any more."""
    session = tx.sessions.get(event.workspace_id, event.session_id)
    meeting = tx.meetings.get(event.workspace_id, session.meeting_id) if session else None
    workspace = tx.workspaces.get(event.workspace_id)
    peer = tx.peers.get(event.workspace_id, event.peer_id) if event.peer_id else None
    if session is None or meeting is None or workspace is None or (event.peer_id and peer is None):
        return None
    return Scene(workspace=workspace, meeting=meeting, session=session, peer=peer)


def write_body(event: SessionEvent, scene: Scene) -> bytes:
    """The body of an event: compact JSON."""
    body: dict[str, Any] = {"event": event.kind}
    if event.kind is EventKind.CHAT:
        body |= _chat(event, scene)
    else:
        body["meeting"] = _meeting(event, scene)
    if event.kind in {EventKind.JOINED, EventKind.LEFT} and scene.peer is not None:
        body["participant"] = _participant(event, scene.peer)
    if event.kind is EventKind.ENDED:
        body["reason"] = _REASONS[scene.session.end_reason or EndReason.EMPTY]
    if event.kind in _FILES:
        name = f"{_FILES[event.kind]}DownloadUrl"
        body |= {name: event.details.get("url"), f"{name}Expiry": event.details.get("expires_at")}
    return msgspec.json.encode(body)


def event_of_file(kind: EventKind, session: Session, link: Link, *, at: datetime) -> SessionEvent:
    """That a file of a session can be fetched."""
    return SessionEvent(
        kind=kind,
        workspace_id=session.workspace_id,
        session_id=session.session_id,
        at=at,
        details={"url": link.url, "expires_at": moment(link.expires_at)},
    )


def moment(at: datetime) -> str:
    """A time as the vendor writes it: UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _meeting(event: SessionEvent, scene: Scene) -> dict[str, Any]:
    meeting, session = scene.meeting, scene.session
    ended_at = event.at if event.kind is EventKind.ENDED else session.ended_at
    shown = {
        "id": meeting.meeting_id,
        "sessionId": session.session_id,
        "title": meeting.settings.title,
        "roomName": meeting.meeting_id,
        # The vendor says so in every event, the one of the end too.
        "status": "LIVE",
        # Of the session: in the vendor's examples both are one moment, as they are in its API.
        "createdAt": moment(session.started_at),
        "startedAt": moment(session.started_at),
        "organizedBy": _organizer(scene.workspace),
    }
    return shown | ({"endedAt": moment(ended_at)} if ended_at else {})


def _participant(event: SessionEvent, peer: Peer) -> dict[str, Any]:
    custom_id = peer.participant.custom_id
    shown = {
        "peerId": peer.peer_id,
        "userDisplayName": peer.participant.name,
        "customParticipantId": custom_id,
        "clientSpecificId": custom_id,
        "joinedAt": moment(peer.joined_at),
    }
    return shown | ({"leftAt": moment(event.at)} if event.kind is EventKind.LEFT else {})


def _chat(event: SessionEvent, scene: Scene) -> dict[str, Any]:
    session = scene.session
    return {
        "sessionId": session.session_id,
        "meetingId": session.meeting_id,
        "title": scene.meeting.settings.title,
        "chatDownloadUrl": event.details.get("url"),
        "chatDownloadUrlExpiry": event.details.get("expires_at"),
        "createdAt": moment(session.started_at),
        "startedAt": moment(session.started_at),
        "endedAt": moment(session.ended_at) if session.ended_at else None,
        "organizedBy": _organizer(scene.workspace),
    }


def _organizer(workspace: Workspace) -> dict[str, str]:
    """The workspace, which the vendor calls an organization or an app, by the id it has in that API."""
    return {"id": workspace.uuid, "name": workspace.name}
