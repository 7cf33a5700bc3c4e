"""Captures to analyse, and the analysis of one."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from captures import frames, write_pcap
from scenarios import make

from sonde.capture.analysis import AnalysisOptions, analyse_path
from sonde.capture.codec_option import read_codecs


@pytest.fixture(scope="session")
def analyse():
    """A function that analyses a file as the command does; the report as `--json` gives it."""

    def analyse(path: Path, *codecs: str, **options):
        wanted = AnalysisOptions(codecs=read_codecs(codecs), **options)
        return msgspec.json.decode(msgspec.json.encode(analyse_path(path, wanted)))

    return analyse


@pytest.fixture
def analyse_packets(analyse, tmp_path):
    """A function that analyses packets of one flow."""

    def analyse_packets(packets, *codecs: str, flow=None, **options):
        return analyse(write_pcap(tmp_path / "made.pcap", frames(packets, flow)), *codecs, **options)

    return analyse_packets


@pytest.fixture
def call():
    """An ordinary stream of five seconds, as a list of packets."""
    return [replace(packet) for packet in make("call", count=250).packets]
