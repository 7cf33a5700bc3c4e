"""Where webhooks may go."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.errors import Invalid
from sonde.services.webhook_targets import TargetRefused, check_address, read_target, resolve

FORBIDDEN = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_addresses_of_no_public_host_are_refused(address: str) -> None:
    """Loopback, neighbours, metadata services, groups, and all of them in IPv6's disguises."""
    with pytest.raises(TargetRefused):
        check_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_let_through(address: str) -> None:
    """Those that anybody in the Internet can reach, in both families."""
    check_address(address)


@given(st.ip_addresses(v=4))
def test_a_disguise_changes_nothing(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address inside of an IPv6 one is judged as if it stood alone."""
    for disguise in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert _is_refused(disguise) == _is_refused(str(address))


def _is_refused(address: str) -> bool:
    try:
        check_address(address)
    except TargetRefused:
        return True
    return False


@pytest.mark.parametrize("disguise", ["10.0.0.9", "::ffff:10.0.0.9", "64:ff9b::10.0.0.9"])
def test_a_network_can_be_allowed(disguise: str) -> None:
    """What the settings allow may be reached, and nothing beside it."""
    check_address(disguise, [ipaddress.ip_network("10.0.0.0/24")])
    with pytest.raises(TargetRefused):
        check_address(disguise, [ipaddress.ip_network("10.0.1.0/24")])


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "0"])
def test_spellings_of_loopback_are_seen_through(host: str) -> None:
    """The resolver's reading counts, not the spelling."""
    with pytest.raises(TargetRefused):
        resolve(read_target(f"http://{host}/"))


def test_one_forbidden_address_forbids_the_host(monkeypatch) -> None:
    """A name that leads to a public and to a private address leads nowhere."""
    found = [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(TargetRefused, match=r"10\.0\.0\.1"):
        resolve(read_target("http://two.example/"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "//example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://ada:secret@example.com/",
        "http://example.com:99999/",
        "http://example.com:port/",
        "http://exa mple.com/",
        "http://example.com/\r\nX-More: yes",
        "http://example.com\\@evil.example/",
        "http://exämple.com/",
        "http://[::1/",
        "https://example.com/" + "a" * 2048,
    ],
)
def test_what_is_no_url_of_a_webhook(url: str) -> None:
    """Other schemes, credentials, what could break a request, and what is too long."""
    with pytest.raises(Invalid) as caught:
        read_target(url)
    assert caught.value.field == "url"


def test_a_url_is_taken_apart() -> None:
    """The host without brackets, the port of the scheme, the path with its query."""
    target = read_target("https://[2606:4700::1]/a/b?c=d")
    assert (target.host, target.port, target.authority) == ("2606:4700::1", 443, "[2606:4700::1]")
    assert (target.path, target.is_secure) == ("/a/b?c=d", True)
    assert read_target("http://example.com:8080").path == "/"
    assert read_target("http://example.com:8080").port == 8080


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_invalid(text: str) -> None:
    """Nothing else comes out, whatever people write."""
    try:
        target = read_target(f"http://{text}")
    except Invalid:
        return
    assert target.host
    assert "\r" not in target.path
    assert "\n" not in target.path
