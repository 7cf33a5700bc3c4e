import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.sightings import Machine
from sonde.services.devices import read_device

CHROMIUM = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
CHROME_ON_IOS = PHONE.replace("Version/17.5", "CriOS/126.0.6478.35")
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
    "Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "browser", "engine", "system", "is_mobile"),
    [
        (CHROMIUM, ("Chrome", "156.0"), "Blink", ("Linux", ""), False),
        (FIREFOX, ("Firefox", "144.0"), "Gecko", ("Windows", "10"), False),
        (PHONE, ("Mobile Safari", "17.5"), "WebKit", ("iOS", "17.5"), True),
        (CHROME_ON_IOS, ("Chrome Mobile iOS", "126.0"), "WebKit", ("iOS", "17.5"), True),
        (ANDROID, ("Chrome Mobile", "126.0"), "Blink", ("Android", "14"), True),
    ],
)
def test_browsers_are_told_apart(user_agent, browser, engine, system, is_mobile) -> None:
    """By family, version, what renders, and what they run on."""
    device = read_device(user_agent)
    assert (device.browser, device.browser_version) == browser
    assert device.engine == engine
    assert (device.os, device.os_version) == system
    assert device.is_mobile is is_mobile
    assert device.user_agent == user_agent


@pytest.mark.parametrize(
    ("user_agent", "sdk"),
    [
        ("sonde-aiortc/0.1.0 Python/3.11", ("sonde-aiortc", "0.1.0")),
        (f"{CHROMIUM} sonde-collector/1.2.3", ("sonde-collector", "1.2.3")),
        ("okhttp/4.12.0", ("okhttp", "4.12.0")),
        ("MyApp/12 CFNetwork/1498.700.2 Darwin/23.6.0", ("CFNetwork", "1498.700.2")),
        ("Dart/3.5 (dart:io)", ("Dart", "3.5")),
        ("Telnyx-RTC/2.27.10", ("Telnyx-RTC", "2.27.10")),
        (CHROMIUM, ("", "")),
    ],
)
def test_programs_that_are_no_browsers_name_themselves(user_agent: str, sdk: tuple[str, str]) -> None:
    """In the words of their makers."""
    device = read_device(user_agent)
    assert (device.sdk, device.sdk_version) == sdk


def test_what_the_program_says_comes_first() -> None:
    """It knows itself better than its user agent does."""
    device = read_device("okhttp/4.12.0", sdk="android-sdk", sdk_version="3.7.0")
    assert (device.sdk, device.sdk_version) == ("android-sdk", "3.7.0")


def test_of_nothing_nothing_is_known() -> None:
    """Whether it is a phone neither."""
    assert read_device("").is_mobile is None
    assert read_device("nonsense").browser == ""


@given(st.text(max_size=300))
def test_any_text_is_read(user_agent: str) -> None:
    """It comes from strangers."""
    assert read_device(user_agent).user_agent == user_agent


def test_what_the_client_says_of_its_machine_comes_first() -> None:
    """And the user agent where it says nothing; an answer of no is an answer."""
    device = read_device(ANDROID, machine=Machine(cpus=8, network="4g", is_mobile=False))
    assert (device.cpus, device.network, device.is_mobile, device.webgl) == (8, "4g", False, None)
    assert read_device(ANDROID, machine=Machine(cpus=2)).is_mobile is True
    assert read_device("", machine=Machine(webgl=False)).webgl is False
