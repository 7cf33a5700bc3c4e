"""How people write ratios, times, rates, loss patterns and addresses."""

import re
from typing import TypeAlias

from sonde.model.errors import Invalid

Endpoint: TypeAlias = tuple[str, int]
"""A host, by name or number, and a UDP port."""

_NUMBER = r"(\d+\.?\d*|\.\d+)"
_RATIO = re.compile(rf"{_NUMBER}\s*(%?)", re.ASCII)
_DURATION = re.compile(rf"{_NUMBER}\s*(us|ms|s|min|h)", re.ASCII)
_ENDPOINT = re.compile(r"(?:\[([^\[\]\s]+)\]|([^:\[\]\s]+)):(\d{1,5})", re.ASCII)
_RATE = re.compile(rf"{_NUMBER}\s*(|k|M|G)bit(?:/s)?", re.ASCII)
_EVERY = re.compile(r"(\d{1,5})/(\d{1,5})", re.ASCII)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_BITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


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


def parse_rate(text: str) -> float:
    """Read `900kbit`, `1.5 Mbit/s` or `64000bit` as bit/s.

    Raises:
        Invalid: it is no number, or has no known unit.
    """
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise Invalid(f"'{text}' is no rate; write a number and bit, kbit, Mbit or Gbit, such as 900kbit.")
    return float(match[1]) * _BITS[match[2]]


def parse_count(text: str) -> int:
    """Read a whole number of packets.

    Raises:
        Invalid: it is none.
    """
    if not re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII):
        raise Invalid(f"'{text}' is no number of packets; write 100.")
    return int(text)


def parse_pattern(text: str) -> str:
    """Read `11101`, in which 0 is lost, or `1/10`, of which one packet in ten is lost, the last one.

    Raises:
        Invalid: it is neither.
    """
    word = text.strip()
    if word and not word.strip("01"):
        return word
    match = _EVERY.fullmatch(word)
    lost, every = (int(match[1]), int(match[2])) if match else (1, 0)
    if not 0 < lost <= every:
        raise Invalid(f"'{text}' is no loss pattern; write 1110, in which 0 is lost, or 1/10 for one in ten.")
    return "1" * (every - lost) + "0" * lost


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
