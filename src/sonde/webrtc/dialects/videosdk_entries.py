"""Statistics objects of a VideoSDK body, each with its place: who sent it, what it is of, and when it was."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_moment, read_text
from sonde.webrtc.sample import Direction, Kind, Source

Object: TypeAlias = Mapping[str, object]

MEDIA: Final[Mapping[str, tuple[Kind, Source]]] = {
    "audio": ("audio", "microphone"),
    "video": ("video", "camera"),
    "share": ("video", "screen"),
    "shareAudio": ("audio", "screen"),
}
"""What VideoSDK calls sound and pictures, by where they come from."""

MOST_ENTRIES: Final = 40_000
"""Objects of one body: more than fit into the largest that is taken."""

LONGEST_WORD: Final = 255


class Place(NamedTuple):
    """Where an object stands.

    Attributes:
        direction: whether the participant sends or receives the stream.
        who: id of the participant it comes from; empty for what is sent.
        medium: a name of `MEDIA`.
        layer: of simulcast, counted from 0; None where there is one alone.
        at: nanoseconds since the epoch.
    """

    direction: Direction
    who: str
    medium: str
    layer: int | None
    at: int


def read_entries(document: Object, participant: str, notebook: Notebook) -> Iterator[tuple[Place, Object]]:
    """All statistics objects of a body that have a time.

    Args:
        document: the body.
        participant: whose it is.
        notebook: where to count what is left out.
    """
    for number, (found, stats) in enumerate(_all(document, participant, notebook)):
        if number >= MOST_ENTRIES:
            notebook.skip("stats", f"at most {MOST_ENTRIES} objects")
            break
        if found is None:
            notebook.skip("stats", "objects with a time")
        else:
            yield found, stats


def part(whole: Object, name: str) -> Object:
    """An object within an object; an empty one where there is none."""
    value = whole.get(name)
    return value if isinstance(value, Mapping) else {}


def _all(document: Object, participant: str, notebook: Notebook) -> Iterator[tuple[Place | None, Object]]:
    said = part(document, "statsData") or part(part(document, "data"), "statsData")
    outside = document.get("timestamp")
    for name, listed in part(said, "producerStats").items():
        yield from _of_list(listed, "", name, outside, notebook)
    for who, media in part(said, "consumerStats").items():
        for name, listed in _items(media):
            yield from _of_list(listed, who or "-", name, outside, notebook)
    for who, media in part(document, "stats").items():
        for name, array in _items(media):
            # All that an array holds is of one time: of a video sent, its layers.
            listed = [{"timestamp": outside, "stats": array}] if isinstance(array, list) else []
            yield from _of_list(listed, "" if who == participant else who, name, outside, notebook)


def _items(media: object) -> Iterator[tuple[str, object]]:
    if isinstance(media, Mapping):
        yield from media.items()


def _of_list(
    listed: object, who: str, medium: str, outside: object, notebook: Notebook
) -> Iterator[tuple[Place | None, Object]]:
    if medium not in MEDIA:
        return notebook.unknown(f"stats.{medium}")
    for entry in listed if isinstance(listed, list) else ():
        inner = entry.get("stats") if isinstance(entry, Mapping) else None
        objects = [
            each for each in (inner if isinstance(inner, list) else [entry]) if isinstance(each, Mapping)
        ]
        for index, stats in enumerate(objects):
            # The layers of one video are of one time, which is the first one's.
            at = next(filter(None, map(read_moment, _stamps(objects[0], entry, outside))), None)
            layer = index if len(objects) > 1 else None
            direction: Direction = "recv" if who else "send"
            place = None if at is None else Place(direction, read_text(who, LONGEST_WORD), medium, layer, at)
            yield place, stats


def _stamps(stats: Object, entry: Object, outside: object) -> tuple[object, ...]:
    return stats.get("timestamp"), entry.get("timestamp"), outside
