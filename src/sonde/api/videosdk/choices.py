"""What an administrator chooses about this API."""

from typing import Literal

import msgspec

NotFoundStatus = Literal[402, 404]


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of this API; see docs/settings.md.

    Attributes:
        public_url: where links point to; empty for the address each caller used.
        accepts_bearer: tokens may stand behind `Bearer`, which the vendor refuses.
        not_found_status: of a session or person that is not there; the vendor says 402.
    """

    public_url: str = ""
    accepts_bearer: bool = False
    not_found_status: NotFoundStatus = 402
