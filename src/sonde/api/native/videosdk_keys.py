"""VideoSDK keys: what programs written for VideoSDK's API sign their tokens with."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, page_by_id
from sonde.api.native.query import PageQuery, Query, read_id, read_query
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.videosdk_keys import VideoSdkKey
from sonde.services.videosdk_keys import OVERLAP_DEFAULT, OVERLAP_MAX, MintedVideoSdkKey

SECOND: Final = timedelta(seconds=1)


class VideoSdkKeyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key pair shall be like.

    Attributes:
        label: what it is for.
    """

    label: Annotated[str, Meta(min_length=1, max_length=255)]


class RotationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a secret shall be replaced.

    Attributes:
        overlap: how long the old one works beside the new one, seconds.
    """

    overlap: Annotated[int, Meta(ge=0, le=OVERLAP_MAX // SECOND, extra_json_schema={"x-unit": "s"})] = (
        OVERLAP_DEFAULT // SECOND
    )


class VideoSdkKeyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair with which programs read at `/videosdk`, as VideoSDK's API key and secret.

    Attributes:
        key_id: its number.
        api_key: what tokens claim as `apikey`; no secret.
        label: what it is for.
        created_by: who made it.
        created_at: when it was made.
        rotated_at: when it got the secret that it has; null for its first one.
        old_secret_until: until when the secret before that works; null when there is none.
        revoked_at: when it was ended; null while it was not.
    """

    key_id: int
    api_key: str
    label: str
    created_by: str
    created_at: datetime
    rotated_at: datetime | None
    old_secret_until: datetime | None
    revoked_at: datetime | None


class NewVideoSdkKey(VideoSdkKeyItem, frozen=True, kw_only=True):
    """A key pair with a new secret, which is shown this once.

    Attributes:
        secret: what tokens are signed with.
    """

    secret: str


_ITEM: Final = msgspec.to_builtins(
    VideoSdkKeyItem(
        key_id=2,
        api_key="6f9619ff-8b86-4011-b42d-00c04fc964ff",
        label="quality dashboard",
        created_by="Ada (ada@example.com)",
        created_at=datetime(2026, 7, 29, 8, tzinfo=UTC),
        rotated_at=None,
        old_secret_until=None,
        revoked_at=None,
    )
)
_NEW: Final = {**_ITEM, "secret": "snd_videosdk_Q2xhc3Nl..."}

_body = msgspec.json.Decoder(VideoSdkKeyBody)
_rotation_body = msgspec.json.Decoder(RotationBody)


@get(
    "/videosdk-keys",
    opt=describe(
        tag="VideoSDK keys",
        summary="List VideoSDK keys",
        query=PageQuery,
        answer=Page[VideoSdkKeyItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_videosdk_keys(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[VideoSdkKeyItem]:
    """The VideoSDK keys of the workspace by number, the ended ones too."""
    query = read_query(request, PageQuery)
    shown = [VideoSdkKeyItem(**_fields(key)) for key in use_cases.videosdk_keys.all(access)]
    return page_by_id(shown, query, key=lambda each: each.key_id)


@post(
    "/videosdk-keys",
    opt=describe(
        tag="VideoSDK keys",
        summary="Make a VideoSDK key",
        body=VideoSdkKeyBody,
        answer=NewVideoSdkKey,
        example=_NEW,
        status=201,
        body_example={"label": "quality dashboard"},
    ),
    sync_to_thread=True,
)
def create_videosdk_key(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[NewVideoSdkKey]:
    """Make a key pair. Whoever has its secret can read, and end, all sessions of the workspace."""
    read_query(request, Query)
    require_json(request)
    wanted = decode_json(body, _body)
    return _shown_once(use_cases.videosdk_keys.create(access, wanted.label))


@post(
    "/videosdk-keys/{pair_id:str}/rotate",
    opt=describe(
        tag="VideoSDK keys",
        summary="Replace the secret of a VideoSDK key",
        body=RotationBody,
        answer=NewVideoSdkKey,
        example={**_NEW, "rotated_at": "2026-08-29T08:00:00Z", "old_secret_until": "2026-08-30T08:00:00Z"},
        status=201,
        body_example={"overlap": 86_400},
    ),
    sync_to_thread=True,
)
def rotate_videosdk_key(
    request: Call,
    pair_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[NewVideoSdkKey]:
    """Give a key pair another secret. The one that it has works for a while longer, any older one not."""
    read_query(request, Query)
    require_json(request)
    wanted = decode_json(body, _rotation_body)
    made = use_cases.videosdk_keys.rotate(
        access, read_id(pair_id, "pair_id"), overlap=wanted.overlap * SECOND
    )
    return _shown_once(made)


@delete(
    "/videosdk-keys/{pair_id:str}",
    opt=describe(tag="VideoSDK keys", summary="End a VideoSDK key", status=204),
    status_code=204,
    sync_to_thread=True,
)
def revoke_videosdk_key(
    request: Call,
    pair_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """End a key pair, now, with both of its secrets."""
    read_query(request, Query)
    use_cases.videosdk_keys.revoke(access, read_id(pair_id, "pair_id"))


HANDLERS: Final = (list_videosdk_keys, create_videosdk_key, rotate_videosdk_key, revoke_videosdk_key)


def _shown_once(made: MintedVideoSdkKey) -> Response[NewVideoSdkKey]:
    return Response(NewVideoSdkKey(secret=made.secret, **_fields(made.key)), status_code=201)


def _fields(key: VideoSdkKey) -> dict[str, Any]:
    return msgspec.structs.asdict(key)
