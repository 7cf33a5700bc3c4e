"""What schemas say of their fields: the words of the structs' docstrings, and titles with units."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec

from sonde.api.native.units import UNIT, unit_of

_SECTION: Final = re.compile(r"^Attributes:\n(?P<body>(?:    .*\n?|\n)+)", re.MULTILINE)
_ENTRY: Final = re.compile(
    r"^    (?P<names>\w+(?:,\s+\w+)*):\s+(?P<text>.*?)(?=^    \w|\Z)", re.MULTILINE | re.DOTALL
)
_ACRONYMS: Final = ("mos", "dscp", "ecn", "ttl", "pdv", "ipdv", "cq", "r", "ie", "id")


def explain_fields(components: dict[str, Any], types: Iterable[Any]) -> None:
    """Give each field of the schemas its title and its description.

    Args:
        components: schemas by name, as msgspec makes them; they are changed.
        types: what they were made of.
    """
    structs = {struct.__name__: struct for struct in _structs(types)}
    for schema in components.values():
        # The schema of a generic struct is called by what it was made for too, as in `Page[Agent]`.
        struct = structs.get(schema.get("title", "").partition("[")[0])
        if struct is None or "properties" not in schema:
            continue
        text = inspect.getdoc(struct) or ""
        schema["description"] = " ".join(_SECTION.sub("", text).split())
        told = _told(struct)
        for name, field in schema["properties"].items():
            schema["properties"][name] = _explained(struct.__name__, name, field, told.get(name, ""))


def _explained(shape: str, name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    unit = _unit(schema) or unit_of(shape, name)
    found = {"title": _title(name) + (f" [{unit}]" if unit else ""), **schema}
    if text:
        found["description"] = text
    return found


def _unit(schema: Mapping[str, Any]) -> str:
    """The unit of a number, also of one that may be null, of a list of them and of a map to them."""
    inside = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())]
    nested = (_unit(each) for each in inside if isinstance(each, Mapping))
    return schema.get(UNIT) or next((unit for unit in nested if unit), "")


def _title(name: str) -> str:
    words = name.split("_")
    shown = [word.upper() if word in _ACRONYMS else word for word in words]
    return shown[0][:1].upper() + " ".join(shown)[1:]


def _told(struct: type[msgspec.Struct]) -> dict[str, str]:
    """What the docstrings of a struct and of what it is made from say of each field."""
    told: dict[str, str] = {}
    for base in reversed(struct.__mro__):
        found = _SECTION.search(inspect.cleandoc(base.__doc__ or ""))
        for entry in _ENTRY.finditer(found["body"]) if found else ():
            text = " ".join(entry["text"].split())
            told.update({name.strip(): text[:1].upper() + text[1:] for name in entry["names"].split(",")})
    names = {each.name: each.encode_name for each in msgspec.structs.fields(struct)}
    return {names[name]: text for name, text in told.items() if name in names}


def _structs(types: Iterable[Any]) -> Iterator[type[msgspec.Struct]]:
    """Every struct among types and within them, once."""
    waiting, seen = list(types), set()
    while waiting:
        kind = waiting.pop()
        waiting.extend(get_args(kind))
        kind = get_origin(kind) or kind
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
            seen.add(kind)
            waiting.extend(get_type_hints(kind, include_extras=True).values())
            yield kind
