"""What both versions call things: codecs, kept fields, errors, links. Pure."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from sonde.model.agents import Agent
from sonde.model.errors import Invalid
from sonde.model.rounds import RoundOutcome
from sonde.model.voice_tests import VoiceTestSettings

FACADE: Final = "thousandeyes"
"""Our key in `VoiceTestSettings.facade_settings`."""

CODEC_SLUGS: Final = (
    "g711",
    "g722.1-24",
    "g722.1-32",
    "g726-32",
    "g723.1",
    "g729a",
    "rtaudio-45-wb",
    "rtaudio-27.8",
    "silk-36-wb",
    "g722-64",
)
"""Codecs by codecId. The vendor's pages disagree on 6 and 7; this is the order of its newer v7."""

FIELD_NAMES: Final[Mapping[str, str]] = {
    "name": "testName",
    "source_agent_ids": "agents",
    "target_agent_id": "targetAgentId",
    "codec": "codecId",
    "dscp": "dscpId",
    "jitter_buffer": "jitterBuffer",
    "path_traces": "numPathTraces",
    "alerts_enabled": "alertsEnabled",
    "workspace_id": "aid",
    "workspace": "accountGroupName",
    "test_id": "testId",
    "host": "targetForTests",
    "country_id": "countryId",
}
"""What callers of this API call a field of ours; fields that are not here have the same name."""

SHOWN_BY_DEFAULT: Final[Mapping[str, int]] = {
    "bgpMeasurements": 1,
    "liveShare": 0,
    "savedEvent": 0,
    "usePublicBgp": 1,
}
"""Fields every test shows although nothing here acts on them, and as what when nobody set them."""

SOURCE_ADDRESSES: Final = "sourceIpAddresses"
"""Where the source addresses of agents are kept beside them, by agent id."""


def kept_settings(settings: VoiceTestSettings) -> dict[str, Any]:
    """What is kept for this API's callers only, by its names on the wire of version 6."""
    return {**SHOWN_BY_DEFAULT, **settings.facade_settings.get(FACADE, {})}


def read_codec_id(codec_id: int) -> str:
    """The codec of an id.

    Raises:
        Invalid: there is none.
    """
    slug = dict(enumerate(CODEC_SLUGS)).get(codec_id)
    if slug is None:
        raise Invalid(f"Expected a number from 0 to 9, got {codec_id}.", field="codecId")
    return slug


def field_and_sentence(field: str, message: str) -> tuple[str, str]:
    """A field of ours as callers spell it, and a sentence about it that does so too."""
    name = FIELD_NAMES.get(field, field)
    if field and message.startswith(f"{field} "):
        return name, name + message.removeprefix(field)
    return name, message


def agent_name(agent: Agent | None, agent_id: int) -> str:
    """What an agent is called, even when nothing is known of it any more."""
    return f"Agent {agent_id}" if agent is None else agent.name


def error_detail(outcome: RoundOutcome) -> str:
    """Why a round has no or not all numbers, empty when it has them."""
    if outcome.error is not None:
        return outcome.error_detail or outcome.error.value.replace("_", " ")
    return outcome.reason if outcome.mos_cq is None else ""


def permalink(outcome: RoundOutcome, base: str) -> str:
    """Where people look at this result, spelled as the vendor spells it."""
    query = {
        "__a": outcome.workspace_id,
        "testId": outcome.test_id,
        "roundId": outcome.round_id,
        "agentId": outcome.source_agent_id,
    }
    return f"{base}/voice/metrics?{urlencode(query)}"


def join_host_port(host: str, port: int) -> str:
    """Host and port as a URL has them (RFC 3986 3.2.2: an IPv6 address goes into brackets)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
