# SPDX-License-Identifier: Apache-2.0
"""A guest that has started and loaded its libraries, kept as a disk and a memory: runs go on from there in seconds."""

import logging
import shutil
from pathlib import Path
from typing import NamedTuple

from cart.machine.errors import MachineError
from cart.machine.qemu import BOOT, MACHINE, machine, overlay, qemu_version
from cart.machine.recipe import Recipe
from cart.machine.system import System, discard, site, system

log = logging.getLogger(__name__)

START = 420.0
"""Seconds in which a guest must have started; a quiet machine needs 60."""
FREEZE = 120.0


class Warm(NamedTuple):
    """A system, its libraries, and ``memory`` with its ``disk``; no memory where it could not be frozen."""

    system: System
    site: Path
    disk: Path
    memory: Path | None

    def fresh_disk(self, folder: Path) -> Path:
        """A disk for one run, which leaves the kept one as it is. Raises MachineError."""
        disk = folder / "disk.qcow2"
        if self.memory is None:
            overlay(disk, self.system.folder / "root.img", "raw")
        else:
            overlay(disk, self.disk, "qcow2")
        return disk


async def warm(cache: Path, recipe: Recipe, folder: Path) -> Warm:
    """The guest of ``recipe``, made and started if the cache has none; ``folder`` takes logs. Raises MachineError."""
    base = system(cache, recipe, folder / "build.log")
    kept = cache / f"warm-{recipe.warm_key([qemu_version(), *MACHINE, BOOT])}"
    if not kept.exists():
        discard(cache, "warm-")
        kept.mkdir()
    result = Warm(base, kept / "site.img", kept / "disk.qcow2", kept / "memory")
    if not result.site.exists():
        site(kept)
    if not (kept / "memory").exists():
        try:
            await _freeze(result, folder)
        except MachineError as error:
            log.warning("not frozen, each run will start cold: %s", error)
            return result._replace(memory=None)
    return result


async def _freeze(made: Warm, folder: Path) -> None:
    overlay(made.disk, made.system.folder / "root.img", "raw")
    making = made.disk.with_name("memory.making")
    async with machine(made.system, made.disk, made.site, folder) as guest:
        said = await guest.greet(START)
        if said.get("missing"):
            raise MachineError(f"libraries do not load in the guest: {said['missing']}")
        await guest.freeze(making, FREEZE)
    making.rename(made.disk.with_name("memory"))


def forget(cache: Path) -> None:
    """Throw the cache away."""
    shutil.rmtree(cache, ignore_errors=True)
