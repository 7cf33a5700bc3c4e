"""What a user agent tells of the browser, the system and the program that reports."""

import re
from typing import Final

import msgspec
from ua_parser import parse
from ua_parser.core import OS, Result, UserAgent

from sonde.model.peers import Device
from sonde.model.sightings import Machine

_ENGINES: Final = {
    "Chrome": "Blink",
    "Chromium": "Blink",
    "HeadlessChrome": "Blink",
    "Chrome Mobile": "Blink",
    "Chrome Mobile WebView": "Blink",
    "Edge": "Blink",
    "Edge Mobile": "Blink",
    "Opera": "Blink",
    "Opera Mobile": "Blink",
    "Samsung Internet": "Blink",
    "Electron": "Blink",
    "Firefox": "Gecko",
    "Firefox Mobile": "Gecko",
    "Safari": "WebKit",
    "Mobile Safari": "WebKit",
    "Mobile Safari UI/WKWebView": "WebKit",
}
"""What renders, by the browser's family. On iOS it is WebKit whatever the family says."""

_MOBILE_SYSTEMS: Final = frozenset({"iOS", "iPadOS", "Android", "Windows Phone", "KaiOS", "HarmonyOS"})

# Programs that are no browsers, as they name themselves; the database of browsers does not know them.
_SDKS: Final = (
    re.compile(r"(?P<name>sonde-collector|sonde-aiortc)/(?P<version>[\w.+-]+)"),
    re.compile(r"(?P<name>Telnyx[\w-]*)[/ ]v?(?P<version>\d[\w.+-]*)"),
    re.compile(r"(?P<name>aiortc|okhttp|CFNetwork|Dart)/(?P<version>\d[\w.+-]*)"),
)


NOTHING_SAID: Final = Machine()


def read_device(
    user_agent: str, *, sdk: str = "", sdk_version: str = "", machine: Machine = NOTHING_SAID
) -> Device:
    """Read a user agent, which may be empty. What the client says itself comes before it."""
    told = {name: value for name, value in msgspec.structs.asdict(machine).items() if value not in {"", None}}
    return msgspec.structs.replace(_read(user_agent, sdk=sdk, sdk_version=sdk_version), **told)


def _read(user_agent: str, *, sdk: str, sdk_version: str) -> Device:
    if not user_agent:
        return Device(sdk=sdk, sdk_version=sdk_version)
    found = parse(user_agent)
    if not sdk:
        sdk, sdk_version = _sdk(user_agent)
    return Device(
        browser=found.user_agent.family if found.user_agent else "",
        browser_version=_version(found.user_agent),
        engine=_engine(found),
        os=found.os.family if found.os else "",
        os_version=_version(found.os),
        model=(found.device.model or "") if found.device else "",
        is_mobile=_is_mobile(found, user_agent),
        sdk=sdk,
        sdk_version=sdk_version,
        user_agent=user_agent,
    )


def _sdk(user_agent: str) -> tuple[str, str]:
    for pattern in _SDKS:
        if match := pattern.search(user_agent):
            return match["name"], match["version"]
    return "", ""


def _version(found: UserAgent | OS | None) -> str:
    """Major and minor number; the rest changes every week and tells nothing."""
    return ".".join(part for part in (found.major, found.minor) if part) if found else ""


def _engine(found: Result) -> str:
    if found.user_agent is None:
        return ""
    if found.os and found.os.family == "iOS":
        return "WebKit"
    return _ENGINES.get(found.user_agent.family, "")


def _is_mobile(found: Result, user_agent: str) -> bool | None:
    """Whether it is a phone or tablet; None where not even the system is known."""
    if found.os is None:
        return None
    return found.os.family in _MOBILE_SYSTEMS or "Mobile" in user_agent
