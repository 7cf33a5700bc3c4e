import pytest

from sonde.impair.config import RelayConfig
from sonde.model.errors import Invalid


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_flows", 0),
        ("max_queued", -1),
        ("flow_idle", 0.0),
        ("flow_idle", float("nan")),
        ("run_for", 0.0),
        ("seed", -1),
        ("seed", 2**64),
    ],
)
def test_limits_must_be_limits(field: str, value: float) -> None:
    """A limit that lets nothing through, or a seed out of range, is refused by name."""
    with pytest.raises(Invalid) as caught:
        RelayConfig(listen=("127.0.0.1", 0), target=("127.0.0.1", 9), **{field: value})
    assert caught.value.field == field
