"""Sonde's own API against a live server with results that a recorder made of real packet times."""

import csv
import io
import json
import random
from datetime import datetime

import chdb
import msgspec
import numpy as np
import pytest

from sonde.model.packets import PacketFlag, PacketTable, pack_packets
from sonde.rtp.recorder import StreamRecorder

pytestmark = pytest.mark.integration

PACKETS = 250
FAR = {"from": "2020-01-01T00:00:00Z"}


def recorded(seed: int) -> dict:
    """A stream with losses and varying delays, and what happened to each of its packets."""
    chance = random.Random(seed)
    recorder, rows = StreamRecorder(jitter_buffer=0.04), []
    for index in range(PACKETS):
        recorder.sent(index, index * 20_000_000)
    for index in range(PACKETS):
        delay = 20_000_000 + int(chance.expovariate(1 / 12_000_000))
        is_lost = chance.random() < 0.03
        if not is_lost:
            recorder.received(index, index * 20_000_000 + delay, tos=46 << 2, ttl=57)
        rows.append((index, index * 20_000_000, delay, 184, 57, PacketFlag.LOST if is_lost else 0))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    names = ("index", "sent", "delay", "tos", "ttl", "flags")
    table = PacketTable(is_one_way=True, **dict(zip(names, columns, strict=True)))
    parts = {"stream": recorder.summary(), "packets": pack_packets(table)}
    health = {
        "clock_method": "two-way",
        "clock_error_bound": 0.01,
        "priority": "realtime",
        "timestamp_source": "kernel",
        "agent_drops": 2,
        "agent_drops_of": "stream",
        "target_version": "0.1.0",
    }
    return json.loads(msgspec.json.encode(parts)) | {"health": health}


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
    result = results(world, test=measured.test)[0]
    stream, score = result["stream"], result["score"]
    assert stream["packets_sent"] == PACKETS
    assert stream["loss_ratio"] == stream["packets_lost"] / PACKETS
    assert score["mos_low"] <= score["mos_cq"] <= score["mos_high"]
    assert sum(score["attribution"]["r_points"].values()) == pytest.approx(
        score["attribution"]["ceiling"] - score["components"]["r"]
    )
    assert sum(score["attribution"]["mos_points"].values()) == pytest.approx(4.5 - score["mos_cq"])
    assert (score["model"], result["sonde_score"]["model"]) == ("te-g107", "sonde-g107")
    explained = {field for each in result["missing"] for field in each["fields"] if each["reason"]}
    inner = flat({part: result[part] for part in ("stream", "health", "score", "sonde_score")})
    assert explained == {path for path, value in inner.items() if value is None}
    assert result == read(world, f"/results/{result['result_id']}").json()


def test_a_failed_round_is_a_result_without_numbers(world, measured):
    """It has its error, no stream and no MOS, and says why."""
    result = results(world, test=measured.test)[-1]
    assert (result["error"], result["stream"], result["score"]["mos_cq"]) == ("no_consent", None, None)
    assert result["score"]["reason"]
    assert {"fields": ["stream"], "reason": "The target did not answer."} in result["missing"]


def test_csv_and_parquet_say_what_json_says(world, measured, tmp_path):
    """Every column of both files is a value of the JSON, and equal to it; nothing but lists of words lacks."""
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
