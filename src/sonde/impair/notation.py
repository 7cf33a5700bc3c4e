"""How people write ratios, times and addresses."""

import re
from typing import TypeAlias

from sonde.model.errors import Invalid

Endpoint: TypeAlias = tuple[str, int]
"""A host, by name or number, and a UDP port."""

_NUMBER = r"(\d+\.?\d*|\.\d+)"
_RATIO = re.compile(rf"{_NUMBER}\s*(%?)", re.ASCII)
_DURATION = re.compile(rf"{_NUMBER}\s*(us|ms|s|min|h)", re.ASCII)
_ENDPOINT = re.compile(r"(?:\[([^\[\]\s]+)\]|([^:\[\]\s]+)):(\d{1,5})", re.ASCII)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}


def parse_ratio(text: str) -> float:
    """Read `2%` or `0.02` as 0.02.

    Raises:
        Invalid: it is no number, or not from 0 to 1 (0 % to 100 %).
    """
    match = _RATIO.fullmatch(text.strip())
    ratio = float(match[1]) / (100.0 if match[2] else 1.0) if match else -1.0
    if not 0 <= ratio <= 1:
        raise Invalid(f"'{text}' is no ratio; write 2% or 0.02, from 0% to 100%.")
    return ratio


def parse_duration(text: str) -> float:
    """Read `30ms`, `0.03s`, `250us`, `5min` or `1h` as seconds; a lone `0` needs no unit.

    Raises:
        Invalid: it is no number, or has no known unit.
    """
    match = _DURATION.fullmatch(text.strip())
    if match:
        return float(match[1]) * _SECONDS[match[2]]
    if text.strip() == "0":
        return 0.0
    raise Invalid(f"'{text}' is no time; write a number and us, ms, s, min or h, such as 30ms or 0.03s.")


def parse_endpoint(text: str) -> Endpoint:
    """Read `host:port`, with an IPv6 address in brackets: `[::1]:49200`.

    Raises:
        Invalid: host or port is missing, or the port is above 65535.
    """
    match = _ENDPOINT.fullmatch(text.strip())
    if match is None or int(match[3]) > 65535:
        raise Invalid(f"'{text}' is no address; write host:port, such as 127.0.0.1:49200 or [::1]:49200.")
    return match[1] or match[2], int(match[3])


def format_endpoint(endpoint: Endpoint) -> str:
    """What `parse_endpoint` reads."""
    host, port = endpoint
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
