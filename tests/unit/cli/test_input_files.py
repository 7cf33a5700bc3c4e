"""Files that a command reads: packed or not, whole or damaged."""

from pathlib import Path

import pytest
import zstandard

from sonde.cli.input_files import InputFile

CONTENT = b"a line\n" * 100_000


def packed(tmp_path: Path, content: bytes) -> Path:
    """A file with that content."""
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def test_zstandard_is_unpacked(tmp_path):
    """Whatever the file is called, and in several frames; the first bytes are those of the content."""
    frame = zstandard.compress(CONTENT)
    opened = InputFile(packed(tmp_path, frame + frame))
    with opened.file as file:
        assert opened.first_bytes().startswith(b"a line")
        assert file.read() == 2 * CONTENT


def test_other_files_are_left_alone(tmp_path):
    """A capture is read as it is."""
    with InputFile(packed(tmp_path, b"\xd4\xc3\xb2\xa1 and so on")).file as file:
        assert file.read() == b"\xd4\xc3\xb2\xa1 and so on"


def test_damage_is_an_error_of_the_file(tmp_path):
    """What cannot be unpacked is not silently the end."""
    frame = zstandard.compress(CONTENT)
    damaged = packed(tmp_path, frame + b"\x28\xb5\x2f\xfd damage damage damage")
    with InputFile(damaged).file as file, pytest.raises(OSError, match="zstd"):
        file.read()
