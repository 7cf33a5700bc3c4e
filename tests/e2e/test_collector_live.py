"""A real browser reports to a real server, which is killed in mid-call, and the API says what happened."""

import time
from statistics import median

import pytest
from browser_call import open_call
from httpx2 import Client

from sonde.demo.processes import Command, run_json
from sonde.opening import open_directory
from sonde.services.accounts import Accounts
from sonde.services.clock import utc_now
from sonde.services.reporting import Reporting
from sonde.settings import load_settings

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

LOSS, DELAY = 0.05, 0.05
"""Of each passage. Both ends of the call are in the page, so a packet passes twice on its way."""


@pytest.fixture
def prepared(tmp_path):
    """A data folder with a client key and a person's token."""
    environment = {"SONDE_DATA_DIR": str(tmp_path / "data")}
    about = ("--organization", "O", "--workspace", "W", "--email", "a@example.org", "--name", "A")
    token = run_json("admin", "init", *about, environment=environment)["token"]
    with open_directory(load_settings(data_dir=tmp_path / "data")) as directory:
        accounts = Accounts(directory, utc_now)
        access = accounts.access(accounts.authenticate(token), None)
        key = Reporting(directory, utc_now).create_key(access, "page").secret
    return environment, token, key


def samples_of(client, peer):
    """The samples of each stream of a peer, which is not there until its first report is stored."""
    streams = client.get(f"/peers/{peer}/streams").json().get("items", ())
    for stream in streams:
        names = {name: stream[name] for name in ("connection", "stream_id")}
        page = client.get(f"/peers/{peer}/samples", params={**names, "limit": 10_000})
        yield page.raise_for_status().json()["items"]


TICKS = 22
"""Fewer than the call has, which lasts half a minute."""


def complete(client, peer, streams):
    """The samples of all streams, once so many ticks of each are in the store."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = list(samples_of(client, peer))
        if len(found) == streams and all(len(items) > TICKS for items in found):
            return found
        time.sleep(0.5)
    raise AssertionError("not all samples became visible")


def test_the_api_says_what_the_network_did(tmp_path, free_port, prepared):
    """Loss and round trip are those that were set; a kill in mid-call costs and doubles no sample."""
    environment, token, key = prepared
    port = free_port()
    command = ("serve", "--port", str(port))
    server = Command(*command, environment=environment, log=tmp_path / "server.log")
    url = f"http://localhost:{port}"
    with open_call() as call:
        call.begin(url=url, key=key, meeting="weekly", participant={"id": "u", "name": "Ann"}, batch=2000)
        peer = call.page.evaluate("() => collector.peer")
        call.wait(5)
        call.impair(loss=LOSS, delay=DELAY)
        call.wait(6)
        server.kill()
        call.wait(2)
        server = Command(*command, environment=environment, log=tmp_path / "server.log")
        call.wait(10)
        call.impair()
        call.wait(6)
        call.leave()
        status = call.page.evaluate("() => collector.status()")
    assert (status["waiting"], status["refused"], status["dropped"]) == (0, 0, 0)
    with Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        found = complete(client, peer, streams=8)
    server.stop()
    for items in found:
        first = items[0]["number"]
        assert [each["number"] for each in items] == list(range(first, first + len(items)))
    sounds = [items for items in found if (items[0]["direction"], items[0]["kind"]) == ("recv", "audio")]
    assert len(sounds) == 2
    for items in sounds:
        clean, before, after = items[2], items[6], items[19]
        assert clean["packets_lost"] == 0
        lost = after["packets_lost"] - before["packets_lost"]
        came = after["packets_received"] - before["packets_received"]
        assert 0.04 < lost / (lost + came) < 0.2
    pictures = [items for items in found if (items[0]["direction"], items[0]["kind"]) == ("send", "video")]
    for items in pictures:
        trips = [each["round_trip_time"] for each in items[10:20] if each["round_trip_time"] is not None]
        assert 0.18 < median(trips) < 0.32
