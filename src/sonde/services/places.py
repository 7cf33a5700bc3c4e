"""Where an address is, from database files of the operator's choice."""

import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import maxminddb
import msgspec

from sonde.model.errors import Invalid
from sonde.model.peers import Place

Record: TypeAlias = Mapping[str, Any]

IPV4_KEPT_BITS: Final = 16
IPV6_KEPT_BITS: Final = 32
"""Leading bits of an address that are kept: enough for a provider and its region, not for a subscriber."""


class Places:
    """Looks addresses up in MaxMind DB files; without one every place is unknown. Safe to share by threads.

    It reads the layouts of GeoLite2, DB-IP and IPinfo. Of two files that know the same the first one holds.

    Args:
        files: for example one of cities and one of autonomous systems.

    Raises:
        Invalid: a file cannot be read.
    """

    def __init__(self, *files: Path) -> None:
        self._readers: list[maxminddb.Reader] = []
        for file in files:
            try:
                self._readers.append(maxminddb.open_database(file))
            except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
                self.close()
                raise Invalid(
                    f"The database of places {file} cannot be read: {error}.",
                    hint="It must be a MaxMind DB file (.mmdb).",
                    field="places_file",
                ) from error

    def find(self, address: str) -> Place:
        """The place of an address; all of it unknown for one that cannot be read."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return Place()
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        found: dict[str, Any] = {"address": _masked(parsed)}
        for reader in self._readers:
            record = _look_up(reader, parsed)
            found = {**_read(record), **found}
        return msgspec.convert(found, Place)

    def coordinates(self, address: str) -> tuple[float, float] | None:
        """Latitude and longitude of an address in degrees, as near as its city; None where nobody knows.

        They are told to whoever asks for their own, and kept nowhere.
        """
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return None
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        found = (_coordinates(_look_up(reader, parsed)) for reader in self._readers)
        return next((each for each in found if each is not None), None)

    def close(self) -> None:
        """Give the files back."""
        for reader in self._readers:
            reader.close()


def _masked(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """An address without the part that names one subscriber."""
    if address.version == 4:
        return str(ipaddress.IPv4Network((int(address), IPV4_KEPT_BITS), strict=False).network_address)
    return str(ipaddress.IPv6Network((int(address), IPV6_KEPT_BITS), strict=False).network_address)


def _look_up(reader: maxminddb.Reader, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Record:
    """What a file says of an address; nothing where it is damaged or has no addresses of this kind."""
    try:
        record = reader.get(address)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return {}
    return record if isinstance(record, Mapping) else {}


def _read(record: Record) -> dict[str, Any]:
    """The fields of a place that a record has, whichever layout it is of."""
    fields = {
        "country": _text(record, "country", "iso_code")
        or _text(record, "country_code")
        or _text(record, "country"),
        "region": _name(record.get("subdivisions")) or _text(record, "region"),
        "city": _name(record.get("city")) or _text(record, "city"),
        "timezone": _text(record, "location", "time_zone") or _text(record, "timezone"),
        "asn": _number(record.get("autonomous_system_number") or record.get("asn")),
        "organization": _text(record, "autonomous_system_organization") or _text(record, "as_name"),
    }
    return {field: value for field, value in fields.items() if value}


def _coordinates(record: Record) -> tuple[float, float] | None:
    """Where a record says it is, in numbers or in text, beside the place or within."""
    where = record.get("location")
    where = where if isinstance(where, Mapping) else record
    try:
        latitude, longitude = (float(where[name]) for name in ("latitude", "longitude"))
    except (KeyError, TypeError, ValueError):
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _text(record: object, *path: str) -> str:
    """The text at a path; empty when something else is there."""
    for step in path:
        record = record.get(step) if isinstance(record, Mapping) else None
    return record if isinstance(record, str) else ""


def _name(value: object) -> str:
    """The English name of a thing that has names in many languages, or of the first of several."""
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        value = value[0]
    return _text(value, "names", "en")


def _number(value: object) -> int | None:
    """The number of an autonomous system, which some files write as `AS64496`."""
    digits = str(value).upper().removeprefix("AS")
    return int(digits) if digits.isascii() and digits.isdigit() else None
