"""The client hands a dump over and reads everything that a server makes of it."""

import gzip
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import httpx2
import pytest
from client_batches import make_batch, read_series

from sonde.client import Client
from sonde.model.errors import Conflict
from sonde.model.imports import PIECE_MAX

pytestmark = pytest.mark.integration

PROGRAM = Path(sys.executable).with_name("sonde")
DUMP = Path(__file__).parents[2] / "data" / "webrtc" / "chromium-getstats-series-loss20_delay50.jsonl.gz"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[Client, str]]:
    """A client of an administrator of a new server, and the server's URL."""
    data_dir = tmp_path_factory.mktemp("reports") / "data"
    about = ["--organization", "Ours", "--workspace", "Calls", "--email", "ann@ours.example", "--name", "Ann"]
    words = [PROGRAM, "admin", "init", *about, "--data-dir", data_dir, "--json"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    token = json.loads(told)["token"]
    command = [PROGRAM, "serve", "--port", "0", "--data-dir", data_dir]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        with Client(url := process.stdout.readline().split()[-1], token=token) as opened:
            yield opened, url
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def client(server) -> Client:
    """The administrator's client."""
    return server[0]


def hand_over(client: Client, content: bytes) -> dict:
    """Import a file in pieces; the store has them a moment after they are kept."""
    file_id = str(uuid.uuid4())
    pieces = [content[start : start + PIECE_MAX] for start in range(0, len(content), PIECE_MAX)]
    for number, piece in enumerate(pieces):
        client.upload_import_piece(file_id, number, piece)
    for _ in range(120):
        try:
            return client.import_uploaded_file(
                file_id, {"name": "dump", "pieces": len(pieces), "meeting": "m"}
            )
        except Conflict:
            time.sleep(0.5)
    raise AssertionError("The pieces were never stored.")


def test_what_was_handed_over_is_read(client, tmp_path):
    """Peers of a dump have streams, samples, intervals, a summary and lists of issues."""
    read = hand_over(client, gzip.decompress(DUMP.read_bytes()))
    peer = next(each for each in read["peers"] if each["samples"])
    stream = client.list_streams(peer["peer_id"])["items"][0]
    names = {"connection": stream["connection"], "stream_id": stream["stream_id"]}
    samples = list(client.list_samples(peer["peer_id"], **names, limit=3))
    assert len(samples) == stream["samples"]
    client.list_samples(peer["peer_id"], **names).save(tmp_path / "samples.csv")
    assert len((tmp_path / "samples.csv").read_text().splitlines()) == len(samples) + 1
    buckets = list(client.list_intervals(peer["peer_id"], **names, width=60))
    assert {each["stream_id"] for each in buckets} == {stream["stream_id"]}
    assert client.get_peer_summary(peer["peer_id"])["streams"]
    spread = client.list_session_distributions(peer["session_id"])["items"]
    assert {"jitter", "mos", "loss_ratio"} <= {each["number"] for each in spread}
    assert client.list_peer_distributions(peer["peer_id"])["items"]
    assert client.list_distributions(meeting_id="00000000-0000-4000-8000-000000000000")["items"] == []
    of_peer = client.list_peer_issues(peer["peer_id"])["items"]
    of_session = client.list_session_issues(peer["session_id"])["items"]
    assert [each for each in of_session if each["peer_id"] == peer["peer_id"]] == of_peer
    assert isinstance(client.show_ingest()["items"], list)


def test_changes_are_given_as_they_happen(server):
    """Whoever listens is told of the peer that reports; it reports until somebody has listened."""
    client, url = server
    peer, reports = str(uuid.uuid4()), read_series(DUMP)[2:32]
    key = client.create_client_key({"label": "page"})["secret"]
    begin = int(time.time() * 1e6) - 60_000_000
    told: SimpleQueue[dict] = SimpleQueue()
    # A daemon, because nothing ends a listener that is told nothing.
    Thread(target=lambda: told.put(next(client.listen_to_changes())), daemon=True).start()
    for number, report in enumerate(reports):
        batch = make_batch([report], [begin + number * 1_000_000], peer=peer, first=number)
        httpx2.post(f"{url}/v1/collect", headers={"Authorization": f"Bearer {key}"}, json=batch)
        if not told.empty():
            break
        time.sleep(0.5)
    assert told.get(timeout=30)["peer_id"] == peer
