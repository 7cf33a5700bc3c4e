"""The client against a live server, and docs/api.md followed to the letter."""

import re
from pathlib import Path

import chdb
import pytest
from recorded import recorded

from sonde.client import Client
from sonde.model.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated, Unavailable

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
WRITTEN_URL = "http://127.0.0.1:8700"
FAR = "2020-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory):
    """A world in which only what is measured here was measured, as the page takes it."""
    with make_world(tmp_path_factory.mktemp("client") / "data") as world:
        yield world


@pytest.fixture(scope="module")
def measured(world, pair):
    """The pair, with five rounds."""
    reports = [pair.report(pair.past_round(ago), **recorded(ago)) for ago in range(6, 1, -1)]
    assert world.upload(pair.key, *reports)["accepted"] == 5
    query = {"test": pair.test, "from": FAR}
    look = lambda: len(world.ask("GET", "/v1/results", params=query).json()["items"])  # noqa: E731
    world.wait_for(look, lambda seen: seen == 5)
    return pair


@pytest.fixture
def client(world):
    """A client of an administrator of ours."""
    with Client(world.url, token=world.ours.admin) as opened:
        yield opened


def test_the_python_of_the_page_runs(world, measured, capsys, tmp_path, monkeypatch):
    """Every block, one after the other, as it stands."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names = {"token": world.ours.admin}
    for block in blocks:
        exec(block.replace(WRITTEN_URL, world.url), names)
    printed = capsys.readouterr().out
    assert measured.name in printed
    assert "1 % of discards needs" in printed
    assert "There is no voice test 999999" in printed
    assert (tmp_path / "results.parquet").exists()


def test_rows_come_page_by_page_and_again(client, measured):
    """However small the pages, each row comes once; going through them again asks again."""
    rows = client.list_results(test=measured.test, from_=FAR, limit=2)
    first, second = [list(rows) for _ in range(2)]
    assert first == second
    assert len({each["result_id"] for each in first}) == len(first) == 5
    assert first == list(client.list_results(test=measured.test, from_=FAR))


def test_rows_are_saved_whole_or_not_at_all(client, measured, tmp_path):
    """A file has every row; one that cannot be made leaves nothing behind."""
    rows = client.list_results(test=measured.test, from_=FAR, limit=2)
    for name in ("rows.csv", "rows.parquet"):
        rows.save(tmp_path / name)
        assert str(chdb.query(f"SELECT count() FROM file('{tmp_path / name}')")).strip() == "5"
    with pytest.raises(NotFound):
        client.list_results(test=999999).save(tmp_path / "none.csv")
    with pytest.raises(Invalid, match=r"must end in \.csv or \.parquet"):
        rows.save(tmp_path / "rows.xlsx")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["rows.csv", "rows.parquet"]


def test_refusals_are_raised_with_the_servers_sentence(world, client, measured):
    """Each by its kind, with what the server says of it."""
    with pytest.raises(Invalid, match="ends before it begins") as raised:
        list(client.list_results(from_="2026-01-02T00:00:00Z", to="2026-01-01T00:00:00Z"))
    assert (raised.value.field, raised.value.code) == ("to", "invalid")
    assert raised.value.hint
    settings = {"name": "twice", "source_agent_ids": [measured.source], "target_agent_id": measured.target}
    made = client.create_voice_test(settings)
    with pytest.raises(Conflict):
        client.create_voice_test(settings)
    assert client.update_voice_test(made["test_id"], {"enabled": False})["enabled"] is False
    client.delete_voice_test(made["test_id"])
    with pytest.raises(NotFound):
        client.get_voice_test(made["test_id"])
    with Client(world.url, token="wrong") as stranger, pytest.raises(Unauthenticated):
        list(stranger.list_agents())
    other = world.theirs.aid
    with Client(world.url, token=world.ours.admin, workspace_id=other) as lost, pytest.raises(Denied):
        list(lost.list_agents())


def test_a_server_that_is_not_there_is_unavailable():
    """The reason is in the sentence."""
    with Client("http://127.0.0.1:9", token="any") as client, pytest.raises(Unavailable, match="be reached"):
        client.get_agent(1)
