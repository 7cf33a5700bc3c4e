"""What an administrator chooses about this API."""

import msgspec

from sonde.api.thousandeyes.formats import Format


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of this API; see docs/settings.md.

    Attributes:
        public_url: where links point to; empty for the address each caller used.
        default_format: the format of version 6 when a request says nothing about it.
        serves_voice_metrics: `/voice/metrics` answers itself, in its form of 2014, instead of leading on.
    """

    public_url: str = ""
    default_format: Format = "json"
    serves_voice_metrics: bool = False
