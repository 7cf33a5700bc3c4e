"""Results page by page: whole rounds, each once, whatever their size and whatever arrives meanwhile."""

import pytest

from sonde.model.rounds import RoundResult, score_report
from sonde.services.rounds import Rounds, RoundWindow
from sonde.store.rounds import insert_rounds

EVERYTHING = RoundWindow(start=0)


def results(ours, sources_by_round: dict[int, int]) -> list[RoundResult]:
    """One result of each source in each round, in the order in which pages show them."""
    return [
        RoundResult(
            workspace_id=ours.access.workspace.workspace_id,
            source_agent_id=source,
            received_at=0.0,
            report=(report := ours.report(round_id=ours.report().round_id + 60 * number)),
            score=score_report(report).score,
            sonde_score=score_report(report).sonde_score,
        )
        for number, sources in sources_by_round.items()
        for source in range(1, sources + 1)
    ]


def keys(rows) -> list[tuple[int, int]]:
    """What a row is known by."""
    return [(row.report.round_id, row.source_agent_id) for row in rows]


def pages(rounds: Rounds, ours, window: RoundWindow | None = EVERYTHING):
    """Every page, each asked for after the one before."""
    after = None
    while True:
        page = rounds.page(ours.access, ours.test.test_id, window, after=after)
        yield page
        if page.last_round is None:
            return
        after = page.last_round


@pytest.mark.parametrize("page_rows", [1, 2, 3, 4, 11, 12, 13])
def test_pages_end_with_whole_rounds(ours, directory, store, page_rows) -> None:
    """All results come, in order and once; no round is on two pages; a page is small if rounds are."""
    rows = results(ours, {0: 1, 1: 3, 2: 2, 3: 1, 4: 5})
    insert_rounds(store, rows, token="rows")
    found = [page.results for page in pages(Rounds(directory, store, None, page_rows=page_rows), ours)]
    assert keys(row for page in found for row in page) == keys(rows)
    rounds_of_pages = [{row.report.round_id for row in page} for page in found]
    assert sum(map(len, rounds_of_pages)) == len(set().union(*rounds_of_pages))
    assert all(
        len(page) <= page_rows or len(ids) == 1 for page, ids in zip(found, rounds_of_pages, strict=True)
    )


def test_what_arrives_meanwhile_doubles_nothing(ours, directory, store) -> None:
    """A late result of a round that was shown is not shown again; one behind the page is."""
    rounds = Rounds(directory, store, None, page_rows=2)
    insert_rounds(store, results(ours, {0: 1, 1: 1, 3: 1}), token="first")
    walk = pages(rounds, ours)
    first = next(walk).results
    insert_rounds(store, results(ours, {0: 2, 1: 2, 2: 1}), token="late")
    rest = [row for page in walk for row in page.results]
    seen = keys([*first, *rest])
    assert len(seen) == len(set(seen))
    assert keys(rest) == keys(results(ours, {2: 1, 3: 1}))


def test_the_last_round_alone_is_one_page(ours, directory, store) -> None:
    """Without a range there is nothing to go on to, however many sources it has."""
    rows = results(ours, {0: 4, 1: 4})
    insert_rounds(store, rows, token="rows")
    page = Rounds(directory, store, None, page_rows=4).page(ours.access, ours.test.test_id)
    assert (keys(page.results), page.last_round) == (keys(rows[4:]), None)


def test_nothing_follows_the_end_of_the_range(ours, directory, store) -> None:
    """A page after the last one is empty, and so is one of a range that lies before it."""
    insert_rounds(store, results(ours, {0: 1}), token="rows")
    rounds, last = Rounds(directory, store, None), ours.report().round_id
    for window, after in (
        (EVERYTHING, last),
        (RoundWindow(start=0, end=last - 60), last),
        (EVERYTHING, 10**12),
    ):
        page = rounds.page(ours.access, ours.test.test_id, window, after=after)
        assert (page.results, page.last_round) == ([], None)
