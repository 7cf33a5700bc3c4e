"""From our sessions to the vendor's. Pure."""

from collections.abc import Iterable

from sonde.api.realtimekit.session_shapes import SessionItem, SessionMeta, SessionsQuery
from sonde.api.realtimekit.units import in_utc, show_minutes, show_moment
from sonde.model.listing import SessionFilter, SessionListing
from sonde.model.people import Workspace
from sonde.model.sessions import SessionStatus, ViewType
from sonde.services.sessions import SessionDetail


def show_session(
    detail: SessionDetail, workspace: Workspace, *, rooms: Iterable[SessionDetail] | None = None
) -> SessionItem:
    """A session as clients see it.

    Args:
        detail: the session.
        workspace: where it is.
        rooms: its breakout rooms; None leaves them out.
    """
    session, meeting, totals = detail.session, detail.meeting, detail.totals
    settings = meeting.settings
    return SessionItem(
        id=session.session_id,
        associated_id=meeting.meeting_id,
        meeting_display_name=settings.title,
        type="meeting",
        status="LIVE" if session.status is SessionStatus.LIVE else "ENDED",
        live_participants=totals.live_peers,
        max_concurrent_participants=totals.max_concurrent_peers,
        minutes_consumed=show_minutes(totals.participant_minutes),
        organization_id=workspace.uuid,
        started_at=show_moment(session.started_at),
        created_at=show_moment(session.started_at),
        updated_at=show_moment(session.updated_at),
        ended_at=show_moment(session.ended_at) if session.ended_at else None,
        total_participants=totals.participants,
        parent_session_id=session.parent_session_id,
        recording_status="NOT_RECORDED",
        livestream_status="NOT_LIVESTREAMED",
        recording_minutes_consumed=0.0,
        transcription_minutes_consumed=0.0,
        settings={
            "preferred_region": settings.preferred_region or None,
            "session_keep_alive_time_in_secs": settings.keep_alive,
            "persist_chat": meeting.options.persist_chat,
            "transcribe_on_end": meeting.options.transcribe_on_end,
            "summarize_on_end": meeting.options.summarize_on_end,
        },
        meta=SessionMeta(room_name=settings.custom_id or meeting.meeting_id),
        breakout_rooms=None if rooms is None else [show_session(each, workspace) for each in rooms],
        **{
            f"{view_type}_minutes_consumed": show_minutes(totals.minutes_by_view_type.get(view_type, 0.0))
            for view_type in ViewType
        },
    )


def listing_of(query: SessionsQuery) -> SessionListing:
    """The sessions that are wanted."""
    least, _, most = query.participants.partition(":")
    return SessionListing(
        wanted=SessionFilter(
            since=in_utc(query.start_time),
            until=in_utc(query.end_time),
            is_live=None if query.status is None else query.status == "LIVE",
            meeting_id=query.associated_id.lower() or None,
        ),
        words=query.search.strip(),
        participants_from=int(least) if least.strip() else None,
        participants_to=int(most) if most.strip() else None,
        by_minutes=query.sort_by == "minutesConsumed",
        descending=query.sort_order == "DESC",
    )
