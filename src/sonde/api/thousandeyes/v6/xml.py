"""Answers as XML. The vendor's own schema is not to be had, so this mapping is ours.

One root element, `response`. Each field is an element of the same name, without attributes; each item of a
list is an element of the list's name, and an empty list is one empty element, so that nothing is lost.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

ROOT: Final = "response"
MEDIA_TYPE: Final = "text/xml"

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
# XML 1.0 section 2.2 has no way to write the control characters and noncharacters, not even escaped, and
# by section 2.11 a parser makes a line feed of a bare carriage return.
_SPECIAL: Final = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES: Final[Mapping[str, str]] = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def to_xml(document: msgspec.Struct) -> bytes:
    """Write a document; characters that XML cannot hold become U+FFFD."""
    parts = [_DECLARATION]
    _write(parts, ROOT, msgspec.to_builtins(document))
    return "".join(parts).encode()


def _write(parts: list[str], name: str, value: Any) -> None:
    if isinstance(value, dict):
        parts.append(f"<{name}>")
        for key, each in value.items():
            _write(parts, key, each)
        parts.append(f"</{name}>")
    elif value is None or value == []:
        parts.append(f"<{name}/>")
    elif isinstance(value, list):
        for each in value:
            _write(parts, name, each)
    else:
        parts.append(f"<{name}>{_text(value)}</{name}>")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return _SPECIAL.sub(_escape, value)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], "\ufffd")
