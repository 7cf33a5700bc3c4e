"""Samples on the wire: every field of the model under its own name, with times as times."""

from datetime import UTC, datetime, timedelta
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args, get_type_hints

import msgspec

from sonde.model.samples import NumberedSample
from sonde.webrtc.sample import StreamSample

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def show_instant(nanoseconds: int) -> datetime:
    """An instant, which callers get in whole microseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def _fields(model: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    """Name and type of each field; those that end in `_at` are times."""
    hints = get_type_hints(model, include_extras=True)
    return [(name, _shown(name, hints[name])) for name in model.__struct_fields__]


def _shown(name: str, kind: Any) -> Any:
    if not name.endswith("_at"):
        return kind
    return datetime | None if NoneType in get_args(kind) else datetime


_PLACE: Final = """Attributes:
        number: of the snapshot in its connection's series.
        at: when it was taken, by the client's clock.
"""

if TYPE_CHECKING:
    StreamSampleItem: TypeAlias = Any
else:
    StreamSampleItem = msgspec.defstruct(
        "StreamSampleItem",
        [("number", int), ("at", datetime), *_fields(StreamSample)],
        namespace={"__doc__": (StreamSample.__doc__ or "").replace("Attributes:\n", _PLACE)},
        frozen=True,
    )

_values: Final = attrgetter(*StreamSample.__struct_fields__)
_times: Final = [index for index, name in enumerate(StreamSample.__struct_fields__) if name.endswith("_at")]


def show_sample(found: NumberedSample) -> Any:
    """A sample as callers see it."""
    values = list(_values(found.sample))
    for index in _times:
        if values[index] is not None:
            values[index] = show_instant(values[index])
    return StreamSampleItem(found.number, show_instant(found.at), *values)
