"""One object of a client's own making read by a table of its members."""

from collections.abc import Mapping

from sonde.webrtc.dialects.members import Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import Value


def read_fields(
    stats: Mapping[str, object], members: Members, where: str, notebook: Notebook
) -> dict[str, Value]:
    """The values that have a place in a sample, by field; the rest is counted.

    Args:
        stats: the object, as decoded from JSON.
        members: what may be in it.
        where: its place, for the notes.
        notebook: where to count.
    """
    fields: dict[str, Value] = {}
    for name, raw in stats.items():
        if name not in members:
            notebook.unknown(f"{where}.{name}")
            continue
        field, reader = members[name]
        if raw is None or not field:
            continue
        try:
            value = reader.read(raw)
        except ValueError:
            notebook.skip(f"{where}.{name}", reader.expected)
        else:
            if value is not None:
                fields[field] = value
    return fields
