"""Files of client statistics read, with a bar that shows how far it is, and worked out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sonde.cli.input_files import InputFile, unreadable
from sonde.cli.progress import file_progress, work_progress
from sonde.model.errors import Invalid

if TYPE_CHECKING:
    from sonde.webrtc.call_report import CallReport
    from sonde.webrtc.recording import Recording


def read_calls(files: Sequence[InputFile], *, quiet: bool) -> "CallReport":
    """The report on dumps of client statistics.

    Raises:
        Invalid: one of them cannot be read, or is none.
    """
    from sonde.webrtc.call_analysis import analyse_calls

    recordings = {file.name: _read(file, quiet=quiet) for file in files}
    connections = sum(len(recording.peers) for recording in recordings.values())
    with work_progress("working out", 2 * connections, quiet=quiet) as advance:
        return analyse_calls(recordings, advance)


def _read(file: InputFile, *, quiet: bool) -> "Recording":
    from sonde.webrtc.reading import read_recording
    from sonde.webrtc.recording import MalformedRecording

    with file_progress(file.path, quiet=quiet) as file.watch:
        try:
            return read_recording(file.file)
        except MalformedRecording as error:
            raise Invalid(
                f"{file.name} is no capture, and no statistics that can be read: {error}.", field="FILE"
            ) from error
        except OSError as error:
            raise unreadable(file.name, error) from error
