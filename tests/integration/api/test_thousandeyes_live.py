"""The ThousandEyes API of a running server, as its callers see it."""

import json
import time
from xml.etree import ElementTree as ET

import pytest
import thousandeyessdk

pytestmark = pytest.mark.integration


def metrics(world, pair, query: str = "") -> list[dict]:
    """The rows of the test's results."""
    return world.read(f"/voice/rtp-stream/{pair.test}{query}")["voice"]["metrics"]


def test_an_uploaded_round_can_be_read(world, pair):
    """What an agent hands over is found again, in the vendor's fields, types and units."""
    round_id = pair.past_round(10)
    assert world.upload(pair.key, pair.report(round_id)) == {"accepted": 1, "rejected": []}
    world.wait_for(lambda: metrics(world, pair, "?window=1h"), bool)
    row = next(row for row in metrics(world, pair, "?window=1h") if row["roundId"] == round_id)
    assert row["permalink"].startswith(f"{world.url}/voice/metrics?__a={world.ours.aid}&")
    assert 1 < row.pop("mos") < row.pop("codecMaxMos")
    del row["permalink"]
    assert row == {
        "agentId": pair.source,
        "agentName": pair.source_name,
        "codecName": "G.711 @ 64 Kbps",
        "countryId": "EG",
        "date": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(round_id + 6)),
        "discards": 0.0,
        "dscp": 8,
        "dscpName": "CS1 (DSCP 8)",
        "latency": 30,
        "loss": 2.0,
        "pdv": 1.25,
        "roundId": round_id,
        "serverIp": "192.0.2.7",
    }


def test_without_a_range_the_last_round_is_read(world, pair):
    """One round, the newest that has data, and no range in the answer."""
    newest = pair.past_round(2)
    world.upload(pair.key, pair.report(pair.past_round(3)), pair.report(newest))
    world.wait_for(lambda: metrics(world, pair), lambda rows: [row["roundId"] for row in rows] == [newest])
    document = world.read(f"/voice/rtp-stream/{pair.test}")
    assert document.keys() == {"pages", "voice"}
    assert document["pages"] == {"current": 1}


def test_a_range_includes_both_its_ends(world, pair):
    """`from` and `to` are rounds of the answer, and are repeated in it."""
    first, last = pair.past_round(22), pair.past_round(20)
    world.upload(pair.key, *(pair.report(round_id) for round_id in (first, first + pair.interval, last)))
    start, end = (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(each)) for each in (first, last))
    query = f"?from={start.replace(' ', 'T')}&to={end.replace(' ', 'T')}"
    world.wait_for(lambda: metrics(world, pair, query), lambda rows: len(rows) == 3)
    document = world.read(f"/voice/rtp-stream/{pair.test}{query}")
    assert [row["roundId"] for row in document["voice"]["metrics"]] == [first, first + pair.interval, last]
    assert (document["from"], document["to"]) == (start, end)


def test_a_round_uploaded_twice_is_one_row(world, pair):
    """An agent that does not know whether it was heard says it again; nothing doubles."""
    round_id = pair.past_round(30)
    for _ in range(2):
        assert world.upload(pair.key, pair.report(round_id))["accepted"] == 1
    query = f"?from={time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(round_id))}"
    query += f"&to={time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(round_id))}"
    world.wait_for(lambda: metrics(world, pair, query), bool)
    world.wait_for(lambda: world.http.get("/healthz").json()["spool"]["items"], lambda items: items == 0)
    assert len(metrics(world, pair, query)) == 1


def test_a_failed_round_says_why(world, pair):
    """A round without numbers has its error, and none of the fields that were not measured."""
    round_id = pair.past_round(1)
    failed = pair.report(
        round_id, stream=None, target_address="", error="no_consent", error_detail="nobody answered"
    )
    world.upload(pair.key, failed)
    world.wait_for(lambda: metrics(world, pair), lambda rows: rows and rows[0]["roundId"] == round_id)
    [row] = metrics(world, pair)
    assert row["errorDetail"] == "nobody answered"
    assert {"mos", "loss", "discards", "latency", "pdv", "dscp", "dscpName"}.isdisjoint(row)


@pytest.mark.parametrize("prefix", ["/thousandeyes", "/thousandeyes/v6"])
@pytest.mark.parametrize("suffix", ["", ".json", "/"])
def test_paths_have_two_prefixes_and_two_suffixes(world, prefix, suffix):
    """Every spelling of an endpoint gives the same answer."""
    response = world.ask("GET", f"{prefix}/agents{suffix}")
    assert response.status_code == 200
    assert response.json() == world.read("/agents")


def test_the_headers_of_the_vendors_samples(world):
    """Good and bad answers alike stay out of caches and are what they say they are."""
    for path in ("/thousandeyes/v6/agents", "/thousandeyes/v6/nowhere"):
        headers = world.ask("GET", path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-type"].startswith("application/json")


def test_status_needs_no_token(world):
    """Clients call it before anything else."""
    response = world.http.get("/thousandeyes/v6/status")
    assert response.status_code == 200
    assert abs(response.json()["timestamp"] / 1000 - time.time()) < 3600


def test_basic_credentials(world):
    """A mail address and its token are taken; somebody else's address with it is not."""
    path = "/thousandeyes/v6/agents"
    assert world.http.get(path, auth=("ann@ours.example", world.ours.admin)).status_code == 200
    refused = world.http.get(path, auth=("bob@theirs.example", world.ours.admin))
    assert refused.status_code == 401
    assert refused.json().keys() == {"errorMessage"}
    assert refused.headers["www-authenticate"].startswith("Basic")


def test_agent_types(world, pair):
    """Ours are enterprise agents, so only a filter with that type finds them."""
    everyone = {agent["agentId"] for agent in world.read("/agents")["agents"]}
    assert {pair.source, pair.target} <= everyone
    assert {a["agentId"] for a in world.read("/agents?agentTypes=CLOUD,ENTERPRISE")["agents"]} == everyone
    assert world.read("/agents?agentTypes=CLOUD") == {"agents": []}


def test_a_test_is_made_changed_and_deleted(world, pair):
    """The life of a test, with the statuses and the single top-level key that clients rely on."""
    made = world.write(
        "/tests/voice/new",
        {"agents": [{"agentId": pair.source}], "targetAgentId": pair.target, "interval": 120},
    )
    assert made.status_code == 201
    assert made.json().keys() == {"test"}
    [test] = made.json()["test"]
    assert (test["testName"], test["server"]) == (pair.target_name, "192.0.2.7:49153")
    path = f"/tests/voice/{test['testId']}"

    changed = world.write(f"{path}/update.json", {"jitterBuffer": 60, "codecId": 5, "enabled": 0})
    assert changed.status_code == 200
    [after] = changed.json()["test"]
    assert (after["jitterBuffer"], after["codecId"], after["enabled"]) == (60, 5, 0)
    assert (after["testName"], after["interval"]) == (pair.target_name, 120)
    assert after["modifiedBy"] == "Admin (ann@ours.example)"
    assert world.read(f"/tests/{test['testId']}") == changed.json()
    assert test["testId"] in {each["testId"] for each in world.read("/tests/voice")["test"]}

    deleted = world.ask("POST", f"/thousandeyes/v6{path}/delete", content="null")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert world.ask("GET", f"/thousandeyes/v6/tests/{test['testId']}").status_code == 404


def test_members_read_and_do_not_write(world, pair):
    """A regular user sees everything and changes nothing."""
    assert world.read(f"/tests/{pair.test}", token=world.ours.member)["test"]
    for action in ("update", "delete"):
        refused = world.write(f"/tests/voice/{pair.test}/{action}", {}, token=world.ours.member)
        assert refused.status_code == 403
        assert refused.json()["errorMessage"]


def test_workspaces_never_see_each_other(world, pair):
    """Neither lists nor ids nor `aid` lead into another workspace, for reading or for writing."""
    stranger = world.theirs.admin
    assert world.read("/agents", token=stranger) == {"agents": []}
    assert world.read("/tests", token=stranger) == {"test": []}
    test = pair.test
    assert world.ask("GET", f"/thousandeyes/v6/tests/{test}", stranger).status_code == 404
    assert world.ask("GET", f"/thousandeyes/v6/voice/rtp-stream/{test}", stranger).status_code == 400
    for action in ("update", "delete"):
        path = f"/tests/voice/{test}/{action}"
        assert world.write(path, {"interval": 300}, token=stranger).status_code == 404
    for path in ("/agents", "/tests", f"/tests/{test}", f"/voice/rtp-stream/{test}"):
        refused = world.ask("GET", f"/thousandeyes/v6{path}?aid={world.ours.aid}", stranger)
        assert refused.status_code == 403, path
    own_id, own_key = world.enrol("Theirs", world.theirs)
    body = {"agents": [{"agentId": own_id}], "targetAgentId": pair.target, "interval": 300}
    refused = world.write("/tests/voice/new", body, token=stranger)
    assert refused.status_code == 400
    assert refused.json()["errorMessage"].startswith("targetAgentId ")
    receipt = world.upload(own_key, pair.report(pair.past_round(5)))
    assert (receipt["accepted"], len(receipt["rejected"])) == (0, 1)
    assert world.read(f"/tests/{test}")["test"][0]["interval"] == pair.interval


def test_aid_chooses_the_workspace(world):
    """One's own workspace by its id is the same as without."""
    assert world.read(f"/tests?aid={world.ours.aid}") == world.read("/tests")


@pytest.mark.parametrize("with_bearer", [True, False])
def test_the_community_client_lists_tests_and_agents(world, pair, with_bearer):
    """A program written for the vendor's API works when its address is changed."""
    address = {"url": f"{world.url}/thousandeyes"}
    if with_bearer:
        client = thousandeyessdk.ThousandEyes(bearer_token=world.ours.admin, **address)
    else:
        client = thousandeyessdk.ThousandEyes(
            username="ann@ours.example", auth_token=world.ours.admin, **address
        )
    assert pair.test in [test.id for test in client.tests.list()]
    assert pair.source_name in [agent.name for agent in client.agents.list()]
    assert client.tests.get(pair.test).id == pair.test


def test_pages_visit_each_round_once_while_new_ones_arrive(make_world, make_pair, tmp_path):
    """Whoever follows `pages.next` word for word sees every round of the range, and none twice."""
    with make_world(tmp_path / "data", environment={"SONDE_PAGE_ROWS": "3"}) as world:
        pair = make_pair(world)
        rounds = [pair.past_round(back) for back in range(12, 2, -1)]
        world.upload(pair.key, *map(pair.report, rounds))
        world.wait_for(lambda: world.http.get("/healthz").json()["spool"]["items"], lambda items: items == 0)
        path, seen, numbers = f"/voice/rtp-stream/{pair.test}.json?window=1h&aid={world.ours.aid}", [], []
        while path:
            document = world.read(path)
            seen += [row["roundId"] for row in document["voice"]["metrics"]]
            numbers.append(document["pages"]["current"])
            assert "previous" not in document["pages"]
            link = document["pages"].get("next", "")
            path = link.removeprefix(f"{world.url}/thousandeyes/v6")
            assert not link or f"lastRoundId={seen[-1]}" in link
            assert not link or f"aid={world.ours.aid}&from=" in link
            world.upload(pair.key, pair.report(pair.past_round(1)))
        assert seen[: len(rounds)] == rounds
        assert len(seen) == len(set(seen))
        assert numbers == list(range(1, len(numbers) + 1))


def test_xml_says_what_json_says(world, pair):
    """The same results, element by element; what XML cannot tell is only what is a number."""

    def tree(element):
        if not len(element):
            return element.text or ""
        found = {}
        for child in element:
            found.setdefault(child.tag, []).append(tree(child))
        return found

    def bare(value):
        if isinstance(value, dict):
            return {
                key: each if isinstance(each, list) else [each] for key, each in map(listed, value.items())
            }
        return value if isinstance(value, str) else json.dumps(value)

    def listed(item):
        key, value = item
        return key, [bare(each) for each in value] if isinstance(value, list) else bare(value)

    path = f"/thousandeyes/v6/voice/rtp-stream/{pair.test}"
    query = f"?from={pair.moment(30)}&to={pair.moment(0)}"
    world.upload(pair.key, pair.report(pair.past_round(4)))
    world.wait_for(lambda: metrics(world, pair, query), bool)
    answer = world.ask("GET", f"{path}.xml{query}")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert tree(ET.fromstring(answer.content)) == bare(world.ask("GET", f"{path}.json{query}").json())


def test_the_form_of_2014_is_served_when_it_is_wanted(make_world, make_pair, tmp_path):
    """With the setting `/voice/metrics` answers itself, in its own form; the new name is as ever."""
    with make_world(tmp_path / "data", environment={"SONDE_THOUSANDEYES_VOICE_METRICS": "true"}) as world:
        pair = make_pair(world)
        world.upload(pair.key, pair.report(pair.past_round(2)))
        world.wait_for(lambda: metrics(world, pair), bool)
        older = world.read(f"/voice/metrics/{pair.test}")
        newer = world.read(f"/voice/rtp-stream/{pair.test}")
    [row] = older["voice"]["metrics"]
    assert (older["pages"], newer["pages"]) == ({}, {"current": 1})
    assert (row["dscpName"], row["errorDetail"]) == ("CS 1 (8)", "")
    assert "serverIp" not in row
    assert newer["voice"]["metrics"][0]["dscpName"] == "CS1 (DSCP 8)"


def test_an_agent_is_changed_and_deleted(world, pair):
    """Name, state and tests can be changed; an agent that a test uses cannot be deleted."""
    path = f"/agents/{pair.source}"
    [shown] = world.read(path)["agents"]
    assert [test["testId"] for test in shown["tests"]] == [pair.test]
    assert shown["accountGroups"] == [{"aid": world.ours.aid, "name": "Ours"}]
    changed = world.write(f"{path}/update.json", {"agentName": "renamed", "enabled": 0})
    assert changed.status_code == 200, changed.text
    [after] = changed.json()["agents"]
    assert (after["agentName"], after["agentState"]) == ("renamed", "Disabled")
    world.write(f"{path}/update", {"agentName": pair.source_name, "enabled": 1})
    refused = world.write(f"{path}/delete", {})
    assert refused.status_code == 409
    assert pair.name in refused.json()["errorMessage"]
    elsewhere = world.write(f"{path}/update", {"accountGroups": [{"aid": world.theirs.aid}]})
    assert (elsewhere.status_code, elsewhere.json().keys()) == (400, {"errorMessage"})
