"""Recordings of calls whose network is known. Many tests look at the same ones: each is read once."""

from functools import cache
from pathlib import Path

from sonde.webrtc.call_analysis import CallReport, analyse_calls
from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import Recording
from sonde.webrtc.sessions import RecordedSession, join_sessions

DATA = Path(__file__).parents[1] / "data" / "webrtc"


@cache
def recording_in(path: Path) -> Recording:
    """What was recorded."""
    with path.open("rb") as file:
        return read_recording(file)


@cache
def session_in(path: Path) -> RecordedSession:
    """The only session of a recording, with its intervals."""
    [session] = join_sessions({path.name: recording_in(path)})
    return session


@cache
def report_on(path: Path) -> CallReport:
    """The report on a recording."""
    return analyse_calls({path.name: recording_in(path)})
