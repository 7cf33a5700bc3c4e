"""Answers that are files: sent piece by piece, so that their size does not matter."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from litestar.response import Stream

from sonde.api.native.call import Call
from sonde.api.native.formats import Format
from sonde.model.errors import Invalid

PIECE: Final = 256 * 1024
"""Bytes sent at once."""


def send_file(file: BinaryIO, written: Format, *, name: str) -> Stream:
    """The answer that sends a file, and closes it.

    Args:
        file: at its beginning.
        written: what it is.
        name: what browsers save it as, without the ending.
    """
    headers = {"Content-Disposition": f'attachment; filename="{name}.{written.name}"'}
    return Stream(_pieces(file), media_type=written.media_type, headers=headers)


def refuse_paging(request: Call) -> None:
    """Refuse to page a file, which has all there is.

    Raises:
        Invalid: the request asks for a page.
    """
    for name in ("limit", "cursor"):
        if name in request.query_params:
            raise Invalid(
                "CSV and Parquet have no pages: one answer is everything the filters name.",
                hint="Leave it out, and narrow the answer by the filters.",
                field=name,
            )


def _pieces(file: BinaryIO) -> Iterator[Any]:
    with file:
        while piece := file.read(PIECE):
            yield piece
