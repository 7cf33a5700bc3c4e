"""`expand` and other comma lists of a query."""

from collections.abc import Collection
from typing import Any

from sonde.model.errors import Invalid


def read_expand(query: Any, known: Collection[str]) -> frozenset[str]:
    """Read what an answer shall have in full, from a comma list or from several parameters.

    Raises:
        Invalid: one of the names does not exist.
    """
    return read_names(query, "expand", known)


def read_names(query: Any, parameter: str, known: Collection[str]) -> frozenset[str]:
    """Read a comma list of names.

    Raises:
        Invalid: one of them does not exist.
    """
    texts: list[str] = query.getall(parameter, [])
    names = frozenset(name.strip() for text in texts for name in text.split(",") if name.strip())
    if unknown := names.difference(known):
        raise Invalid(
            f"Expected a comma list of {', '.join(sorted(known))}; got {min(unknown)[:40]!r}.",
            field=parameter,
        )
    return names
