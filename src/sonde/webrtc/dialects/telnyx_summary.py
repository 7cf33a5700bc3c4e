"""What a Telnyx call report says of its call as a whole, and which of the five SDKs wrote it.

No SDK names itself. Which one it was decides the unit of a number, so it is told by what only one of them
writes, and by the body alone, so that reading it again says the same.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from sonde.webrtc.dialects.values import read_moment, read_text

Sdk: TypeAlias = Literal["telnyx-js", "telnyx-ios", "telnyx-android", "telnyx-flutter", "telnyx-react-native"]

CallDirection: TypeAlias = Literal["inbound", "outbound", "attach", ""]

DIRECTIONS: Final[Mapping[str, CallDirection]] = {
    "inbound": "inbound",
    "incoming": "inbound",
    "outbound": "outbound",
    "outgoing": "outbound",
    "attach": "attach",
}
"""By the word in small letters."""

REACT_NATIVE_WORDS: Final = frozenset({"INCOMING", "OUTGOING", "ATTACH"})

ONGOING: Final = frozenset(
    (
        "new", "newcall", "requesting", "trying", "recovering", "ringing", "answering", "early", "connecting",
        "active", "held", "reconnecting",
    )
)  # fmt: skip
"""States of a call that goes on, in small letters."""

LONGEST_WORD: Final = 255


class CallSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A call, as one report of it says.

    Attributes:
        call_id: as sent; empty when the report does not say.
        sdk, sdk_version: what wrote the report.
        direction: of the call; empty when unknown.
        state: of the call, in the SDK's word.
        caller, destination: numbers or names of both sides; empty when unknown.
        telnyx_session_id, telnyx_leg_id: as sent; the legs of one call share the first.
        user_agent: of the SDK, where it says so.
        started_at: when the SDK began to collect, nanoseconds since the epoch; None when unknown.
        ended_at: when the call ended; None unless this is the last report of the call.
    """

    call_id: str
    sdk: Sdk
    sdk_version: str
    direction: CallDirection
    state: str
    caller: str
    destination: str
    telnyx_session_id: str
    telnyx_leg_id: str
    user_agent: str
    started_at: int | None
    ended_at: int | None

    @property
    def own_number(self) -> str:
        """The number or name of the side that reports."""
        return self.destination if self.direction == "inbound" else self.caller


def read_summary(report: Mapping[str, object]) -> CallSummary:
    """What a report says of its call."""
    summary = part(report, "summary")

    def word(camel: str, snake: str = "") -> str:
        return read_text(summary.get(camel), LONGEST_WORD) or read_text(report.get(snake), LONGEST_WORD)

    device = part(part(report, "android_extra"), "deviceInfo")
    state = word("state")
    is_over = report.get("flushReason") is None and state.lower() not in ONGOING
    return CallSummary(
        call_id=word("callId", "call_id"),
        sdk=_sdk(report, summary),
        sdk_version=word("sdkVersion"),
        direction=DIRECTIONS.get(word("direction").lower(), ""),
        state=state,
        caller=word("callerNumber"),
        destination=word("destinationNumber"),
        telnyx_session_id=word("telnyxSessionId", "telnyx_session_id").lower(),
        telnyx_leg_id=word("telnyxLegId", "telnyx_leg_id").lower(),
        user_agent=read_text(device.get("userAgent"), LONGEST_WORD),
        started_at=read_moment(summary.get("startTimestamp")),
        ended_at=read_moment(summary.get("endTimestamp")) if is_over else None,
    )


def part(whole: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object within an object; an empty one where there is none."""
    value = whole.get(name)
    return value if isinstance(value, Mapping) else {}


def intervals_of(report: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The objects of `stats`, which is a list of them, or one by itself."""
    stats = report.get("stats")
    for each in stats if isinstance(stats, list) else [stats]:
        if isinstance(each, Mapping):
            yield each


def _sdk(report: Mapping[str, object], summary: Mapping[str, object]) -> Sdk:
    if isinstance(report.get("android_extra"), Mapping):
        return "telnyx-android"
    if read_text(summary.get("direction")) in REACT_NATIVE_WORDS:
        return "telnyx-react-native"
    if "voiceSdkId" in summary or any(map(_is_flutters, intervals_of(report))):
        return "telnyx-flutter"
    client = summary.get("clientSummary")
    if "voiceSdkSessionId" in summary or (isinstance(client, Mapping) and "authentication" not in client):
        return "telnyx-ios"
    return "telnyx-js"


def _is_flutters(interval: Mapping[str, object]) -> bool:
    """Whether it has the blocks of a full report, and not what JavaScript and iOS write beside them."""
    if "remoteRtcp" not in interval and "mediaPlayout" not in interval:
        return False
    connection = part(interval, "connection")
    return (
        "localCandidateId" not in part(interval, "ice")
        and "roundTripTimeSource" not in connection
        and "currentRoundTripTime" not in connection
    )
