"""What a request and a message of a WebSocket have in common: who may report, and taking what they send."""

from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from litestar.concurrency import sync_to_thread
from litestar.types import HTTPScope, WebSocketScope

from sonde.api.authentication import read_bearer
from sonde.api.body import decode_json, recognise, unpack
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid, Limited, Unauthenticated
from sonde.model.reports import Receipt
from sonde.model.sightings import ReportingClient
from sonde.webrtc.dialects.collector import batch_decoder

MAX_BODY: Final = 2 * 1024 * 1024
"""Bytes of a batch, packed or not."""


class Caller(NamedTuple):
    """Whoever calls, read off the scope, because a `Request` costs as much as all the rest of an answer.

    Attributes:
        address: where from; empty when nobody knows.
        authorization: the header's value.
        key: what stands in the query, because a beacon cannot set headers.
        encoding: of the body, as the caller says.
        length: of the body in bytes, as the caller says; 0 when it does not.
    """

    address: str
    authorization: str
    key: str
    encoding: str
    length: int


def read_caller(scope: HTTPScope | WebSocketScope) -> Caller:
    """Read who calls off a connection."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    query, client = scope["query_string"], scope["client"]
    return Caller(
        address=client[0] if client else "",
        authorization=headers.get(b"authorization", b"").decode("latin-1"),
        key=dict(parse_qsl(query.decode("latin-1"))).get("key", "") if query else "",
        encoding=headers.get(b"content-encoding", b"").decode("latin-1"),
        length=int(length) if length.isdigit() else 0,
    )


async def identify(use_cases: UseCases, caller: Caller) -> ReportingClient:
    """Whose key or token it is.

    Raises:
        Unauthenticated: there is none, or it is not valid.
        Limited: the address showed too many that were not.
    """
    use_cases.lockout.check(caller.address)
    try:
        secret = caller.key or read_bearer(caller.authorization).token
        # Most have reported a moment ago; only the others are worth a thread.
        if client := use_cases.reporting.recognise(secret):
            return client
        return await sync_to_thread(use_cases.reporting.authenticate, secret)
    except Unauthenticated:
        use_cases.lockout.note_failure(caller.address)
        raise


async def take(
    use_cases: UseCases, client: ReportingClient, body: bytes, *, encoding: str, address: str
) -> Receipt:
    """Take a batch; it is on the disk when this returns.

    Args:
        use_cases: what takes it, and how often that may be asked.
        client: who reports.
        body: the batch, packed or not.
        encoding: how it is packed; empty where its first bytes shall tell.
        address: where it came from.

    Raises:
        Limited: too many came with this key.
        Invalid: it cannot be read; `field` says where.
        HTTPException: its encoding is not supported, or it unpacks to too much.
        Unavailable: it cannot be kept now.
    """
    spend(use_cases, client, credential="key", sent="batches")
    try:
        payload = unpack(body, encoding=encoding or recognise(body), limit=MAX_BODY)
        batch = decode_json(payload, batch_decoder)
        return await use_cases.reports.take(client, batch, payload, address=address)
    except Invalid as error:
        use_cases.reports.note_refusal(client, body, error)
        raise


def spend(use_cases: UseCases, client: ReportingClient, *, credential: str, sent: str) -> None:
    """Count one more report of somebody.

    Args:
        use_cases: how often that may be.
        client: who reports.
        credential: what the error calls what lets them in.
        sent: what it calls what they send.

    Raises:
        Limited: too many came.
    """
    allowance = use_cases.report_limit.spend(client.source_id)
    if allowance.is_exceeded:
        raise Limited(
            f"With this {credential} {allowance.limit} {sent} may be sent in a minute.",
            retry_after=allowance.reset - use_cases.now().timestamp(),
        )
