from hypothesis import given
from hypothesis import strategies as st

from sonde.impair.conversation import Conversation
from sonde.impair.plan import Direction

FORWARD, REVERSE = Direction.FORWARD, Direction.REVERSE


@given(first=st.integers(0, 65_535), steps=st.lists(st.integers(-50, 50), max_size=60))
def test_places_count_from_the_first_packet_without_wrapping(first: int, steps: list[int]) -> None:
    """Wherever a stream begins, and in whatever order its packets come, each has its place."""
    conversation = Conversation(0)
    place = highest = 0
    assert conversation.place(FORWARD, 7, first) == 0
    for step in steps:
        place = highest + step
        assert conversation.place(FORWARD, 7, (first + place) % 65_536) == place
        highest = max(highest, place)


def test_a_long_stream_goes_on_counting() -> None:
    """After 65,536 packets the places do not start over."""
    conversation = Conversation(0)
    assert [conversation.place(FORWARD, 7, n % 65_536) for n in range(0, 200_000, 1000)] == list(
        range(0, 200_000, 1000)
    )


def test_streams_and_directions_have_places_of_their_own() -> None:
    """Another SSRC or the way back begins at 0."""
    conversation = Conversation(0)
    conversation.place(FORWARD, 7, 100)
    assert conversation.place(FORWARD, 7, 105) == 5
    assert conversation.place(FORWARD, 8, 105) == 0
    assert conversation.place(REVERSE, 7, 105) == 0


def test_memory_is_bounded() -> None:
    """A flow that invents SSRCs without end is forgotten stream by stream, the oldest first."""
    conversation = Conversation(0)
    for ssrc in range(1000):
        conversation.place(FORWARD, ssrc, 10)
    assert len(conversation._streams) == 64
    assert conversation.place(FORWARD, 999, 12) == 2
    assert conversation.place(FORWARD, 0, 12) == 0
