"""The services that handlers call, in one bundle."""

from dataclasses import dataclass

from sonde.services.accounts import Accounts
from sonde.services.agents import Agents
from sonde.services.clock import Clock
from sonde.services.instant_tests import InstantTests
from sonde.services.lockout import Lockout
from sonde.services.rate_limits import RateLimit
from sonde.services.results import Results
from sonde.services.rounds import Rounds
from sonde.services.voice_tests import VoiceTests
from sonde.services.workspaces import Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What the APIs may do.

    Attributes:
        request_limit, instant_limit: how often organizations may ask anything, and ask agents to measure now.
        lockout: the addresses that showed wrong credentials.
        now: the current time in UTC; handlers ask it instead of the system's clock.
    """

    accounts: Accounts
    workspaces: Workspaces
    agents: Agents
    voice_tests: VoiceTests
    instant_tests: InstantTests
    rounds: Rounds
    results: Results
    request_limit: RateLimit
    instant_limit: RateLimit
    lockout: Lockout
    now: Clock
