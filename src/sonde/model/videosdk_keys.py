"""Key pairs of programs written for VideoSDK's API, and what a program may see with one."""

from datetime import datetime

import msgspec

from sonde.model.people import Access


class VideoSdkKey(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a workspace's key pair after its making.

    Attributes:
        api_key: names the pair in tokens; no secret.
        rotated_at: when it got the secret that it has; None for the first one.
        old_secret_until: until when the secret before that works too; None when there is none.
        revoked_at: when the pair was ended; None while it was not.
    """

    key_id: int
    api_key: str
    label: str
    created_by: str
    created_at: datetime
    rotated_at: datetime | None
    old_secret_until: datetime | None
    revoked_at: datetime | None


class VideoSdkCaller(msgspec.Struct, frozen=True, kw_only=True):
    """A program whose token was right.

    Attributes:
        access: acts as an administrator of the workspace that the key pair belongs to.
        room: id or custom id of the only meeting that it may see; empty for all of them.
    """

    access: Access
    room: str
