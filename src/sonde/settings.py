"""Every setting of the server: its name, its unit, its default.

From the strongest to the weakest source: options of the command line, environment variables
`SONDE_<NAME>`, one `sonde.toml`, the defaults. The file is the one in the working folder, or else the one
in the data folder. docs/settings.md lists all settings; a test compares it with this module.
"""

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sonde.model.errors import Invalid

ENV_PREFIX = "SONDE_"
FILE_NAME = "sonde.toml"


def default_data_dir() -> Path:
    """Where a user's programs keep data (XDG Base Directory): `$XDG_DATA_HOME/sonde`."""
    home = os.environ.get("XDG_DATA_HOME", "")
    folder = Path(home) if home.startswith("/") else Path.home() / ".local" / "share"
    return folder / "sonde"


class Settings(BaseSettings):
    """What an administrator can choose; the descriptions are the documentation."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    data_dir: Annotated[
        Path, Field(description="Folder of all that the server keeps, unless a database is elsewhere.")
    ] = Field(default_factory=default_data_dir)
    host: Annotated[
        str,
        Field(min_length=1, description="Address to listen on; `0.0.0.0` is every IPv4, `::` every address."),
    ] = "127.0.0.1"
    port: Annotated[
        int, Field(ge=0, le=65535, description="TCP port to listen on; 0 takes any free one.")
    ] = 8700
    public_url: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^\s?#]+)?$",
            description="What links in answers begin with, such as `https://sonde.example.org`. "
            "Empty: the address that each caller used, and in webhooks the one that the server listens on.",
        ),
    ] = ""
    directory_url: Annotated[
        str,
        Field(
            repr=False,
            description="Database of people, agents and tests: `sqlite:////folder/file.db` or "
            "`postgresql+psycopg://user:password@host/database`. "
            "Empty: `directory.db` in the data folder.",
        ),
    ] = ""
    store_dsn: Annotated[
        str,
        Field(
            repr=False,
            description="Database of measurements: `chdb:///folder` or "
            "`http(s)://user:password@host:port/database`. Empty: `store` in the data folder.",
        ),
    ] = ""
    spool_max_bytes: Annotated[
        int,
        Field(
            ge=1_000_000,
            description="Bytes of acknowledged results, and as many of client reports, that may wait for the "
            "store; when they are used up, agents or clients are told to come back later.",
        ),
    ] = 1_000_000_000
    page_rows: Annotated[
        int, Field(ge=1, le=100_000, description="Most results on one page of an answer.")
    ] = 10_000
    requests_per_minute: Annotated[
        int,
        Field(ge=1, description="Requests that each organization may make in a minute."),
    ] = 240
    instant_tests_per_minute: Annotated[
        int,
        Field(ge=1, description="How often in a minute each organization may have agents measure at once."),
    ] = 24
    reports_per_minute: Annotated[
        int,
        Field(
            ge=1,
            description="Batches of client statistics that may come in a minute with each client key, "
            "participant token or call report token.",
        ),
    ] = 60_000
    thousandeyes_default_format: Annotated[
        Literal["json", "xml"],
        Field(
            description="Format of ThousandEyes version 6 when a request says nothing about it. The vendor's "
            "was `xml`; most programs expect `json`."
        ),
    ] = "json"
    thousandeyes_voice_metrics: Annotated[
        bool,
        Field(
            description="Whether `/voice/metrics` answers in its form of 2014; otherwise it leads to "
            "`/voice/rtp-stream`, as it did from 2018 on."
        ),
    ] = False
    videosdk_accepts_bearer: Annotated[
        bool,
        Field(
            description="Whether tokens of VideoSDK's API may stand behind `Bearer`; the vendor takes them "
            "alone only."
        ),
    ] = False
    videosdk_not_found_status: Annotated[
        Literal[402, 404],
        Field(
            description="Status with which VideoSDK's API says that a session or person is not there. The "
            "vendor's is 402."
        ),
    ] = 402
    videosdk_keeps_score_fault: Annotated[
        bool,
        Field(
            description="Whether scores of VideoSDK's API keep the fault of the vendor's formula, by which "
            "sound above a delay of 150 ms is the better the later it comes."
        ),
    ] = False
    places_file: Annotated[
        Path | None,
        Field(
            description="MaxMind DB file (`.mmdb`) that tells the country, region and city of an address. "
            "Without it the places of peers are unknown."
        ),
    ] = None
    networks_file: Annotated[
        Path | None,
        Field(
            description="MaxMind DB file (`.mmdb`) that tells the autonomous system of an address, "
            "where `places_file` does not."
        ),
    ] = None
    webhook_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Field(
            description='Private networks that webhooks may go to, such as `["10.0.0.0/8"]`. '
            "All others are refused, whatever a name resolves to."
        ),
    ] = ()
    realtimekit_events_key_file: Annotated[
        Path | None,
        Field(
            description="Public key in PEM with which events of Cloudflare RealtimeKit are checked. "
            "Without it none are taken."
        ),
    ] = None
    videosdk_events_key_file: Annotated[
        Path | None,
        Field(
            description="Public key in PEM with which events of VideoSDK are checked. "
            "Without it none are taken."
        ),
    ] = None
    summary_url: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^\s?#]+)?$",
            description="OpenAI-compatible endpoint that writes summaries, such as "
            "`https://llm.example.org/v1`. What was said in calls is sent there. "
            "Empty: summaries are made on this machine, of the most telling sentences.",
        ),
    ] = ""
    summary_model: Annotated[
        str, Field(max_length=255, description="The model that `summary_url` is asked for.")
    ] = ""
    summary_api_key: Annotated[
        str, Field(repr=False, description="What `summary_url` is asked with; empty for nothing.")
    ] = ""
    tls_cert_file: Annotated[
        Path | None,
        Field(description="Certificate chain in PEM. With it and its key the server speaks HTTPS."),
    ] = None
    tls_key_file: Annotated[Path | None, Field(description="Private key of the certificate, in PEM.")] = None
    log_format: Annotated[
        Literal["auto", "console", "json"],
        Field(description="How log lines look; `auto` is console on a terminal and JSON elsewhere."),
    ] = "auto"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="The least serious line to log.")
    ] = "info"

    @field_validator("data_dir")
    @classmethod
    def _fit_into_url(cls, folder: Path) -> Path:
        """The databases in it are named by URLs."""
        if any(character in str(folder.absolute()) for character in "?#%"):
            raise ValueError("its path must not have ?, # or %")
        return folder

    @model_validator(mode="after")
    def _require_both_tls_files(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_cert_file and tls_key_file need each other")
        return self

    @model_validator(mode="after")
    def _require_summary_model(self) -> Self:
        if bool(self.summary_url) != bool(self.summary_model):
            raise ValueError("summary_url and summary_model need each other")
        return self

    @property
    def effective_directory_url(self) -> str:
        """`directory_url`, or the file in the data folder."""
        return self.directory_url or f"sqlite:///{self.data_dir.absolute() / 'directory.db'}"

    @property
    def effective_store_dsn(self) -> str:
        """`store_dsn`, or the folder in the data folder."""
        return self.store_dsn or f"chdb://{self.data_dir.absolute() / 'store'}"

    @property
    def files_of_places(self) -> list[Path]:
        """The databases of addresses that were given."""
        return [file for file in (self.places_file, self.networks_file) if file is not None]

    @property
    def spool_file(self) -> Path:
        """Where acknowledged results wait for the store."""
        return self.data_dir / "spool" / "results.db"

    @property
    def report_spool_file(self) -> Path:
        """Where acknowledged reports of clients wait for the store; a flood of them keeps no results out."""
        return self.data_dir / "spool" / "reports.db"

    @property
    def set_aside_folder(self) -> Path:
        """Where results and reports end up that the store can never take."""
        return self.data_dir / "set-aside"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options before the environment before the file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load_settings(**options: Any) -> Settings:
    """Read the settings from everywhere.

    Args:
        options: what the command line said; None where it said nothing.

    Raises:
        Invalid: a setting does not exist or has a value it cannot have, or the file cannot be read.
    """
    given = {name: value for name, value in options.items() if value is not None}
    folder = Path(given.get("data_dir") or os.environ.get(f"{ENV_PREFIX}DATA_DIR") or default_data_dir())
    file = next((path for path in (Path(FILE_NAME), folder / FILE_NAME) if path.is_file()), None)

    class FromFile(Settings, toml_file=file):
        pass

    try:
        return FromFile(**given)
    except ValidationError as error:
        raise _explain(error) from error
    except (TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Invalid(f"{file} cannot be read: {error}.") from error


def _explain(error: ValidationError) -> Invalid:
    """The first thing that is wrong, as one sentence; the value stays out, it may be a password."""
    first = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return Invalid(
        f"The setting {name} cannot be used: {message}." if name else f"The settings clash: {message}.",
        hint=f"It can come from an option, from {ENV_PREFIX}{name.upper()} or from {FILE_NAME}."
        if name
        else "",
        field=name,
    )
