"""Files of client statistics that are handed to a server."""

from typing import Annotated

import msgspec

PIECE_MAX = 1024 * 1024
"""Bytes of one piece of a file."""

IMPORTED = "import"
"""Source of payloads that are no reports but pieces of files; their peer is the file."""

PIECES_MAX = 64
"""Pieces of one file."""


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read, once all its pieces are there.

    Attributes:
        name: of the file, for people.
        pieces: how many there are.
        meeting: the meeting that its peers were in; files of the same call share it. Empty: the file's name.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    pieces: Annotated[int, msgspec.Meta(ge=1, le=PIECES_MAX)]
    meeting: Annotated[str, msgspec.Meta(max_length=255)] = ""


class ImportedPeer(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a file.

    Attributes:
        peer_id: its id from now on.
        label: what people would call it.
        session_id: where it belongs; None when nothing in it has a time.
        samples: of its streams.
    """

    peer_id: str
    label: str
    session_id: str | None
    samples: int


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was in a file.

    Attributes:
        format: what kind of file it is.
        peers: its connections.
        skipped: what was left out, by reason.
        unknown: fields that no sample has a place for, by name.
    """

    format: str
    peers: tuple[ImportedPeer, ...]
    skipped: dict[str, int]
    unknown: dict[str, int]
