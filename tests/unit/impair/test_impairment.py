import pytest

from sonde.impair.impairment import (
    BURST_RATIO_MAX,
    DELAY_MAX,
    RATE_MIN,
    Impairment,
    JitterShape,
    Scenario,
    Step,
    choose,
    spare,
)
from sonde.model.errors import Invalid


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loss", 1.01),
        ("loss", -0.1),
        ("loss", float("nan")),
        ("burst_ratio", 0.99),
        ("burst_ratio", BURST_RATIO_MAX + 1),
        ("loss_pattern", "10x"),
        ("loss_pattern", "1" * 70_000),
        ("duplicate", 2.0),
        ("reorder", -1.0),
        ("truncate", 1.1),
        ("corrupt", -0.1),
        ("delay", -0.001),
        ("delay", DELAY_MAX + 1),
        ("jitter", float("inf")),
        ("reorder_delay", -1.0),
        ("queue", DELAY_MAX + 1),
        ("rate", RATE_MIN - 1),
        ("rate", float("nan")),
        ("dscp", 64),
        ("dscp", -1),
        ("dscp_from", -1),
    ],
)
def test_impairment_refuses_what_no_path_does(field: str, value: object) -> None:
    """A value out of range is refused by the name of its field."""
    with pytest.raises(Invalid) as caught:
        Impairment(**{field: value})
    assert caught.value.field == field


def test_spare_keeps_what_every_packet_suffers() -> None:
    """Spared packets are neither lost, doubled, held back nor damaged, but the path stays as it is."""
    stays = {"delay": 0.02, "jitter": 0.01, "jitter_shape": JitterShape.NORMAL, "dscp": 8, "rate": 1e6}
    harsh = Impairment(
        loss=1.0, loss_pattern="0", duplicate=1.0, reorder=1.0, truncate=1.0, corrupt=1.0, **stays
    )
    assert spare(harsh) == Impairment(**stays)


@pytest.mark.parametrize(
    ("elapsed", "loss"), [(0, 0.0), (19.9, 0.0), (20, 0.1), (34.9, 0.1), (35, 0.5), (60, 0.0), (200.0, 0.1)]
)
def test_scenario_repeats(elapsed: float, loss: float) -> None:
    """Each step holds until the next one, and the period starts over."""
    steps = tuple(
        Step(start=start, impairment=Impairment(loss=at)) for start, at in ((0, 0.0), (20, 0.1), (35, 0.5))
    )
    assert choose(Scenario(steps=steps, period=60), elapsed).loss == loss


def test_a_plain_impairment_always_holds() -> None:
    """Without a scenario the time does not matter."""
    assert choose(Impairment(loss=0.3), 1e6) == Impairment(loss=0.3)


@pytest.mark.parametrize("starts", [(), (1,), (0, 5, 5), (0, 9, 3), (0, 60)])
def test_scenario_refuses_gaps_and_disorder(starts: tuple[float, ...]) -> None:
    """Steps that leave a time without an impairment, or never come, are refused."""
    with pytest.raises(Invalid, match="steps"):
        Scenario(steps=tuple(Step(start=at, impairment=Impairment()) for at in starts), period=60)
