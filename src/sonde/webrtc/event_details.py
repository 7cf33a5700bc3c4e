"""What the details of events say, where they are JSON that a client wrote."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from sonde.webrtc.event import EventKind, PeerEvent

CHECKED: Final = "precall_end"
"""The application's own event with which RealtimeKit's client says what it knows of the network."""

Scalar = str | float | bool | None


class NetworkCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a client found out about its network before the call; None was not looked at.

    Attributes:
        at: nanoseconds since the epoch.
        effective_type: what the browser takes the network for, such as `4g`; empty when it does not say.
        has_reflexive, has_relay: a connection by candidates of this type alone came about.
        has_any: one of any type did.
    """

    at: int
    effective_type: str = ""
    has_reflexive: bool | None = None
    has_relay: bool | None = None
    has_any: bool | None = None


def network_checks(events: Iterable[PeerEvent]) -> Iterator[NetworkCheck]:
    """The checks that a client told of, in the order of the events."""
    for event in events:
        if event.kind is EventKind.APPLICATION and event.value == CHECKED:
            said = _part(_decoded(event.detail), "connectionInfo")
            connectivity = _part(said, "connectivity")
            effective_type = said.get("effectiveNetworkType")
            yield NetworkCheck(
                at=event.at,
                effective_type=effective_type if isinstance(effective_type, str) else "",
                has_reflexive=_truth(connectivity.get("reflexive")),
                has_relay=_truth(connectivity.get("relay")),
                has_any=_truth(said.get("turnConnectivity")),
            )


def scalars(detail: str) -> dict[str, Scalar]:
    """The members of an object that are texts, numbers or truths; nested ones have no place."""
    said = _decoded(detail)
    if not isinstance(said, Mapping):
        return {}
    return {
        str(name): value
        for name, value in said.items()
        if value is None or isinstance(value, str | int | float)
    }


def _decoded(detail: str) -> object:
    try:
        return msgspec.json.decode(detail)
    except (msgspec.DecodeError, RecursionError):
        return None


def _part(whole: object, name: str) -> Mapping[str, object]:
    part = whole.get(name) if isinstance(whole, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
