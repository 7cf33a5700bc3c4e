from contextlib import closing
from pathlib import Path

import pytest
from places import write_places

from sonde.model.errors import Invalid
from sonde.model.peers import Place
from sonde.services.places import Places

CITIES = {
    "203.0.113.0/24": {
        "country": {"iso_code": "EG", "names": {"en": "Egypt"}},
        "subdivisions": [{"iso_code": "C", "names": {"en": "Cairo Governorate", "de": "Kairo"}}],
        "city": {"names": {"en": "Cairo"}},
        "location": {"time_zone": "Africa/Cairo"},
    },
    "2001:db8:7::/48": {"country_code": "IN", "region": "Karnataka", "city": "Bengaluru"},
    "198.51.100.0/24": {"country": "DE", "asn": "AS64497", "as_name": "Example Net"},
    "192.0.2.0/24": {"country": ["not", "one"], "city": {"names": {}}, "asn": "none"},
}
NETWORKS = {
    "203.0.113.0/24": {
        "autonomous_system_number": 64496,
        "autonomous_system_organization": "Example Telecom",
    }
}


@pytest.fixture
def places(tmp_path: Path):
    files = write_places(tmp_path / "a.mmdb", CITIES), write_places(tmp_path / "b.mmdb", NETWORKS)
    with closing(Places(*files)) as opened:
        yield opened


def test_a_place_comes_from_all_files(places: Places) -> None:
    """One of cities and one of networks complete each other."""
    assert places.find("203.0.113.77") == Place(
        address="203.0.0.0",
        country="EG",
        region="Cairo Governorate",
        city="Cairo",
        timezone="Africa/Cairo",
        asn=64496,
        organization="Example Telecom",
    )


def test_other_layouts_are_read(places: Places) -> None:
    """Flat ones, with numbers of networks as text."""
    assert places.find("2001:db8:7::1") == Place(
        address="2001:db8::", country="IN", region="Karnataka", city="Bengaluru"
    )
    found = places.find("198.51.100.9")
    assert (found.country, found.asn, found.organization) == ("DE", 64497, "Example Net")


def test_what_a_file_says_in_other_shapes_is_unknown(places: Places) -> None:
    """The file is the operator's, and its layout anybody's."""
    assert places.find("192.0.2.1") == Place(address="192.0.0.0")


def test_an_ipv4_address_in_ipv6_is_the_same_place(places: Places) -> None:
    """Sockets for both families show them so."""
    assert places.find("::ffff:203.0.113.77") == places.find("203.0.113.77")


@pytest.mark.parametrize("address", ["", "unknown", "203.0.113.7:443", "testclient", "1.2.3", "\x00"])
def test_what_is_no_address_is_nowhere(places: Places, address: str) -> None:
    """Nothing of it is kept."""
    assert places.find(address) == Place()


def test_without_files_only_the_masked_address_is_known() -> None:
    """Two octets, or 32 bits."""
    assert Places().find("203.0.113.77") == Place(address="203.0.0.0")
    assert Places().find("2001:db8:1:2:3:4:5:6") == Place(address="2001:db8::")


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """With the name of the file, and of the setting."""
    file = tmp_path / "places.mmdb"
    for content in (None, b"", b"not a database"):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(Invalid, match=r"places\.mmdb") as refusal:
            Places(file)
        assert refusal.value.field == "places_file"


def test_coordinates_are_those_of_the_first_file_that_has_some(tmp_path: Path) -> None:
    """In numbers or in text; what no place on earth has is unknown."""
    records = {
        "203.0.113.0/24": {"location": {"latitude": "30.05", "longitude": "31.25"}},
        "198.51.100.0/24": {"latitude": "-33.9", "longitude": "18.4"},
        "192.0.2.0/24": {"location": {"latitude": "nan", "longitude": "7"}},
        "2001:db8::/32": {"location": {"latitude": "91", "longitude": "0"}},
    }
    nowhere = write_places(tmp_path / "a.mmdb", NETWORKS)
    with closing(Places(nowhere, write_places(tmp_path / "b.mmdb", records))) as places:
        assert places.coordinates("203.0.113.7") == (30.05, 31.25)
        assert places.coordinates("::ffff:198.51.100.7") == (-33.9, 18.4)
        for address in ("192.0.2.1", "2001:db8::1", "127.0.0.1", "unknown"):
            assert places.coordinates(address) is None


def test_the_shortest_addresses_of_ipv6_stay_what_they_are() -> None:
    """`::1` is no address of IPv4, small as its number is."""
    assert Places().find("::1").address == "::"
