"""Numbered pages of sessions and of people: the same for what goes on and what has ended."""

from datetime import timedelta

import pytest

from sonde.directory import Directory
from sonde.model.errors import Invalid, NotFound
from sonde.model.listing import PageNumber, PeopleListing, SessionFilter, SessionListing
from sonde.model.people import Access
from sonde.model.sightings import Sighting
from sonde.services.session_pages import SessionPages
from sonde.services.sessions import Sessions

MINUTE = timedelta(minutes=1)
ALL = PageNumber(number=1, size=100)
KEYS = {name: f"00000000-0000-4000-8000-00000000000{index}" for index, name in enumerate("abcdef")}


class World:
    """Three sessions, told from the oldest: one of one minute, one of four people, one of ten minutes."""

    def __init__(self, directory: Directory, clock, access: Access) -> None:
        self.access, self.clock = access, clock
        self.all = Sessions(directory, clock)
        self.pages = SessionPages(directory, clock)
        self.ids = {
            "short": self._call("Coffee", "a", minutes=1, ago=50),
            "full": min({self._call("All hands", key, minutes=2, ago=40) for key in "bcde"}),
            "long": self._call("Planning", "f", minutes=10, ago=20),
        }

    def _call(self, meeting: str, key: str, *, minutes: int, ago: int) -> str:
        first = self.clock() - ago * MINUTE
        return self.all.saw(
            [
                Sighting(
                    workspace_id=self.access.workspace.workspace_id, peer_id=KEYS[key], meeting=meeting,
                    first_at=first, last_at=first + minutes * MINUTE, custom_id=key, name=f"Name {key}",
                    has_left=True,
                )
            ]
        )[0].session_id  # fmt: skip

    def listed(self, page: PageNumber = ALL, **listing) -> list[str]:
        """Names of the sessions on a page."""
        names = {session_id: name for name, session_id in self.ids.items()}
        found = self.pages.sessions(self.access, SessionListing(**listing), page)
        return [names[each.session.session_id] for each in found.items]

    def people(self, name: str, **listing) -> list[str]:
        """Custom ids of the people of a session."""
        found = self.pages.people(self.access, self.ids[name], PeopleListing(**listing), ALL)
        return [each.peers[0].participant.custom_id for each in found.items]


@pytest.fixture(params=["live", "ended"])
def world(request, directory: Directory, clock, admin: Access) -> World:
    """Sessions that go on, or that were ended: what they add up to is counted, or kept."""
    world = World(directory, clock, admin)
    if request.param == "ended":
        for session_id in world.ids.values():
            world.all.end(admin, session_id)
    return world


def test_orders(world):
    """By beginning or by minutes, either way."""
    assert world.listed() == ["long", "full", "short"]
    assert world.listed(descending=False) == ["short", "full", "long"]
    assert world.listed(by_minutes=True) == ["long", "full", "short"]
    assert world.listed(by_minutes=True, descending=False) == ["short", "full", "long"]


def test_how_many_people(world):
    """Both ends are included."""
    assert world.listed(participants_from=2) == ["full"]
    assert world.listed(participants_to=1) == ["long", "short"]
    assert world.listed(participants_from=4, participants_to=4) == ["full"]
    assert world.listed(participants_from=5) == []


def test_words(world):
    """Of the title, or a whole id; signs of SQL mean themselves."""
    assert world.listed(words="all H") == ["full"]
    assert world.listed(words=world.ids["long"].upper()) == ["long"]
    assert world.listed(words="%") == world.listed(words=world.ids["long"][:8]) == []
    with pytest.raises(Invalid):
        world.listed(words="\x00")


def test_pages(world):
    """They are counted; one behind the last is empty."""
    found = world.pages.sessions(world.access, SessionListing(), PageNumber(number=2, size=2))
    assert (found.total, found.first, found.last) == (3, 3, 3)
    assert world.listed(PageNumber(number=1, size=2)) == ["long", "full"]
    beyond = world.pages.sessions(world.access, SessionListing(), PageNumber(number=9, size=2))
    assert (beyond.items, beyond.total, beyond.first, beyond.last) == ([], 3, 0, 0)
    wanted = SessionFilter(meeting_id="nowhere")
    assert world.listed(wanted=wanted) == []


def test_people(world):
    """Searched and sorted, and counted on pages."""
    assert world.people("full") == ["b", "c", "d", "e"]
    assert world.people("full", descending=True) == ["e", "d", "c", "b"]
    assert world.people("full", words="name D") == world.people("full", words=KEYS["d"]) == ["d"]
    page = world.pages.people(world.access, world.ids["full"], PeopleListing(), PageNumber(number=2, size=3))
    assert (page.total, page.first, page.last) == (4, 4, 4)
    assert page.items[0].minutes == pytest.approx(2)


def test_nobody_sees_sessions_of_others(world, stranger: Access):
    """Nor the people in them."""
    assert world.pages.sessions(stranger, SessionListing(), ALL).total == 0
    with pytest.raises(NotFound):
        world.pages.people(stranger, world.ids["full"], PeopleListing(), ALL)
    with pytest.raises(NotFound):
        world.pages.person(stranger, world.ids["full"], KEYS["b"])
