"""What a runner keeps of the tests it is given, without sending anything."""

import time

import msgspec

from sonde.model.control import PairKey, StreamAssignment
from sonde.model.voice_tests import ON_REQUEST
from sonde.probe.memory import Memory
from sonde.probe.runner import Runner

ASSIGNMENT = StreamAssignment(
    test_id=1,
    interval=ON_REQUEST,
    duration=5,
    codec="g711",
    dscp=46,
    jitter_buffer=0.04,
    target_agent_id=2,
    target_host="192.0.2.1",
    target_port=49152,
    pair_key=PairKey(key_id=b"8bytes..", key=bytes(32)),
)


def test_tests_that_are_gone_leave_nothing_behind(tmp_path):
    """Instant tests come and go for ever: after an hour nothing is known of them, but of others it is."""
    long_ago, lately = int(time.time()) - 4000, int(time.time()) - 10
    memory = Memory(tmp_path / "agent")
    memory.remember_rounds_begun({"1": long_ago, "2": long_ago, "3": lately})
    runner = Runner(9, None, memory=memory, spool=None, uploader=None)
    runner.assign((ASSIGNMENT,))
    assert runner._begun == {"1": long_ago, "3": lately}


def test_a_test_that_comes_back_waits_for_its_target_again(tmp_path):
    """Its target was told to forget it meanwhile, so it must be given time to hear of it once more."""
    runner = Runner(9, None, memory=Memory(tmp_path / "agent"), spool=None, uploader=None)
    requested = int(time.time())
    assignment = msgspec.structs.replace(ASSIGNMENT, requested_round=requested)
    runner.assign((assignment,))
    runner._start_due(requested + 1.0)
    assert runner._known_since == {"1": requested + 1.0}
    runner.assign(())
    assert runner._known_since == {}
    runner.assign((assignment,))
    assert runner._start_due(requested + 100.0) == 5.0
    assert runner._known_since == {"1": requested + 100.0}
