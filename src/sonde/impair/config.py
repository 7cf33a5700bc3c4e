"""What a relay is told to do."""

from pathlib import Path

import msgspec

from sonde.impair.notation import Endpoint
from sonde.impair.plan import SEED_MAX, Impairment, Scenario
from sonde.model.errors import Invalid


class RelayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a relay needs; it can be sent to another process.

    Attributes:
        listen: where clients send; port 0 takes any free one.
        target: where their packets go.
        forward, reverse: what packets to and from the target suffer.
        seed: 0 to `plan.SEED_MAX`; the same seed loses the same packets.
        spare_control: packets that are not RTP are never lost, duplicated or reordered, only
            delayed and remarked.
        max_flows: clients at the same time; packets of further ones are refused.
        flow_idle: seconds after which a silent client is forgotten.
        max_queued: packets waiting at the same time; further ones overflow.
        run_for: seconds after which the relay stops by itself; None runs until it is stopped.
        log: file that `process.run_relay` writes, see `log.LogFile`; None writes none.

    Raises:
        Invalid: a limit is not positive, or the seed is out of range; `field` names it.
    """

    listen: Endpoint
    target: Endpoint
    forward: Impairment | Scenario = Impairment()
    reverse: Impairment | Scenario = Impairment()
    seed: int = 0
    spare_control: bool = False
    max_flows: int = 256
    flow_idle: float = 60.0
    max_queued: int = 20_000
    run_for: float | None = None
    log: Path | None = None

    def __post_init__(self) -> None:
        for field in ("max_flows", "flow_idle", "max_queued", "run_for"):
            value = getattr(self, field)
            if value is not None and not value > 0:
                raise Invalid(f"{field} must be above 0, not {value}.", field=field)
        if not 0 <= self.seed <= SEED_MAX:
            raise Invalid(f"seed must be from 0 to {SEED_MAX}, not {self.seed}.", field="seed")
