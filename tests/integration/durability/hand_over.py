"""Hands rounds over until it is killed, and says on its output what it was promised.

    hand_over.py store FOLDER FIRST   append rounds FIRST, FIRST + 1 and so on, and move them to the store
    hand_over.py relay FOLDER FIRST   append as above, and say which chunks were taken from the spool
    hand_over.py report FOLDER        move the rest to the store, and say what is in it

It is a program of its own because its parent stops, kills and starts it again on the same files.
"""

import itertools
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sonde.model.rounds import RoundReport, RoundResult
from sonde.quality.codecs import codec
from sonde.quality.voice import score_voice
from sonde.rtp.delay import PdvHistogram
from sonde.rtp.summary import StreamSummary
from sonde.spool import Chunk, Spool
from sonde.store import Store
from sonde.store.rounds import RoundSpan, insert_rounds, select_histograms, select_rounds

APPENDERS = 4
CHUNK_ITEMS = 100
EVERYTHING = RoundSpan(workspace_id=1, test_id=1)


def say(*words: object) -> None:
    """One whole line, whenever the process may be killed."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def make_round(number: int) -> RoundResult:
    """A result that nothing but its number decides."""
    stream = StreamSummary(
        packets_sent=250,
        packets_received=250 - number % 7,
        packets_lost=number % 7,
        packets_duplicated=0,
        packets_reordered=0,
        packets_discarded=0,
        loss_ratio=number % 7 / 250,
        discard_ratio=0.0,
        one_way_delay_mean=0.03 + number % 11 / 1000,
        dscp_counts={46: 250 - number % 7},
        pdv_histogram=PdvHistogram(counts={number % 200: 250 - number % 7}),
    )
    report = RoundReport(
        test_id=1,
        round_id=60 * number,
        target_agent_id=2,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=60.0 * number,
        stream=stream,
    )
    score = score_voice(
        codec=codec("g711"),
        one_way_delay=stream.one_way_delay_mean,
        jitter_buffer=0.04,
        loss_ratio=stream.loss_ratio,
        discard_ratio=0.0,
    )
    return RoundResult(
        workspace_id=1, source_agent_id=1, received_at=60.0 * number, report=report, score=score
    )


def append_for_ever(spool: Spool, numbers: Iterator[int]) -> None:
    """Say each round when the spool has promised to keep it."""
    while True:
        batch = list(itertools.islice(numbers, 3))
        spool.append([msgspec.msgpack.encode(make_round(number)) for number in batch]).result()
        say("acked", *batch)


def start_appending(spool: Spool, first: int) -> None:
    """Append from several threads, so that commits are shared."""
    for offset in range(APPENDERS):
        numbers = itertools.count(first + offset, APPENDERS)
        threading.Thread(target=append_for_ever, args=(spool, numbers), daemon=True).start()


def decode(chunk: Chunk) -> list[RoundResult]:
    """The rounds of a chunk."""
    return [msgspec.msgpack.decode(body, type=RoundResult) for body in chunk.items]


def move_to_store(spool: Spool, store: Store) -> None:
    """Hand one chunk over, if there is any."""
    chunk = spool.next_chunk(CHUNK_ITEMS)
    if chunk is not None:
        insert_rounds(store, decode(chunk), token=chunk.token)
        spool.done(chunk)


def relay(spool: Spool) -> None:
    """Take one chunk, if there is any, and forget it."""
    chunk = spool.next_chunk(CHUNK_ITEMS)
    if chunk is not None:
        say("taken", chunk.token, *(row.report.round_id // 60 for row in decode(chunk)))
        spool.done(chunk)


def report(spool: Spool, store: Store) -> None:
    """Move what is left and compare each stored row with the one that was appended."""
    while spool.depth().items:
        move_to_store(spool, store)
    histograms = select_histograms(store, EVERYTHING)
    for row in select_rounds(store, EVERYTHING, limit=10_000_000):
        number = row.report.round_id // 60
        histogram = histograms[row.report.round_id, 1, 0]
        stream = msgspec.structs.replace(row.report.stream, pdv_histogram=histogram)
        whole = msgspec.structs.replace(row, report=msgspec.structs.replace(row.report, stream=stream))
        say("stored" if whole == make_round(number) else "changed", number)


def main(mode: str, folder: str, first: str = "0") -> None:
    """Run in one of the three modes."""
    spool = Spool(Path(folder) / "spool.db", max_bytes=10**9, when_full="refuse")
    store = None if mode == "relay" else Store(f"chdb://{folder}/telemetry")
    say("open")
    if mode == "report":
        report(spool, store)
        return
    start_appending(spool, int(first))
    while True:
        if mode == "relay":
            relay(spool)
        else:
            move_to_store(spool, store)


if __name__ == "__main__":
    main(*sys.argv[1:])
