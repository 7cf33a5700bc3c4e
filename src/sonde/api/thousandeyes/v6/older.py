"""The results of 2014, as `/voice/metrics` gave them before it was renamed; pure."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from sonde.api.thousandeyes.units import whole_if_possible
from sonde.api.thousandeyes.v6.schema import MetricsRow, Pages, TestDocument, Voice, VoiceResults

CODEC_NAMES: Final[Mapping[str, str]] = {
    "G.722.1 @ 24 Kbps": "G.722 @ 24 Kbps",
    "G.722.1 @ 32 Kbps": "G.722 @ 32 Kbps",
}
"""Names that were other ones then."""

_LABEL: Final = re.compile(r"(?P<name>.*) \(DSCP (?P<value>\d+)\)", re.ASCII)
_CLASS: Final = re.compile(r"(?P<letters>CS|AF)(?P<digits>\d+)", re.ASCII)


def older_form(document: VoiceResults) -> VoiceResults:
    """Give results the form of 2014."""
    voice = document.voice
    pages = Pages() if document.pages.next is UNSET else document.pages
    return msgspec.structs.replace(
        document,
        pages=pages,
        voice=Voice(metrics=[_older_row(row) for row in voice.metrics], test=_older_test(voice.test)),
    )


def older_label(label: str) -> str:
    """A code point as it was written then: `CS 1 (8)` for `CS1 (DSCP 8)`."""
    found = _LABEL.fullmatch(label)
    if not found:
        return label
    name = _CLASS.sub(r"\g<letters> \g<digits>", found["name"])
    return f"{name} ({found['value']})"


def _older_row(row: MetricsRow) -> MetricsRow:
    return msgspec.structs.replace(
        row,
        codec_name=CODEC_NAMES.get(row.codec_name, row.codec_name),
        discards=_shortened(row.discards),
        dscp_name=UNSET if row.dscp_name is UNSET else older_label(row.dscp_name),
        error_detail="" if row.error_detail is UNSET else row.error_detail,
        loss=_shortened(row.loss),
        server_ip=UNSET,
    )


def _older_test(test: TestDocument) -> TestDocument:
    return msgspec.structs.replace(
        test,
        codec=CODEC_NAMES.get(test.codec, test.codec),
        dscp=older_label(test.dscp),
        bgp_measurements=UNSET,
        duration=UNSET,
        num_path_traces=UNSET,
        use_public_bgp=UNSET,
    )


def _shortened(number: float | UnsetType) -> float | UnsetType:
    return number if number is UNSET else whole_if_possible(number)
