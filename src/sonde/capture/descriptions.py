"""What session descriptions in the capture say of the streams: which payload type is which codec.

SIP messages carry them (RFC 3261, RFC 8866): an address and port where media is wanted, and the codec of
each payload type there. Only messages that are whole in one datagram or TCP segment are read, and a
description that follows in the next segment.
"""

import ipaddress
import re
from typing import Final

from sonde.capture.datagrams import Datagram
from sonde.capture.formats import CLOCK_RANGE, STATIC, Format

MOST_FORMATS: Final = 16384
"""Formats kept; further ones are not learned."""

_MOST_LINES: Final = 2000
_MAP: Final = re.compile(r"rtpmap:(\d{1,3}) ([A-Za-z0-9.+_-]{1,40})/(\d{1,6})")
_MEDIA: Final = re.compile(r"([a-z]{1,16}) (\d{1,5})(?:/\d+)? \S+((?: \d{1,3})*)")
_PTIME: Final = re.compile(r"ptime:(\d{1,4}(?:\.\d{1,3})?)")

Place = tuple[int, int, int]
"""Upper and lower half of an address, and a port; the address is 0 when only the port is meant."""


class Descriptions:
    """Everything that was described so far.

    Attributes:
        payload_types: that were described anywhere.
    """

    def __init__(self) -> None:
        self._formats: dict[tuple[Place, int], Format] = {}
        self.payload_types: set[int] = set()

    def learn(self, message: Datagram) -> None:
        """Read the description in a message, if there is one."""
        text = message.content.decode("utf-8", errors="replace")
        lines = text.splitlines()[:_MOST_LINES]
        starts = [number for number, line in enumerate(lines) if line == "v=0"]
        if starts:
            for section in _Section.split(lines[starts[0] :]):
                self._keep(section)

    def _keep(self, section: "_Section") -> None:
        for payload_type, found in section.formats().items():
            self.payload_types.add(payload_type)
            for place in (*section.place(), (0, 0, section.port)):
                if len(self._formats) < MOST_FORMATS or (place, payload_type) in self._formats:
                    self._formats[place, payload_type] = found

    def find(self, addresses: tuple[int, ...], ports: int, payload_type: int) -> Format | None:
        """The format of a payload type in a stream.

        Whoever describes says what he wants to receive, so the stream's destination is asked first, then
        its source; then the ports alone, because an address translator may have changed the addresses.
        """
        source, destination = ports >> 16, ports & 0xFFFF
        for place in (
            (addresses[2], addresses[3], destination),
            (addresses[0], addresses[1], source),
            (0, 0, destination),
            (0, 0, source),
        ):
            if found := self._formats.get((place, payload_type)):
                return found
        return None


class _Section:
    """One medium of a description: its `m=` line and what belongs to it."""

    def __init__(self, kind: str, port: int, payload_types: list[int], connection: str) -> None:
        self.kind = kind
        self.port = port
        self.payload_types = payload_types
        self.connection = connection
        self.maps: dict[int, tuple[str, int]] = {}
        self.ptime: float | None = None

    @staticmethod
    def split(lines: list[str]) -> "list[_Section]":
        """The media of a description with a port."""
        sections: list[_Section] = []
        connection = ""
        for line in lines:
            key, _, value = line.partition("=")
            if key == "m" and (found := _MEDIA.fullmatch(value.strip())):
                types = [int(number) for number in found[3].split()]
                sections.append(_Section(found[1], int(found[2]), types, connection))
            elif key == "c" and sections:
                sections[-1].connection = value
            elif key == "c":
                connection = value
            elif key == "a" and sections:
                sections[-1].note(value.strip())
        return [section for section in sections if 0 < section.port < 65536]

    def note(self, attribute: str) -> None:
        """Take note of an `a=` line."""
        low, high = CLOCK_RANGE
        if found := _MAP.match(attribute):
            number, clock_rate = int(found[1]), int(found[3])
            if number < 128 and low <= clock_rate <= high:
                self.maps[number] = found[2].upper(), clock_rate
        elif (found := _PTIME.fullmatch(attribute)) and float(found[1]) > 0:
            self.ptime = float(found[1]) / 1000

    def place(self) -> list[Place]:
        """Where the medium is wanted, when it is a numeric address."""
        try:
            address = ipaddress.ip_address(self.connection.split()[-1].split("/")[0])
        except (ValueError, IndexError):
            return []
        number = int(address) | (0xFFFF << 32 if address.version == 4 else 0)
        halves = number.to_bytes(16, "big")
        upper, lower = (int.from_bytes(half, "big", signed=True) for half in (halves[:8], halves[8:]))
        return [(upper, lower, self.port)]

    def formats(self) -> dict[int, Format]:
        """What each payload type of the medium is, as far as it is said or static."""
        found = {}
        for number in self.payload_types:
            known = STATIC.get(number)
            name, clock_rate = self.maps.get(number, (known.name, known.clock_rate) if known else ("", 0))
            if name:
                found[number] = Format(name=name, clock_rate=clock_rate, kind=self.kind, ptime=self.ptime)
        return found
