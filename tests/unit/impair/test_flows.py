import pytest

from sonde.impair.flows import FlowTable
from sonde.model.errors import Limited, Unavailable

SECOND = 1_000_000_000
CLIENTS = [("127.0.0.1", port) for port in (40001, 40002, 40003)]


@pytest.fixture
def flows():
    """Two flows at most, forgotten after ten seconds."""
    table = FlowTable(("127.0.0.1", 9), limit=2, idle=10)
    yield table
    for flow in table:
        flow.port.close()


def test_each_client_has_its_own_flow(flows: FlowTable) -> None:
    """A client finds its flow again and no other one's."""
    first, second = flows.open(CLIENTS[0]), flows.open(CLIENTS[1])
    assert (first.number, second.number) == (0, 1)
    assert flows.find(CLIENTS[0]) is first
    assert flows.find(CLIENTS[2]) is None
    assert first.port.address != second.port.address


def test_the_table_has_an_end(flows: FlowTable) -> None:
    """One client too many is refused without forgetting anyone."""
    flows.open(CLIENTS[0])
    flows.open(CLIENTS[1])
    with pytest.raises(Limited):
        flows.open(CLIENTS[2])
    assert len(flows) == flows.opened == 2


def test_idle_flows_make_room(flows: FlowTable) -> None:
    """A flow is forgotten its idle time after the last packet left, and its number is not used again."""
    idle, busy = flows.open(CLIENTS[0]), flows.open(CLIENTS[1])
    idle.touch(100 * SECOND)
    idle.touch(99 * SECOND)
    busy.touch(101 * SECOND)
    assert flows.expire(110 * SECOND) == []
    assert flows.expire(110 * SECOND + 1) == [idle]
    idle.port.close()
    assert flows.find(CLIENTS[0]) is None
    assert flows.open(CLIENTS[2]).number == 2


def test_unknown_target_is_said() -> None:
    """A name that cannot exist is refused with the name in the sentence."""
    with pytest.raises(Unavailable, match=r"nowhere\.invalid"):
        FlowTable(("nowhere.invalid", 9), limit=1, idle=1)
