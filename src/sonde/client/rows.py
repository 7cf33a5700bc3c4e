"""Rows of a list: read page by page as they are wanted, or saved as a file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sonde.client.caller import Caller, Json
from sonde.model.errors import Invalid

FORMATS: Final = ("csv", "parquet")


class Rows:
    """The rows that an operation lists. Each time one goes through them, they are asked for anew.

    Args:
        caller: asks the server.
        path: of the operation.
        query: its parameters.
        key: where in an answer the rows are.
    """

    def __init__(self, caller: Caller, path: str, query: Mapping[str, Any], *, key: str = "items") -> None:
        self._caller = caller
        self._path = path
        self._query = query
        self._key = key

    def __iter__(self) -> Iterator[Json]:
        """Every row, in the order of the operation, each once.

        Raises:
            SondeError: the server refused, or could not be reached.
        """
        cursor: str | None = None
        while True:
            page = self._caller.ask_one(self._path, {**self._query, "cursor": cursor})
            yield from page[self._key]
            cursor = page.get("next")
            if cursor is None:
                return

    def save(self, file: str | Path) -> None:
        """Save all rows as a file, of any size: CSV or Parquet by its ending, where the operation has them.

        Raises:
            Invalid: there is no format of that ending.
            SondeError: the server refused, or could not be reached.
            OSError: the file cannot be written.
        """
        path = Path(file)
        ending = path.suffix.removeprefix(".").lower()
        if ending not in FORMATS:
            raise Invalid(f"{path.name} must end in .{' or .'.join(FORMATS)}.", field="file")
        query = {name: value for name, value in self._query.items() if name != "limit"}
        self._caller.save(self._path, {**query, "format": ending}, path)
