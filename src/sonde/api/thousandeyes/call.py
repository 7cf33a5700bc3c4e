"""What the handlers of both versions ask of a request."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

from litestar import Request
from litestar.di import NamedDependency

from sonde.api.authentication import Credentials
from sonde.api.thousandeyes.addressing import Address, read_id
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.people import Access, Principal

Call: TypeAlias = Request[Principal, Credentials, Any]

ADDRESS: Final = "thousandeyes_address"
"""Where in the scope the path as it was asked for is handed on, taken apart."""

FORMAT: Final = "thousandeyes_format"
"""Where in the scope the format of the answer is; None when there is none that would do."""

INSTANT: Final[Mapping[str, bool]] = {"thousandeyes_instant": True}
"""Route option of an endpoint that makes agents measure now, which has a limit of its own."""


def provide_access(request: Call, use_cases: NamedDependency[UseCases]) -> Access:
    """The account group a call is about: `aid`, or the caller's own."""
    aid = request.query_params.get("aid")
    return use_cases.accounts.access(request.user, None if aid is None else read_id(aid, "aid"))


def provide_base(request: Call, public_url: NamedDependency[str]) -> str:
    """Where links point to: the configured address, or else the one the caller used."""
    return (public_url or str(request.base_url)).rstrip("/")


def asked_address(request: Call) -> Address:
    """The path as the caller asked for it, taken apart."""
    return cast("dict[str, Address]", request.scope)[ADDRESS]


def agents_by_id(use_cases: UseCases, access: Access) -> dict[int, Agent]:
    """Every agent there is or was: an old round still names its sender."""
    return {agent.agent_id: agent for agent in use_cases.agents.list(access, include_removed=True)}
