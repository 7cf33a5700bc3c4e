"""Looking for words in texts, in SQL."""

from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_ESCAPE: Final = "/"


class Containing(FunctionElement[bool]):
    """That a text has certain words in it, in capital or small letters.

    Args:
        text: the column to look in.
        words: what to look for; signs of SQL mean themselves.
    """

    inherit_cache = True
    name = "containing"
    type = Boolean()

    def __init__(self, text: ColumnElement[str] | InstrumentedAttribute[str], words: str) -> None:
        plain = words
        for sign in (_ESCAPE, "%", "_"):
            plain = plain.replace(sign, _ESCAPE + sign)
        super().__init__(text, literal(f"%{plain}%"))


@compiles(Containing)
def _ask(element: Containing, compiler: SQLCompiler, **options: Any) -> str:
    text, pattern = element.clauses
    return compiler.process(text.ilike(pattern, escape=_ESCAPE), **options)


@compiles(Containing, "sqlite")
def _ask_sqlite(element: Containing, compiler: SQLCompiler, **options: Any) -> str:
    # Its LIKE takes capital letters for small ones by itself; lower() would double the time.
    text, pattern = element.clauses
    return compiler.process(text.like(pattern, escape=_ESCAPE), **options)
