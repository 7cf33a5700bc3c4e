"""Answers as XML. The vendor's own schema is not to be had, so this mapping is ours.

One root element, `response`. Each field is an element of the same name, without attributes; each item of a
list is an element of the list's name, and an empty list is one empty element, so that nothing is lost.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

ROOT: Final = "response"
MEDIA_TYPE: Final = "text/xml"

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
# XML 1.0 section 2.2 has no way to write these, not even escaped.
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A parser makes a line feed of a bare carriage return (section 2.11).
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def to_xml(document: msgspec.Struct) -> bytes:
    """Write a document; characters that XML cannot hold become U+FFFD."""
    return (_DECLARATION + "".join(_element(ROOT, msgspec.to_builtins(document)))).encode()


def _element(name: str, value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield f"<{name}>"
            for key, each in value.items():
                yield from _element(key, each)
            yield f"</{name}>"
        case list() if value:
            for each in value:
                yield from _element(name, each)
        case list() | None:
            yield f"<{name}/>"
        case _:
            yield f"<{name}>{_text(value)}</{name}>"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return _IMPOSSIBLE.sub("\ufffd", text).translate(_ESCAPES)
