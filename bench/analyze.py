"""How fast `sonde analyze` reads a capture, and how much memory it takes.

The floor walks the file record by record and unpacks the RTP header of each, nothing else, which is the
least that an analysis in plain Python could do.
"""

import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from captures import FRAME, write_capture
from report import Row, options, show, spread

from sonde.capture.analysis import AnalysisOptions, analyse_path

BYTES_PER_PACKET = FRAME + 16
_HEAD = struct.Struct("<IIII")
_RTP = struct.Struct("!BBHII")
_RTP_AT = 14 + 20 + 8


_MEMORY = """
import re, sys
from pathlib import Path
from sonde.capture.analysis import AnalysisOptions, analyse_path
analyse_path(Path(sys.argv[1]), AnalysisOptions())
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def main() -> None:
    """Measure and report."""
    parser = options("Packets per second of the analysis of captures, and its memory", rounds=3)
    parser.add_argument("--megabytes", type=int, default=200, help="size of each capture")
    parser.add_argument("--folder", type=Path, default=Path(), help="where to make them")
    asked = parser.parse_args()
    packets = asked.megabytes * 1_000_000 // BYTES_PER_PACKET
    with tempfile.TemporaryDirectory(prefix="bench-analyze-", dir=asked.folder) as folder:
        path = Path(folder) / "made.pcap"
        write_capture(path, packets=packets, streams=2)
        floor = [_cpu(_walk, path) for _ in range(asked.rounds)]
        rows = [_row("walk and unpack (floor)", packets, floor)]
        rows += [_measure(path, streams, packets, asked.rounds) for streams in (2, 200, 2000)]
        title = f"Captures of {asked.megabytes} MB, {packets:,} G.711 packets of 20 ms"
        show(title, rows, as_json=asked.json, folder=Path(folder))


def _measure(path: Path, streams: int, packets: int, rounds: int) -> Row:
    write_capture(path, packets=packets, streams=streams)
    taken = [_cpu(lambda: analyse_path(path, AnalysisOptions())) for _ in range(rounds)]
    used = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(path)], check=True, capture_output=True, text=True
    )
    return _row(f"analyse, {streams} streams", packets, taken, megabytes=int(used.stdout) / 1000)


def _row(what: str, packets: int, taken: list[float], megabytes: float | str = "-") -> Row:
    return {
        "what": what,
        "cpu_us_per_packet": spread([1e6 * seconds / packets for seconds in taken]),
        "packets_per_cpu_second": packets / spread(taken)[0],
        "largest_memory_mb": megabytes,
    }


def _cpu(work: Callable[..., object], *arguments: object) -> float:
    before = time.process_time()
    work(*arguments)
    return time.process_time() - before


def _walk(path: Path) -> int:
    """Every record's RTP header, one after the other."""
    content, at, marks = path.read_bytes(), 24, 0
    while at < len(content):
        captured = _HEAD.unpack_from(content, at)[2]
        marks += _RTP.unpack_from(content, at + _HEAD.size + _RTP_AT)[1] >> 7
        at += _HEAD.size + captured
    return marks


if __name__ == "__main__":
    main()
