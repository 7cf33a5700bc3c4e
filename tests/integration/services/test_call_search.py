"""Sessions and peers found by program, issue and score, over a real directory and store."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from sonde.model.conclusions import ConnectionStream, PeerConclusions, PeerIssue, PeerSummary
from sonde.model.errors import Invalid, NotFound
from sonde.model.listing import PeerFilter, SessionFilter
from sonde.model.sightings import Sighting
from sonde.services import call_search
from sonde.services.accounts import Accounts
from sonde.services.call_search import CallSearch
from sonde.services.evaluations import Evaluations
from sonde.services.sessions import Sessions
from sonde.store.conclusions import insert_conclusions
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.stream_report import CallMos, CallStream

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class World:
    """A workspace whose sessions are made of what is said of one peer each."""

    def __init__(self, directory, store) -> None:
        self.store = store
        self._sessions = Sessions(directory, lambda: NOW)
        evaluations = Evaluations(directory, store, lambda: NOW)
        self.search = CallSearch(directory, store, sessions=self._sessions, evaluations=evaluations)
        made = Accounts(directory).bootstrap("Ours", "Ours", email="ada@ours.example", name="Ada")
        self.access = Accounts(directory).access(made.principal)

    def call(self, age: int, **facts) -> str:
        """A session that began so many minutes ago, with one peer; its id."""
        return self.join(f"room {age}", age, **facts)

    def join(self, meeting: str, age: int, *, mos=(), issues=(), computed=1, **sighting) -> str:
        """A peer of a session, of which that was concluded; the session's id."""
        at = NOW - timedelta(minutes=age)
        [seen] = self._sessions.saw(
            [
                Sighting(
                    workspace_id=self.access.workspace.workspace_id,
                    peer_id=str(uuid4()),
                    meeting=meeting,
                    first_at=at,
                    last_at=at + timedelta(seconds=30),
                    **sighting,
                )
            ]
        )
        self.conclude(seen.peer_id, mos=mos, issues=issues, computed=computed)
        return seen.session_id

    def conclude(self, peer_id: str, *, mos=(), issues=(), computed=1) -> None:
        """Keep these scores of streams and these issues of a peer."""
        concluded = PeerConclusions(
            workspace_id=self.access.workspace.workspace_id,
            peer_id=peer_id,
            session_id="",
            computed_at=computed,
            summary=PeerSummary(streams=tuple(stream(each) for each in mos)),
            issues=tuple(issue(peer_id, each) for each in issues),
        )
        insert_conclusions(self.store, [concluded])

    def found(self, *, limit: int = 100, **wanted) -> list[str]:
        """The sessions that are found, over all pages."""
        ids, after = [], None
        while True:
            page = self.search.sessions(
                self.access, SessionFilter(peer=PeerFilter(**wanted)), limit=limit, after=after
            )
            assert len(page.sessions) <= limit
            ids += [each.session.session_id for each in page.sessions]
            if page.end is None:
                return ids
            after = page.end


def stream(mos: float | None) -> ConnectionStream:
    """One with this score."""
    return ConnectionStream(
        connection="1",
        stream=CallStream(
            stream=str(uuid4()),
            direction="recv",
            kind="audio",
            source=None,
            codec=None,
            ssrcs=(),
            duration=30.0,
            bitrate=None,
            packets=None,
            packets_lost=None,
            loss_ratio=None,
            jitter=None,
            round_trip_time=None,
            mos=CallMos(value=mos),
        ),
    )


def issue(peer_id: str, type_: str) -> PeerIssue:
    """One of that type."""
    begin = 1_700_000_000 * 10**9
    found = Issue(
        type=type_,
        severity=Severity.WARNING,
        cause=next(iter(Cause)),
        peer=peer_id,
        stream=None,
        direction=None,
        kind=None,
        start=begin,
        end=begin + 10**9,
        evidence={},
    )
    return PeerIssue(connection="1", issue=found)


@pytest.fixture
def world(directory, store) -> World:
    """An empty one."""
    return World(directory, store)


def test_by_program(world):
    """The whole name and version of what reports, in one and the same peer."""
    new = world.call(3, sdk="telnyx-js", sdk_version="2.27.10")
    old = world.call(2, sdk="telnyx-js", sdk_version="2.25.18")
    world.call(1, sdk="sonde-collector", sdk_version="2.27.10")
    assert world.found(sdk="telnyx-js") == [old, new]
    assert world.found(sdk="telnyx-js", sdk_version="2.27.10") == [new]
    assert world.found(sdk="telnyx") == []


def test_by_score(world):
    """The worst stream of a peer counts; what has no score is neither good nor bad."""
    bad = world.call(4, mos=(4.2, 2.9, None))
    good = world.call(3, mos=(4.2, 3.5))
    world.call(2, mos=(None,))
    world.call(1)
    assert world.found(mos_below=3.5) == [bad]
    assert world.found(mos_from=3.5) == [good]
    assert world.found(mos_from=2.9, mos_below=4.5) == [good, bad]


def test_by_issue(world):
    """As it was concluded last: what was found before and not again is no issue."""
    lossy = world.call(3, issues=("packet_loss_in", "jitter_high"))
    world.call(2, issues=("jitter_high",))
    mended = world.call(1, issues=("packet_loss_in",))
    [peer] = world.search.peers(world.access, mended, PeerFilter())
    world.conclude(peer.peer_id, computed=2)
    assert world.found(issue="packet_loss_in") == [lossy]


def test_all_must_be_true_of_one_peer(world):
    """Two people in a call, each half of what is asked, are none of it."""
    session = world.join("shared", 2, sdk="a", mos=(2.0,))
    assert world.join("shared", 2, sdk="b", mos=(4.0,)) == session
    assert world.found(sdk="a", mos_below=3.0) == [session]
    assert world.found(sdk="b", mos_below=3.0) == []
    assert len(world.search.peers(world.access, session, PeerFilter(mos_below=3.0))) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_show_each_once(world, monkeypatch, limit):
    """However few are found at a look, also when one page's looks are used up before there is any."""
    monkeypatch.setattr(call_search, "CANDIDATES", 2)
    monkeypatch.setattr(call_search, "LOOKS_MAX", 2)
    bad = [world.call(age, mos=(2.0 if age in {1, 8, 9, 20} else 4.0,)) for age in range(1, 22)]
    wanted = [bad[age - 1] for age in (1, 8, 9, 20)]
    assert world.found(limit=limit, mos_below=3.0) == wanted
    assert world.found(limit=limit) == bad


def test_peers_by_time(world):
    """Who was there at some time in between."""
    session = world.call(10)
    world.join("room 10", 9)
    times = {"since": NOW - timedelta(minutes=9, seconds=30), "until": NOW}
    assert len(world.search.peers(world.access, session, PeerFilter(), **times)) == 2
    early = {"since": None, "until": NOW - timedelta(minutes=9, seconds=30)}
    assert len(world.search.peers(world.access, session, PeerFilter(), **early)) == 1


def test_what_cannot_be_looked_for(world):
    """An issue that there is none of, text that is none, and a session of nobody's."""
    with pytest.raises(Invalid, match="no type of issue") as refused:
        world.found(issue="loss")
    assert refused.value.field == "issue"
    with pytest.raises(Invalid):
        world.found(sdk="\x00")
    with pytest.raises(NotFound):
        world.search.peers(world.access, str(uuid4()), PeerFilter(mos_below=3.0))
