# SPDX-License-Identifier: Apache-2.0
"""A memory card: a small ext4 file system on a loop device, whose power can be cut. Needs root.

What has reached the backing file is what a real card would hold at that moment; what is still in the kernel's cache of
the file system is lost. So a copy of the backing file, made while the only writer is stopped, is the card after a cut.
"""

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

SECONDS = 30.0


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)


def usable(place: "Table") -> str:
    """Why there can be no card here; "" when there can."""
    if os.geteuid() != 0:
        return "needs root, to mount"
    try:
        with mounted(made(place.image("trial"), 1), place.slot("trial")):
            return ""
    except (OSError, subprocess.SubprocessError) as error:
        return f"no loop file system here: {error}"


class Table(NamedTuple):
    """Where cards are made (in memory if it can be: only their own flushing counts), and where they are mounted."""

    images: Path
    slots: Path

    def image(self, name: str) -> Path:
        return self.images / f"{name}.img"

    def slot(self, name: str) -> Path:
        return self.slots / name


@contextmanager
def table() -> Iterator[Table]:
    shared = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="chevet-card-", dir=shared if shared.is_dir() else None) as images,
        tempfile.TemporaryDirectory(prefix="chevet-slot-") as slots,
    ):
        yield Table(Path(images), Path(slots))


@pytest.fixture
def root() -> Iterator[Table]:
    """Where cards can be made; the test is skipped where they cannot."""
    with table() as place:
        why = usable(place)
        if why:
            pytest.skip(why)
        yield place


def made(image: Path, megabytes: int) -> Path:
    """A new card."""
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    run(
        "mkfs.ext4",
        "-q",
        "-F",
        "-m",
        "0",
        "-O",
        "^metadata_csum,^has_journal" if megabytes < 4 else "^resize_inode",
        str(image),
    )
    return image


@contextmanager
def mounted(image: Path, folder: Path, options: str = "") -> Iterator[Path]:
    """The card in its slot."""
    folder.mkdir(exist_ok=True)
    run("mount", "-o", ",".join(filter(None, ("loop", options))), str(image), str(folder))
    try:
        yield folder
    finally:
        _take_out(folder)


def _take_out(folder: Path) -> None:
    """Unmount; what is still open there must not hide the test's own failure."""
    try:
        run("umount", str(folder))
    except subprocess.CalledProcessError:
        run("umount", "-l", str(folder))
        raise


def device(folder: Path) -> str:
    """The name of the loop device under a mounted card ("loop3")."""
    found = subprocess.run(
        ["findmnt", "-n", "-o", "SOURCE", str(folder)], check=True, capture_output=True, text=True, timeout=SECONDS
    )
    return Path(found.stdout.strip()).name


def break_down(folder: Path) -> None:
    """Make the kernel meet an error of the card: mounted with ``errors=remount-ro``, it turns read-only at once."""
    Path(f"/sys/fs/ext4/{device(folder)}/trigger_fs_error").write_text("broken on purpose")


def checked(image: Path) -> None:
    """What a start does with a card that was not put away: 1 says that something was put right."""
    done = subprocess.run(["e2fsck", "-p", "-f", str(image)], check=False, capture_output=True, timeout=SECONDS)
    assert done.returncode in (0, 1), done.stdout


def fill(folder: Path, leave: int) -> None:
    """Take all the space but ``leave`` bytes."""
    free = os.statvfs(folder)
    take = free.f_bavail * free.f_frsize - leave
    with (folder / "filler").open("ab") as file:
        try:
            os.posix_fallocate(file.fileno(), file.tell(), max(1, take))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def copied(image: Path, to: Path) -> Path:
    """The card as it is now, for another slot."""
    shutil.copyfile(image, to)
    return to
