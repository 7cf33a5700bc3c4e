"""A power cut at any moment loses nothing that was acknowledged.

Spool and store lie on a file system in an image file. In the middle of the work the process is frozen
and the image is copied: the copy holds what had reached the device and nothing that was only in memory.
Work goes on with the copy, as a machine goes on with its disk.
"""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# About a minute on an idle machine; the time is the starts of the engine, so a busy one may need several.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

CUTS = 5
IMAGE_BYTES = 512 * 1024 * 1024
ROUNDS_PER_RUN = 100_000

CheckNothingLost = Callable[[Path, set[int]], None]
Mount = Callable[[Path], Path]


@pytest.fixture
def mounting(tmp_path: Path) -> Iterator[tuple[Mount, Callable[[], None]]]:
    """Mounts an image, and unmounts the one that is mounted."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("mkfs.ext4", "mount", "umount"))):
        pytest.skip("mounting a file system needs root and mkfs.ext4")
    folder = tmp_path / "mounted"
    folder.mkdir()

    def mount(image: Path) -> Path:
        # The kernel must not save us by writing on its own within the few seconds of a run.
        done = subprocess.run(
            ["mount", "-o", "loop,commit=600", str(image), str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"this machine mounts no images: {done.stderr.strip()}")
        return folder

    def unmount() -> None:
        subprocess.run(["umount", str(folder)], check=True)

    yield mount, unmount
    if folder.is_mount():
        unmount()


def make_image(path: Path) -> Path:
    """An empty file system in a sparse file."""
    with path.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(path)], check=True)
    return path


def test_power_cuts_lose_nothing(
    start, mounting, assert_nothing_lost: CheckNothingLost, tmp_path: Path
) -> None:
    """After five cuts of the same disk every acknowledged round is stored once, and all opened again."""
    mount, unmount = mounting
    moments = random.Random(5)
    acked: set[int] = set()
    image = make_image(tmp_path / "disk-0")
    for cut in range(CUTS):
        folder = mount(image)
        program = start("store", folder, first=cut * ROUNDS_PER_RUN)
        program.wait_for("acked")
        time.sleep(moments.uniform(0.5, 3.0))
        program.stop()
        acked |= set(program.numbers("acked"))
        survivor = tmp_path / f"disk-{cut + 1}"
        subprocess.run(["cp", "--sparse=always", str(image), str(survivor)], check=True)
        program.kill()
        unmount()
        image.unlink()
        image = survivor
    assert_nothing_lost(mount(image), acked)
