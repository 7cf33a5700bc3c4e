"""Files of client statistics, handed over in pieces."""

from typing import Final

import msgspec
from litestar import post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.formats import Format
from sonde.api.native.operation import describe
from sonde.api.native.query import Query, read_query
from sonde.api.native.report_examples import IMPORT, IMPORT_REQUEST
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid
from sonde.model.imports import PIECE_MAX, ImportRequest, ImportResult
from sonde.model.people import Access

PIECE: Final = Format(
    name="piece", media_type="application/octet-stream", text="Bytes of the file as they are, 1 MiB at most."
)

_request = msgspec.json.Decoder(ImportRequest)


@put(
    "/imports/{file_id:str}/pieces/{number:str}",
    opt=describe(
        tag="Imports",
        summary="Upload a piece of a file",
        query=Query,
        status=204,
        errors=(413,),
        raw_body=PIECE,
    ),
    status_code=204,
    request_max_body_size=PIECE_MAX,
)
async def upload_import_piece(
    request: Call,
    file_id: FromPath[str],
    number: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """Keep one piece of a file, as it is; it is on the disk when this answers. Pieces are counted from 0."""
    read_query(request, Query)
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise Invalid(f"Expected a whole number, got {number[:40]!r}.", field="number")
    await use_cases.imports.keep(access, file_id, int(number), body)


@post(
    "/imports/{file_id:str}",
    opt=describe(
        tag="Imports",
        summary="Import an uploaded file",
        query=Query,
        body=ImportRequest,
        answer=ImportResult,
        errors=(409, 415),
        example=IMPORT,
        body_example=IMPORT_REQUEST,
    ),
    status_code=200,
    sync_to_thread=True,
)
def import_uploaded_file(
    request: Call,
    file_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> ImportResult:
    """Read a file whose pieces were kept, whatever kind of dump it is; its connections become peers.

    A moment after the last piece it may say 409: the store does not have them all yet.
    """
    read_query(request, Query)
    require_json(request)
    return use_cases.imports.read(access, file_id, decode_json(body, _request))


HANDLERS: Final = (upload_import_piece, import_uploaded_file)
