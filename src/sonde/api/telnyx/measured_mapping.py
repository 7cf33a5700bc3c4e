"""From a call that another client measured to the document of an SDK's upload. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sonde.api.telnyx.mapping import show_moment
from sonde.api.telnyx.units import epoch_milliseconds, milliseconds
from sonde.model.call_reports import name_organization
from sonde.services.measured_calls import MeasuredCall, MeasuredInterval, MeasuredSound
from sonde.webrtc.dialects.members import CODEC, PLAYED, Members
from sonde.webrtc.dialects.telnyx_members import (
    ANDROIDS_ROUND_TRIP,
    CANDIDATES,
    CHOSEN_PAIR,
    FAR_RECEPTION,
    FAR_SENDING,
    ICE_TRANSPORT,
    INBOUND,
    MICROPHONE,
    OUTBOUND,
    PATH,
)
from sonde.webrtc.dialects.values import INSTANT, MILLISECONDS, Reader
from sonde.webrtc.sample import StreamSample, TransportSample

UNITS: Final[Mapping[Reader, Any]] = {MILLISECONDS: milliseconds, INSTANT: epoch_milliseconds}
"""How the units of the vendor are written that are not ours, by what reads them."""

PAIRS_ROUND_TRIP: Final = "candidate-pair.currentRoundTripTime"


def measured_document(call: MeasuredCall, organization_id: int) -> bytes:
    """The JSON of a list of one report, with the members that SDKs send of what was measured."""
    peer = call.peer
    start, end = show_moment(call.started_at), show_moment(call.ended_at)
    summary = {
        "callId": peer.peer_id,
        "direction": peer.labels.get("direction", "unknown"),
        "state": "active" if peer.left_at is None else "done",
        "durationSeconds": call.duration,
        "startTimestamp": start,
        "endTimestamp": end,
        "sdkVersion": peer.device.sdk_version,
    }
    document = {
        "call_id": peer.peer_id,
        "call_report_id": peer.participant.participant_id,
        "user_id": peer.participant.participant_id,
        "organization_id": name_organization(organization_id),
        "stored_at": end,
        "created_at": end,
        "version": peer.device.sdk_version,
        "user_agent": peer.device.user_agent,
        "summary": summary,
        "stats": [_interval(each) for each in call.intervals],
    }
    return msgspec.json.encode([document])


def _interval(measured: MeasuredInterval) -> dict[str, Any]:
    sent, received = measured.sound.get("send"), measured.sound.get("recv")
    audio = {
        **({"outbound": _outbound(sent)} if sent else {}),
        **({"inbound": _stream(received, INBOUND)} if received else {}),
    }
    told = {
        **({"inbound": _members(sent.sample, FAR_RECEPTION)} if sent else {}),
        **({"outbound": _members(received.sample, FAR_SENDING)} if received else {}),
    }
    return {
        "intervalStartUtc": show_moment(measured.start),
        "intervalEndUtc": show_moment(measured.end),
        "audio": audio,
        "remoteRtcp": {name: said for name, said in told.items() if said},
        **({"mediaPlayout": _members(received.sample, PLAYED)} if received else {}),
        **_ways(measured.path, sent.sample if sent else None),
    }


def _outbound(sent: MeasuredSound) -> dict[str, Any]:
    return _stream(sent, OUTBOUND) | {"mediaSource": _members(sent.sample, MICROPHONE)}


def _stream(measured: MeasuredSound, members: Members) -> dict[str, Any]:
    sample = measured.sample
    shown = _members(sample, members)
    if measured.bitrate is not None:
        shown["bitrateAvg"] = measured.bitrate
    if sample.codec:
        shown["codec"] = {"mimeType": f"audio/{sample.codec}", **_members(sample, CODEC)}
    return shown


def _ways(path: TransportSample | None, sent: StreamSample | None) -> dict[str, Any]:
    """The path; its round trip is RTCP's where the candidate pair has none, as that of Android's SDK is."""
    connection = _members(path, PATH) if path else {}
    if "roundTripTimeAvg" in connection:
        connection["roundTripTimeSource"] = PAIRS_ROUND_TRIP
    elif sent:
        connection |= _members(sent, ANDROIDS_ROUND_TRIP)
    if path is None:
        return {"connection": connection} if connection else {}
    ends = {side: _members(path, members) for side, members in CANDIDATES.items()}
    return {
        "connection": connection,
        "ice": _members(path, CHOSEN_PAIR) | ends,
        "transport": _members(path, ICE_TRANSPORT),
    }


def _members(sample: msgspec.Struct, members: Members) -> dict[str, Any]:
    """What a sample has of an object of the vendor's, by the table that such objects are read with."""
    known = {
        name: (member.reader, value)
        for name, member in members.items()
        if member.field and (value := getattr(sample, member.field)) is not None
    }
    return {name: UNITS.get(reader, _as_it_is)(value) for name, (reader, value) in known.items()}


def _as_it_is(value: Any) -> Any:
    return value
