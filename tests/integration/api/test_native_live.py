"""Sonde's own API against a live server with results that a recorder made of real packet times."""

import csv
import io
import json
from datetime import UTC, datetime

import chdb
import pytest
from recorded import PACKETS, recorded

pytestmark = pytest.mark.integration

FAR = {"from": "2020-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def measured(world, pair):
    """The pair, with three rounds: two complete ones and one that failed."""
    reports = [pair.report(pair.past_round(ago), **recorded(ago)) for ago in (4, 3)]
    failed = pair.report(
        pair.past_round(2), stream=None, error="no_consent", error_detail="The target did not answer."
    )
    assert world.upload(pair.key, *reports, failed)["accepted"] == 3
    world.wait_for(lambda: results(world, test=pair.test), lambda seen: len(seen) == 3)
    return pair


def read(world, path: str, **options):
    """What a route answers."""
    response = world.ask("GET", f"/v1{path}", **options)
    assert response.status_code == 200, response.text
    return response


def results(world, **filters) -> list[dict]:
    """The results of a filter, first page."""
    return read(world, "/results", params=FAR | filters).json()["items"]


def flat(value, path: str = "") -> dict:
    """The values of nested objects by path, as columns are called."""
    if not isinstance(value, dict) or path.endswith("_counts"):
        return {path: value}
    inside = (flat(each, f"{path}.{name}" if path else name) for name, each in value.items())
    return {name: each for found in inside for name, each in found.items()}


def test_a_result_says_what_was_measured_and_how_good_it_was(world, measured):
    """Numbers of the stream, both scores with interval and points, and a reason for whatever is null."""
    *_, result, failed = results(world, test=measured.test)
    stream, score = result["stream"], result["score"]
    assert stream["packets_sent"] == PACKETS
    assert stream["loss_ratio"] == stream["packets_lost"] / PACKETS
    assert score["mos_low"] <= score["mos_cq"] <= score["mos_high"]
    assert sum(score["attribution"]["r_points"].values()) == pytest.approx(
        score["attribution"]["ceiling"] - score["components"]["r"]
    )
    assert sum(score["attribution"]["mos_points"].values()) == pytest.approx(4.5 - score["mos_cq"])
    assert (score["model"], result["sonde_score"]["model"]) == ("te-g107", "sonde-g107")
    for each in (result, failed):
        explained = {field for gap in each["missing"] for field in gap["fields"] if gap["reason"]}
        inner = flat({part: each[part] for part in ("stream", "health", "score", "sonde_score")})
        assert explained == {path for path, value in inner.items() if value is None}
    assert result == read(world, f"/results/{result['result_id']}").json()


def test_a_failed_round_is_a_result_without_numbers(world, measured):
    """It has its error, no stream and no MOS, and says why."""
    result = results(world, test=measured.test)[-1]
    assert (result["error"], result["stream"], result["score"]["mos_cq"]) == ("no_consent", None, None)
    assert result["score"]["reason"]
    assert {"fields": ["stream"], "reason": "The target did not answer."} in result["missing"]


def test_csv_and_parquet_say_what_json_says(world, measured, tmp_path):
    """Every column is a value of the JSON and equal to it; only points and reasons, made of them, lack."""
    rows = results(world, test=measured.test)
    wanted = [flat({**row, "missing": None}) for row in rows]
    parquet = read(world, "/results", params=FAR | {"test": measured.test, "format": "parquet"})
    path = tmp_path / "results.parquet"
    path.write_bytes(parquet.content)
    text = read(world, "/results", params=FAR | {"test": measured.test}, headers={"Accept": "text/csv"}).text
    from_csv = list(csv.DictReader(io.StringIO(text)))
    query = f"SELECT * FROM file('{path}', Parquet) FORMAT JSONEachRow SETTINGS "
    query += "date_time_output_format='iso', output_format_json_quote_64bit_integers=0"
    from_parquet = [json.loads(line) for line in str(chdb.query(query)).splitlines()]
    assert len(from_csv) == len(from_parquet) == 3
    absent = {"missing", "score.attribution", "sonde_score.attribution"}
    for want, csv_row, parquet_row in zip(wanted, from_csv, from_parquet, strict=True):
        assert csv_row.keys() == parquet_row.keys()
        named = {name for name in want if not any(name.startswith(each) for each in absent)}
        assert {name for name in named if want[name] is not None} <= csv_row.keys()
        for name in csv_row:
            assert same(parquet_row[name], want.get(name)), name
            assert same(of_csv(csv_row[name], parquet_row[name]), want.get(name)), name


def same(found, wanted) -> bool:
    """Whether a value of a file is that of the JSON; an object that is null there has columns that are."""
    if isinstance(wanted, float):
        return found == pytest.approx(wanted, rel=1e-15)
    if isinstance(wanted, str) and wanted.endswith("Z") and found != wanted:
        return datetime.fromisoformat(found) == datetime.fromisoformat(wanted)
    return found == wanted or (wanted is None and found in ({}, []))


def of_csv(text: str, like):
    """A cell as a value."""
    if isinstance(like, str):
        return text
    if text == "":
        return None
    return json.loads(text)


def test_pages_show_each_result_once_while_rounds_arrive(world, make_pair):
    """Whatever is uploaded between two pages, nothing that was there is shown twice or left out."""
    pair = make_pair(world, "paged")
    world.upload(pair.key, *(pair.report(pair.past_round(ago)) for ago in range(30, 20, -1)))
    world.wait_for(lambda: results(world, test=pair.test), lambda seen: len(seen) == 10)
    seen, cursor, later = [], {}, 20
    while cursor is not None:
        page = read(world, "/results", params=FAR | {"test": pair.test, "limit": 3} | cursor).json()
        seen += [each["round_id"] for each in page["items"]]
        if later > 17:
            # One at the end, which pages still come to, and one at the beginning, which they have left.
            world.upload(
                pair.key, pair.report(pair.past_round(later)), pair.report(pair.past_round(later + 20))
            )
            later -= 1
            amount = 10 + 2 * (20 - later)
            world.wait_for(
                lambda: results(world, test=pair.test), lambda found, amount=amount: len(found) == amount
            )
        cursor = page["next"] and {"cursor": page["next"]}
    assert len(seen) == len(set(seen))
    assert {pair.past_round(ago) for ago in range(30, 17, -1)} <= set(seen)


def test_the_histogram_tells_what_other_buffers_would_have_done(world, measured):
    """Its packets are those that arrived; at the test's own depth the table is the result itself."""
    result = results(world, test=measured.test)[0]
    stream, path = result["stream"], f"/results/{result['result_id']}"
    histogram = read(world, f"{path}/histogram").json()
    assert histogram["packets"] == stream["packets_received"]
    assert sum(each["packets"] for each in histogram["bins"]) == stream["packets_received"]
    late = sum(each["packets"] for each in histogram["bins"] if each["above"] >= 0.04)
    assert late == stream["packets_discarded"]
    [same] = read(world, f"{path}/buffers", params={"depth": 0.04}).json()["buffers"]
    assert same["is_exact"]
    assert same["packets_discarded"] == stream["packets_discarded"]
    assert {name: same[name] for name in ("score", "sonde_score")} == {
        name: result[name] for name in ("score", "sonde_score")
    }
    table = read(world, f"{path}/buffers", params={"discard_ratio": 0.05}).json()
    discards = [each["packets_discarded"] for each in table["buffers"]]
    assert discards == sorted(discards, reverse=True)
    depth = {"depth": table["smallest_depth"]}
    [smallest] = read(world, f"{path}/buffers", params=depth).json()["buffers"]
    assert smallest["discard_ratio"] <= 0.05


def test_a_failed_round_has_no_details_but_a_reason(world, measured):
    """No bins, no buffers, no packets, and each says why."""
    path = f"/results/{results(world, test=measured.test)[-1]['result_id']}"
    histogram, buffers = (read(world, f"{path}/{each}").json() for each in ("histogram", "buffers"))
    assert (histogram["bins"], buffers["buffers"], buffers["smallest_depth"]) == ([], [], None)
    assert histogram["reason"]
    assert buffers["reason"]
    response = world.ask("GET", f"/v1{path}/packets")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert response.json()["error"]["hint"]


def test_packets_are_the_same_in_every_format(world, measured, tmp_path):
    """Each packet that was sent, with its delay or none when it was lost."""
    result = results(world, test=measured.test)[0]
    path = f"/results/{result['result_id']}/packets"
    packets = read(world, path).json()["packets"]
    assert len(packets) == PACKETS
    assert sum(each["lost"] for each in packets) == result["stream"]["packets_lost"]
    assert all((each["one_way_delay"] is None) == each["lost"] for each in packets)
    file = tmp_path / "packets.parquet"
    file.write_bytes(read(world, path, params={"format": "parquet"}).content)
    query = f"SELECT * FROM file('{file}', Parquet) FORMAT JSONEachRow"
    assert [json.loads(line) for line in str(chdb.query(query)).splitlines()] == packets
    rows = list(csv.DictReader(io.StringIO(read(world, path, params={"format": "csv"}).text)))
    assert [{name: of_csv(cell, None) for name, cell in row.items()} for row in rows] == packets


def test_rounds_sum_up_their_results(world, measured):
    """Each round once, in order, with the worst of its numbers; in full it has the results themselves."""
    path = f"/voice-tests/{measured.test}/rounds"
    first = read(world, path, params=FAR | {"limit": 2}).json()
    second = read(world, path, params=FAR | {"limit": 2, "cursor": first["next"]}).json()
    rounds = [*first["items"], *second["items"]]
    assert second["next"] is None
    shown = results(world, test=measured.test)
    assert [each["round_id"] for each in rounds] == [each["round_id"] for each in shown]
    assert [each["failures"] for each in rounds] == [0, 0, 1]
    assert rounds[0]["mos_cq_min"] == shown[0]["score"]["mos_cq"]
    assert rounds[2]["mos_cq_min"] is None
    assert read(world, f"{path}/{rounds[0]['round_id']}").json()["results"] == shown[:1]


def test_results_are_found_by_time_agent_and_direction(world, measured):
    """Both ends of a range are in it; an agent is found as sender and as receiver."""
    shown = results(world, test=measured.test)
    moment = datetime.fromtimestamp(shown[1]["round_id"], UTC).isoformat()
    window = {"from": moment, "to": moment, "test": measured.test}
    assert read(world, "/results", params=window).json()["items"] == shown[1:2]
    for agent in (measured.source, measured.target):
        assert results(world, agent=agent) == shown
    assert results(world, test=measured.test, direction="forward") == shown
    assert results(world, test=measured.test, direction="reverse") == []


def test_both_directions_of_a_two_way_test_are_told_apart(world, make_pair):
    """The stream back has its own name and direction, and is received by the source."""
    pair = make_pair(world, "both ways")
    change = {"two_way": True}
    assert world.ask("PATCH", f"/v1/voice-tests/{pair.test}", json=change).json()["two_way"]
    round_id = pair.past_round(3)
    world.upload(pair.key, pair.report(round_id, **recorded(1)))
    back = pair.report(round_id, **recorded(2), is_reverse=True) | {"target_agent_id": pair.source}
    assert world.upload(pair.target_key, back)["accepted"] == 1
    world.wait_for(lambda: results(world, test=pair.test), lambda seen: len(seen) == 2)
    both = results(world, test=pair.test)
    assert [(each["direction"], each["source_agent_id"], each["target_agent_id"]) for each in both] == [
        ("forward", pair.source, pair.target),
        ("reverse", pair.target, pair.source),
    ]
    [reverse] = results(world, test=pair.test, direction="reverse")
    assert read(world, f"/results/{reverse['result_id']}").json() == reverse
    text = read(world, "/results", params=FAR | {"test": pair.test, "format": "csv"}).text
    assert [row["direction"] for row in csv.DictReader(io.StringIO(text))] == ["forward", "reverse"]


def test_agents_say_how_well_they_work(world, measured):
    """What the last results say of their sending and receiving, and nothing of what they did not do."""
    source, target = (read(world, f"/agents/{each}").json() for each in (measured.source, measured.target))
    assert source["receiving"] is None
    assert target["sending"] is None
    assert source["sending"]["round_id"] == results(world, test=measured.test)[-1]["round_id"]
    assert target["receiving"]["agent_drops"] == 4
    assert target["receiving"]["timestamp_source"] == "kernel"
    listed = read(world, "/agents", params={"limit": 1000}).json()["items"]
    assert [each for each in listed if each["agent_id"] == source["agent_id"]] == [source]
