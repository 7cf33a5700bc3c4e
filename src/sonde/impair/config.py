"""What a relay or a bridge is told to do."""

from pathlib import Path

import msgspec

from sonde.impair.impairment import Impairment, Scenario
from sonde.impair.notation import Endpoint
from sonde.impair.plan import SEED_MAX
from sonde.model.errors import Invalid


class PathConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What relay and bridge have in common; it can be sent to another process.

    Attributes:
        forward, reverse: what packets suffer on both ways.
        seed: 0 to `plan.SEED_MAX`; the same seed loses the same packets.
        spare_control: packets that are not RTP are never lost, duplicated, reordered or damaged by the plan,
            only delayed and remarked.
        max_flows: flows known at the same time.
        max_queued: packets waiting at the same time; further ones overflow.
        run_for: seconds after which it stops by itself; None runs until it is stopped.
        log: file that `process.carry` writes, see `log.LogFile`; None writes none.
        realtime: `process.carry` runs before all ordinary processes, with SCHED_FIFO.

    Raises:
        Invalid: a limit is not positive, or the seed is out of range; `field` names it.
    """

    forward: Impairment | Scenario = Impairment()
    reverse: Impairment | Scenario = Impairment()
    seed: int = 0
    spare_control: bool = False
    max_flows: int = 256
    max_queued: int = 20_000
    run_for: float | None = None
    log: Path | None = None
    realtime: bool = False

    def __post_init__(self) -> None:
        for field in ("max_flows", "max_queued", "run_for"):
            self._require_positive(field)
        if not 0 <= self.seed <= SEED_MAX:
            raise Invalid(f"seed must be from 0 to {SEED_MAX}, not {self.seed}.", field="seed")

    def _require_positive(self, field: str) -> None:
        value = getattr(self, field)
        if value is not None and not value > 0:
            raise Invalid(f"{field} must be above 0, not {value}.", field=field)


class RelayConfig(PathConfig, frozen=True, kw_only=True):
    """Everything a relay needs.

    Attributes:
        listen: where clients send; port 0 takes any free one.
        target: where their packets go. `forward` is towards it.
        flow_idle: seconds after which a silent client is forgotten; packets of clients beyond `max_flows` are
            refused.

    Raises:
        Invalid: as for `PathConfig`.
    """

    listen: Endpoint
    target: Endpoint
    flow_idle: float = 60.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_positive("flow_idle")


class BridgeConfig(PathConfig, frozen=True, kw_only=True):
    """Everything a bridge needs.

    Attributes:
        first, second: names of the network interfaces it joins. `forward` is from the first to the second.

    Raises:
        Invalid: as for `PathConfig`, or both interfaces are the same.
    """

    first: str
    second: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.first == self.second:
            raise Invalid(f"A bridge joins two interfaces, not {self.first} and itself.", field="second")
