"""What people write for an option, read; a refusal begins with the name of the option."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sonde.model.errors import Invalid

if TYPE_CHECKING:
    from sonde.impair.notation import Endpoint

Read = TypeVar("Read")


def read_option(option: str, reader: Callable[[str], Read], text: str) -> Read:
    """What `reader` makes of the text.

    Raises:
        Invalid: it refused the text, with Invalid or ValueError.
    """
    try:
        return reader(text)
    except Invalid as error:
        raise Invalid(f"{option}: {error.message}", hint=error.hint, field=option) from error
    except ValueError as error:
        raise Invalid(f"{option}: {error}", field=option) from error


def read_host(text: str) -> str:
    """A name or address that one may ask the system about, which does not say that it exists.

    Raises:
        ValueError: it can be neither.
    """
    try:
        usable = bool(text.encode("idna"))
    except UnicodeError:
        usable = False
    if not usable:
        raise ValueError(f"{text!r} is no host name and no address.")
    return text


def read_endpoint(text: str) -> "Endpoint":
    """Host and port.

    Raises:
        Invalid: it is no `host:port`.
        ValueError: the host can be none.
    """
    from sonde.impair.notation import parse_endpoint

    host, port = parse_endpoint(text)
    return read_host(host), port


def read_run_time(text: str) -> float:
    """Seconds that something shall run.

    Raises:
        Invalid: it is no time.
        ValueError: it is no time above zero.
    """
    from sonde.impair.notation import parse_duration

    seconds = parse_duration(text)
    if seconds == 0:
        raise ValueError("a run must last longer than nothing.")
    return seconds


def read_url(text: str) -> str:
    """The base URL of a server, spelled the one way.

    Raises:
        ValueError: it is none.
    """
    from httpx2 import URL, InvalidURL

    try:
        url = URL(text)
    except (InvalidURL, UnicodeError) as error:
        raise ValueError(f"{text!r} is no URL: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError(f"{text!r} is no URL of a server; write http://host:port or https://host:port.")
    return str(url).rstrip("/")
