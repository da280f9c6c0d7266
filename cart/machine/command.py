# SPDX-License-Identifier: Apache-2.0
"""``chevet test machine``: makes the guest if there is none, plays the scenarios in it, reports."""

import argparse
import asyncio
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cart.machine.errors import MachineError
from cart.machine.payload import payload
from cart.machine.play import Run, say
from cart.machine.recipe import Recipe, recipe
from cart.machine.report import Report
from cart.machine.warm import Warm, forget, warm

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".machine"
OUT = ROOT / "out" / "machine"


def main(words: Sequence[str]) -> int:
    """Run it; 0 when every scenario passed."""
    parser = argparse.ArgumentParser(prog="chevet test machine", description=__doc__)
    parser.add_argument("scenario", nargs="*", help="a scenario, or the beginning of its name (default: all)")
    parser.add_argument("--keep", action="store_true", help="leave the guest running afterwards, with a console")
    parser.add_argument("--no-cache", action="store_true", help="make the guest anew")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="chevet-machine-") as scratch:
        folder = Path(scratch)
        try:
            report = asyncio.run(_play(options, folder))
        except MachineError as error:
            say(f"machine test: {error}")
            return 1
        else:
            (folder / "report.json").write_bytes(report.json())
        finally:
            _keep(folder)
    say(f"\n{report.table()}")
    return 0 if report.passed else 1


async def _play(options: argparse.Namespace, folder: Path) -> Report:
    chosen = recipe()
    code = payload(ROOT)
    with _alone():
        guest = await _made(chosen, folder, anew=options.no_cache)
    return await Run(guest, code, options.scenario, folder).play(keep=options.keep)


async def _made(chosen: Recipe, folder: Path, *, anew: bool) -> Warm:
    if anew:
        forget(CACHE)
    if not any(CACHE.glob("warm-*/memory")):
        say(f"making a Debian {chosen.release} guest, once; this takes some minutes")
    began = time.monotonic()
    guest = await warm(CACHE, chosen, folder)
    if (made := time.monotonic() - began) > 10:  # noqa: PLR2004 - nothing was made in less
        say(f"the guest was made in {made:.0f} s")
    return guest


def _keep(folder: Path) -> None:
    """The run's report and logs take the place of the last one's."""
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for new in (*folder.glob("*.log"), *folder.glob("report.json")):
        shutil.copy(new, OUT)


@contextmanager
def _alone() -> Iterator[None]:
    """One guest is made at a time in a checkout; who else wants it waits."""
    with (ROOT / ".machine.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("a guest is being made in this checkout; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
