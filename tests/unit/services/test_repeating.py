"""Work that is repeated goes on after failures, and ends when it is told to."""

import threading

import pytest

from sonde.model.errors import Unavailable
from sonde.services.repeating import Repeating


@pytest.mark.parametrize("failure", [Unavailable("The disk is full."), ZeroDivisionError()])
def test_it_goes_on_after_a_failure(failure):
    """Whether the failure is one of ours or a mistake, the next time comes."""
    done, enough = [], threading.Event()

    def work():
        done.append(len(done))
        if len(done) < 3:
            raise failure
        enough.set()

    repeating = Repeating("worker", work, every=0.001)
    repeating.start()
    assert enough.wait(30)
    repeating.close()
    assert done[:3] == [0, 1, 2]


def test_closing_waits_for_what_is_being_done():
    """What was begun is finished, and nothing begins after."""
    begun, finished = threading.Event(), []

    def work():
        begun.set()
        finished.append(closing.wait(30))

    closing = threading.Event()
    repeating = Repeating("worker", work, every=0)
    repeating.start()
    assert begun.wait(30)
    closer = threading.Thread(target=repeating.close)
    closer.start()
    assert finished == []
    closing.set()
    closer.join(30)
    assert len(finished) >= 1
    assert all(finished)


def test_what_never_began_can_be_closed():
    """A server that fails while it starts closes what it has, and nothing was done."""
    done = []
    Repeating("worker", lambda: done.append(1), every=0).close()
    assert done == []
