"""Whatever a client reported and whatever became of it in intervals: no detector and no score fails."""

import math
from typing import get_args, get_type_hints

from hypothesis import given, settings
from hypothesis import strategies as st
from tracks import GOOD, interval, path, peer

from sonde.webrtc.interval import Flag, StreamInterval
from sonde.webrtc.issues.finding import find_issues
from sonde.webrtc.scoring import Ends, score_stream
from sonde.webrtc.tracks import PeerIntervals, StreamTrack

_NUMBERS = {
    name: float in get_args(hint)
    for name, hint in get_type_hints(StreamInterval).items()
    if {int, float} & set(get_args(hint)) and name not in ("ssrc", "clock_rate")
}
"""Every number an interval can have, and whether it may be a fraction."""

_floats = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -1.0, 1e-300])
_integers = st.none() | st.integers(-(2**63), 2**64)
_names = st.lists(st.sampled_from(sorted(_NUMBERS)), max_size=6, unique=True)
_flags = st.sets(st.sampled_from(Flag), max_size=1)


@st.composite
def wild(draw, direction, kind):
    """A stream of good seconds in which some numbers are anything at all."""
    seconds = []
    for second in range(draw(st.integers(0, 20))):
        numbers = {name: draw(_floats if _NUMBERS[name] else _integers) for name in draw(_names)}
        flags = tuple(draw(_flags))
        seconds.append(interval(second, direction, kind, flags=flags, **numbers))
    start, end = (seconds[0].start, seconds[-1].end) if seconds else (0, 0)
    return StreamTrack(
        stream_id=f"{direction}-{kind}", direction=direction, kind=kind, ssrcs=(1 if kind == "audio" else 2,),
        first=start, last=end, intervals=tuple(seconds),
    )  # fmt: skip


@settings(max_examples=25)
@given(streams=st.tuples(*(wild(*stream) for stream in GOOD)))
def test_any_numbers(streams):
    """Every issue begins before it ends, and a stream without a MOS says why."""
    received = [stream for stream in streams if stream.direction == "recv"]
    sent = [stream for stream in streams if stream.direction == "send"]
    for issue in find_issues([peer(*sent), peer(*received, key="B", transport=path(seconds=20))]):
        assert issue.start <= issue.end
        assert all(not isinstance(value, float) or not math.isnan(value) for value in issue.evidence.values())
    for stream in streams:
        for scored in score_stream(stream, Ends(peer=PeerIntervals(streams=streams))):
            assert (scored.score.mos is None) == bool(scored.score.reason)
