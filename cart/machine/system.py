# SPDX-License-Identifier: Apache-2.0
"""The guest's system: Debian with the stock kernel on a disk, made once as root."""

import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from cart.machine.errors import MachineError
from cart.machine.recipe import GUEST, Recipe, libraries_lent

log = logging.getLogger(__name__)

BUILD_LIMIT = 900.0
"""Seconds after which a build is given up: some ten times what it takes on a quiet machine."""
SITE_MIB = 900


class System(NamedTuple):
    """A folder with ``vmlinuz``, ``initrd``, ``root.img`` and ``kernel`` (its version)."""

    folder: Path

    @property
    def kernel(self) -> str:
        """The version of the kernel, as ``uname -r`` says it."""
        return (self.folder / "kernel").read_text().strip()


def system(cache: Path, recipe: Recipe, log_file: Path) -> System:
    """The system of ``recipe``, made if the cache has none. Raises MachineError."""
    folder = cache / f"system-{recipe.system_key()}"
    if folder.exists():
        return System(folder)
    cache.mkdir(parents=True, exist_ok=True)
    discard(cache, "system-")
    with tempfile.TemporaryDirectory(prefix="making-", dir=cache) as scratch:
        Path(scratch).chmod(0o755)
        sources, options = Path(scratch) / "sources", Path(scratch) / "options"
        sources.write_text("".join(f"{line}\n" for line in recipe.sources))
        options.write_text("".join(f"{line}\n" for line in recipe.options))
        making = Path(scratch) / "system"
        making.mkdir()
        _as_root(["sh", str(GUEST / "build.sh"), str(making), recipe.release, str(sources), str(options)], log_file)
        making.rename(folder)
    return System(folder)


def site(folder: Path) -> None:
    """Make ``folder/site.img``: the libraries of .venv, as a disk. Raises MachineError."""
    with tempfile.TemporaryDirectory(prefix="site-", dir=folder) as scratch:
        for library in libraries_lent():
            for file in library.files or ():
                source = Path(str(library.locate_file(file)))
                if ".." not in file.parts and source.is_file():
                    target = Path(scratch) / file
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source, target)
        Path(scratch).chmod(0o755)
        making = folder / "site.making"
        making.unlink(missing_ok=True)
        words = ["-t", "ext4", "-L", "site", "-d", scratch, "-O", "^has_journal", str(making), f"{SITE_MIB}M"]
        run(["mke2fs", "-q", *words], 300.0)
        making.rename(folder / "site.img")


def discard(cache: Path, prefix: str) -> None:
    """Forget what was kept under older keys: a guest takes two gigabytes."""
    for old in cache.glob(f"{prefix}*"):
        log.info("forgetting %s", old.name)
        shutil.rmtree(old, ignore_errors=True)


def run(command: list[str], limit: float) -> str:
    """Run a tool; its output. Raises MachineError with the end of what it said."""
    path = {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    try:
        done = subprocess.run(  # noqa: S603 - tools that ./chevet installed
            command, capture_output=True, text=True, check=False, timeout=limit, env={**os.environ, **path}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise MachineError(f"{command[0]} failed ({done.returncode}): {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


def _as_root(command: list[str], log_file: Path) -> None:
    if os.geteuid():
        if shutil.which("sudo") is None:
            raise MachineError("making the guest needs root or sudo, once")
        command = ["sudo", *command]
    with log_file.open("wb") as output:
        try:
            status = subprocess.run(  # noqa: S603 - our own script
                command, stdout=output, stderr=subprocess.STDOUT, check=False, timeout=BUILD_LIMIT
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            raise MachineError(f"making the guest: {error}; see {log_file}") from error
    if status:
        end = "\n".join(log_file.read_text(errors="replace").splitlines()[-20:])
        raise MachineError(f"making the guest failed ({status}); see {log_file}:\n{end}")
